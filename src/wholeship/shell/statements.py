"""Lists, pipelines, groups, branches and tests."""

from __future__ import annotations

import functools
import itertools
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wholeship.shell.arithmetic import calculated
from wholeship.shell.conditions import decide_test, matches_pattern
from wholeship.shell.groups import GROUP
from wholeship.shell.left import is_left
from wholeship.shell.nodes import Node
from wholeship.shell.spoken import says_a_push
from wholeship.shell.state import Outcome, State, either, join_states, outside_subshell, with_exits
from wholeship.shell.statuses import BADLY, WELL
from wholeship.shell.syntax import shown
from wholeship.shell.ways import Marks, ways_beside
from wholeship.texts.template import NOTHING, Kind, Template, Value

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine


Stage = Callable[[State], Outcome]
"""Runs a part of a statement."""


def run_list(machine: Machine, node: Node, state: State) -> Outcome:
    """``a && b``, ``a || b``: a failure of *a* does not end the script."""
    left, operator, right = node.children[0], node.children[1].type, node.children[-1]
    with machine.looking_away():
        first = machine.run(left, state)
    return second_of_list(machine, (left, first), operator, right, state)


def second_of_list(
    machine: Machine,
    said: tuple[Node, Outcome],
    operator: str,
    right: Node,
    state: State,
    *,
    run: Stage | None = None,
) -> Outcome:
    """What *right* makes of a list of which the first part, and how it can end, are *said*.

    *run*: how *right* is run, where more belongs to it than the grammar gives it.
    """
    left, first = said
    go, stay = (first.ok, first.failed) if operator == "&&" else (first.failed, first.ok)
    second = Outcome() if go is None else run(go) if run is not None else machine.run(right, go)
    if go is None:
        second = _revived_outcome(machine, [right], stay or state, f"`{shown(left)}` never lets it")
    if operator == "&&":
        return Outcome(second.ok, second.bad, join_states(stay, second.soft))
    return Outcome(join_states(stay, second.ok), second.bad, second.soft)


def list_with_last(
    machine: Machine, node: Node, state: State, last: Callable[[Node, State], Outcome]
) -> Outcome:
    """The list *node*, whose last part *last* runs.

    The grammar gives ``> file`` and ``2>&1 | tee`` behind ``a && b`` to the whole list; in the shell they
    are *b*'s alone.
    """
    left, operator, right = node.children[0], node.children[1].type, node.children[-1]
    with machine.looking_away():
        first = machine.run(left, state)
    return second_of_list(machine, (left, first), operator, right, state, run=lambda go: last(right, go))


def negated_command(machine: Machine, node: Node, state: State) -> Outcome:
    """``! command``: turns the answer round; ``set -e`` looks away."""
    with machine.looking_away():
        inner = machine.run(node.named_children[-1], state)
    return Outcome(ok=inner.failed, soft=inner.ok)


def pipeline(machine: Machine, node: Node, state: State) -> Outcome:
    """``a | b``: the status of the last stage, or of any with ``pipefail``; no stage waits for another."""
    stages = [child for child in node.named_children if child.type != "comment"]
    if len(stages) > 1 and stages[0].type == "negated_command":
        # The grammar gives the ``!`` to the first stage; bash turns the answer of the whole pipeline round.
        with machine.looking_away():
            inner = piped(machine, [stages[0].named_children[-1], *stages[1:]], state)
        return Outcome(ok=inner.failed, soft=inner.ok)
    return piped(machine, stages, state)


def piped(machine: Machine, stages: Sequence[Node | Stage], state: State) -> Outcome:
    """The end of a pipeline of *stages*."""
    start = state.silent()
    ends: list[Outcome] = []
    for stage in stages:
        with machine.own_exits() as exits, machine.listening(stage is not stages[-1]):
            outcome = stage(start) if callable(stage) else machine.run(stage, start)
        ends.append(with_exits(outcome, exits))
        end = ends[-1].any
        if end is None:
            return Outcome()
        start = state._replace(out=NOTHING, stdin=end.out, files=end.files)
    if not ends:
        return Outcome(ok=state)
    return _by_stages(state, ends) if machine.asks_for_stages else _by_last(state, ends)


def _by_last(state: State, ends: list[Outcome]) -> Outcome:
    """A pipeline's end by that of its last stage, or of any with ``pipefail``."""
    *others, last = ends
    anyhow = [end.any for end in others]
    well = [end.ok for end in others] if state.pipefail else anyhow
    badly = last.any if state.pipefail and any(end.failed for end in others) else last.failed
    return Outcome(_together(state, [*well, last.ok]), _together(state, [*anyhow, badly]))


STAGES = 4
"""Of longer pipelines, nobody is told how each stage has ended."""


def _by_stages(state: State, ends: list[Outcome]) -> Outcome:
    """The same where ``PIPESTATUS`` is asked for: every combination of how the stages can end."""
    if len(ends) > STAGES:
        return _by_last(state, ends)
    total = Outcome()
    for answers in itertools.product((True, False), repeat=len(ends)):
        stages = [end.ok if well else end.failed for end, well in zip(ends, answers, strict=True)]
        after = _together(state, stages)
        if after is None:
            continue
        names = {f"PIPESTATUS{at}": WELL if well else BADLY for at, well in enumerate(answers)}
        after = after.with_names(names)
        well = all(answers) if state.pipefail else answers[-1]
        # Ends that went well and those that did not are joined one by one: what tells them apart stays known.
        total = either(total, Outcome(ok=after) if well else Outcome(bad=after))
    return total


def subshell(machine: Machine, node: Node, state: State) -> Outcome:
    """``( … )``: variables stay inside, effects do not."""
    inside = node.children[1:-1]
    if inside and inside[0].text == GROUP:
        return machine.sequence(inside[1:], state)
    with machine.own_exits() as exits:
        inner = machine.sequence(inside, state)
    inner = outside_subshell(state, inner, exits)
    return Outcome(inner.ok, inner.failed)


def compound_statement(machine: Machine, node: Node, state: State) -> Outcome:
    """``{ …; }``, or ``(( … ))``, which the grammar calls the same."""
    if node.children[0].type == "((":
        return calculation(machine, node, state)
    return machine.sequence([c for c in node.children if c.type not in ("{", "}")], state)


def calculation(machine: Machine, node: Node, state: State) -> Outcome:
    """``(( … ))``: well where the number is not 0."""
    changed: dict[str, Value] = {}
    number = calculated(node, lambda each: machine.words.value(each, state), changed)
    after = machine.noted(state)
    if machine.posix:
        return Outcome(ok=after.with_names(changed), bad=after)  # to sh these are two subshells
    after = after.with_names(changed)
    return Outcome(ok=after if number != 0 else None, bad=after if number in (0, None) else None)


def run_statements(machine: Machine, node: Node, state: State) -> Outcome:
    """A whole text, or ``do … done``."""
    return machine.sequence(node.children, state)


def function_definition(machine: Machine, node: Node, state: State) -> Outcome:
    """Remembers the body."""
    name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
    if name is not None and body is not None:
        machine.defined_in[body.id] = machine.file
        state = machine.with_function(name.text, body, state)
    return Outcome(ok=state)


def run_branches(machine: Machine, node: Node, state: State) -> Outcome:
    """``if`` and ``elif``: a condition, what follows it, and the other clauses."""
    marker = next(at for at, child in enumerate(node.children) if child.type == "then")
    first = 1
    conditions = node.children[first:marker]
    rest = node.children[marker + 1 :]
    body = [c for c in rest if c.type not in ("elif_clause", "else_clause", "fi")]
    clauses = [c for c in rest if c.type in ("elif_clause", "else_clause")]
    with machine.looking_away():
        condition = machine.sequence(conditions, state)
    total = machine.sequence(body, condition.ok) if condition.ok else Outcome()
    if condition.ok is None:
        why = f"`{_shown_all(conditions)}` never holds"
        total = _revived_outcome(machine, body, condition.failed or state, why)
    if condition.ok is None and not machine.file:
        machine.untaken += [
            (each.start_row, each.end_row)
            for each in body
            if says_a_push(each.text) and conditions[0].text != "false"
        ]
    other = condition.failed
    for clause in clauses:
        if other is None:
            why = f"`{_shown_all(conditions)}` always holds"
            _revived_outcome(machine, _body(clause), condition.ok or state, why)
            continue
        if clause.type == "else_clause":
            return either(total, machine.sequence(clause.children[1:], other))
        nested = [*clause.children]
        at = next(i for i, child in enumerate(nested) if child.type == "then")
        with machine.looking_away():
            condition = machine.sequence(nested[1:at], other)
        if condition.ok:
            total = either(total, machine.sequence(nested[at + 1 :], condition.ok))
        else:
            why = f"`{_shown_all(nested[1:at])}` never holds"
            total = either(total, _revived_outcome(machine, nested[at + 1 :], other, why))
        other = condition.failed
    return Outcome(join_states(total.ok, other), total.bad, total.soft)


def _body(clause: Node) -> list[Node]:
    """The commands of ``else`` or ``elif``."""
    marker = next((at for at, child in enumerate(clause.children) if child.type == "then"), 0)
    return clause.children[marker + 1 :]


def case_statement(machine: Machine, node: Node, state: State) -> Outcome:
    """``case``: every branch that the subject may match, and what ``;&`` makes of the next one."""
    named = node.child_by_field_name("value")
    subject = machine.words.value(named, state) if named else NOTHING
    state = machine.noted(state)
    items = [child for child in node.children if child.type == "case_item"]
    total = Outcome()
    for at, item in enumerate(items):
        answer = _chosen(machine, item, subject, state)
        if answer is False:
            total = either(total, _revived_outcome(machine, _bodies(items[at:]), state, _unlike(node, item)))
            continue
        total = either(total, machine.sequence(_bodies(items[at:]), state))
        if answer and item.children[-1].type != ";;&":
            for later in range(at + 1, len(items)):
                why = _unlike(node, items[later])
                total = either(total, _revived_outcome(machine, _bodies(items[later:]), state, why))
            return total
    return Outcome(join_states(total.ok, state), total.bad, total.soft)


def _revived_outcome(machine: Machine, nodes: Sequence[Node], state: State, why: str) -> Outcome:
    """What *nodes* do that no run gets to, for *why*: only where that is asked for, and they push."""
    if not machine.skips(nodes, why):
        return Outcome()
    return machine.revived(why, lambda: machine.sequence(nodes, state))


def _shown_all(nodes: Sequence[Node]) -> str:
    return next((shown(each) for each in nodes if each.is_named), "")


def _unlike(node: Node, item: Node) -> str:
    """Why no run takes a branch of ``case``."""
    named = node.child_by_field_name("value")
    pattern = next((shown(each) for each in item.children if each.is_named), "")
    return f"`{shown(named) if named else ''}` is never `{pattern}`"


def _chosen(machine: Machine, item: Node, subject: Value, state: State) -> bool | None:
    """Whether a branch is the one; None when that is only known in the run."""
    marker = next((at for at, child in enumerate(item.children) if child.type == ")"), 0)
    patterns = [
        (_patterns(machine, each, state), each.type not in ("string", "raw_string"))
        for each in item.children[:marker]
        if each.is_named
    ]
    answers = {_fits(text, patterns) for text in subject.options}
    return answers.pop() if len(answers) == 1 else None


def _fits(text: Template, patterns: list[tuple[tuple[Template, ...], bool]]) -> bool | None:
    """Whether one of the patterns is right, each of which can have several readings."""
    answers = set[bool | None]()
    for readings, glob in patterns:
        each = {matches_pattern(text, reading, glob=glob) for reading in readings}
        answers.add(each.pop() if len(each) == 1 else None)
    return True if True in answers else None if None in answers else False


def _patterns(machine: Machine, node: Node, state: State) -> tuple[Template, ...]:
    if node.type == "extglob_pattern":
        return (Template.of(node.text),)
    return machine.words.value(node, state).options


def _bodies(items: list[Node]) -> list[Node]:
    """The commands of the first branch, and of those that ``;&`` goes on into."""
    found: list[Node] = []
    for item in items:
        marker = next((at for at, child in enumerate(item.children) if child.type == ")"), 0)
        found += [c for c in item.children[marker + 1 :] if c.type not in (";;", ";&", ";;&")]
        if item.children[-1].type != ";&":
            break
    return found


def test_command(machine: Machine, node: Node, state: State) -> Outcome:
    """``[ … ]``, ``[[ … ]]``."""
    before = state
    answer = decide_test(
        node, lambda each: machine.words.value(each, before), lambda sign, path: is_left(sign, path, before)
    )
    state = machine.noted(state)
    if machine.posix and (node.children[0].type == "[[" or " == " in node.text):
        answer = None  # sh knows no such program, or sign
    return Outcome(ok=state if answer is not False else None, bad=state if answer is not True else None)


def _together(outer: State, stages: list[State | None]) -> State | None:
    """After stages that ran side by side; what the last one said is added to what was said before."""
    ends = [end for end in stages if end is not None]
    if len(ends) < len(stages):
        return None

    def together(marks: list[Marks]) -> Marks:
        failed = functools.reduce(operator.or_, (each.failed for each in marks), outer.failed)
        done = functools.reduce(operator.or_, (each.done for each in marks), outer.done) & ~failed
        return Marks(
            done, functools.reduce(operator.or_, (each.tried for each in marks), outer.tried), failed
        )

    ways = ways_beside(outer.ways, [end.ways for end in ends], together) if outer.ways else ()
    done, tried, failed = together([end.marks for end in ends])
    after = outer._replace(
        done=done,
        tried=tried,
        failed=failed,
        ways=ways,
        files=ends[-1].files,
        asked=outer.asked.union(*map(outer.asked_within, ends)),
    )
    unsure = {name for end in ends for name in outer.left_by(end)}  # who comes last, nobody knows
    if unsure:
        after = after.with_names(dict.fromkeys(unsure, Value.hole(Kind.OUTPUT, "left by a pipeline")))
    return after.said(ends[-1].out)
