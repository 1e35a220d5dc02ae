"""From a command line to the script of the repository that it runs: files, Make, just and npm targets."""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence

from wholeship.shell.state import Followed, State, Word
from wholeship.texts.template import Template, Value
from wholeship.tools.dull import is_dull
from wholeship.tools.make import makefile
from wholeship.tools.world import World

SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh"))
PACKAGE_RUNNERS = frozenset(("npm", "pnpm", "yarn", "bun"))
WRITTEN_BY_TOOLS = frozenset(("mvnw", "gradlew"))
"""Scripts that only start a program which is known by their name."""
LIMIT = 200_000
"""Scripts longer than this (in characters) are not read."""


def follow(argv: tuple[Template, ...], state: State, world: World, heard: bool = False) -> Followed | None:
    """The script that *argv* runs, when it is a file of the repository that can be read.

    *heard*: what it prints is wanted, so that lines which only print are read too.
    """
    name = argv[0].literal if argv else None
    if not name:
        return None
    base = name.rpartition("/")[2]
    if base in SHELLS or base in ("source", "."):
        return _script(argv[1:], world)
    if base in ("make", "gmake"):
        return _make(argv[1:], state, world, heard)
    if base == "just":
        return _just(argv[1:], world)
    if base in PACKAGE_RUNNERS:
        return _package_script(argv[1:], world)
    if "/" in name and not name.startswith("/") and base not in WRITTEN_BY_TOOLS:
        return _script(argv, world)
    return None


def _script(argv: Sequence[Template], world: World) -> Followed | None:
    words = [word for word in argv if not word.head.startswith(("-", "+"))]
    errexit = any(
        re.fullmatch(r"-[a-z]*e[a-z]*", word.literal or "") for word in argv[: len(argv) - len(words)]
    )
    path = words[0].literal if words else None
    text = world.file(_relative(path)) if path else None
    if path is None or text is None or len(text) > LIMIT or not _is_shell(path, text):
        return None
    arguments = tuple(Word(Value.of(word)) for word in words[1:])
    first = text.split("\n", 1)[0]
    errexit = errexit or bool(re.match(r"#!.*\s-[a-z]*e", first))
    own = {"0": Value.literal_of(path)}
    return Followed(text, path.removeprefix("./"), arguments, names=own, errexit=errexit)


def _relative(path: str) -> str:
    return posixpath.normpath(path.removeprefix("./")) if path else path


def _is_shell(path: str, text: str) -> bool:
    first = text.split("\n", 1)[0]
    if first.startswith("#!"):
        return bool(re.search(r"\b(?:ba|da|z|k)?sh\b", first))
    return path.endswith((".sh", ".bash")) or "." not in path.rpartition("/")[2]


# Make


_LETTERS = re.compile(r"-[bBdeikLnpqrRsStvwmj]+\d*")
_FLAGS = {
    **dict.fromkeys(("--dry-run", "--just-print", "--recon"), "n"),
    "--question": "q",
    "--touch": "t",
    "--ignore-errors": "i",
    "--jobs": "j",
    "-j1": "",
    "--jobs=1": "",
}
"""Flags of Make that change what runs, as letters; those with a number after ``=`` count by their name."""


def _make(argv: Sequence[Template], state: State, world: World, heard: bool) -> Followed | None:
    """``make target NAME=value``: its prerequisites' recipes and its own, one shell a line."""
    targets: list[str] = []
    given: dict[str, Value] = {}
    directory, file, flags = "", "", ""
    words = iter(argv)
    for word in words:
        name, value = word.cut("=")
        text = word.literal or ""
        if value is not None and name.literal and not name.literal.startswith("-"):
            given[name.literal.rstrip(":?")] = Value.of(value)
        elif text in ("-C", "--directory"):
            directory = str(next(words, ""))
        elif text in ("-f", "--file", "--makefile"):
            file = str(next(words, ""))
        elif text.startswith("-C") or text.startswith("--directory="):
            directory = text.removeprefix("-C").removeprefix("--directory=")
        elif word.head.startswith("-"):
            known = text or word.head  # -j$(nproc)
            letters = known[1:] if _LETTERS.fullmatch(known) else ""
            flags += _FLAGS.get(known, _FLAGS.get(known.partition("=")[0], letters))
        elif not (text.isdigit() and flags.endswith("j")):
            targets.append(str(word))
    if set(flags) & set("nqt"):
        return Followed("true", "Makefile")  # it only says what it would do
    names = [file] if file else ["GNUmakefile", "makefile", "Makefile"]
    found = ((posixpath.join(directory, name), world.file(posixpath.join(directory, name))) for name in names)
    path, text = next(((name, text) for name, text in found if text is not None), ("", ""))
    if not text or len(text) > LIMIT:
        return None
    there = posixpath.join(world.directory, directory)
    made = makefile(path, text, there, world.read, given=given, names=state.names)
    # Each line has a shell of its own: one without a word that matters does nothing that matters.
    script = made.script(targets or [made.first], None if heard else _matters, flags)
    if script is None:
        return None
    enter = f"cd {directory}\n" if directory else ""
    return Followed(enter + script, path, names=given, errexit=True)


def _matters(line: str) -> bool:
    return not is_dull(line, printing=True)


# just and npm


def _just(argv: Sequence[Template], world: World) -> Followed | None:
    names = [str(word) for word in argv if not word.head.startswith("-") and "=" not in str(word)]
    text = next((t for f in ("justfile", "Justfile", ".justfile") if (t := world.file(f)) is not None), None)
    if text is None or not names:
        return None
    lines = list(_just_recipe(text, names[0], set()))
    arguments = tuple(Word(Value.of(word)) for word in argv[1:])
    return Followed("\n".join(lines), "justfile", arguments, errexit=True) if lines else None


def _just_recipe(text: str, name: str, seen: set[str]) -> Iterator[str]:
    found = re.search(
        rf"^@?{re.escape(name)}((?:\s+[^:\n]*)?):(?!=)([^\n]*)\n((?:[ \t]+[^\n]*\n?|\n)*)", text, re.MULTILINE
    )
    if not found or name in seen:
        return
    seen.add(name)
    for before in re.findall(r"[\w-]+", found[2].split("#")[0]):
        yield from _just_recipe(text, before, seen)
    for at, parameter in enumerate(found[1].split(), 1):
        key, _, default = parameter.lstrip("*+$").partition("=")
        yield f'{key.replace("-", "_")}="${{{at}:-{default.strip(chr(34) + chr(39))}}}"'
    for line in found[3].split("\n"):
        stripped = line.strip().lstrip("@-")
        if stripped and not stripped.startswith("#!"):
            yield re.sub(r"\{\{\s*([\w-]+)\s*\}\}", lambda m: f"${{{m[1].replace('-', '_')}}}", stripped)


def _package_script(argv: Sequence[Template], world: World) -> Followed | None:
    words = [str(word) for word in argv if not word.head.startswith("-")]
    if words[:1] in (["run"], ["run-script"]):
        words = words[1:]
    text = world.file("package.json")
    if text is None or not words:
        return None
    try:
        scripts = json.loads(text).get("scripts", {})
    except (ValueError, AttributeError):
        return None
    line = scripts.get(words[0]) if isinstance(scripts, dict) else None
    return Followed(line, "package.json") if isinstance(line, str) else None
