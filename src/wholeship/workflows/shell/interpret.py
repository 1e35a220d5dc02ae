"""A script, run over every way it can go, without knowing what programs answer.

Each statement turns the state before it into up to three states after it: ended well, ended badly, and
ended badly in a place where ``set -e`` looks away. What a script's success says about one command follows
from the states in which the script can end with status 0: a command that may have failed in one of them is
*masked*; one that may not have been tried is *conditional*. POSIX "Shell Command Language", ``set -e``;
GitHub docs, workflow syntax, ``jobs.<id>.steps[*].shell`` for the options that a script starts with.
"""

from __future__ import annotations

import fnmatch
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from wholeship.workflows.facts.template import NOTHING, Kind, Template, Value
from wholeship.workflows.shell import programs, sinks
from wholeship.workflows.shell.conditions import decide, plain_test
from wholeship.workflows.shell.state import (
    ENV,
    OUTPUT,
    PATH,
    SUMMARY,
    Command,
    Outcome,
    Script,
    State,
    Word,
    join,
    join_all,
)
from wholeship.workflows.shell.syntax import parse, text_of
from wholeship.workflows.shell.words import Expansion, readings

if TYPE_CHECKING:
    from tree_sitter import Node

DEPTH = 12
"""Functions and scripts nested deeper than this are not followed."""
COMMANDS = 2000
"""Scripts that reach more commands than this are cut, and said to be."""
ROUNDS = 64
"""Loops over more words than this are run once, over an unknown word."""

Follow = Callable[[tuple[Template, ...], State], "Followed | None"]
"""Another script that a command runs (a file, a Make target), if it can be had."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The text of another script, how it is run, and where it stands."""

    text: str
    file: str
    arguments: tuple[Word, ...] = ()
    names: Mapping[str, Value] = field(default_factory=dict)
    errexit: bool = False


def _never(_argv: tuple[Template, ...], _state: State) -> Followed | None:
    return None


def _no_file(_path: str) -> str | None:
    return None


def interpret(
    script: str,
    *,
    names: Mapping[str, Value] | None = None,
    known: Mapping[str, Value] | None = None,
    shell: str = "",
    site: str = "",
    read: programs.Read = _no_file,
    follow: Follow = _never,
) -> Script:
    """What *script* does when run by *shell* (as GitHub Actions spells it) in the environment *names*.

    *known* maps placeholders inside the text to values that are substituted before the shell sees them.
    """
    errexit, pipefail = options_of(shell)
    special = {
        "GITHUB_OUTPUT": OUTPUT,
        "GITHUB_ENV": ENV,
        "GITHUB_PATH": PATH,
        "GITHUB_STEP_SUMMARY": SUMMARY,
    }
    state = State(
        names={**(names or {}), **{name: Value.literal_of(path) for name, path in special.items()}},
        errexit=errexit,
        pipefail=pipefail,
    )
    return _Interpreter(dict(known or {}), site, read, follow).script(script, state)


def options_of(shell: str) -> tuple[bool, bool]:
    """``errexit`` and ``pipefail`` for a ``shell:`` value; nothing given is ``bash -e {0}``."""
    if shell == "bash":
        return True, True
    if shell in ("", "sh"):
        return True, False
    flags = shell.split()
    errexit = any(re.fullmatch(r"-[a-z]*e[a-z]*", flag) for flag in flags) or "errexit" in flags
    return errexit, "pipefail" in flags


class _Interpreter:
    """One run over one script and those it calls."""

    def __init__(self, known: dict[str, Value], site: str, read: programs.Read, follow: Follow) -> None:
        self.site = site
        self.read = read
        self.follow = follow
        self.words = Expansion(self.substituted, known, site)
        self.commands: list[Command] = []
        self.unread: list[str] = []
        self._indices: dict[tuple[int, str, str], int] = {}
        self._functions: dict[str, Node] = {}
        self._trees: list[Node] = []  # trees must outlive their nodes
        self._exempt = 0
        self._loops = 0
        self._depth = 0
        self._background = False
        self._file = ""
        self._exits: list[tuple[list[State], list[State]]] = [([], [])]
        self._returns: list[tuple[list[State], list[State]]] = []
        self._breaks: list[list[State]] = []

    def script(self, text: str, state: State) -> Script:
        end = self._text(text, state)
        good, _bad = self._exits[0]
        final = join_all([*good, *([end.ok] if end.ok else [])])
        every = frozenset(range(len(self.commands)))
        if final is None:
            return Script(tuple(self.commands), every, frozenset(), unread=tuple(self.unread))
        return Script(
            commands=tuple(self.commands),
            conditional=every - final.tried,
            masked=final.failed,
            outputs=sinks.entries(final.files.get(OUTPUT, NOTHING), self.site),
            environment=sinks.entries(final.files.get(ENV, NOTHING), self.site),
            files={path: value for path, value in final.files.items() if not path.startswith("\0")},
            unread=tuple(dict.fromkeys(self.unread)),
        )

    def _text(self, text: str, state: State) -> Outcome:
        tree = parse(text)
        self._trees.append(tree)
        if tree.has_error:
            self.unread.append("a part of the script that is not shell syntax")
        return self.sequence(tree.children, state)

    # Lists of statements

    def sequence(self, nodes: Sequence[Node], state: State | None) -> Outcome:
        statements = [
            node for node in nodes if node.is_named and node.type not in ("comment", "heredoc_body")
        ]
        ampersands = {before.id for before, after in itertools.pairwise(nodes) if after.type == "&"}
        current = state
        for at, node in enumerate(statements):
            if current is None:
                break
            outcome = self._maybe_background(node, current, node.id in ampersands)
            if at == len(statements) - 1:
                return outcome
            current = self._onwards(outcome, current)
        return Outcome(ok=current)

    def _onwards(self, outcome: Outcome, before: State) -> State | None:
        """The state for the next statement; ``set -e`` ends the script where it applies."""
        current = join(outcome.ok, outcome.soft)
        if outcome.bad is None:
            return current
        if outcome.bad.errexit and before.errexit and not self._exempt:
            self._exits[-1][1].append(outcome.bad)
            return current
        return join(current, outcome.bad)

    def _maybe_background(self, node: Node, state: State, background: bool) -> Outcome:
        if not background:
            return self.run(node, state)
        self._background, before = True, self._background
        outcome = self.run(node, state)
        self._background = before
        end = outcome.any
        if end is None:
            return Outcome(ok=state)
        started = end.tried - state.tried
        return Outcome(
            ok=replace(
                state.after(end), done=state.done, tried=state.tried | started, failed=end.failed | started
            )
        )

    # Statements

    def run(self, node: Node, state: State) -> Outcome:
        """Runs one statement."""
        if len(self.commands) > COMMANDS:
            self._say("a script that is too long to follow")
            return Outcome(ok=state)
        method = getattr(self, f"_run_{node.type}", None)
        if method is None:
            return self._other(node, state)
        outcome: Outcome = method(node, state)
        return outcome

    def _other(self, node: Node, state: State) -> Outcome:
        if node.type == "ERROR":
            self._say("a part of the script that is not shell syntax")
        return self.sequence(node.children, state) if node.type in ("program", "do_group") else Outcome(state)

    def _run_list(self, node: Node, state: State) -> Outcome:
        left, operator, right = node.children[0], node.children[1].type, node.children[-1]
        with self._looking_away():
            first = self.run(left, state)
        go, stay = (first.ok, first.failed) if operator == "&&" else (first.failed, first.ok)
        second = self.run(right, go) if go else Outcome()
        if operator == "&&":
            return Outcome(second.ok, second.bad, join(stay, second.soft))
        return Outcome(join(stay, second.ok), second.bad, second.soft)

    def _run_negated_command(self, node: Node, state: State) -> Outcome:
        with self._looking_away():
            inner = self.run(node.named_children[-1], state)
        return Outcome(ok=inner.failed, soft=inner.ok)

    def _run_pipeline(self, node: Node, state: State) -> Outcome:
        stages = [child for child in node.named_children if child.type != "comment"]
        current, failed = replace(state, out=NOTHING), None
        outcome = Outcome(ok=current)
        for at, stage in enumerate(stages):
            last = at == len(stages) - 1
            with self._own_exits() as exits:
                outcome = self.run(stage, replace(current, out=NOTHING))
            outcome = _with_exits(outcome, exits)
            end = outcome.any
            if end is None:
                return Outcome()
            if not last:
                if state.pipefail:
                    failed = join(failed, outcome.failed)
                    end = outcome.ok or end
                current = replace(state.after(end), stdin=end.out)
        pair = (_back(state, outcome.ok), _back(state, outcome.failed))
        return Outcome(pair[0], join(pair[1], _back(state, failed)))

    def _run_subshell(self, node: Node, state: State) -> Outcome:
        with self._own_exits() as exits:
            inner = self.sequence(node.children[1:-1], state)
        inner = _with_exits(inner, exits)
        return Outcome(_inherit(state, inner.ok), _inherit(state, inner.failed))

    def _run_compound_statement(self, node: Node, state: State) -> Outcome:
        return self.sequence([c for c in node.children if c.type not in ("{", "}")], state)

    def _run_function_definition(self, node: Node, state: State) -> Outcome:
        name, body = node.child_by_field_name("name"), node.child_by_field_name("body")
        if name is not None and body is not None:
            self._functions[text_of(name)] = body
        return Outcome(ok=state)

    def _run_if_statement(self, node: Node, state: State) -> Outcome:
        return self._branches(node, state)

    def _branches(self, node: Node, state: State) -> Outcome:
        """``if`` and ``elif``: a condition, what follows it, and the other clauses."""
        marker = next(at for at, child in enumerate(node.children) if child.type == "then")
        first = 1
        conditions = node.children[first:marker]
        rest = node.children[marker + 1 :]
        body = [c for c in rest if c.type not in ("elif_clause", "else_clause", "fi")]
        clauses = [c for c in rest if c.type in ("elif_clause", "else_clause")]
        with self._looking_away():
            condition = self.sequence(conditions, state)
        total = self.sequence(body, condition.ok) if condition.ok else Outcome()
        other = condition.failed
        for clause in clauses:
            if other is None:
                break
            if clause.type == "else_clause":
                return _either(total, self.sequence(clause.children[1:], other))
            nested = [*clause.children]
            at = next(i for i, child in enumerate(nested) if child.type == "then")
            with self._looking_away():
                condition = self.sequence(nested[1:at], other)
            if condition.ok:
                total = _either(total, self.sequence(nested[at + 1 :], condition.ok))
            other = condition.failed
        return Outcome(join(total.ok, other), total.bad, total.soft)

    def _run_case_statement(self, node: Node, state: State) -> Outcome:
        value = node.child_by_field_name("value")
        subject = self.words.value(value, state).literal if value else None
        total, fell_through = Outcome(), True
        for item in (child for child in node.children if child.type == "case_item"):
            marker = next((at for at, child in enumerate(item.children) if child.type == ")"), 0)
            patterns = [text_of(c).strip("\"'") for c in item.children[:marker] if c.is_named]
            body = [c for c in item.children[marker + 1 :] if c.type not in (";;", ";&", ";;&")]
            if subject is not None and not any(fnmatch.fnmatchcase(subject, each) for each in patterns):
                continue
            total = _either(total, self.sequence(body, state))
            if subject is not None or "*" in patterns:
                fell_through = False
                break
        return Outcome(join(total.ok, state), total.bad, total.soft) if fell_through else total

    def _run_for_statement(self, node: Node, state: State) -> Outcome:
        variable, body = node.child_by_field_name("variable"), node.child_by_field_name("body")
        if variable is None or body is None:
            return Outcome(ok=state)
        name = text_of(variable)
        stop = next(
            (at for at, c in enumerate(node.children) if c.type in ("do_group", ";")), len(node.children)
        )
        given = [c for c in node.children[2:stop] if c.is_named and c.id != body.id]
        words: list[Word] = []
        for each in given:
            words += self.words.words(each, state)
        if not given and "in" not in (child.type for child in node.children):
            words = list(state.arguments)
        items = _items(words)
        if items is None or len(items) > ROUNDS:
            hole = Value.hole(Kind.OUTPUT, f"each of {' '.join(map(text_of, given))}", self.site)
            known = Value.of(*(item for item in items or ())) if items else hole
            return self._repeat(lambda s: self.sequence(body.children[1:-1], s.name(name, known)), state)
        return self._unrolled(name, items, body, state)

    def _unrolled(self, name: str, items: list[Template], body: Node, state: State) -> Outcome:
        self._breaks.append([])
        current: State | None = state
        outcome = Outcome(ok=state)
        for item in items:
            if current is None:
                break
            outcome = self._continued(body, current.name(name, Value.of(item)))
            current = self._onwards(outcome, current)
        broken = join_all(self._breaks.pop())
        if current is None:
            return Outcome(ok=broken)
        # The loop's status is that of its last round.
        return Outcome(join(outcome.ok, broken), outcome.bad, outcome.soft)

    def _continued(self, body: Node, state: State) -> Outcome:
        """One round; ``continue`` ends it, well."""
        self._returns.append(([], []))
        outcome = self.sequence([c for c in body.children if c.type not in ("do", "done")], state)
        continued, _ = self._returns.pop()
        return Outcome(join(outcome.ok, join_all(continued)), outcome.bad, outcome.soft)

    def _run_while_statement(self, node: Node, state: State) -> Outcome:
        body = node.child_by_field_name("body")
        if body is None:
            return Outcome(ok=state)
        conditions = [c for c in node.children[1:] if c.id != body.id and c.type != ";"]
        until = node.children[0].type == "until"
        lines = self._lines_for(conditions, state)
        if lines is not None:
            return self._unrolled(lines[0], lines[1], body, state)
        return self._while(conditions, body, state, until)

    def _while(self, conditions: list[Node], body: Node, state: State, until: bool) -> Outcome:
        self._breaks.append([])
        self._loops += 1
        leaving: State | None = None
        current: State | None = state
        for _round in range(2):
            if current is None:
                break
            with self._looking_away():
                condition = self.sequence(conditions, current)
            leave, stay = (condition.ok, condition.failed) if until else (condition.failed, condition.ok)
            leaving = join(leaving, leave)
            if stay is None:
                current = None
                break
            current = self._onwards(self._continued(body, stay), stay)
        self._loops -= 1
        return Outcome(ok=join(leaving, join_all(self._breaks.pop())))

    def _lines_for(self, conditions: list[Node], state: State) -> tuple[str, list[Template]] | None:
        """``while read -r name`` over text that is known."""
        if len(conditions) != 1 or state.stdin is None:
            return None
        found = re.search(r"\bread(?:\s+-\w+)*\s+(\w+)\s*$", text_of(conditions[0]))
        text = state.stdin.only
        if not found or text is None:
            return None
        lines = text.split("\n")
        return (found[1], list(lines)) if len(lines) <= ROUNDS else None

    def _repeat(self, body: Callable[[State], Outcome], state: State) -> Outcome:
        """A loop that runs an unknown number of times, perhaps never."""
        self._breaks.append([])
        self._returns.append(([], []))
        self._loops += 1
        outcome = body(state)
        self._loops -= 1
        continued, _ = self._returns.pop()
        ok = join(outcome.ok, join(join_all(continued), join_all(self._breaks.pop())))
        return Outcome(join(state, ok), outcome.bad, outcome.soft)

    def _run_c_style_for_statement(self, node: Node, state: State) -> Outcome:
        body = node.child_by_field_name("body")
        if body is None:
            return Outcome(ok=state)
        return self._repeat(lambda s: self.sequence(body.children[1:-1], s), state)

    def _run_test_command(self, node: Node, state: State) -> Outcome:
        answer = decide(node, lambda each: self.words.value(each, state))
        return Outcome(ok=state if answer is not False else None, bad=state if answer is not True else None)

    # Redirections

    def _run_redirected_statement(self, node: Node, state: State) -> Outcome:
        body = node.child_by_field_name("body")
        redirects = [child for child in node.children if child.type.endswith("redirect")]
        state, targets, rest = self._redirections(redirects, state)
        if body is None:
            outcome = Outcome(ok=replace(state, out=NOTHING))
        else:
            outcome = self.run(body, replace(state, out=NOTHING) if targets else state)
        outcome = _each(outcome, lambda end: self._stored(state, end, targets))
        for pipeline in rest:
            outcome = self._heredoc_rest(pipeline, outcome)
        return outcome

    def _heredoc_rest(self, node: Node, outcome: Outcome) -> Outcome:
        """What follows ``<<EOF`` on the same line: a pipe, or another command of the list."""
        if outcome.ok is None:
            return outcome
        stages = [child for child in node.children if child.is_named]
        current = outcome.ok
        answer = Outcome(ok=current)
        for stage in stages:
            answer = self.run(stage, replace(current, stdin=current.out))
        return Outcome(answer.ok, join(outcome.bad, answer.bad), join(outcome.soft, answer.soft))

    def _redirections(
        self, redirects: list[Node], state: State
    ) -> tuple[State, list[tuple[str, bool]], list[Node]]:
        targets: list[tuple[str, bool]] = []
        rest: list[Node] = []
        for redirect in redirects:
            if redirect.type == "heredoc_redirect":
                state = replace(state, stdin=self._heredoc(redirect, state))
                inner = [child for child in redirect.children if child.type == "file_redirect"]
                rest += [
                    child for child in redirect.children if child.type in ("pipeline", "list", "command")
                ]
                state, more, _ = self._redirections(inner, state)
                targets += more
            elif redirect.type == "herestring_redirect":
                state = replace(state, stdin=self.words.value(redirect.children[-1], state))
            else:
                target = self._target(redirect, state)
                if isinstance(target, Value):
                    state = replace(state, stdin=target)
                elif target:
                    targets.append(target)
        return state, targets, rest

    def _heredoc(self, redirect: Node, state: State) -> Value:
        start = next((c for c in redirect.children if c.type == "heredoc_start"), None)
        body = next((c for c in redirect.children if c.type == "heredoc_body"), None)
        if body is None:
            return NOTHING
        raw = start is not None and text_of(start)[:1] in ("'", '"', "\\")
        return self.words.heredoc(body, state, raw=raw)

    def _target(self, redirect: Node, state: State) -> tuple[str, bool] | Value | None:
        operator = next(
            (c.type for c in redirect.children if c.type in (">", ">>", "<", ">|", "&>", "&>>")), ""
        )
        descriptor = redirect.children[0]
        if not operator or (descriptor.type == "file_descriptor" and text_of(descriptor) not in "01"):
            return None
        path = self.words.value(redirect.children[-1], state)
        if operator == "<":
            name = path.literal
            text = state.files.get(name) if name else None
            inside = redirect.children[-1].type == "process_substitution"
            content = self.read(name) if name and text is None else None
            if text is not None:
                return text
            if inside:
                return path
            return Value.literal_of(content) if content is not None else Value.hole(Kind.FILE, f"< {path}")
        return path.literal or str(path), operator in (">>", "&>>")

    def _stored(self, before: State, end: State, targets: list[tuple[str, bool]]) -> State:
        if not targets:
            return replace(end, stdin=before.stdin)
        written = end.out
        for path, append in targets:
            end = end.write(path, written, append=append)
        return replace(end, out=before.out, stdin=before.stdin)

    # Simple commands

    def _run_variable_assignment(self, node: Node, state: State) -> Outcome:
        return self._assigned([node], state)

    def _run_variable_assignments(self, node: Node, state: State) -> Outcome:
        return self._assigned(node.named_children, state)

    def _assigned(self, nodes: Sequence[Node], state: State) -> Outcome:
        """``name=value``: the status is that of the last command substitution."""
        for node in nodes:
            value = node.child_by_field_name("value")
            if value is not None and value.type == "command_substitution" and len(nodes) == 1:
                outcome, text = self._substitution(value, state)
                return Outcome(
                    *(_set(end, node, text) if end else None for end in (outcome.ok, outcome.failed))
                )
            state = self._assign(node, state)
        return Outcome(ok=state)

    def _assign(self, node: Node, state: State) -> State:
        name = node.child_by_field_name("name") or node.children[0]
        value = node.child_by_field_name("value")
        if value is not None and value.type == "array":
            words: list[Word] = []
            for each in value.named_children:
                words += _split(self.words.words(each, state))
            held = state.arrays.get(text_of(name), ()) if "+=" in text_of(node) else ()
            return replace(state, arrays={**state.arrays, text_of(name): (*held, *words)})
        if name.type == "subscript":
            return state
        text = self.words.value(value, state) if value is not None else NOTHING
        return _set(self._noted(state), node, text)

    def _run_declaration_command(self, node: Node, state: State) -> Outcome:
        for child in node.named_children:
            if child.type == "variable_assignment":
                state = self._assign(child, state)
        return Outcome(ok=state)

    def _run_unset_command(self, node: Node, state: State) -> Outcome:
        gone = {text_of(child) for child in node.named_children}
        return Outcome(ok=replace(state, names={k: v for k, v in state.names.items() if k not in gone}))

    def _run_command(self, node: Node, state: State) -> Outcome:
        local = state
        words: list[Word] = []
        redirects: list[Node] = []
        for child in node.children:
            if child.type == "variable_assignment":
                local = self._assign(child, local)
            elif child.type.endswith("redirect"):
                redirects.append(child)
            elif child.type == "command_name":
                words += self.words.words(child.children[0], self._noted(state)) if child.children else ()
            elif child.is_named and child.type != "comment":
                words += self.words.words(child, self._noted(state))
        state, local = self._noted(state), self._noted(local)
        if redirects:
            local, targets, _ = self._redirections(redirects, local)
            outcome = self._called(node, tuple(words), replace(local, out=NOTHING) if targets else local)
            outcome = _each(outcome, lambda end: self._stored(state, end, targets))
        else:
            outcome = self._called(node, tuple(words), local)
        return _each(outcome, lambda end: _unprefixed(state, local, end)) if local is not state else outcome

    def _called(self, node: Node, words: tuple[Word, ...], state: State) -> Outcome:
        """A command line: a builtin, a function, another script, or a program."""
        words = self._unwrapped(words)
        lines = readings(words)
        name = words[0].literal if words else ""
        if not words or (name == "" and len(lines) == 1 and not lines[0]):
            return Outcome(ok=state)
        if name is None and len(lines) == 1 and lines[0]:
            name = lines[0][0].literal
        if name in self._functions and self._depth < DEPTH:
            return self._function(self._functions[name], words[1:], state)
        if name in ("echo", "printf"):
            return self._said(lines, state)
        builtin = getattr(self, f"_builtin_{_BUILTINS.get(name or '', '')}", None)
        if builtin is not None:
            answer: Outcome | None = builtin(lines[0] if lines else (), state)
            if answer is not None:
                return answer
        if name == "xargs":
            return self._xargs(node, words[1:], state)
        followed = self.follow(lines[0], state) if len(lines) == 1 and self._depth < DEPTH else None
        index = self._record(node, words, state, lines)
        if followed is not None:
            return self._followed(followed, index, state)
        said = self._printed(lines, state)
        return Outcome(state.succeeded(index).said(said), state.missed(index).said(said))

    def _unwrapped(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """Without ``sudo``, ``env``, ``time`` and their like in front."""
        while words and (words[0].literal or "").rpartition("/")[2] in _WRAPPERS:
            name = words[0].literal or ""
            rest = list(words[1:])
            takes = _WRAPPERS[name.rpartition("/")[2]]
            while rest and (
                (rest[0].literal or "").startswith("-")
                or (name == "env" and "=" in str(rest[0].value).split(" ", 1)[0])
            ):
                option = rest.pop(0).literal or ""
                if option in _WRAPPER_OPTIONS_WITH_VALUE and rest:
                    rest.pop(0)
            words = tuple(rest[takes:])
        return words

    def _record(
        self, node: Node, words: tuple[Word, ...], state: State, lines: tuple[tuple[Template, ...], ...]
    ) -> int:
        key = (node.start_byte, self._file, repr(lines))
        if key in self._indices:
            return self._indices[key]
        index = self._indices[key] = len(self.commands)
        self.commands.append(
            Command(
                index,
                words,
                node.start_point[0],
                state.done,
                loop=self._loops > 0,
                background=self._background,
                stdin=state.stdin,
                names=state.names,
                file=self._file,
            )
        )
        return index

    def _printed(self, lines: tuple[tuple[Template, ...], ...], state: State) -> Value:
        def read(path: str) -> str | None:
            written = state.files.get(path)
            return self.read(path) if written is None else written.literal

        answers = [programs.printed(line, state.stdin, read, self.site) for line in lines]
        return Value.of(*(option for answer in answers for option in answer.options)) if answers else NOTHING

    # Functions, other scripts, substitutions

    def _function(self, body: Node, arguments: tuple[Word, ...], state: State) -> Outcome:
        self._depth += 1
        self._returns.append(([], []))
        inner = self.run(body, replace(state, arguments=arguments))
        good, bad = self._returns.pop()
        self._depth -= 1
        ok, failed = join(inner.ok, join_all(good)), join(inner.failed, join_all(bad))
        return _each(Outcome(ok, failed), lambda end: replace(end, arguments=state.arguments))

    def _followed(self, script: Followed, index: int, state: State) -> Outcome:
        inside = replace(
            state,
            names={**state.names, **script.names},
            arguments=script.arguments,
            errexit=script.errexit,
            pipefail=False,
        )
        self._depth += 1
        self._file, before = script.file, self._file
        exempt, self._exempt = self._exempt, 0
        functions, self._functions = self._functions, {}
        with self._own_exits() as exits:
            inner = self._text(script.text, inside)
        self._file, self._exempt, self._functions = before, exempt, functions
        self._depth -= 1
        inner = _with_exits(inner, exits)
        ok, failed = _inherit(state, inner.ok), _inherit(state, inner.failed)
        return Outcome(ok.succeeded(index) if ok else None, (failed or state).missed(index))

    def substituted(self, node: Node, state: State) -> Value:
        """The text of a command substitution inside a word; its status is lost."""
        outcome, text = self._substitution(node, state)
        end = outcome.any
        if end is not None:
            self._pending = (state, end) if end.tried != state.tried else None
        return text

    _pending: tuple[State, State] | None = None

    def _noted(self, state: State) -> State:
        """*state* with what command substitutions inside the last words did."""
        if self._pending is None:
            return state
        _, end = self._pending
        self._pending = None
        return state.after(end)

    def _substitution(self, node: Node, state: State) -> tuple[Outcome, Value]:
        inner_nodes = [c for c in node.children if c.type not in ("$(", ")", "`", "<(", ">(")]
        read = re.fullmatch(r"\$\(\s*<\s*([\w./-]+)\s*\)", text_of(node))
        if read:
            text = self.read(read[1])
            return Outcome(ok=state), (
                Value.literal_of(text.rstrip("\n")) if text is not None else Value.hole(Kind.FILE, read[1])
            )
        with self._own_exits() as exits:
            inner = self.sequence(inner_nodes, replace(state, out=NOTHING))
        inner = _with_exits(inner, exits)
        end = inner.ok or inner.any
        text_value = end.out.map(_chomped) if end else NOTHING
        return Outcome(
            _inherit(state, inner.ok, out=False), _inherit(state, inner.failed, out=False)
        ), text_value

    def _xargs(self, node: Node, words: tuple[Word, ...], state: State) -> Outcome:
        literals = [word.literal or "" for word in words]
        at, mark, each = 0, "", False
        while at < len(literals) and literals[at].startswith("-"):
            option = literals[at]
            if option.startswith("-I"):
                mark, each = option[2:] or (literals[at + 1] if at + 1 < len(literals) else "{}"), True
            each = each or option.startswith(("-n", "-L"))
            at += (
                2 if option in ("-I", "-n", "-L", "-P", "-d", "-a", "-s", "--max-args", "--max-procs") else 1
            )
        command = words[at:]
        text = state.stdin.only if state.stdin is not None else None
        items = list(text.split("\n" if mark else " \t\n")) if text is not None else []
        if not items or len(items) > ROUNDS:
            items = [Template.of("")] if text is not None and not text.parts else []
            hole = Value.hole(Kind.OUTPUT, "each line of the input", self.site)
            return self._repeat(
                lambda s: self._called(node, _filled(command, mark, (Word(hole),)), s),
                replace(state, stdin=None),
            )
        rounds = (
            [(Word(Value.of(item)),) for item in items] if each else [tuple(Word(Value.of(i)) for i in items)]
        )
        return self._every(node, [_filled(command, mark, each_round) for each_round in rounds], state)

    def _every(self, node: Node, lines: list[tuple[Word, ...]], state: State) -> Outcome:
        """All of *lines*, whatever the others answer; fails when one of them does (``xargs``)."""
        good: State | None = replace(state, stdin=None)
        failed: State | None = None
        for words in lines:
            if good is None:
                break
            outcome = self._called(node, words, replace(good, done=state.done))
            failed = join(failed, outcome.failed)
            good = replace(outcome.ok, done=outcome.ok.done | good.done) if outcome.ok else None
        return Outcome(ok=good, bad=failed)

    def _said(self, lines: tuple[tuple[Template, ...], ...], state: State) -> Outcome:
        text = self._printed(lines, replace(state, stdin=None))
        legacy = sinks.workflow_command(text)
        if legacy is not None:
            return Outcome(ok=state.write(*legacy, append=True))
        return Outcome(ok=state.said(text))

    # Builtins: None means "treat it as a program"

    def _builtin_true(self, _words: tuple[Template, ...], state: State) -> Outcome:
        return Outcome(ok=state)

    def _builtin_false(self, _words: tuple[Template, ...], state: State) -> Outcome:
        return Outcome(bad=state)

    def _builtin_test(self, words: tuple[Template, ...], state: State) -> Outcome:
        answer = plain_test(words[1:])
        return Outcome(ok=state if answer is not False else None, bad=state if answer is not True else None)

    def _builtin_exit(self, words: tuple[Template, ...], state: State) -> Outcome:
        self._leave(self._exits[-1], words, state)
        return Outcome()

    def _builtin_return(self, words: tuple[Template, ...], state: State) -> Outcome:
        self._leave(self._returns[-1] if self._returns else self._exits[-1], words, state)
        return Outcome()

    def _leave(self, to: tuple[list[State], list[State]], words: tuple[Template, ...], state: State) -> None:
        code = words[1].literal if len(words) > 1 else "0" if words[0].literal == "return" else None
        code = "0" if code is None and len(words) == 1 and not state.failed else code
        if code is None or code == "0":
            to[0].append(state)
        if code != "0":
            to[1].append(state)

    def _builtin_break(self, _words: tuple[Template, ...], state: State) -> Outcome:
        if self._breaks:
            self._breaks[-1].append(state)
        return Outcome()

    def _builtin_continue(self, _words: tuple[Template, ...], state: State) -> Outcome:
        if self._returns:
            self._returns[-1][0].append(state)
        return Outcome()

    def _builtin_set(self, words: tuple[Template, ...], state: State) -> Outcome:
        flags = [word.literal or "" for word in words[1:]]
        for at, flag in enumerate(flags):
            if flag == "--":
                return Outcome(ok=replace(state, arguments=tuple(Word(Value.of(w)) for w in words[at + 2 :])))
            if re.fullmatch(r"[-+][a-zA-Z]+", flag) and "e" in flag:
                state = replace(state, errexit=flag[0] == "-")
            name = flags[at + 1] if re.fullmatch(r"[-+][a-zA-Z]*o", flag) and at + 1 < len(flags) else ""
            if name == "errexit":
                state = replace(state, errexit=flag[0] == "-")
            if name == "pipefail":
                state = replace(state, pipefail=flag[0] == "-")
        return Outcome(ok=state)

    def _builtin_shift(self, words: tuple[Template, ...], state: State) -> Outcome:
        text = (words[1].literal if len(words) > 1 else None) or "1"
        count = int(text) if text.isdigit() else 1
        return Outcome(ok=replace(state, arguments=state.arguments[count:]))

    def _builtin_read(self, words: tuple[Template, ...], state: State) -> Outcome:
        names = _named(words)
        lines = state.stdin.only.split("\n") if state.stdin is not None and state.stdin.only else ()
        fields = lines[0].split(" \t") if len(lines) == 1 and len(names) > 1 else lines
        for at, name in enumerate(names):
            value = Value.hole(Kind.OUTPUT, f"read {name}", self.site)
            if len(lines) == 1:
                value = Value.of(fields[at]) if at < len(fields) else NOTHING
            state = state.name(name, value)
        return Outcome(ok=state, bad=state)

    def _builtin_lines(self, words: tuple[Template, ...], state: State) -> Outcome:
        names = _named(words)
        if names and state.stdin is not None and state.stdin.only is not None:
            held = tuple(Word(Value.of(line)) for line in state.stdin.only.split("\n"))
            state = replace(state, arrays={**state.arrays, names[-1]: held})
        return Outcome(ok=state)

    def _builtin_tee(self, words: tuple[Template, ...], state: State) -> Outcome:
        append = any(word.literal in ("-a", "--append") for word in words[1:])
        text = state.stdin or Value.hole(Kind.OUTPUT, "input of tee", self.site)
        for word in words[1:]:
            path = word.literal or str(word)
            if not path.startswith("-"):
                state = state.write(path, text, append=append)
        return Outcome(ok=state.said(text))

    def _builtin_eval(self, words: tuple[Template, ...], state: State) -> Outcome | None:
        text = " ".join(word.literal or "\0" for word in words[1:])
        if "\0" in text or self._depth >= DEPTH:
            self._say("an eval of text that is not known")
            return None
        return self._nested(text, state)

    def _builtin_shell(self, words: tuple[Template, ...], state: State) -> Outcome | None:
        """``bash -c 'text'``; scripts given by name are left to *follow*."""
        flags = [word.literal or "" for word in words[1:]]
        at = next((i for i, flag in enumerate(flags) if re.fullmatch(r"-[a-z]*c", flag)), None)
        if at is None or at + 1 >= len(flags):
            text = state.stdin.literal if state.stdin is not None and len(words) == 1 else None
            return self._nested(text, state, own=True) if text else None
        text = words[at + 2].literal
        if text is None or self._depth >= DEPTH:
            self._say("bash -c with text that is not known")
            return None
        errexit = any(
            "e" in flag for flag in flags[: at + 1] if flag.startswith("-") and flag != "-c"
        ) or any(flag == "-ec" or re.fullmatch(r"-[a-z]*e[a-z]*", flag) for flag in flags[: at + 1])
        arguments = tuple(Word(Value.of(word)) for word in words[at + 4 :])
        inside = replace(state, errexit=errexit, pipefail="pipefail" in flags[: at + 1], arguments=arguments)
        return self._nested(text, state, inside=inside, own=True)

    def _nested(self, text: str, state: State, inside: State | None = None, own: bool = False) -> Outcome:
        self._depth += 1
        with self._own_exits() if own else _unchanged() as exits:
            outcome = self._text(text, inside or state)
        self._depth -= 1
        if not own or exits is None:
            return outcome
        outcome = _with_exits(outcome, exits)
        return Outcome(_inherit(state, outcome.ok), _inherit(state, outcome.failed))

    # Book-keeping

    @contextmanager
    def _looking_away(self) -> Iterator[None]:
        self._exempt += 1
        try:
            yield
        finally:
            self._exempt -= 1

    @contextmanager
    def _own_exits(self) -> Iterator[tuple[list[State], list[State]]]:
        exits: tuple[list[State], list[State]] = ([], [])
        self._exits.append(exits)
        try:
            yield exits
        finally:
            self._exits.pop()

    def _say(self, what: str) -> None:
        if what not in self.unread:
            self.unread.append(what)


@contextmanager
def _unchanged() -> Iterator[None]:
    yield None


def _either(one: Outcome, other: Outcome) -> Outcome:
    return Outcome(join(one.ok, other.ok), join(one.bad, other.bad), join(one.soft, other.soft))


def _each(outcome: Outcome, change: Callable[[State], State]) -> Outcome:
    return Outcome(
        *(change(end) if end is not None else None for end in (outcome.ok, outcome.bad, outcome.soft))
    )


def _with_exits(outcome: Outcome, exits: tuple[list[State], list[State]]) -> Outcome:
    return Outcome(join(outcome.ok, join_all(exits[0])), join(outcome.bad, join_all(exits[1])), outcome.soft)


def _inherit(outer: State, inner: State | None, *, out: bool = True) -> State | None:
    """*outer* after a subshell: its effects and, unless caught, what it said."""
    if inner is None:
        return None
    after = outer.after(inner)
    return replace(after, out=inner.out) if out else after


def _back(outer: State, inner: State | None) -> State | None:
    """After a pipeline: what its last stage said is added to what was said before."""
    return None if inner is None else outer.after(inner).said(inner.out)


def _named(words: tuple[Template, ...]) -> list[str]:
    """The variables that ``read`` and ``mapfile`` fill."""
    return [text for word in words[1:] if (text := word.literal or "") and not text.startswith("-")]


def _set(state: State, node: Node, value: Value) -> State:
    name = text_of(node.child_by_field_name("name") or node.children[0])
    if any(child.type == "+=" for child in node.children):
        value = state.names.get(name, NOTHING) + value
    return state.name(name, value)


def _unprefixed(before: State, local: State, after: State) -> State:
    """``NAME=value command``: the assignment is gone after the command."""
    changed = {name for name, value in local.names.items() if before.names.get(name) is not value}
    names = {name: value for name, value in after.names.items() if name not in changed}
    names |= {name: before.names[name] for name in changed if name in before.names}
    return replace(after, names=names)


def _split(words: tuple[Word, ...]) -> tuple[Word, ...]:
    out: list[Word] = []
    for word in words:
        only = word.value.only
        if word.quoted or only is None:
            out.append(word)
        else:
            out += [Word(Value.of(piece)) for piece in only.split(" \t\r\n")]
    return tuple(out)


def _items(words: list[Word]) -> list[Template] | None:
    """The words of a ``for``; None when they are only known at run time."""
    items: list[Template] = []
    for word in words:
        only = word.value.only
        if only is None:
            return None
        pieces = (only,) if word.quoted else only.split(" \t\r\n")
        for piece in pieces:
            if len(piece.parts) == 1 and piece.holes and not word.quoted:
                return None  # ``for x in $LIST``: one hole can hold many words
            text = piece.literal
            if text is not None and any(char in text for char in "*?") and not word.quoted:
                return None
            items.append(piece)
    return items


def _filled(command: tuple[Word, ...], mark: str, arguments: tuple[Word, ...]) -> tuple[Word, ...]:
    if not mark:
        return (*command, *arguments)
    return tuple(_marked(word, mark, arguments[0].value) for word in command)


def _marked(word: Word, mark: str, value: Value) -> Word:
    text = word.literal
    if text is None or mark not in text:
        return word
    before, _, after = text.partition(mark)
    return Word(Value.literal_of(before) + value + Value.literal_of(after))


def _chomped(template: Template) -> Template:
    parts = template.parts
    if parts and isinstance(parts[-1], str):
        return Template.of(*parts[:-1], parts[-1].rstrip("\n"))
    return template


_WRAPPERS = {
    "sudo": 0,
    "env": 0,
    "time": 0,
    "command": 0,
    "exec": 0,
    "nohup": 0,
    "nice": 0,
    "timeout": 1,
    "stdbuf": 0,
    "doas": 0,
    "gtimeout": 1,
    "unbuffer": 0,
}
_WRAPPER_OPTIONS_WITH_VALUE = ("-u", "-n", "-k", "-s", "-g", "--user", "--signal", "--kill-after")

_BUILTINS = {
    "true": "true",
    ":": "true",
    "false": "false",
    "test": "test",
    "exit": "exit",
    "return": "return",
    "break": "break",
    "continue": "continue",
    "set": "set",
    "shift": "shift",
    "read": "read",
    "mapfile": "lines",
    "readarray": "lines",
    "tee": "tee",
    "eval": "eval",
    "bash": "shell",
    "sh": "shell",
    "dash": "shell",
    "zsh": "shell",
    **dict.fromkeys(
        ("cd", "pushd", "popd", "trap", "shopt", "wait", "umask", "alias", "ulimit", "hash"), "true"
    ),
}
