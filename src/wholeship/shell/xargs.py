"""``xargs`` and ``find -exec``: one command line for many words."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell import loops, paths
from wholeship.shell.nodes import Node
from wholeship.shell.state import Outcome, State, Word, change_each, either, join_states
from wholeship.texts.template import NOTHING, Hole, Kind, Template, Value

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine

_OPTIONS = """
    -I -n -L -P -d -a -s -E --max-args --max-procs --max-lines --delimiter --arg-file
"""
_VALUED = frozenset(_OPTIONS.split())
READINGS = 4
"""Of more readings of its input, none is followed by itself."""
_FLAGS = lazy_pattern(r"-[0rtpxo]+|--(?:null|no-run-if-empty|verbose|interactive|exit|open-tty)")


@dataclass(slots=True)
class _Xargs:
    """The options of ``xargs``: *mark* stands for the word; *size* words go to one line (0: all).

    *beside*: several lines run at once.
    """

    line: tuple[Word, ...] = ()
    mark: str = ""
    size: int = 0
    strange: bool = False
    beside: bool = False


def _sorted(words: tuple[Word, ...]) -> _Xargs:
    found = _Xargs()
    rest = list(words)
    while rest and (rest[0].literal or "").startswith("-"):
        option = rest.pop(0).literal or ""
        name, equals, value = option.partition("=")
        if not equals and option not in _VALUED and option[:2] in _VALUED and not option.startswith("--"):
            name, value = option[:2], option[2:]
        elif not equals and name in _VALUED:
            value = (rest.pop(0).literal or "?") if rest else "?"
        _take(found, name, value, option)
    found.line = tuple(rest) or (Word(Value.literal_of("echo")),)
    return found


def _take(found: _Xargs, name: str, value: str, option: str) -> None:
    if name in ("-I", "-i", "--replace"):
        found.mark, found.size = value or "{}", 0  # the last of -I and -n counts
    elif name in ("-n", "-L", "--max-args", "--max-lines"):
        found.size, found.mark = (int(value) if value.isdigit() else 0), ""
        found.strange = found.strange or not found.size
    elif name in ("-P", "--max-procs"):
        found.beside = value != "1"
    else:
        found.strange = found.strange or not _FLAGS.fullmatch(option)


def xargs(machine: Machine, node: Node, words: tuple[Word, ...], state: State) -> Outcome:
    """``xargs``: a command line for each word of the input, or one for all; a failure stops none of them."""
    lines = state.stdin
    if lines is not None and 1 < len(lines.options) <= READINGS:
        each = (state._replace(stdin=Value((option,))) for option in lines.options)
        return functools.reduce(either, (xargs(machine, node, words, one) for one in each))
    call = _sorted(words)
    text = state.stdin.only if state.stdin is not None else None
    items = list(text.split("\n" if call.mark else " \t\n")) if text is not None else []
    if not items or call.strange or len(items) > loops.ROUNDS or any(map(loops.may_be_many, items)):
        kinds = {kind for hole in (text.holes if text is not None else ()) for kind in hole.kinds}
        hole = Hole("each of the lines of the input", frozenset({Kind.OUTPUT, *kinds}), machine.site)
        given = (Word(Value.of(Template.of(hole))),)
        line = _filled(call, given)
        return loops.repeat(
            machine, lambda s: machine.call(node, line, s), state._replace(stdin=None), [node]
        )
    size = 1 if call.mark else call.size or len(items)
    parts = [items[at : at + size] for at in range(0, len(items), size)]
    calls = [_filled(call, tuple(Word(Value.of(item)) for item in part)) for part in parts]
    return _every(machine, node, calls, state, beside=call.beside)


def _every(
    machine: Machine, node: Node, calls: list[tuple[Word, ...]], state: State, *, beside: bool
) -> Outcome:
    """All of *calls*, whatever the others answer (but 255 ends it); fails when one of them does."""
    good: State | None = state._replace(stdin=None)
    failed: State | None = None
    stops = False
    for words in calls:
        if good is None:
            break
        outcome = machine.call(node, words, good if stops else good._replace(done=state.done, ways=()))
        stops = not beside and (outcome.failed is None or outcome.failed.status.literal == "255")
        failed = join_states(failed, outcome.failed)
        good = outcome.ok._replace(done=outcome.ok.done | good.done, ways=()) if outcome.ok else None
    return Outcome(ok=good, bad=failed)


def run_find(machine: Machine, node: Node, words: tuple[Word, ...], state: State) -> Outcome | None:
    """``find … -exec``: none, one or more runs; with ``;`` their failure is not heeded. None: it has none."""
    literals = [word.literal or "" for word in words]
    at = next((i for i, text in enumerate(literals) if text in ("-exec", "-execdir", "-ok", "-okdir")), None)
    if at is None:
        return None
    end = next((i for i in range(at, len(literals)) if literals[i] in (";", "+", "\\;")), len(literals))
    hole = Value.hole(Kind.FILE, f"each of {' '.join(literals[:at])}")
    line = tuple(_marked(word, "{}", hole) for word in words[at + 1 : end])

    def run(before: State) -> Outcome:
        if literals[at] not in ("-execdir", "-okdir"):
            return machine.call(node, line, before)
        folder = paths.unknown_folder(Template.of(Hole(f"the folder of {hole}", frozenset({Kind.FILE}))))
        inside = before.name(paths.DIRECTORY, folder).name("PWD", folder)
        ended = machine.call(node, line, inside)
        outside = {name: before.names.get(name) or NOTHING for name in (paths.DIRECTORY, "PWD")}
        return change_each(ended, lambda end: end.with_names(outside))

    outcome = loops.repeat(machine, run, state, [node])
    if end < len(literals) and literals[end] == "+":
        return outcome
    return Outcome(ok=outcome.any)


def _filled(call: _Xargs, given: tuple[Word, ...]) -> tuple[Word, ...]:
    if not call.mark:
        return (*call.line, *given)
    return tuple(_marked(word, call.mark, given[0].value) for word in call.line)


def _marked(word: Word, mark: str, value: Value) -> Word:
    """*word* with *value* wherever *mark* stands in its known parts."""
    options: list[Template] = []
    for option in word.value.options:
        made = Value.literal_of("")
        for part in option.parts:
            pieces: list[str | Hole] = [*part.split(mark)] if isinstance(part, str) else [part]
            for at, piece in enumerate(pieces):
                made = (made + value if at else made) + Value.of(Template.of(piece))
        options += made.options
    return Word(Value.of(*options), quoted=True)
