"""Scripts of a ``package.json``: what ``npm run``, ``yarn``, ``pnpm run`` and ``bun run`` start.

Each script runs in ``sh -c``, without ``-e``, with what follows its name put behind it; ``preNAME`` and
``postNAME`` run around it (npm documentation, "scripts").
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell.spoken import says_a_push
from wholeship.shell.state import Followed, Word
from wholeship.texts.template import Template, Value
from wholeship.tools.world import World

MANAGERS = frozenset(("npm", "pnpm", "yarn", "bun"))
_RUN = frozenset(("run", "run-script", "rum", "urn"))
_INSTALL = ("preinstall", "install", "postinstall", "prepublish", "preprepare", "prepare", "postprepare")
_PACK = ("prepack", "prepare", "postpack")
_HOOKS = {
    **dict.fromkeys(("install", "i", "ci", "clean-install", "rebuild"), _INSTALL),
    "version": ("preversion", "version", "postversion"),
    "pack": _PACK,
    "publish": ("prepublishOnly", *_PACK, "publish", "postpublish"),
}
"""Scripts that a command of the package manager runs by itself (npm documentation, "Life cycle scripts")."""
_RUNS_A_FILE = lazy_pattern(r"(?:^|[;&|]\s*)(?:(?:bash|sh)\s+)?[\w./-]+\.sh\b|(?:^|[;&|]\s*)make\b")
_SHORT = {"t": "test", "tst": "test", "test": "test", "start": "start", "stop": "stop", "restart": "restart"}
_FOLDERS = frozenset(("--prefix", "-C", "--dir", "--cwd"))
_PACKAGES = frozenset(("--workspace", "-w", "--filter", "-F"))
_MANY = frozenset(("--workspaces", "-ws", "-r", "--recursive", "--parallel", "-p", "--stream"))
_VALUED = frozenset(("--loglevel", "--registry", "--userconfig", "--script-shell", "--reporter", "--shell"))


@dataclass(frozen=True, slots=True)
class _PackageCall:
    """A call of a package manager: the script, what it is given, and whose it is."""

    script: str
    given: tuple[Template, ...] = ()
    folder: str = ""
    lenient: bool = False


def package_script(manager: str, argv: Sequence[Template], world: World) -> Followed | None:
    """The script as the text that runs; None: not one script of one package that can be read."""
    hooks = _hooks(manager, argv, world)
    if hooks is not None:
        return hooks
    call = _package_call(manager, argv)
    text = world.file(posixpath.join(call.folder, "package.json")) if call is not None else None
    if call is None or text is None:
        return None
    scripts = _scripts(text)
    if call.script not in scripts:
        return Followed("true", "package.json") if call.lenient else None
    around = [scripts.get(f"{when}{call.script}") for when in ("pre", "post")]
    parts = [around[0], f'{scripts[call.script]} "$@"' if call.given else scripts[call.script], around[1]]
    line = " && ".join(f"(\n{part}\n)" for part in parts if part)
    path = posixpath.join(call.folder, "package.json")
    enter = f"cd {call.folder}\n" if call.folder else ""
    return Followed(enter + line, path, tuple(Word(Value.of(word)) for word in call.given))


def _hooks(manager: str, argv: Sequence[Template], world: World) -> Followed | None:
    """What ``npm ci`` and its like run by themselves; None where that speaks of nothing that may push."""
    words = [word.literal or "?" for word in argv]
    given = [word for word in words if not word.startswith("-")]
    verb = given[0] if given else "install" if manager == "yarn" else ""
    if verb not in _HOOKS or "--ignore-scripts" in words or (given[1:] and verb in ("install", "i")):
        return None
    text = world.file("package.json")
    scripts = _scripts(text) if text is not None else {}
    every = [scripts[name] for name in _HOOKS[verb] if name in scripts]
    parts = [part for part in every if says_a_push(part) or _RUNS_A_FILE.search(part)]
    if not parts:
        return None
    return Followed(" && ".join(f"(\n{part}\n)" for part in parts), "package.json")


def _scripts(text: str) -> Mapping[str, str]:
    try:
        scripts = json.loads(text).get("scripts", {})
    except (ValueError, AttributeError):
        return {}
    pairs = scripts.items() if isinstance(scripts, dict) else ()
    return {name: line for name, line in pairs if isinstance(line, str)}


def _package_call(manager: str, argv: Sequence[Template]) -> _PackageCall | None:
    """The words sorted; None where the script's name or its package is not known."""
    folder, name, ran, lenient = "", "", False, False
    given: list[Template] = []
    words = list(argv)
    while words:
        word = words.pop(0)
        text, value = word.cut("=")
        option = text.literal
        if name and word.literal == "--" and manager == "npm":
            given += words
            break
        if word.head.startswith("-") and not (name and manager != "npm"):
            if option in _MANY or (option is None and not name):
                return None
            lenient = lenient or option == "--if-present"
            if option in _FOLDERS | _PACKAGES | _VALUED:
                value = value if value is not None else words.pop(0) if words else Template.of("")
                if option in _FOLDERS | _PACKAGES:
                    folder = posixpath.normpath(value.literal or "?")
            continue
        if name:
            given.append(word)
        elif word.literal in _RUN and not ran:
            ran = True
        elif word.literal is None:
            return None
        else:
            name = word.literal if ran or manager != "npm" else _SHORT.get(word.literal, "")
            if not name:
                return None
    return _PackageCall(name, tuple(given), folder, lenient) if name and folder != "?" else None
