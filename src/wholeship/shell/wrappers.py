"""Programs that run another program: what is in front of it is taken away.

Each from its own manual: the options that take a value, and how many words stand before the program. What is
not in this table is a program that nobody knows, whatever it is given.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell.state import Word
from wholeship.texts.template import EMPTY, Template, Value


@dataclass(frozen=True, slots=True)
class Wrapping:
    """*valued* options take the next word; *before* words stand in front of the program.

    *assigns*: words like ``A=b`` may stand there too. *texts*: ``-c`` takes a text to run.
    """

    valued: frozenset[str] = frozenset()
    before: int = 0
    assigns: bool = False
    texts: bool = False


def _wrapping(valued: str = "", before: int = 0, *, assigns: bool = False, texts: bool = False) -> Wrapping:
    return Wrapping(frozenset(valued.split()), before, assigns, texts)


WRAPPERS: Mapping[str, Wrapping] = {
    "sudo": _wrapping("-u -g -h -p -C -T -D -R --user --group --host --prompt --chdir", assigns=True),
    "doas": _wrapping("-u -C"),
    "env": _wrapping("-u -C --unset --chdir", assigns=True),
    "time": _wrapping("-f -o --format --output"),
    "command": _wrapping(),
    "builtin": _wrapping(),
    "nohup": _wrapping(),
    "setsid": _wrapping(),
    "nice": _wrapping("-n --adjustment"),
    "ionice": _wrapping("-c -n -p --class --classdata"),
    "timeout": _wrapping("-k -s --kill-after --signal", 1),
    "gtimeout": _wrapping("-k -s --kill-after --signal", 1),
    "stdbuf": _wrapping("-i -o -e --input --output --error"),
    "unbuffer": _wrapping(),
    "chrt": _wrapping("-T -P -D", 1),
    "taskset": _wrapping("", 1),
    "chroot": _wrapping("", 1),
    "unshare": _wrapping("--setuid --setgid --root --wd"),
    "nsenter": _wrapping("-t -S -G --target --setuid --setgid"),
    "setpriv": _wrapping("--reuid --regid --groups --inh-caps"),
    "flock": _wrapping("-w -E --timeout --wait --conflict-exit-code", 1, texts=True),
    "fakeroot": _wrapping("-l -f -i -s"),
    "eatmydata": _wrapping(),
    "catchsegv": _wrapping(),
    "dbus-run-session": _wrapping("--config-file"),
    "xvfb-run": _wrapping("-e -f -n -p -s -w --error-file --server-args --server-num"),
    "tini": _wrapping("-p -e"),
    "dumb-init": _wrapping("-r --rewrite"),
    "npx": _wrapping("-p --package", texts=True),
    "bunx": _wrapping("-p --package"),
    "bundle": _wrapping(),
    "poetry": _wrapping("-C -P --directory --project"),
    "pipenv": _wrapping(),
    "uv": _wrapping(
        "--with --python -p --group --extra --project --directory --env-file --with-requirements"
    ),
    "uvx": _wrapping("--with --python -p --from"),
    "dotenv": _wrapping("-f -e"),
    "ssh-agent": _wrapping("-a -E -t"),
    "chronic": _wrapping(),
    "caffeinate": _wrapping("-t -w"),
    "numactl": _wrapping("-N -m -C -i -p"),
    "prlimit": _wrapping("-p -o"),
    "gosu": _wrapping("", 1),
    "asdf": _wrapping(),
    "mise": _wrapping("-C -E --cd --env"),
    **dict.fromkeys(("conda", "mamba", "micromamba"), _wrapping("-n -p --name --prefix")),
    "direnv": _wrapping("", 1),
    **dict.fromkeys(("doppler", "infisical"), _wrapping("-p -c -t --project --config --token --env --path")),
    "op": _wrapping("--env-file --account --session"),
    "pipx": _wrapping("--spec --python --pip-args --index-url"),
    "corepack": _wrapping(),
    "opam": _wrapping("--switch"),
    "fnm": _wrapping("--using"),
    **dict.fromkeys(("volta", "pyenv", "rbenv", "nodenv", "goenv", "jenv"), _wrapping("--node --npm")),
    "rustup": _wrapping("", 1),
    **dict.fromkeys(("aws-vault", "chamber"), _wrapping("-d --duration -r --region", 1)),
}
_SECOND = {
    **dict.fromkeys(("bundle", "asdf", "mise", "direnv", "aws-vault", "chamber"), "exec"),
    **dict.fromkeys(("poetry", "pipenv", "uv", "conda", "mamba", "micromamba"), "run"),
    **dict.fromkeys(("doppler", "infisical", "op", "pipx", "volta", "rustup"), "run"),
    **dict.fromkeys(("opam", "fnm", "pyenv", "rbenv", "nodenv", "goenv", "jenv"), "exec"),
}
"""Those that run a program only after this word."""
_SCRIPT = lazy_pattern(r".*\.py\Z")


def unwrapped(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """*words* without the programs that only run what follows them."""
    if len(words) > 2 and words[0].literal == "command" and words[1].literal in ("-v", "-V"):
        return (Word(Value.literal_of("which")), *words[2:])
    while words:
        inner = _inner(words)
        if inner is None:
            return words
        words = inner
    return words


@dataclass(frozen=True, slots=True)
class Setting:
    """What wrappers give to the program that they run: variables, and the folder that it runs in.

    ``taken``: variables that they keep from it. ``only``: it gets no others than these; None: all of them.
    """

    variables: Mapping[str, Value]
    folder: Template | None = None
    taken: frozenset[str] = frozenset()
    only: frozenset[str] | None = None


_FOLDERS = {
    "env": ("-C", "--chdir"),
    "sudo": ("-D", "--chdir"),
    "mise": ("-C", "--cd"),
    "uv": ("--directory",),
    "poetry": ("-C", "--directory"),
}


def setting_of(words: tuple[Word, ...]) -> Setting | None:
    """What the wrappers in front of *words* set; None: nothing."""
    variables: dict[str, Value] = {}
    folder: Template | None = None
    taken: set[str] = set()
    only: frozenset[str] | None = None
    while words and (words[0].literal or "").rpartition("/")[2] in WRAPPERS:
        inner = _inner(words)
        if inner is None:
            break
        name, own = (words[0].literal or "").rpartition("/")[2], words[1 : len(words) - len(inner)]
        if WRAPPERS[name].assigns:
            variables |= {found[0]: found[1] for word in own if (found := _assigned(word)) is not None}
        folder = _folder(own, _FOLDERS.get(name, ())) or folder
        plain = [word.literal or "" for word in own]
        taken |= _taken(plain) if name == "env" else set()
        kept = _kept(name, plain)
        only = only if kept is None else kept if only is None else only & kept
        words = inner
    if not variables and folder is None and not taken and only is None:
        return None
    return Setting(variables, folder, frozenset(taken), only)


_LOGIN = frozenset("PATH HOME USER LOGNAME SHELL TERM LANG PWD OLDPWD MAIL DISPLAY PS1 IFS".split())
"""What ``sudo`` hands on, or sets, unasked."""


def _kept(name: str, own: list[str]) -> frozenset[str] | None:
    """The variables that ``env -i``, ``sudo`` or ``doas`` leaves; None: all of them."""
    if name == "env":
        fresh = any(re.fullmatch(r"-[0v]*i[0iv]*(u.*)?|-|--ignore-environment", word) for word in own)
        return frozenset() if fresh else None
    if name == "setpriv":
        return _LOGIN if "--reset-env" in own else None
    if name not in ("sudo", "doas"):
        return None
    login = any(re.fullmatch(r"-[AbHnPSE]*i\w*|--login", word) for word in own)
    if not login and any(re.fullmatch(r"-[AbHnPS]*E\w*|--preserve-env", word) for word in own):
        return None
    named = (word.partition("=")[2] for word in own if word.startswith("--preserve-env="))
    return _LOGIN | {each for names in named for each in names.split(",")}


def _taken(own: list[str]) -> set[str]:
    """The variables that ``env -u`` takes away."""
    apart = {own[at + 1] for at, word in enumerate(own[:-1]) if re.fullmatch(r"-[0iv]*u|--unset", word)}
    joined = (re.fullmatch(r"(?:-[0iv]*u|--unset=)(.+)", word) for word in own)
    return apart | {found[1] for found in joined if found is not None}


def _assigned(word: Word) -> tuple[str, Value] | None:
    """``NAME=value``."""
    only = word.value.only
    name, value = only.cut("=") if only is not None else (EMPTY, None)
    text = name.literal or ""
    return (text, Value.of(value)) if value is not None and text.isidentifier() else None


def _folder(words: tuple[Word, ...], options: tuple[str, ...]) -> Template | None:
    """The value of the last of *options*, which takes the next word or stands after ``=``."""
    found: Template | None = None
    for at, word in enumerate(words):
        only = word.value.only
        if only is None:
            continue
        name, value = only.cut("=")
        if name.literal in options:
            after = words[at + 1].value.only if at + 1 < len(words) else None
            found = value if value is not None else after
    return found


def _inner(words: tuple[Word, ...]) -> tuple[Word, ...] | None:
    """What the first word runs; None: nothing but itself."""
    name = (words[0].literal or "").rpartition("/")[2]
    wrapping = WRAPPERS.get(name)
    if wrapping is None:
        return None
    second = _SECOND.get(name)
    rest = _without_options(list(words[1:]), wrapping)
    if rest is None:
        return None
    if second is not None:
        if not rest or rest[0].literal != second:
            return None
        rest = _without_options(rest[1:], wrapping)
    if rest is None or (len(rest) <= wrapping.before and (rest or name != "env")):
        return None
    inner = tuple(rest[wrapping.before :])
    if inner and inner[0].literal == "--":
        inner = inner[1:]
    if name == "uv" and inner and _SCRIPT.fullmatch(inner[0].literal or ""):
        return (Word(Value.literal_of("python")), *inner)
    return inner if inner else None


def _without_options(words: list[Word], wrapping: Wrapping) -> list[Word] | None:
    """*words* from the first that is none of the wrapper's own; None: it is given a text to run."""
    while words:
        text = words[0].literal
        head = text if text is not None else str(words[0].value).split(" ", 1)[0]
        if head == "--":
            return words[1:]
        assigned = wrapping.assigns and re.match(r"[A-Za-z_]\w*=", head)
        if not head.startswith("-") and not assigned:
            return words
        if head in ("--call", "--command", "-S", "--split-string") or (head == "-c" and wrapping.texts):
            return None
        words = words[2:] if head in wrapping.valued else words[1:]
    return words
