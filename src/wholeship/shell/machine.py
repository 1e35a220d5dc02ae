"""One run over one script and those it calls: where it is, what it has met, and how statements follow.

What each kind of statement does is in tables that ``interpret.py`` hands in.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.shell import programs, written
from wholeship.shell.arithmetic import number_of
from wholeship.shell.foreign import WorkTree
from wholeship.shell.left import ASKS_FOR_FILES, asks_for_results
from wholeship.shell.names import ERRTRACE, FUNCTION, INHERITS, NO, TRAPPED, YES
from wholeship.shell.sinks import ENVIRONMENT, NO_SINKS, SET, Sinks, is_of, set_texts, surely_set
from wholeship.shell.spoken import hands_on
from wholeship.shell.state import (
    LEFT,
    WAITS,
    Command,
    Exits,
    Follow,
    MayFollow,
    Outcome,
    State,
    Word,
    asked_in_both,
    change_each,
    either,
    join_states,
    outside_subshell,
)
from wholeship.shell.statuses import BADLY, PROCESS, WELL
from wholeship.shell.syntax import mistake, parse_script, shown, torn_words
from wholeship.shell.ways import STATUS, Marks
from wholeship.shell.words import Expansion
from wholeship.texts.template import NOTHING, Kind, Template, Value

if TYPE_CHECKING:
    from wholeship.shell.nodes import Node

DEPTH = 12
"""Functions and scripts nested deeper than this are not followed."""
COMMANDS = 2000
"""Scripts that reach more commands than this are cut, and said to be."""
STEPS = 20_000
"""So are those that take more steps than this to follow: functions that call each other."""

PUSHING = lazy_pattern(r"docker|podman|buildah|skopeo|crane|\bko\b|regctl|oras|imagetools|push|publish")
"""Words without one of which text that cannot be parsed is taken not to push."""

_ASKING_KINDS = """
    variable_assignment variable_assignments declaration_command test_command compound_statement
    case_statement command c_style_for_statement redirected_statement
"""
_ASKING = frozenset(_ASKING_KINDS.split())
"""Statements that may ask for a variable in which a script has put how a command ended."""
_ASKS = lazy_pattern(r"\s*(?:exit|return|test|let|\[|\$|\"\$|wait|case|\(\()")


@dataclass(frozen=True, slots=True)
class Process:
    """Something that runs beside: the marks when it ended well (None: it never does), and what may fail."""

    good: Marks | None
    hazard: int


class Trapped(NamedTuple):
    """A trap on ERR that ends the shell, well or badly; the level is how many subshells it stands in.

    ``perhaps``: or it does not end it, and the script goes on.
    """

    level: int
    well: bool
    badly: bool
    perhaps: bool = False

    def beside(self, before: Trapped | None) -> Trapped:
        """This trap, or the one *before* in the same shell, where only some ways set this one."""
        if before is None or before.level != self.level:
            return self
        either = (one or other for one, other in zip(self[1:], before[1:], strict=True))
        return Trapped(self.level, *either)


def _hands_on_one(node: Node) -> bool:
    """Whether one command's output goes where a variable says: what a script hands on goes so."""
    body = node.child_by_field_name("body")
    return body is not None and body.type == "command" and "$" in node.children[-1].text


_LOOKS = lazy_pattern(r"\s*(?:!\s*)?(?:[ef]?grep|test|\[|ls|jq|awk|cat|wc|diff|cmp)\s[^\n;&|$`()]*")
"""A program that looks into files, whatever these are called."""


def _quoted(question: str) -> str:
    """What stands in back quotes in *question*; itself without any."""
    return question.split("`")[1] if "`" in question else question


def _mentioned(node: Node) -> Callable[[str], bool]:
    """Which variables the outcome of *node* may hang on."""
    text = node.text
    if node.type == "redirected_statement" and not _hands_on_one(node):
        return lambda _name: False
    if (node.type == "compound_statement" and text[:2] != "((") or (
        node.type == "command" and not _ASKS.match(text)
    ):
        return lambda _name: False
    bare = re.fullmatch(r"\s*(?:exit|return)\s*", text) is not None

    def is_asked_for(name: str) -> bool:
        if name == STATUS:
            return bare or "$?" in text or "${?}" in text
        if name.startswith("PIPESTATUS"):
            return "PIPESTATUS" in text
        if name == WAITS:
            return "wait" in text
        if name.startswith(LEFT):
            return ASKS_FOR_FILES.search(text) is not None
        array, keyed, _ = name.partition("[")
        if keyed:
            return _asks_for_array(array, text)
        if name not in text:  # nearly always: the pattern, which is made anew for each name, says no more
            return False
        return re.search(rf"\$\{{?[!#]?{re.escape(name)}\b|\(\(.*\b{re.escape(name)}\b", text) is not None

    return is_asked_for


def _asks_for_array(name: str, text: str) -> bool:
    return (
        name in text
        and re.search(rf"\$\{{?[!#]?{re.escape(name)}\b|\b{re.escape(name)}\+=", text) is not None
    )


_SINGLE_KINDS = """
    command test_command declaration_command unset_command variable_assignment variable_assignments
"""
_OF_ONE_STAGE = frozenset(_SINGLE_KINDS.split())
"""Statements that are a pipeline of one command each: what ``PIPESTATUS`` said before is gone."""


def _after_one_stage(end: State) -> State:
    """*end* where ``PIPESTATUS`` has the status of the last command alone."""
    told = [name for name in end.names.own if name.startswith("PIPESTATUS")]
    if not told:
        return end
    return end.with_names({**dict.fromkeys(told, NOTHING), "PIPESTATUS0": end.status})


def _answered(outcome: Outcome, before: Value) -> Outcome:
    """*outcome* with the exit status that each of its ends stands for; *before* is that of what ran last."""
    ok, bad, soft = outcome.ok, outcome.bad, outcome.soft
    if (
        (ok is None or ok.status is WELL)
        and (bad is None or bad.status is BADLY)
        and (soft is None or soft.status is BADLY)
    ):
        return outcome
    return Outcome(
        ok.ended(WELL) if ok is not None else None,
        _ended_badly(bad, before) if bad is not None else None,
        _ended_badly(soft, before) if soft is not None else None,
    )


def _ended_badly(end: State, before: Value) -> State:
    """*end* with its status: a number that ``exit`` or ``return`` has named, else one that nobody knows."""
    named = end.status is not before and number_of(end.status.options[0]) not in (0, None)
    return end if named and len(end.status.options) == 1 else end.ended(BADLY)


Statement = Callable[["Machine", "Node", State], Outcome]
Call = Callable[["Machine", "Node", tuple[Word, ...], State], Outcome]
"""What runs one command line."""


class Machine:
    """One run over one script and those it calls."""

    def __init__(
        self,
        statements: Mapping[str, Statement],
        known: dict[str, Value],
        site: str,
        read: programs.Read,
        follow: Follow,
        *,
        call: Call,
        may_follow: MayFollow = lambda _line, _heard: True,
        sinks: Sinks = NO_SINKS,
        posix: bool = False,
        tree: WorkTree | None = None,
        revive: bool = False,
        answered: Mapping[int, int] = MappingProxyType({}),
    ) -> None:
        self.answered = answered  # by a command: those that are as good as done where it has ended well
        self.statements = statements
        self.call = functools.partial(call, self)
        self.site = site
        self.tree = tree if tree is not None else WorkTree()
        self.read = self.tree.reader(read)
        self.follow, self.may_follow = follow, may_follow
        self.words = Expansion(self.substituted, known, site)
        self.commands: list[Command] = []
        self.lines: list[tuple[tuple[Template, ...], ...]] = []  # of each command, what it can be
        self.required: list[int] = []  # of each command, those that have succeeded whenever it starts
        self.unread: list[str] = []
        self.indices: dict[tuple[int, str, tuple[tuple[Template, ...], ...]], int] = {}
        self.functions: dict[str, Node] = {}  # the last body of each
        self.bodies: dict[str, Node] = {}  # the first one by the name, each other by its number
        self.untaken: list[tuple[int, int]] = []
        self.defined_in: dict[int, str] = {}  # of each function's body, the file that it stands in
        self.bodies_run: set[int] = set()
        self.skipped: dict[str, None] = {}
        self.handed: int | None = None  # the commands that have succeeded before anything is handed on
        self.shown: dict[tuple[str, str], int] = {}  # and those before an output is set to a text
        self._handing: dict[int, bool] = {}  # by the body of a function
        self.revive = revive
        self.reviving: list[str] = []
        self.touched: set[str] = set()  # files that ``touch`` has made
        self._trees: dict[str, Node] = {}  # by their text
        self.exempt = 0
        self.inside = 0  # functions of this script that are being called
        self.trapped: Trapped | None = None
        self.loops = 0
        self.depth = 0
        self.steps = 0
        self.heard = 0  # how many want what is printed: $( ), pipes, files
        self.background = False
        self.file = ""
        self.exits: list[Exits] = [Exits([], [], [])]
        self.rounds: list[list[State]] = []  # where ``continue`` leads
        self.returns: list[tuple[list[State], list[State]]] = []
        self.locals: list[set[str]] = []  # of the functions that are open, what is gone when they are left
        self.breaks: list[list[State]] = []
        self.processes: dict[str, Process] = {}
        self.asks_for_stages = self.asks_for_files = False
        self.posix = posix
        self.sinks = sinks
        self.inherits_errexit = posix
        self.expands_aliases = posix
        self.pending: State | None = None  # what substitutions inside the word being read did

    def is_trapped(self, state: State) -> bool:
        """Whether a trap on ERR may end the shell that fails in *state*: functions and subshells lack it."""
        if self.trapped is None or state.names.own.get(TRAPPED) in (None, NO):
            return False
        everywhere = state.names.own.get(ERRTRACE) == YES
        return everywhere or (not self.inside and len(self.exits) == self.trapped.level)

    def ends_by_trap(self, state: State) -> bool:
        """Whether the trap surely ends the shell that fails in *state*: on each way to there it is set."""
        sure = self.trapped is not None and not self.trapped.perhaps
        return sure and state.names.own.get(TRAPPED) == YES

    def left(self, state: State) -> None:
        """The trap on ERR runs, and ends the shell."""
        if self.trapped is not None and self.trapped.well:
            self.exits[-1].good.append(state.ended(WELL))
        if self.trapped is not None and self.trapped.badly:
            self.exits[-1].bad.append(state.ended(BADLY))

    def caught(self, outcome: Outcome) -> Outcome:
        """How a script ends whose last command ended so, with what a trap on ERR makes of that."""
        if outcome.bad is None or not self.is_trapped(outcome.bad):
            return outcome
        self.left(outcome.bad)
        ends = self.ends_by_trap(outcome.bad)
        return Outcome(outcome.ok, None, outcome.soft) if ends else outcome

    def begun(self, state: State) -> State:
        """After what bash reads before a script, the file in ``BASH_ENV``; ``set -e`` stays as it was."""
        given = state.names.get("BASH_ENV")
        if given is None or given.literal == "" or self.posix:
            return state
        path = given.literal
        text = self.read(path) if path is not None else None
        if text is None:
            self.say(f"the file that BASH_ENV names, {given}")
            return state
        end = self.text(text, state).any
        return state if end is None else end._replace(errexit=state.errexit, pipefail=state.pipefail)

    def text(self, text: str, state: State) -> Outcome:
        """Runs *text*."""
        tree = self.tree_of(text)
        self.asks_for_stages = self.asks_for_stages or "PIPESTATUS" in text
        self.asks_for_files = self.asks_for_files or ASKS_FOR_FILES.search(text) is not None
        if tree.has_error and PUSHING.search(text):
            self.say(f"line {mistake(tree) + 1} of {self.file or 'the script'}, which is not shell syntax")
        torn = torn_words(text)
        if torn is not None:
            self.say(f"line {torn + 1} of {self.file or 'the script'}, whose words could not be told apart")
        return self.sequence(tree.children, state)

    def let_go(self) -> None:
        """The end: nothing is held any more. It holds itself, so its trees would stay for long."""
        getattr(self, "__dict__", {}).clear()  # a compiled one has no such thing

    def tree_of(self, text: str) -> Node:
        """The tree of *text*: the same one each time, as long as this runs."""
        if text not in self._trees:
            self._trees[text] = parse_script(text)
        return self._trees[text]

    def sequence(self, nodes: Sequence[Node], state: State | None) -> Outcome:
        """Statements one after the other."""
        statements = [
            node for node in nodes if node.is_named and node.type not in ("comment", "heredoc_body")
        ]
        ampersands = {before.id for before, after in itertools.pairwise(nodes) if after.type == "&"}
        current = before = state
        for at, node in enumerate(statements):
            if current is None:
                why = f"nothing after `{shown(statements[at - 1])}` runs"
                if state is not None and self.skips(statements[at:], why):
                    rest = nodes[list(nodes).index(node) :]
                    self.revived(why, functools.partial(self.sequence, rest, before))
                break
            before = current
            ended = len(self.exits[-1].bad)
            outcome = self.maybe_background(node, current, node.id in ampersands)
            outcome = self._asked(node, before, outcome, left=len(self.exits[-1].bad) > ended)
            if at == len(statements) - 1:
                return outcome
            current = self.onwards(outcome, current)
        return Outcome(ok=current)

    def _asked(self, node: Node, before: State, outcome: Outcome, *, left: bool) -> Outcome:
        """*outcome*, which notes a question that may end the script where something has failed unseen."""
        ends = left or (outcome.bad is not None and outcome.bad.errexit and not self.exempt)
        if not ends or not before.failed & ~before.done:
            return outcome
        pushes = not _LOOKS.fullmatch(node.text) and (self._hands_on(node) or self._calls_a_push(node.text))
        if pushes or not asks_for_results(node.text, before, self.touched):
            return outcome
        question = f"`{shown(node)}` lets it go on"

        def asking(end: State | None) -> State | None:
            failed = end.failed & ~end.done if end is not None else 0
            if end is None or not failed or any(_quoted(each) in node.text for each, _ in end.asked):
                return end
            return end.asking(question, failed)

        return Outcome(asking(outcome.ok), outcome.bad, asking(outcome.soft))

    def onwards(self, outcome: Outcome, before: State) -> State | None:
        """The state for the next statement; ``set -e`` ends the script where it applies."""
        current = join_states(outcome.ok, outcome.soft)
        if outcome.bad is None:
            return current
        if not self.exempt and self.is_trapped(outcome.bad):
            self.left(outcome.bad)
            if self.ends_by_trap(outcome.bad):
                return current
        if outcome.bad.errexit and not self.exempt:
            self.exits[-1].bad.append(outcome.bad)
            return current
        return join_states(current, outcome.bad)

    def hands_on(self, path: str, state: State, text: Value) -> None:
        """Notes what has succeeded in *state*, from where *text* is put into *path*, if that hands it on."""
        head = self._head_of(path)
        if head is None:
            return
        self.handed = state.done if self.handed is None else self.handed & state.done
        for name, set_to in set_texts(text):
            key = f"{head}{name}", set_to
            self.shown[key] = self.shown.get(key, state.done) & state.done

    def _head_of(self, path: str) -> str | None:
        """How the names begin that *path* sets: of variables with ``env.``; None: it hands nothing on."""
        if is_of(self.sinks.outputs, path):
            return ""
        return ENVIRONMENT if is_of(self.sinks.environment, path) else None

    def handed_on(self, path: str, end: State, text: Value) -> State:
        """*end*, after *text* was put into *path*: it knows which outputs and variables that sets."""
        head = self._head_of(path)
        if head is None:
            return end
        return end.with_names({f"{SET}{head}{name}": WELL for name in surely_set(text)})

    def skips(self, nodes: Sequence[Node], why: str) -> bool:
        """Notes that no run gets to *nodes*, if they push; answers whether to run them all the same.

        *why* says it in words.
        """
        text = "\n".join(each.text for each in nodes)
        if not text or not (hands_on(text) or self._calls_a_push(text)):
            return False
        self.skipped[why] = None
        return self.revive and len(self.reviving) < DEPTH

    def _calls_a_push(self, text: str) -> bool:
        """Whether *text* names a function that says a push."""
        return any(name in text and self._hands_on(body) for name, body in self.functions.items())

    def _hands_on(self, body: Node) -> bool:
        if body.id not in self._handing:
            self._handing[body.id] = hands_on(body.text)
        return self._handing[body.id]

    def revived(self, why: str, run: Callable[[], Outcome]) -> Outcome:
        """What *run* does, its commands marked: no run gets there, for *why*."""
        self.reviving.append(why)
        outcome = run()
        self.reviving.pop()
        return outcome

    def with_function(self, name: str, body: Node, state: State) -> State:
        """*state* with the function *name* defined, perhaps anew."""
        before, self.functions[name] = self.functions.get(name), body
        if before is None:
            self.bodies[name] = body
        known = f"{FUNCTION}{name}"
        if before is None or (before.id == body.id and known not in state.names.own):
            return state
        self.bodies[str(body.id)] = body
        return state.name(known, Value.literal_of(str(body.id)))

    def bodies_of(self, name: str, state: State) -> list[Node | None]:
        """What the function *name* can be; None: it is unset."""
        value = state.names.own.get(f"{FUNCTION}{name}")
        if value is None:
            return [self.bodies.get(name)]
        return [self.bodies.get(option.literal or name) for option in value.options]

    def revive_uncalled(self, state: State) -> None:
        """The functions that nobody has called, of the script that has just been run.

        Those of files that it sources are a library: there nobody needs all.
        """
        for name, body in list(self.functions.items()):
            why = f"nobody calls the function {name}"
            called = body.id in self.bodies_run or self.defined_in.get(body.id) != self.file
            if not called and self.skips([body], why):
                self.returns.append(([], []))
                self.revived(why, functools.partial(self.run, body, state))
                self.returns.pop()

    def maybe_background(self, node: Node, state: State, background: bool) -> Outcome:
        """A statement, or one before ``&``: started for certain, nothing more."""
        if not background:
            return self.run(node, state)
        self.background, before = True, self.background
        outcome = self.run(node, state)
        self.background = before
        return Outcome(ok=self.started(outcome, state))

    def started(self, outcome: Outcome, state: State) -> State:
        """*state* with something running beside it, which can end as *outcome* says: ``$!`` names it."""
        end = outcome.any
        if end is None:
            return state
        begun = end.tried & ~state.tried
        hazard = end.failed | begun
        after = state.marked(lambda m: Marks(m.done, m.tried | begun, m.failed | hazard))
        name = f"{PROCESS}{len(self.processes)}"
        good = outcome.ok.marks if outcome.ok is not None else None
        self.processes[name] = Process(good, hazard & ~state.failed)
        after = after._replace(files=end.files, jobs=(*after.jobs, name))
        after = after.with_names(dict.fromkeys(state.left_by(end), Value.hole(Kind.OUTPUT, name)))
        return after.with_names({"!": Value.hole(Kind.OUTPUT, name)})

    def run(self, node: Node, state: State) -> Outcome:
        """Runs one statement."""
        self.steps += 1
        if len(self.commands) > COMMANDS or self.steps > STEPS:
            self.say("a script that is too long to follow")
            return Outcome(ok=state)
        if self.asks_for_stages and node.type in _OF_ONE_STAGE:
            return change_each(self._run_apart(node, state), _after_one_stage)
        return self._run_apart(node, state)

    def _run_apart(self, node: Node, state: State) -> Outcome:
        """Runs it once for each way that it asks for."""
        statement = self.statements.get(node.type, Machine.other)
        if state.ways and node.type in _ASKING:
            parts = state.apart(_mentioned(node))
            if len(parts) > 1:
                ends = (_answered(statement(self, node, part), part.status) for part in parts)
                return functools.reduce(either, ends)
            (state,) = parts
        return _answered(statement(self, node, state), state.status)

    def other(self, node: Node, state: State) -> Outcome:
        """A statement that nothing is known about: either way, and what is inside happens or does not."""
        inner = self.sequence(node.children, state).any
        after = join_states(state, inner)
        return Outcome(ok=after, bad=after)

    @contextmanager
    def looking_away(self) -> Iterator[None]:
        """Inside, ``set -e`` does not apply (POSIX, "Shell Command Language", set)."""
        self.exempt += 1
        try:
            yield
        finally:
            self.exempt -= 1

    @contextmanager
    def listening(self, heard: bool = True) -> Iterator[None]:
        """Inside, what is printed goes somewhere."""
        self.heard += heard
        try:
            yield
        finally:
            self.heard -= heard

    @contextmanager
    def own_exits(self) -> Iterator[Exits]:
        """Inside, ``exit`` leads here: a subshell."""
        exits = Exits([], [], [])
        self.exits.append(exits)
        try:
            yield exits
        finally:
            self.exits.pop()

    def say(self, what: str) -> None:
        """Something that could not be read."""
        if what not in self.unread:
            self.unread.append(what)

    def record(
        self, node: Node, words: tuple[Word, ...], state: State, lines: tuple[tuple[Template, ...], ...]
    ) -> int:
        """The index of a command; met again, it requires only what held both times."""
        key = (node.start_byte, self.file, lines)
        known = self.indices.get(key)
        if known is None and state.failed:
            known = self._once_more(lines, state)
        if known is not None:
            self.indices[key] = known
            self.met_again(known, state)
            return known
        index = self.indices[key] = len(self.commands)
        self.required.append(state.done)
        self.lines.append(lines)
        self.commands.append(
            Command(
                index,
                words,
                node.start_row,
                loop=self.loops > 0,
                background=self.background,
                stdin=state.stdin,
                names=state.handed().names,
                file=self.file,
                placed=self.tree.placed,
                files=state.files,
                supposed=state.supposed,
                asked=state.asked,
                revived=self.reviving[-1] if self.reviving else "",
            )
        )
        return index

    def _once_more(self, lines: tuple[tuple[Template, ...], ...], state: State) -> int | None:
        """The command of these very words that has just failed: ``push || push`` is one that has to be.

        What it writes is the same: nothing that it sees has changed since.
        """
        failed = state.failed & ~state.done
        while failed:
            last = failed.bit_length() - 1
            failed ^= 1 << last
            if last < len(self.commands) and self.lines[last] == lines:
                before = self.commands[last]
                return last if before.file == self.file and before.names == state.names else None
        return None

    def met_again(self, index: int, state: State) -> None:
        """A loop, or a function called twice."""
        self.required[index] &= state.done
        before = self.commands[index]
        loop, background = before.loop or self.loops > 0, before.background or self.background
        placed, supposed = before.placed | self.tree.placed, before.supposed & state.supposed
        asked = asked_in_both(before.asked, state.asked)
        known = (before.loop, before.background, before.placed, before.supposed, before.asked)
        if (loop, background, placed, supposed, asked) != known:
            self.commands[index] = replace(
                before, loop=loop, background=background, placed=placed, supposed=supposed,
                asked=asked,
            )  # fmt: skip

    def follows(self, index: int) -> None:
        """Command *index* runs a script that is read too."""
        self.commands[index] = replace(self.commands[index], followed=True)

    def noted(self, state: State) -> State:
        """*state* with what command substitutions inside the last words did, and what those words ask for."""
        if self.words.unset:
            state, self.words.unset = state.supposing(self.words.unset), {}
        if self.words.changed:
            state = state.with_names(self.words.changed)
            self.words.changed = {}
        if self.pending is None:
            return state
        end, self.pending = self.pending, None
        return state.after(end).ended(state.status)

    def substituted(self, node: Node, state: State) -> Value:
        """The text of a command substitution inside a word; its status is lost."""
        if self.pending is not None:
            state = state.after(self.pending)
        outcome, text = self.substitution(node, state)
        end = outcome.any
        if end is not None and end.tried != state.tried:
            self.pending = end
        return text

    def _file(self, path: str, state: State) -> Value:
        """What stands in the file at *path*, without the newlines at its end."""
        made = written.text_left(self, Template.of(path), state)
        if made is not None:
            return made.map(programs.chomped)
        text = self.read(path)
        return Value.literal_of(text.rstrip("\n")) if text is not None else Value.hole(Kind.FILE, path)

    def substitution(self, node: Node, state: State) -> tuple[Outcome, Value]:
        """How a command substitution can end, and what it prints."""
        inner_nodes = [c for c in node.children if c.type not in ("$(", ")", "`", "<(", ">(")]
        read = re.fullmatch(r"\$\(\s*<\s*([\w./-]+)\s*\)", node.text)
        if read:
            return Outcome(ok=state), self._file(read[1], state)
        inside = state.silent()
        if not self.inherits_errexit and state.names.own.get(INHERITS) != YES:
            inside = inside._replace(errexit=False)  # bash, "Command Substitution"; other shells keep it
        with self.own_exits() as exits, self.listening():
            inner = self.sequence(inner_nodes, inside)
        inner = outside_subshell(state, inner, exits)
        end = inner.ok or inner.any
        text_value = end.out.map(programs.chomped) if end else NOTHING
        ends = Outcome(inner.ok, inner.failed)
        return change_each(ends, lambda caught: caught._replace(out=state.out)), text_value
