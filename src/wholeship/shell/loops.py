"""``for``, ``while`` and ``until``: unrolled over words that are known, else run as often as need be."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.arithmetic import Number, calculated
from wholeship.shell.spoken import hands_on
from wholeship.shell.state import (
    COUNT,
    KEYED,
    UNCOUNTED,
    Outcome,
    State,
    Word,
    change_each,
    either,
    join_all,
    join_states,
)
from wholeship.shell.statuses import PROCESS
from wholeship.shell.syntax import first_line
from wholeship.texts.template import NOTHING, Hole, Kind, Template, Value

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine
    from wholeship.shell.nodes import Node

TEXTS = 4
"""A text that can be more than this many is not taken apart into lines."""
ROUNDS = 64
"""Loops over more words than this are run once, over an unknown word."""


def for_statement(machine: Machine, node: Node, state: State) -> Outcome:
    """``for name in words``: unrolled where the words are known."""
    variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
    if variable is None or body is None:
        return Outcome(ok=state)
    name = variable.text
    stop = next((at for at, c in enumerate(node.children) if c.type in ("do_group", ";")), len(node.children))
    given = [c for c in node.children[2:stop] if c.is_named and c.id != body.id]
    words: list[Word] = []
    marks = state.names.own.get("IFS")
    for word in given:
        found = machine.words.words(word, state)
        words += _split_at(found, marks) if marks is not None and "$" in word.text else found
    if not given and "in" not in (child.type for child in node.children):
        words = list(state.arguments)
    words = _keys_to_ask(given, body, state) or words
    items = _items(words)
    if any(word.perhaps for word in words):
        return _perhaps_unrolled(machine, name, words, body, state)
    if items is None or len(items) > ROUNDS:
        listed = words[0].value if len(words) == 1 and _is_each(words[0].value) else None
        text = " ".join(each.text for each in given)
        hole = listed or Value.hole(Kind.OUTPUT, f"each of {text}", machine.site)
        known = Value.of(*(each for item in items for each in item.options)) if items else hole
        rounds = body.children[1:-1]
        outcome = repeat(machine, lambda s: machine.sequence(rounds, s.name(name, known)), state, [body])
        return grown(machine, body, state, outcome)
    return unrolled(machine, name, items, body, state)


def _split_at(words: Sequence[Word], marks: Value) -> Sequence[Word]:
    """*words* as an ``IFS`` of *marks* splits them; those in quotes, and what can be several texts, stay."""
    others = (marks.literal or "").translate(str.maketrans("", "", " \t\n"))
    if not others:
        return words
    found: list[Word] = []
    for word in words:
        only = None if word.quoted else word.value.only
        pieces = [Word(Value.of(piece)) for piece in only.split(others)] if only is not None else [word]
        found += pieces
    return found


def _keys_to_ask(given: Sequence[Node], body: Node, state: State) -> list[Word] | None:
    """The keys of ``"${!name[@]}"``, in any order: only for a body that publishes nothing."""
    found = re.fullmatch(r'"?\$\{!(\w+)\[[@*]\]\}"?', given[0].text) if len(given) == 1 else None
    keys = state.arrays.get(f"{found[1]}{KEYED}") if found is not None else None
    if found is None or not keys or f"{found[1]}{KEYED}{UNCOUNTED}" in state.arrays:
        return None
    return None if hands_on(body.text) else list(keys)


def _perhaps_unrolled(
    machine: Machine, name: str, words: Sequence[Word], body: Node, state: State
) -> Outcome:
    """Rounds over an array that is one or another: nobody knows which of them there are."""
    current: State | None = state
    outcome = Outcome(ok=state)
    machine.loops += 1
    machine.breaks.append([])
    for word in words:
        if current is None:
            break
        rounds = continued(machine, body, current.name(name, word.value))
        left = current.failed & ~current.done
        without = current.asking(f"{word.value} is left out of the loop", left) if left else current
        outcome = either(rounds, Outcome(ok=without))
        current = machine.onwards(outcome, current)
    broken = join_all(machine.breaks.pop())
    machine.loops -= 1
    return Outcome(join_states(outcome.ok, broken), outcome.bad, outcome.soft)


def unrolled(machine: Machine, name: str, items: Sequence[Value], body: Node, state: State) -> Outcome:
    """One round for each of *items*, in order."""
    machine.breaks.append([])
    current: State | None = state
    outcome = Outcome(ok=state)
    for item in items:
        if current is None:
            break
        outcome = continued(machine, body, current.name(name, item))
        current = machine.onwards(outcome, current)
    broken = join_all(machine.breaks.pop())
    if not items:
        outcome = _revived_round(machine, [body], state.name(name, _unnamed(machine, name)), outcome)
    if current is None:
        return Outcome(ok=broken)
    # The loop's status is that of its last round.
    return Outcome(join_states(outcome.ok, broken), outcome.bad, outcome.soft)


def _unnamed(machine: Machine, name: str) -> Value:
    return Value.hole(Kind.OUTPUT, f"each of {name}", machine.site)


def _revived_round(machine: Machine, body: list[Node], state: State, outcome: Outcome) -> Outcome:
    """A round of a loop that has none: only where that is asked for, and it pushes."""
    why = f"`{first_line(body[0].parent_text)}` has no round"
    if not machine.skips(body, why):
        return outcome
    machine.breaks.append([])
    revived = machine.revived(why, lambda: continued(machine, body[0], state))
    machine.breaks.pop()
    return either(outcome, revived)


def continued(machine: Machine, body: Node, state: State) -> Outcome:
    """One round; ``continue`` ends it, well."""
    machine.rounds.append([])
    outcome = machine.sequence([c for c in body.children if c.type not in ("do", "done")], state)
    return Outcome(join_states(outcome.ok, join_all(machine.rounds.pop())), outcome.bad, outcome.soft)


def while_statement(machine: Machine, node: Node, state: State) -> Outcome:
    """``while`` and ``until``; over lines that are known where ``read`` takes them from a text."""
    body = node.child_by_field_name("body")
    if body is None:
        return Outcome(ok=state)
    conditions = [c for c in node.children[1:] if c.id != body.id and c.type != ";"]
    until = node.children[0].type == "until"
    lines = lines_for(conditions, state)
    if lines is not None:
        name, texts = lines
        return functools.reduce(
            either,
            (unrolled(machine, name, [Value.of(line) for line in text], body, state) for text in texts),
        )
    return grown(machine, body, state, repeated_while(machine, conditions, body, state, until))


def repeated_while(
    machine: Machine, conditions: list[Node], body: Node, state: State, until: bool
) -> Outcome:
    """A loop whose rounds are not known: none, one or more."""
    machine.breaks.append([])
    leaving: State | None = None
    endless = _ENDLESS.fullmatch(" ".join(each.text for each in conditions)) is not None
    current: State | None = state
    if not endless and _DECIDABLE.match(conditions[0].text if conditions else ""):
        leaving, current = _rounds_for_certain(machine, conditions, body, state, until)
    if current is not None:
        current = uncounted(machine, [*conditions, body], current)
    machine.loops += 1
    for last in (False, False, True):
        if current is None:
            break
        with machine.looking_away():
            condition = machine.sequence(conditions, current)
        leave, stay = (condition.ok, condition.failed) if until else (condition.failed, condition.ok)
        leaving = join_states(leaving, leave)
        if last or stay is None:
            break
        current = machine.onwards(continued(machine, body, stay), stay)
    machine.loops -= 1
    if leaving is None and not endless:
        leaving = current  # more rounds than are followed
    return Outcome(ok=join_states(leaving, join_all(machine.breaks.pop())))


_DECIDABLE = lazy_pattern(r"\s*(?:!\s*)?(?:\[|\(\(|test\b|getopts\b|\$)")
"""Conditions that a text decides; what a program answers is not known in any round."""


def _rounds_for_certain(
    machine: Machine, conditions: list[Node], body: Node, state: State, until: bool
) -> tuple[State | None, State | None]:
    """Rounds as long as it is known that there is another: where the loop is left, or not known any more."""
    current: State | None = state
    for _round in range(ROUNDS):
        if current is None:
            break
        with machine.looking_away():
            condition = machine.sequence(conditions, current)
        leave, stay = (condition.ok, condition.failed) if until else (condition.failed, condition.ok)
        if stay is None:
            if _round == 0:
                _revived_round(machine, [body], leave or state, Outcome())
            return leave, None
        if leave is not None:
            break
        current = machine.onwards(continued(machine, body, stay), stay)
    return None, current


_ENDLESS = lazy_pattern(r"true|:|\(\(\s*[1-9]\d*\s*\)\)|false|\[\s+[1-9]\s+\]")
_COUNTS = lazy_pattern(
    r"\b(\w+)\+\+|\b(\w+)--|(?:\+\+|--)(\w+)|\b(\w+)[-+*/|]=|\b(\w+)=[^\n;&|]*\b\5\b|\blet\s+(\w+)="
)


def uncounted(machine: Machine, nodes: Sequence[Node], state: State) -> State:
    """Before a loop of unknown length: what each round makes of its last value can be anything in it."""
    text = "\n".join(each.text for each in nodes)
    names = {name for found in _COUNTS.findall(text) for name in found if name}
    names |= {f"{name}{COUNT}" for name in names}
    counted = {name: state.names.own.get(name) for name in names}
    holes = {
        name: Value.hole(Kind.OUTPUT, f"each of {name}", machine.site)
        for name, value in counted.items()
        if value is not None and value.literal is not None
    }
    return state.with_names(holes) if holes else state


def lines_for(conditions: list[Node], state: State) -> tuple[str, list[list[Template]]] | None:
    """The name and the lines of ``while read -r name`` over a known text, or each of a few; else None."""
    if len(conditions) != 1 or state.stdin is None:
        return None
    found = re.search(r"\bread(?:\s+-\w+)*\s+(\w+)\s*$", conditions[0].text)
    texts = [list(text.split("\n")) for text in state.stdin.options]
    if not found or len(texts) > TEXTS or sum(map(len, texts)) > ROUNDS:
        return None
    if any(may_be_many(line) for lines in texts for line in lines):
        return None
    return found[1], texts


def may_be_many(piece: Template) -> bool:
    """Whether a piece of a list is one hole: that can hold many words, or none."""
    return len(piece.parts) == 1 and any(
        not (hole.name.startswith(PROCESS) or _ONE_WORD.fullmatch(hole.name)) for hole in piece.holes
    )


_ONE_WORD = lazy_pattern(
    r"github\.(?:sha|run_id|run_number|run_attempt|ref|ref_name)|git rev-parse(?: --short(?:=\d+)?)? HEAD"
    r"|(?:characters (?:0)?:[1-9]\d*|cut -c ?(?:1)?-[1-9]\d*) of \{github\.sha\}"
    r"|##\*/ of refs/(?:heads|tags)/\{github\.ref_name\}"
)
"""What GitHub fills, never with white space: the commit (or its first letters), numbers, names of refs."""


def is_pattern(piece: Template) -> bool:
    """Whether a piece that nobody quoted is a pattern of file names (``"$DIR"/*.txt``)."""
    return any(isinstance(part, str) and ("*" in part or "?" in part) for part in piece.parts)


def _is_each(value: Value) -> bool:
    only = value.only
    return only is not None and may_be_many(only) and only.holes[0].name.startswith("each of")


def repeat(
    machine: Machine, body: Callable[[State], Outcome], state: State, nodes: Sequence[Node] = ()
) -> Outcome:
    """A loop that runs an unknown number of times, perhaps never."""
    machine.breaks.append([])
    machine.rounds.append([])
    machine.loops += 1
    outcome = body(uncounted(machine, nodes, state))
    machine.loops -= 1
    ok = join_states(outcome.ok, join_states(join_all(machine.rounds.pop()), join_all(machine.breaks.pop())))
    return Outcome(join_states(state, ok), outcome.bad, outcome.soft)


_GROWS = lazy_pattern(r"\b(\w+)\+=|\b(\w+)=[^\n;&|]*\$\{?\2\b")
"""A variable that is made of itself."""


def grown(machine: Machine, body: Node, before: State, outcome: Outcome) -> Outcome:
    """After a loop of unknown length: a text that each round made longer can be any."""
    found = {one or other for one, other in _GROWS.findall(body.text)}
    if not found:
        return outcome

    def widened(end: State) -> State:
        for name in found:
            value = end.names.own.get(name)
            if value is not None and value is not before.names.own.get(name):
                kinds = frozenset(kind for option in value.options for h in option.holes for kind in h.kinds)
                hole = Hole(f"{name} after a loop", kinds | {Kind.OUTPUT}, machine.site)
                lines = all(option.tail.endswith("\n") for option in value.options if option.parts)
                end = end.name(name, Value.of(Template.of(hole, "\n" if lines else "")))
        return end

    return change_each(outcome, widened)


def c_style_for_statement(machine: Machine, node: Node, state: State) -> Outcome:
    """``for ((…))``."""
    body = node.child_by_field_name("body")
    if body is None:
        return Outcome(ok=state)
    begin, test, step = _headers(node)
    current: State | None = _calculated(machine, begin, state)[1]
    outcome, number = Outcome(ok=current), None
    machine.breaks.append([])
    for _round in range(ROUNDS):
        if current is None:
            break
        number, at = _calculated(machine, test, current) if test is not None else (1, current)
        if number in (0, None):
            if number == 0 and _round == 0:
                _revived_round(machine, [body], at, Outcome())
            break
        outcome = change_each(continued(machine, body, at), lambda end: _calculated(machine, step, end)[1])
        current = machine.onwards(outcome, at)
    broken = join_all(machine.breaks.pop())
    if current is None or number == 0:
        return Outcome(
            join_states(outcome.ok if current else None, broken),
            outcome.bad if current else None,
            outcome.soft,
        )
    outcome = repeat(machine, lambda s: machine.sequence(body.children[1:-1], s), current, [node])
    return grown(machine, body, current, Outcome(join_states(outcome.ok, broken), outcome.bad, outcome.soft))


def _headers(node: Node) -> tuple[Node | None, Node | None, Node | None]:
    """The three expressions of ``for ((…; …; …))``."""
    found: list[Node | None] = [None, None, None]
    at = 0
    for child in node.children:
        if child.type == "))":
            break
        at += child.type == ";"
        if child.is_named and at < len(found):
            found[at] = child
    return found[0], found[1], found[2]


def _calculated(machine: Machine, node: Node | None, state: State) -> tuple[Number, State]:
    """The number that *node* comes to, and what it leaves."""
    if node is None:
        return 0, state
    changed: dict[str, Value] = {}

    def value(each: Node) -> Value:
        name = each.text
        bare = each.type == "word" and name.isidentifier()  # a variable, which the grammar calls a word here
        return state.names.get(name, NOTHING) if bare else machine.words.value(each, state)

    number = calculated(node, value, changed)
    return number, machine.noted(state).with_names(changed)


def _items(words: list[Word]) -> list[Value] | None:
    """The words of a ``for``; None when how many there are is only known at run time."""
    items: list[Value] = []
    for word in words:
        only = word.value.only
        if only is None:
            if not word.quoted:
                return None
            items.append(word.value)
            continue
        pieces = (only,) if word.quoted else only.split(" \t\r\n")
        for piece in pieces:
            if may_be_many(piece) and not word.quoted:
                return None
            if is_pattern(piece) and not word.quoted:
                return None
            items.append(Value.of(piece))
    return items
