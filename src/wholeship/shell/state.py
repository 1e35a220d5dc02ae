"""What is known at one point of a script, and how two ways to the same point are merged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import field, replace
from types import MappingProxyType
from typing import NamedTuple

from wholeship.core.bits import BitSet
from wholeship.core.values import dataclass
from wholeship.shell import ways as cases
from wholeship.shell.foreign import OWN_FILES, ForeignFiles
from wholeship.shell.names import EXPORTED, Names, may_be_around
from wholeship.shell.paths import DIRECTORY
from wholeship.shell.sinks import is_place
from wholeship.shell.statuses import BADLY, SOME_TEXT, WELL, filled
from wholeship.shell.ways import STATUS, Marks, Way
from wholeship.texts.template import EMPTY, NOTHING, Kind, Template, Value


@dataclass(frozen=True, slots=True)
class Word:
    """One argument. Unquoted text is split at white space once its reading is chosen.

    ``perhaps``: a word of an array that is only there if the script has gone one way and not another.
    """

    value: Value
    quoted: bool = True
    perhaps: bool = False

    @property
    def literal(self) -> str | None:
        """The text, when it is known."""
        return self.value.literal


class State(NamedTuple):
    """``done``: commands that certainly succeeded; ``tried``: certainly started; ``failed``: may have failed.

    Each is a set of indices, as the bits of a number. ``out`` collects standard output while somebody wants
    it; ``files`` what was written where. ``nounset``: a variable that is not set ends the shell (``set -u``).
    ``supposed``: what has to be so for a script to have got here, in words. ``asked``: the same of questions
    that could not be answered, each with the commands (as bits) that may have failed unseen before it.
    """

    names: Names = Names.of({})
    arrays: Mapping[str, tuple[Word, ...]] = MappingProxyType({})
    arguments: tuple[Word, ...] = ()
    done: int = 0
    tried: int = 0
    failed: int = 0
    stdin: Value | None = None
    out: Value = NOTHING
    files: Mapping[str, Value] = MappingProxyType({})
    errexit: bool = True
    pipefail: bool = False
    status: Value = WELL
    ways: tuple[Way, ...] = ()
    jobs: tuple[str, ...] = ()
    nounset: bool = False
    supposed: frozenset[str] = frozenset()
    asked: frozenset[tuple[str, int]] = frozenset()

    @property
    def marks(self) -> Marks:
        """How the commands so far have ended."""
        return Marks(self.done, self.tried, self.failed)

    def marked(self, change: Callable[[Marks], Marks]) -> State:
        """With other marks, in every way."""
        done, tried, failed = change(self.marks)
        ways = cases.change_marks(self.ways, change) if self.ways else self.ways
        return self._replace(done=done, tried=tried, failed=failed, ways=ways)

    def name(self, name: str, value: Value) -> State:
        """With the variable *name* set."""
        return self.with_names({name: value})

    def with_names(self, values: Mapping[str, Value]) -> State:
        """With all of *values* set."""
        ways = self.ways
        for name, value in values.items() if ways else ():
            ways = cases.setting(ways, name, cases.flag_of(value))
        return self._replace(names=self.names.with_all(values), ways=ways)

    def without_names(self, gone: Iterable[str]) -> State:
        """With none of *gone* set."""
        ways = cases.merged_ways(cases.without(self.ways, gone)) if self.ways else ()
        return self._replace(names=self.names.without(gone), ways=ways)

    def handed(self) -> State:
        """As a program gets it that the shell starts: with what is exported, and without arrays."""
        names = self.names.handed()
        told = [name for name in self.arrays if name in names.own]
        return self._replace(names=names.without(told) if told else names, arrays=MappingProxyType({}))

    def outside_function(self, own: Set[str], before: State) -> State:
        """After a function that was called in *before*, with variables of its *own*."""
        if not own:
            return self
        every = {name for name in self.names.own if name.partition("[")[0] in own} | own
        every |= {f"{EXPORTED}{name}" for name in own}
        ways = cases.merged_ways(cases.without(self.ways, every)) if self.ways else ()
        held = {name: words for name, words in self.arrays.items() if _array_named(name) not in own}
        held |= {name: words for name, words in before.arrays.items() if _array_named(name) in own}
        return self._replace(names=self.names.restored(every, before.names), ways=ways, arrays=held)

    def ended(self, status: Value) -> State:
        """After a statement that answers *status*."""
        if self.status is status:
            return self
        ways = cases.setting(self.ways, STATUS, cases.flag_of(status)) if self.ways else self.ways
        return self._replace(status=status, ways=ways)

    def apart(self, mentioned: Callable[[str], bool]) -> tuple[State, ...]:
        """One state for each way that a *mentioned* variable tells apart."""
        names = {name for way in self.ways for name in way.known if mentioned(name)}
        if not names:
            return (self,)
        groups: dict[tuple[tuple[str, Template], ...], list[Way]] = {}
        for way in self.ways:
            key = tuple((name, way.known[name]) for name in sorted(names) if name in way.known)
            groups.setdefault(key, []).append(way)
        return tuple(self._narrowed(dict(key), group) for key, group in groups.items())

    def _narrowed(self, known: Mapping[str, Template], ways: list[Way]) -> State:
        done, tried, failed = cases.marks_of(ways)
        known = ways[0].known if len(ways) == 1 else known  # from here on nothing else says it
        values = {name: self._held(name, text) for name, text in known.items()}
        status = values.pop(STATUS, self.status)
        names = self.names.with_all(values) if values else self.names
        left = tuple(ways) if len(ways) > 1 else ()
        after = self._replace(names=names, status=status, done=done, tried=tried, failed=failed, ways=left)
        empty = [name for name, value in values.items() if name.endswith(COUNT) and value.literal == "0"]
        return after._with_arrays_empty(empty) if empty else after

    def _held(self, name: str, flag: Template) -> Value:
        if flag == SOME_TEXT:
            return filled(name, self.names.own.get(name) or NOTHING)
        return Value.of(flag)

    def _with_arrays_empty(self, counts: Iterable[str]) -> State:
        names = [count.removesuffix(COUNT) for count in counts]
        arrays = {**self.arrays, **dict.fromkeys(names, ())}
        for name in names:
            arrays.pop(f"{name}{UNCOUNTED}", None)
        return self._replace(arrays=arrays, names=self.names.with_all(dict.fromkeys(names, NOTHING)))

    def with_array(self, name: str, words: tuple[Word, ...], count: Value | None = None) -> State:
        """With the array *name* of *count* words, None: nobody knows how many; ``$name`` is the first."""
        counted = f"{name}{COUNT}"
        if count is None and counted in self.names.own:
            count = Value.hole(Kind.OUTPUT, f"${{#{name}[@]}}")
        after = self._replace(arrays={**self.arrays, name: words})
        after = after.name(name, words[0].value if words else NOTHING)
        return after if count is None else after.name(counted, count)

    def supposing(self, what: Iterable[str]) -> State:
        """Where it goes on only if *what* is so."""
        failed = self.failed & ~self.done
        asked = self.asked.union((each, failed) for each in what) if failed else self.asked
        return self._replace(supposed=self.supposed.union(what), asked=asked)

    def asking(self, question: str, failed: int) -> State:
        """After a question that nobody can answer, and that may end a script in which these have *failed*."""
        return self._replace(asked=self.asked | {(question, failed)})

    def write(self, path: str, value: Value, *, append: bool) -> State:
        """With *value* in the file at *path*."""
        before = self.files.get(path, NOTHING) if append else NOTHING
        ways = self.ways
        if any(f"{WROTE}{path}" in way.known for way in ways):
            ways = cases.setting(ways, f"{WROTE}{path}", WELL.only)
        files = (
            self.files
            if append
            else {each: text for each, text in self.files.items() if not is_place(each, path)}
        )
        return self._replace(files={**files, path: before + value}, ways=ways)

    def said(self, value: Value) -> State:
        """With *value* on standard output."""
        return self if value is NOTHING else self._replace(out=self.out + value)

    def succeeded(self, index: int, answered: int = 0) -> State:
        """After command *index* ended well, by which others are as good as done."""
        bit = 1 << index | answered
        after = self.marked(lambda m: Marks(m.done | bit, m.tried | bit, m.failed & ~bit))
        return after.ended(WELL)

    def missed(self, index: int) -> State:
        """After command *index* failed."""
        bit = 1 << index
        after = self.marked(lambda m: Marks(m.done & ~bit, m.tried | bit, m.failed | bit))
        return after.ended(BADLY)

    def silent(self) -> State:
        """With nothing on standard output yet."""
        return self if self.out is NOTHING else self._replace(out=NOTHING)

    def after(self, inner: State) -> State:
        """This state with what a subshell that ended in *inner* leaves behind: effects, not variables."""
        left = self.left_by(inner)
        outer = self._replace(names=self.names.with_all(left)) if left else self
        return outer._replace(
            done=inner.done,
            tried=inner.tried,
            failed=inner.failed,
            files=inner.files,
            status=inner.status,
            ways=outer._ways_after(inner),
            jobs=self.jobs,
            asked=self.asked | self.asked_within(inner),
        )

    def asked_within(self, inner: State) -> frozenset[tuple[str, int]]:
        """What a shell of its own has asked after commands had failed in it: that may have ended it there."""
        if inner.asked is self.asked:
            return frozenset()
        before = self.failed & ~self.done
        own = ((question, failed & ~before) for question, failed in inner.asked)
        return frozenset((question, failed) for question, failed in own if failed)

    def left_by(self, inner: State) -> dict[str, Value]:
        """What has become of files inside a shell of its own, and stays so outside of it."""
        before, after = self.names.own, inner.names.own
        if before is after:
            return {}
        return {
            name: value
            for name, value in after.items()
            if name.startswith(LEFT) and value is not None and before.get(name) is not value
        }

    def _ways_after(self, inner: State) -> tuple[Way, ...]:
        """What the ways inside a subshell say outside of it: not of variables that were set there."""
        if not inner.ways:
            return ()
        names = {name for way in inner.ways for name in way.known} - {STATUS}
        own, theirs = self.names.own, inner.names.own
        gone = [name for name in names if own.get(name) is not theirs.get(name)]
        return cases.merged_ways(cases.without(inner.ways, gone)) if gone else inner.ways


def join_states(one: State | None, other: State | None) -> State | None:
    """What is known when either way may have been taken; None is a way that does not exist."""
    if one is None or other is None or one is other:
        return one or other
    marks = one.marks.join(other.marks)
    return State(
        one.names.join(other.names),
        one.arrays if one.arrays == other.arrays else _common(one.arrays, other.arrays),
        one.arguments if one.arguments is other.arguments else _either_words(one.arguments, other.arguments),
        *marks,
        one.stdin,
        one.out if one.out is other.out else one.out.join(other.out),
        _join_values(one.files, other.files),
        one.errexit and other.errexit,
        one.pipefail and other.pipefail,
        one.status if one.status is other.status else one.status.join(other.status),
        _join_ways(one, other),
        one.jobs if len(one.jobs) >= len(other.jobs) else other.jobs,
        one.nounset and other.nounset,
        one.supposed & other.supposed if one.supposed else one.supposed,
        _join_asked(one, other) if one.asked or other.asked else one.asked,
    )


def _join_asked(one: State, other: State) -> frozenset[tuple[str, int]]:
    """The questions that were asked wherever one of their commands has failed, either way."""
    if one.asked == other.asked:
        return one.asked
    mine, theirs = _by_question(one.asked), _by_question(other.asked)
    elsewhere, here = other.failed & ~other.done, one.failed & ~one.done
    found = {
        question: (mine.get(question, 0) & ~elsewhere)
        | (theirs.get(question, 0) & ~here)
        | (mine.get(question, 0) & theirs.get(question, 0))
        for question in (*mine, *theirs)
    }
    return frozenset((question, failed) for question, failed in found.items() if failed)


def _by_question(asked: Iterable[tuple[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for question, failed in asked:
        found[question] = found.get(question, 0) | failed
    return found


def asked_in_both(
    one: frozenset[tuple[str, int]], other: frozenset[tuple[str, int]]
) -> frozenset[tuple[str, int]]:
    """The questions that were asked either way."""
    if one is other or not one or not other:
        return one & other
    both = {question for question, _ in one} & {question for question, _ in other}
    return frozenset(each for each in one | other if each[0] in both)


def _join_ways(one: State, other: State) -> tuple[Way, ...]:
    """The ways of both, told apart by the flags that differ in them."""
    if one.marks == other.marks and not one.ways and not other.ways and not _waits_differ(one, other):
        return ()
    told = {name for state in (one, other) for way in state.ways for name in way.known}
    mine, theirs = one.names.own, other.names.own
    if mine is not theirs:
        for name in dict.fromkeys((*mine, *theirs)):
            left, right = mine.get(name), theirs.get(name)
            if left is not right and left != right and _differ(left, right):
                told.add(name)
    if one.status is not other.status:
        told.add(STATUS)
    if one.files is not other.files:
        told |= {f"{WROTE}{path}" for path in one.files.keys() ^ other.files.keys() if is_place(path)}
    if not told:
        return ()
    return cases.merged_ways((*_told_apart(one, told), *_told_apart(other, told)))


def _waits_differ(one: State, other: State) -> bool:
    return one.names.own.get(WAITS) != other.names.own.get(WAITS)


def _differ(one: Value | None, other: Value | None) -> bool:
    """Whether a variable that holds one thing or the other tells two ways apart."""
    flags = [None if value is None else cases.flag_of(value) for value in (one, other)]
    if flags[0] is not None and flags[0] == flags[1]:
        return False
    return all(
        value is None or flag is not None or any(map(cases.is_flag, value.options))
        for value, flag in zip((one, other), flags, strict=True)
    )


def _told_apart(state: State, names: set[str]) -> list[Way]:
    """The ways of *state*, each with what it knows of *names*."""
    known: dict[str, Template] = {}
    for name in names:
        value = state.status if name == STATUS else _held(state, name)
        flag = cases.flag_of(value) if value is not None else None
        if flag is not None:
            known[name] = flag
    return [Way({**known, **way.known}, way.marks) for way in state.ways or (Way({}, state.marks),)]


WROTE = "\0wrote "
"""Before a place that hands something on: how the variable is called that says whether it has."""


def _held(state: State, name: str) -> Value | None:
    """What the variable *name* holds; nothing where nobody has set it, None where that is not known."""
    if name.startswith(WROTE):
        text = state.files.get(name.removeprefix(WROTE))
        return NOTHING if text is None else None if EMPTY in text.options else WELL
    value = state.names.find(name)
    if value is not None or "\0" in name or may_be_around(name) or state.names.may_be_set(name):
        return value
    return NOTHING


def join_all(states: list[State]) -> State | None:
    """All of them merged."""
    total: State | None = None
    for state in states:
        total = join_states(total, state)
    return total


def _join_values(one: Mapping[str, Value], other: Mapping[str, Value]) -> Mapping[str, Value]:
    if one is other or one == other:
        return one
    return {
        name: one.get(name, NOTHING).join(other.get(name, NOTHING)) for name in dict.fromkeys((*one, *other))
    }


def _common(
    one: Mapping[str, tuple[Word, ...]], other: Mapping[str, tuple[Word, ...]]
) -> Mapping[str, tuple[Word, ...]]:
    """The words of both, place by place: more words mean more publishes; nobody can count them."""
    names = dict.fromkeys((*one, *other))
    longer = {name: _either_words(one.get(name, ()), other.get(name, ())) for name in names}
    unlike = (name for name in names if one.get(name) != other.get(name) and not name.endswith(UNCOUNTED))
    return {**longer, **{f"{name}{UNCOUNTED}": () for name in unlike}}


def _array_named(entry: str) -> str:
    """The array that an entry of ``State.arrays`` is about."""
    return entry.partition("\0")[0].removesuffix("[]")


COUNT = "[@]"
"""Behind the name of an array: the variable that holds how many words it has, as far as that is followed."""


def _either_words(one: tuple[Word, ...], other: tuple[Word, ...]) -> tuple[Word, ...]:
    if one == other:
        return one
    both = min(len(one), len(other))
    same = (
        left
        if left == right
        else Word(left.value.join(right.value), left.quoted and right.quoted, left.perhaps or right.perhaps)
        for left, right in zip(one, other, strict=False)
    )
    return (*same, *(replace(word, perhaps=True) for word in (*one[both:], *other[both:])))


KEYED = "[]"
"""Behind the name of an array: its entries were given with keys, so their place says nothing."""
LEFT = "file "
"""How the variables begin that say of a file: ``full`` (it has a letter at least), or ``there``."""
WAITS = "wait -n"
"""The variable that holds how often that has answered 0 since all processes had ended."""
UNCOUNTED = "\0uncounted"
"""Behind the name of an array: how many words it has is only known in the run."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a statement can end: well, badly, or badly where ``set -e`` looks away (``soft``)."""

    ok: State | None = None
    bad: State | None = None
    soft: State | None = None

    @property
    def any(self) -> State | None:
        """However it ended."""
        return join_states(self.ok, join_states(self.bad, self.soft))

    @property
    def failed(self) -> State | None:
        """When it did not end well."""
        return join_states(self.bad, self.soft)


def either(one: Outcome, other: Outcome) -> Outcome:
    """Either of two ways to end."""
    return Outcome(
        join_states(one.ok, other.ok), join_states(one.bad, other.bad), join_states(one.soft, other.soft)
    )


def change_each(outcome: Outcome, change: Callable[[State], State]) -> Outcome:
    """Every way to end, changed."""
    return Outcome(
        *(change(end) if end is not None else None for end in (outcome.ok, outcome.bad, outcome.soft))
    )


class Exits(NamedTuple):
    """Where ``exit`` leads: the states at good ones and at bad ones.

    ``pardons`` is not empty where a trap ends the shell well whatever has happened (``trap 'exit 0' EXIT``).
    """

    good: list[State]
    bad: list[State]
    pardons: list[bool]


def with_exits(outcome: Outcome, exits: Exits) -> Outcome:
    """*outcome*, or an ``exit`` on the way to it."""
    ok, bad = join_states(outcome.ok, join_all(exits.good)), join_states(outcome.bad, join_all(exits.bad))
    return Outcome(
        join_states(ok, join_states(bad, outcome.soft)) if exits.pardons else ok, bad, outcome.soft
    )


def ends_well(outcome: Outcome, exits: Exits) -> State | None:
    """The first of :func:`with_exits`, for who asks for no other."""
    return with_exits(outcome, exits).ok if exits.pardons else join_states(outcome.ok, join_all(exits.good))


def outside_subshell(outer: State, outcome: Outcome, exits: Exits) -> Outcome:
    """How a subshell of *outer* ends, as it is seen from there: what it has set stays inside.

    Seen so before its ends are joined: they are many, and differ in little but variables that are gone.
    """

    def seen(end: State) -> State:
        return outer.after(end)._replace(out=end.out)

    left = Exits([seen(end) for end in exits.good], [seen(end) for end in exits.bad], exits.pardons)
    return with_exits(change_each(outcome, seen), left)


def inherit(outer: State, inner: State | None, *, out: bool = True) -> State | None:
    """*outer* after a subshell: its effects and, unless caught, what it said."""
    if inner is None:
        return None
    after = outer.after(inner)
    return after._replace(out=inner.out) if out else after


@dataclass(frozen=True, slots=True)
class Command:
    """One simple command that a script can reach.

    ``after`` has a bit for each command that has succeeded whenever this one starts: a long script would
    fill the memory with sets of them. ``row`` counts lines of the script from 0; ``file`` is the script of
    the repository it stands in, empty for the ``run:`` text.
    ``followed``: it runs another script, whose commands are listed too. ``placed``: where the script
    has put files of others by then, ``files`` what it has written.
    """

    index: int
    words: tuple[Word, ...]
    row: int
    after: int = 0
    loop: bool = False
    background: bool = False
    followed: bool = False
    stdin: Value | None = None
    names: Mapping[str, Value] = field(default_factory=dict)
    file: str = ""
    placed: ForeignFiles = OWN_FILES
    files: Mapping[str, Value] = field(default_factory=dict)
    supposed: frozenset[str] = frozenset()
    """What has to be so for the script to get to it, in words."""
    asked: frozenset[tuple[str, int]] = frozenset()
    """The questions before it, as in :class:`State`."""
    revived: str = ""
    """Why no run gets to it, where it has been read all the same."""

    @property
    def requires(self) -> Set[int]:
        """The commands that have succeeded whenever this one starts."""
        return BitSet(self.after)

    @property
    def directory(self) -> str:
        """Where it runs, from where the script started; ``?`` where ``cd`` went somewhere unknown."""
        there = self.names.get(DIRECTORY)
        return "" if there is None else there.literal if there.literal is not None else "?"


@dataclass(frozen=True, slots=True)
class Script:
    """What a script does. ``unread`` lists, in words, what could not be read and may do anything.

    ``statements`` is how many were run to find out. ``fails``: there is no way in which it ends well.
    """

    commands: tuple[Command, ...] = ()
    conditional: frozenset[int] = frozenset()
    masked: frozenset[int] = frozenset()
    outputs: Mapping[str, Value] = field(default_factory=dict)
    environment: Mapping[str, Value] = field(default_factory=dict)
    files: Mapping[str, Value] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    statements: int = 0
    lost_outputs: bool = False
    """Outputs were set whose names nobody knows."""
    lost_environment: bool = False
    """So were variables."""
    fails: bool = False
    untaken: tuple[tuple[int, int], ...] = ()
    """The rows of branches that say a push and are never taken in these surroundings."""
    shown: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """By an output and a text: the commands, as bits, that have succeeded before it is set to that.

    Variables for later steps are in it as ``env.NAME``.
    """
    filled: frozenset[str] = frozenset()
    """The outputs, and variables as in ``shown``, that are set to some text whenever it ends well."""
    handed: int = 0
    """The commands, as bits, that have succeeded before it hands anything on."""
    asked: frozenset[tuple[str, int]] = frozenset()
    """What has to be so for it to end well though these commands, as bits, have failed."""
    skipped: tuple[str, ...] = ()
    """Why it does not get to parts that push, each in words."""


@dataclass(frozen=True, slots=True)
class Followed:
    """The text of another script, how it is run, and where it stands."""

    text: str
    file: str
    arguments: tuple[Word, ...] = ()
    names: Mapping[str, Value] = field(default_factory=dict)
    errexit: bool = False
    pipefail: bool = False
    nounset: bool = False
    posix: bool = False
    """Run by ``sh``, which knows no ``[[`` and no ``((``."""


Follow = Callable[[tuple[Template, ...], State, bool], Followed | None]
"""Another script that a command runs (a file, a Make target), if it can be had.

The last argument: whether somebody wants what it prints.
"""
MayFollow = Callable[[tuple[Template, ...], bool], bool]
"""Whether a command line can run one at all: told by its words, before its variables are put together."""
