"""Redirections and here-documents."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from wholeship.shell import left, spoken, statements, written
from wholeship.shell.nodes import Node
from wholeship.shell.sinks import APART
from wholeship.shell.state import Outcome, State, change_each
from wholeship.texts.template import NOTHING, Kind, Value

if TYPE_CHECKING:
    from wholeship.shell.machine import Machine


Rest = list[tuple[str, "Node"]]
"""What follows ``<<EOF`` on its line: each part with the operator before it."""


def redirected_statement(machine: Machine, node: Node, state: State) -> Outcome:
    """A statement with its input or output somewhere else."""
    body = _redirected_list(node)
    if body is not None and not any(
        _rest_of(each) for each in node.children if each.type == "heredoc_redirect"
    ):
        return statements.list_with_last(
            machine, body, state, lambda last, go: _redirected(machine, node, last, go)
        )
    return _redirected(machine, node, node.child_by_field_name("body"), state)


def pipeline(machine: Machine, node: Node, state: State) -> Outcome:
    """``a | b``; behind ``a && b 2>&1`` it is *b* whose output goes on."""
    stages = [child for child in node.named_children if child.type != "comment"]
    body = _redirected_list(stages[0]) if len(stages) > 1 else None
    if body is None:
        return statements.pipeline(machine, node, state)

    def from_last(last: Node, go: State) -> Outcome:
        first = functools.partial(_redirected, machine, stages[0], last)
        return statements.piped(machine, [first, *stages[1:]], go)

    return statements.list_with_last(machine, body, state, from_last)


def _redirected_list(node: Node) -> Node | None:
    """The list that the grammar puts in front of the redirections of *node*, if it does."""
    body = node.child_by_field_name("body") if node.type == "redirected_statement" else None
    return body if body is not None and body.type == "list" else None


def _redirected(machine: Machine, node: Node, body: Node | None, state: State) -> Outcome:
    """What *body* does with the redirections of *node*."""
    redirects = [child for child in node.children if child.type.endswith("redirect")]
    inside, targets, rest = redirections(machine, redirects, state)

    def run(before: State) -> Outcome:
        if body is None:
            outcome = Outcome(ok=before.silent())
        else:
            with machine.listening(bool(targets)):
                outcome = machine.run(body, before.silent() if targets else before)
        return change_each(outcome, lambda end: stored_output(machine, before, end, targets))

    return _with_rest(machine, node, run, rest, (state, inside)) if rest else run(inside)


def _with_rest(
    machine: Machine,
    node: Node,
    run: Callable[[State], Outcome],
    rest: Rest,
    states: tuple[State, State],
) -> Outcome:
    """A statement with a here-document, and the pipeline or the list that goes on behind ``<<EOF``."""
    before, inside = states
    stages = [stage for sign, part in rest if sign == "|" for stage in part.named_children]
    parts = [each for sign, part in rest if sign != "|" for each in _in_turn(sign, part)]

    def first() -> Outcome:
        if not stages:
            return run(inside)
        return statements.piped(machine, [lambda start: run(inside._replace(out=start.out)), *stages], before)

    if not parts:
        return first()
    with machine.looking_away():
        outcome = _outside(first(), before)
        for sign, part in parts[:-1]:
            outcome = statements.second_of_list(machine, (node, outcome), sign, part, before)
    sign, part = parts[-1]
    return statements.second_of_list(machine, (node, outcome), sign, part, before)


def _outside(outcome: Outcome, before: State) -> Outcome:
    return change_each(outcome, lambda end: end._replace(stdin=before.stdin))


def _in_turn(sign: str, part: Node) -> Rest:
    """The parts of a list that stands on the right, one after the other, as bash takes them."""
    if part.type != "list":
        return [(sign, part)]
    left, operator, right = part.children[0], part.children[1].type, part.children[-1]
    return [*_in_turn(sign, left), (operator, right)]


def redirections(
    machine: Machine, redirects: list[Node], state: State
) -> tuple[State, list[tuple[str, bool]], Rest]:
    """The state with its input; where output goes (with "append"); what follows a here-document."""
    targets: list[tuple[str, bool]] = []
    rest: Rest = []
    for redirect in redirects:
        if redirect.type == "heredoc_redirect":
            state = state._replace(stdin=heredoc(machine, redirect, state))
            inner = [child for child in redirect.children if child.type == "file_redirect"]
            rest += _rest_of(redirect)
            state, more, _ = redirections(machine, inner, state)
            targets += more
        elif redirect.type == "herestring_redirect":
            text = machine.words.value(redirect.children[-1], state)
            state = state._replace(stdin=text + Value.literal_of("\n"))
        else:
            found = target(machine, redirect, state)
            if isinstance(found, Value):
                state = state._replace(stdin=found)
            elif found:
                path, append = found
                if append and path in machine.sinks.variables.values():
                    path = f"{path}{APART}{machine.file}:{redirect.start_byte}"  # each place by itself
                targets.append((path, append))
    return state, targets, rest


def _rest_of(redirect: Node) -> Rest:
    found: Rest = []
    sign = ""
    for child in redirect.children:
        if child.type in ("||", "&&"):
            sign = child.type
        elif child.type == "pipeline" and child.children[0].type == "|":
            found.append(("|", child))
        elif sign and child.is_named and child.type not in ("heredoc_body", "heredoc_end", "comment"):
            found.append((sign, child))
            sign = ""
    return found


def heredoc(machine: Machine, redirect: Node, state: State) -> Value:
    """The text of a here-document."""
    start = next((c for c in redirect.children if c.type == "heredoc_start"), None)
    body = next((c for c in redirect.children if c.type == "heredoc_body"), None)
    if body is None:
        return NOTHING
    raw = start is not None and start.text[:1] in ("'", '"', "\\")
    return machine.words.heredoc(body, state, raw=raw)


def target(machine: Machine, redirect: Node, state: State) -> tuple[str, bool] | Value | None:
    """Where output goes, or what input comes from; None: neither matters."""
    operator = next((c.type for c in redirect.children if c.type in (">", ">>", "<", ">|", "&>", "&>>")), "")
    descriptor = redirect.children[0]
    if not operator or (descriptor.type == "file_descriptor" and descriptor.text not in "01"):
        if redirect.children[-1].type == "process_substitution":
            machine.words.value(redirect.children[-1], state)  # it runs, wherever that leads
        return None
    path = machine.words.value(redirect.children[-1], state)
    if operator == "<":
        name = path.literal
        text = written.text_left(machine, path.only, state) if path.only is not None else None
        inside = redirect.children[-1].type == "process_substitution"
        content = machine.read(name) if name and text is None else None
        if text is not None:
            return text
        if inside:
            return path
        return Value.literal_of(content) if content is not None else Value.hole(Kind.FILE, f"< {path}")
    only = path.only
    return written.key_of(only, state) if only is not None else str(path), operator in (">>", "&>>")


def stored_output(machine: Machine, before: State, end: State, targets: list[tuple[str, bool]]) -> State:
    """*end* with its output in the files it was sent to."""
    if not targets:
        return end._replace(stdin=before.stdin)
    text = end.out
    for path, append in targets:
        if spoken.is_run_by_others(path, str(text)):
            machine.say(f"{path}, which other programs run")
        if append and path not in end.files and path[:1] != "\0":
            text = written.text_before(machine, path) + text
        machine.hands_on(path, before, text)
        end = machine.handed_on(path, end.write(path, text, append=append), text)
        end = left.after_output(machine, end, path, text, append=append)
    return end._replace(out=before.out, stdin=before.stdin)
