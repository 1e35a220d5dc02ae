"""Scripts that a script writes itself, and programs that it puts before others: what a name runs then."""

from __future__ import annotations

import functools
import posixpath
import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from wholeship.shell import paths, placing, rewriting
from wholeship.shell.fetched import FETCHES, fetched_script
from wholeship.shell.nodes import Node
from wholeship.shell.state import Followed, State, Word
from wholeship.texts.template import Kind, Template, Value

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine

SHELLS = frozenset(("bash", "sh", "dash", "zsh", "ksh", "source", "."))
_SHADOWED = """
    docker podman buildah skopeo crane regctl oras ko nerdctl make just bash sh env git npm python python3
    sudo helm kubectl aws gcloud az pytest go cargo mvn gradle
"""
SHADOWED = tuple(_SHADOWED.split())
"""Programs whose place another file in a folder of ``PATH`` could take."""


def key_of(path: Template, state: State) -> str:
    """What a file is remembered under, from wherever it is named."""
    literal = path.literal
    if literal is None:
        return str(path)
    here = paths.here(state.names)
    if literal.startswith(("/", "\0")) or here is None:
        return literal
    return posixpath.normpath(posixpath.join(here, literal)) if literal else literal


def _path_in(line: tuple[Template, ...]) -> tuple[Template, tuple[Template, ...], bool] | None:
    """The file that *line* runs, what it is given, and whether ``-e`` is in force; None: it runs none."""
    name = (line[0].literal or "") if line else ""
    if name.rpartition("/")[2] not in SHELLS:
        return (line[0], line[1:], False) if line and "/" in str(line[0]) else None
    at, errexit = 1, False
    while at < len(line) and line[at].head[:1] in ("-", "+") and name not in ("source", "."):
        text = line[at].literal or ""
        if re.fullmatch(r"-[a-z]*[cs][a-z]*", text):
            return None
        errexit = errexit or re.fullmatch(r"-[a-z]*e[a-z]*", text) is not None
        at += 2 if text[-1:] == "o" else 1
    return (line[at], line[at + 1 :], errexit) if at < len(line) else None


def script_of(machine: Machine, line: tuple[Template, ...], state: State) -> Followed | None:
    """The script that *line* runs, where this very script has written it."""
    found = _path_in(line)
    value = state.files.get(key_of(found[0], state)) if found is not None else None
    if found is None or value is None:
        return None
    text = runnable_script(machine, value, f"{found[0]}, a script that is written in the run", found[1])
    if text is None:
        return None
    errexit = found[2] or ("/" in str(line[0]) and re.match(r"#!.*\s-[a-z]*e", text) is not None)
    path = str(found[0]).removeprefix("./")
    program = str(line[0]).rpartition("/")[2]
    by_sh = program in ("sh", "dash") or re.match(r"#!.*\b(?:da)?sh\b", text) is not None
    arguments = tuple(Word(Value.of(word)) for word in found[1])
    return Followed(text, path, arguments, errexit=errexit, posix=by_sh)


def runnable_script(machine: Machine, value: Value, what: str, given: Sequence[Template] = ()) -> str | None:
    """*value* as a script, run with the words *given*; None: nobody knows what it runs, which is said.

    *what* is said then. What is fetched and run at once (``curl … | sh``) is told by its address.
    """
    text = machine.words.spelled(value)
    if text is not None and not any(map(_is_only_known_later, value.options)):
        return text
    names = [hole.name for option in value.options for hole in option.holes[:1]]
    if text is None or not names or not all(name.startswith(FETCHES) for name in names):
        machine.say(what)
        return None
    known = {fetched_script(name, " ".join(map(str, given))) for name in names}
    if len(known) == 1 and (script := known.pop()) is not None:
        return script
    machine.say(f"what {names[0][:100]} fetches, which is run at once")
    return None


def _is_only_known_later(text: Template) -> bool:
    """Whether a line of *text* begins with a hole: nobody knows which program it runs."""
    begins = True
    for part in text.parts:
        if not isinstance(part, str):
            if begins:
                return True
            continue
        begins = re.search(r"(?:^|[\n;&|(])\s*\Z", part) is not None and (begins or bool(part.strip(" \t")))
    return False


_PLACING = frozenset(("cp", "mv", "ln", "install", "curl", "wget"))


def placed(machine: Machine, lines: Sequence[tuple[Template, ...]], state: State) -> State:
    """*state* with what ``cp``, ``mv``, ``ln``, ``install``, ``curl`` and ``wget`` put in place of a file.

    The work tree of *machine* is told where any program puts folders, or files that nobody knows.

    A file of the repository that one of them replaces is not what runs afterwards. Where it is not known what
    they leave there, the file is unknown; a place where the repository has nothing stays as it was.
    """
    for line in lines:
        name = ((line[0].literal or "") if line else "").rpartition("/")[2]
        if name in placing.PROGRAMS:
            found = placing.placed_by(line, functools.partial(_own_text, machine, state), str(state.stdin))
            machine.tree.put((_place_in_tree(machine, each, state) for each in found), name)
            state = _lost(machine, state, name) if found else state
        _rewrite(machine, line, state)
        if name not in _PLACING:
            continue
        for path, source in _fetches(line) if name in ("curl", "wget") else _copies(name, line):
            text = _text_at(machine, source, state) if source is not None and len(lines) == 1 else None
            if text is None and _text_at(machine, path, state) is None:
                left = Value.hole(Kind.OUTPUT, f"left by {name}", machine.site)
                machine.tree.leave(_place(machine, path, state), left)
                continue
            unknown = Value.hole(Kind.OUTPUT, f"left by {name}", machine.site)
            state = state.write(key_of(path, state), unknown if text is None else text, append=False)
    return state


def _rewrite(machine: Machine, line: tuple[Template, ...], state: State) -> None:
    """Tells the work tree which files of the repository are another text after *line*."""
    for path in rewriting.rewritten(line, machine.read):
        named = Template.of(path)
        machine.tree.leave(
            _place(machine, named, state), rewriting.text_after(line, path, text_left(machine, named, state))
        )


def _lost(machine: Machine, state: State, who: str) -> State:
    """*state* where nobody knows what is in a file any more that lies where something was put."""
    places = {path: machine.tree.located(path) for path in state.files if path[:1] != "\0"}
    gone = [path for path, place in places.items() if place is not None and machine.tree.placed.by(place)]
    unknown = Value.hole(Kind.OUTPUT, f"left by {who}", machine.site)
    return state._replace(files={**state.files, **dict.fromkeys(gone, unknown)}) if gone else state


def text_left(machine: Machine, path: Template, state: State) -> Value | None:
    """What this script or a step before has written to *path*; None: nobody is known to have done so."""
    made = state.files.get(key_of(path, state))
    return made if made is not None else machine.tree.text(_place(machine, path, state))


def text_before(machine: Machine, path: str) -> Value:
    """What stood at *path* (from where the script started) before the script: nothing where nobody knows."""
    left = machine.tree.text(machine.tree.located(path) or path)
    own = machine.read(path) if left is None else None
    return left if left is not None else Value.literal_of(own or "")


def _place(machine: Machine, path: Template, state: State) -> str:
    """*path* from the root of the work tree, or as it is called where that is outside or not known."""
    inside = _place_in_tree(machine, path, state)
    return inside if inside is not None else str(path)


def _place_in_tree(machine: Machine, path: Template, state: State) -> str | None:
    """*path* from the root of the work tree; None: outside of it, or not known."""
    there, here = paths.found(path), paths.here(state.names)
    return machine.tree.located(there, here) if there is not None and here is not None else None


def _own_text(machine: Machine, state: State, path: str) -> str | None:
    found = _text_at(machine, Template.of(path), state)
    return None if found is None else found.literal


def _text_at(machine: Machine, path: Template, state: State) -> Value | None:
    made = state.files.get(key_of(path, state))
    if made is not None or path.literal is None:
        return made
    text = machine.read(key_of(path, state))
    return None if text is None else Value.literal_of(text)


def _copies(name: str, line: tuple[Template, ...]) -> Iterator[tuple[Template, Template]]:
    """Where *line* puts a file, and which; a target may be a folder, so both readings are given."""
    given = placing.without_options(line[1:])
    soft = name == "ln" and any(re.match(r"-[a-z]*s|--symbolic", word.head) for word in line[1:])
    target = given[-1].literal if len(given) > 1 else None
    if target is None:
        return
    for source in given[:-1]:
        literal = source.literal or ""
        inside = posixpath.join(target, posixpath.basename(literal.rstrip("/")))
        for place in (target, inside) if len(given) == 2 else (inside,):
            there = posixpath.join(posixpath.dirname(place), literal) if soft and literal else None
            yield Template.of(place), source if there is None else Template.of(there)


def _fetches(line: tuple[Template, ...]) -> Iterator[tuple[Template, None]]:
    """Where ``curl`` or ``wget`` puts what it fetches: the name after ``-o`` or ``-O``, or the address's."""
    words = [word.literal or "" for word in line]
    for at, word in enumerate(words[1:], 1):
        if re.fullmatch(r"-[a-zA-Z]*[oO]|--output(?:-document)?", word) and at + 1 < len(words):
            yield Template.of(words[at + 1]), None
        elif "://" in str(line[at]):
            yield Template.of(posixpath.basename(str(line[at]).partition("?")[0])), None


def substituted_file(machine: Machine, node: Node, state: State) -> tuple[State, Word]:
    """``<( … )`` as an argument: the name of a file that holds what the commands print."""
    text = machine.words.value(node, state)
    path = f"/dev/fd/{node.start_byte}"
    after = machine.noted(state).write(path, text, append=False)
    return after, Word(Value.literal_of(path))


def check_path(machine: Machine, value: Value, state: State) -> None:
    """Says so where ``PATH`` gets a folder of the repository with a program that hides another."""
    for option in value.options:
        pieces = re.split(r"[:\n]", str(option))
        for piece in pieces:
            folder = _inside(piece, option, state)
            hidden = _hides(machine, folder, state) if folder is not None else None
            if hidden is not None:
                machine.say(
                    f"{hidden} in the folder {folder or '.'}, which goes before the programs of that name"
                )


def _inside(piece: str, option: Template, state: State) -> str | None:
    """A folder of ``PATH`` from where the script started; None: it lies outside the repository."""
    for mark in (f"{{{paths.START}}}", f"{{{paths.ROOT}}}"):
        if piece.startswith(mark):
            return posixpath.normpath(piece[len(mark) :].strip("/") or ".")
    if piece and not piece.startswith(("/", "{", "$", "~")) and "{" not in piece:
        return key_of(Template.of(piece), state)
    return None


def _hides(machine: Machine, folder: str, state: State) -> str | None:
    for name in SHADOWED:
        path = posixpath.normpath(posixpath.join(folder, name))
        if path in state.files or machine.read(path) is not None:
            return name
    return None
