"""From a command line to the script of the repository that it runs: files, Make, just and npm targets."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from typing import TYPE_CHECKING

from wholeship.core.late import late
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell.state import Followed, State, Word
from wholeship.texts.template import Template, Value
from wholeship.tools.docker import printed_definition
from wholeship.tools.dull import is_dull
from wholeship.tools.package_json import MANAGERS, package_script
from wholeship.tools.world import World

if TYPE_CHECKING:
    from wholeship.tools.justfile import just_recipe
    from wholeship.tools.make.makefile import makefile
else:
    just_recipe = late("wholeship.tools.justfile:just_recipe")
    makefile = late("wholeship.tools.make.makefile:makefile")

SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh"))
WRITTEN_BY_TOOLS = frozenset(("mvnw", "gradlew"))
"""Scripts that only start a program which is known by their name."""
LIMIT = 200_000
"""Scripts longer than this (in characters) are not read."""


def follow_script(
    argv: tuple[Template, ...], state: State, world: World, heard: bool = False
) -> Followed | None:
    """The script that *argv* runs, when it is a file of the repository that can be read.

    *heard*: what it prints is wanted, so that lines which only print are read too.
    """
    name = argv[0].literal if argv else None
    if not name:
        return None
    base = name.rpartition("/")[2]
    if base in SHELLS:
        return _by_shell(argv[1:], world, posix=base in ("sh", "dash"))
    if base in ("source", "."):
        return _script(argv[1:], world, any_text=True)  # whatever it is called: `.env`
    if base in ("make", "gmake"):
        return _make(argv[1:], state, world, heard)
    if base == "just":
        return just_recipe(argv[1:], world)
    if base == "docker" and heard:
        return printed_definition(argv, world)
    if base in MANAGERS:
        return package_script(base, argv[1:], world)
    if "/" in name and not name.startswith("/") and base not in WRITTEN_BY_TOOLS:
        return _script(argv, world, itself=True)
    return None


_FOLLOWED = frozenset((*SHELLS, "source", ".", "make", "gmake", "just", *MANAGERS))


def may_follow(argv: tuple[Template, ...], heard: bool) -> bool:
    """Whether :func:`follow_script` can find a script, whatever else is known; asked for each command."""
    name = argv[0].literal if argv else ""
    if name is None or "/" in name:
        return True
    return name in _FOLLOWED or (heard and name == "docker")


@dataclass(frozen=True, slots=True)
class ShellOptions:
    """What stands between a shell and the script that it is given; ``reads``: nothing runs (``bash -n``)."""

    errexit: bool = False
    pipefail: bool = False
    nounset: bool = False
    reads: bool = False
    rest: tuple[Template, ...] = ()


def shell_options(argv: Sequence[Template]) -> ShellOptions | None:
    """The options of ``bash …`` up to the script; None: they are not known, or there is no script."""
    errexit = pipefail = nounset = reads = False
    words = list(argv)
    while words and words[0].head[:1] in ("-", "+"):
        text = words.pop(0).literal
        if text is None or text in ("-s", "-") or re.fullmatch(r"-[a-z]*c[a-z]*", text):
            return None
        if text == "--":
            break
        on = text[0] == "-"
        if text in ("--rcfile", "--init-file"):
            del words[:1]
        elif not text.startswith("--"):
            errexit = on if "e" in text else errexit
            nounset = on if "u" in text else nounset
            reads = reads or (on and "n" in text)
            if text[-1] in "oO":
                name = words.pop(0).literal if words else None
                errexit = on if name == "errexit" else errexit
                pipefail = on if name == "pipefail" else pipefail
                nounset = on if name == "nounset" else nounset
                reads = reads or name == "noexec"
    return ShellOptions(errexit, pipefail, nounset, reads, tuple(words)) if words else None


def _by_shell(argv: Sequence[Template], world: World, *, posix: bool = False) -> Followed | None:
    """``bash FILE …``: the first line of the file is a remark to it."""
    options = shell_options(argv)
    if options is None:
        return None
    script = _script(options.rest, world, any_text=True)
    if script is None:
        return None
    text = "true" if options.reads else script.text
    return replace(
        script,
        text=text,
        errexit=options.errexit,
        pipefail=options.pipefail,
        nounset=options.nounset,
        posix=posix,
    )


def _script(
    argv: Sequence[Template], world: World, *, itself: bool = False, any_text: bool = False
) -> Followed | None:
    """The script at the first word, given the others. *itself*: its first line says which shell runs it."""
    path = argv[0].literal if argv else None
    text = world.file(_relative(path)) if path else None
    if path is None or text is None or len(text) > LIMIT or not (any_text or _is_shell(path, text)):
        return None
    arguments = tuple(Word(Value.of(word)) for word in argv[1:])
    first = text.split("\n", 1)[0]
    errexit = itself and bool(re.match(r"#!.*\s-[a-z]*e", first))
    posix = itself and bool(re.match(r"#!.*\b(?:da)?sh\b", first))
    nounset = itself and bool(re.match(r"#!.*\s-[a-z]*u", first))
    own = {"0": Value.literal_of(path)}
    return Followed(
        text, path.removeprefix("./"), arguments, own, errexit=errexit, nounset=nounset, posix=posix
    )


def _relative(path: str) -> str:
    return posixpath.normpath(path.removeprefix("./")) if path else path


def _is_shell(path: str, text: str) -> bool:
    first = text.split("\n", 1)[0]
    if first.startswith("#!"):
        return bool(re.search(r"\b(?:ba|da|z|k)?sh\b", first))
    return path.endswith((".sh", ".bash")) or "." not in path.rpartition("/")[2]


# Make


_LETTERS = lazy_pattern(r"-[bBdeikLnpqrRsStvwmj]+\d*")
_FLAGS = {
    **dict.fromkeys(("--dry-run", "--just-print", "--recon"), "n"),
    "--question": "q",
    "--touch": "t",
    "--ignore-errors": "i",
    "--keep-going": "k",
    "--jobs": "j",
    "-j1": "",
    "--jobs=1": "",
}
"""Flags of Make that change what runs, as letters; those with a number after ``=`` count by their name."""
_OLD = ("-o", "--old-file", "--assume-old")
"""With these Make leaves out a target that it would make."""
_UNREAD = ("--eval", "-E", "--environment-overrides", "--old-file=", "--assume-old=")
_WITH_VALUE = frozenset(("-I", "-o", "-W", "--include-dir", "--old-file", "--what-if", "--assume-old", "-l"))


@dataclass(slots=True)
class MakeCall:
    """A command line of Make, sorted. ``unknown``: it holds something that cannot be told."""

    targets: list[str] = field(default_factory=list)
    given: dict[str, Value] = field(default_factory=dict)
    directory: str = ""
    file: str = ""
    flags: str = ""
    unknown: bool = False


def make_call(argv: Sequence[Template]) -> MakeCall:
    """``make`` with its flags, variables and targets told apart."""
    call = MakeCall()
    words = iter(argv)
    for word in words:
        # YAML joins what follows a backslash with a blank before it; " A=b" is a variable to make.
        name, value = word.strip().cut("=")
        text = word.literal or ""
        if value is not None and name.literal and not name.literal.startswith("-"):
            call.given[name.literal.rstrip(":?")] = Value.of(value)
        elif text in ("-C", "--directory"):
            call.directory = posixpath.join(call.directory, str(next(words, "")))
        elif text in ("-f", "--file", "--makefile"):
            call.unknown = call.unknown or bool(call.file)
            call.file = str(next(words, ""))
        elif text in _WITH_VALUE:
            call.unknown = call.unknown or text in _OLD
            next(words, "")
        elif text.startswith("-C") or text.startswith("--directory="):
            call.directory = text.removeprefix("-C").removeprefix("--directory=")
        elif text.startswith(("-f", "--file=", "--makefile=")):
            call.file = re.sub(r"^(?:-f|--(?:make)?file=)", "", text)
        elif word.head.startswith("-"):
            call.flags += _make_flag(text or word.head)  # -j$(nproc)
            call.unknown = call.unknown or text.startswith(_UNREAD)
        elif not (text.isdigit() and call.flags.endswith("j")):
            call.unknown = call.unknown or word.literal is None
            call.targets.append(str(word))
    call.unknown = call.unknown or "{" in call.directory + call.file or "e" in call.flags
    return call


def _make_flag(text: str) -> str:
    letters = text[1:] if _LETTERS.fullmatch(text) else ""
    return _FLAGS.get(text, _FLAGS.get(text.partition("=")[0], letters))


def make_flags(values: Iterable[Value | None]) -> str:
    """The letters in ``MAKEFLAGS``: the first word may come without its dash."""
    found = ""
    for value in values:
        for option in value.options if value is not None else ():
            for at, word in enumerate(option.split(" \t\n")):
                text = word.literal or word.head
                if at == 0 and text and not text.startswith("-") and "=" not in text:
                    text = f"-{text}"
                if text == "--":
                    break
                found += _make_flag(text) if text.startswith("-") else ""
    return found


def _inherited_variables(values: Iterable[Value | None]) -> dict[str, Value] | None:
    """Variables in ``MAKEFLAGS``, which count like those on the command line; None: which is not known."""
    found: dict[str, Value] = {}
    for value in values:
        for option in value.options if value is not None else ():
            for word in option.split(" \t\n"):
                name, text = word.cut("=")
                if text is not None and name.literal and not name.literal.startswith("-"):
                    found[name.literal.rstrip(":?")] = Value.of(text)
        if value is not None and value.only is None and found:
            return None
    return found


def _make(argv: Sequence[Template], state: State, world: World, heard: bool) -> Followed | None:
    """``make target NAME=value``: its prerequisites' recipes and its own, one shell a line."""
    call = make_call(argv)
    inherited = [state.names.get(name) for name in ("MAKEFLAGS", "GNUMAKEFLAGS")]
    flags = call.flags + make_flags(inherited)
    variables = _inherited_variables(inherited)
    if set(flags) & set("nqt"):
        return Followed("true", "Makefile")  # it only says what it would do
    if call.unknown or "e" in flags or variables is None or state.names.get("MAKEFILES") is not None:
        return None
    call.given = {**variables, **call.given}
    directory = call.directory
    names = [call.file] if call.file else ["GNUmakefile", "makefile", "Makefile"]
    found = ((posixpath.join(directory, name), world.file(posixpath.join(directory, name))) for name in names)
    path, text = next(((name, text) for name, text in found if text is not None), ("", ""))
    if not text or len(text) > LIMIT:
        return None
    there = posixpath.join(world.directory, directory)
    made = makefile(path, text, there, world.read, given=call.given, names=state.names)
    if any(world.put_by(posixpath.join(directory, name)) for name in made.included):
        return None
    # Each line has a shell of its own: one without a word that matters does nothing that matters.
    script = made.script(call.targets or [made.first], None if heard else _matters, flags)
    if script is None:
        return None
    enter = f"cd {directory}\n" if directory else ""
    own = {**call.given, "MAKEFLAGS": Value.literal_of(flags)} if flags else call.given
    return Followed(enter + script, path, names=own, errexit=True)


def _matters(line: str) -> bool:
    return not is_dull(line, printing=True)
