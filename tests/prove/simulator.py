"""A naive machine that carries out every run of a small workflow, one event at a time.

Written from GitHub's documentation for the tests alone; it shares no code with the prover, only the
instance it is given and the truth of a formula under given facts. Where documentation leaves two readings
open, it carries out both. It keeps a set of states and tries every event in each of them.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, NamedTuple

from wholeship.logic.formula import Const, Formula, atoms, holds
from wholeship.pipeline.run import (
    Data,
    Function,
    Instance,
    Job,
    JobStatus,
    Leg,
    NeedsResult,
    Result,
    Spot,
    Status,
    Step,
    StepResult,
)

# Plain text, which is equal to the Result and quicker to hash.
S, F, C, K = (result.value for result in Result)

_Facts = Mapping[Any, bool]

# A step that is running, was not reached, whose condition ended in an error, or that waits for its turn
# in a call that goes on beside the others.
RUNNING, UNREACHED, ERROR, WAITING = "running", "unreached", "error", "waiting"
Outcome = str

MUTABLE = re.compile(r"\bvars\b|\bsecrets\b|\brun_attempt\b")
RAISES = re.compile(r"\b(fromjson|case|format|hashfiles)\s*\(", re.IGNORECASE)


class TooMany(Exception):
    """The workflow has more states than were allowed."""


class LegState(NamedTuple):
    """Where one leg is. ``ended`` is its own result, before ``continue-on-error`` of the job."""

    outcomes: tuple[Outcome, ...] = ()  # of the steps before the one to evaluate next
    begun: bool = False
    cancelled: bool = False
    patient: bool = False  # the reading in which a cancellation does not show inside composites
    halted: frozenset[int] = frozenset()
    ended: str | None = None


# Where a leg goes from here, the step that starts with it, and the one that succeeds.
Move = tuple[LegState, int | None, int | None]


class JobState(NamedTuple):
    """Pending (no legs, no result), going, or done with the result that dependants see."""

    going: bool = False
    legs: tuple[LegState, ...] = ()
    result: str | None = None


class State(NamedTuple):
    """One instant of one run.

    ``done`` are the spots that have really succeeded and, with order -1, those that have started.
    """

    attempt: int
    cancelled: bool
    jobs: tuple[JobState, ...]
    done: frozenset[Spot]


class Facts(NamedTuple):
    """What is only known in the run, and which jobs are of a second attempt that finds other variables."""

    data: frozenset[Hashable]  # what is true of it
    data_again: frozenset[Hashable] = frozenset()
    again: frozenset[str] = frozenset()


class End(NamedTuple):
    """A run that is over: what dependants see of each job, and what was begun and done of the watched."""

    results: tuple[str, ...]
    begun: frozenset[Spot]
    done: frozenset[Spot]


class Instant(NamedTuple):
    """The start of a watched spot: what had begun, what was still under way, and what was done."""

    begun: frozenset[Spot]
    running: frozenset[Spot]
    done: frozenset[Spot]


@dataclass(frozen=True, slots=True)
class Script:
    """Outcomes that a run has to have, to find out whether such a run exists."""

    results: Mapping[str, str] = field(default_factory=dict)
    legs: Mapping[tuple[str, str], Mapping[int, str]] = field(default_factory=dict)
    started: frozenset[tuple[str, str]] = frozenset()
    cancelled: frozenset[str] = frozenset()
    smooth: bool = False
    """Everything goes well."""


class Simulator:
    """Every run of *instance*; *watched* are the spots whose starts and successes are recorded."""

    def __init__(
        self, instance: Instance, watched: Iterable[Spot], *, eager: bool = True, limit: int = 10**9
    ) -> None:
        self.variants = _variants(instance)
        self.instance = self.variants[0]
        self.watched = frozenset(Spot(s.job, s.leg, s.step) for s in watched)
        self.eager = eager
        self.limit = limit
        self.index = {job.id: i for i, job in enumerate(instance.jobs)}
        self.data: _Facts = {}
        self.data_again: _Facts = {}
        self.makers = self._makers()
        self.script: Script | None = None
        self.snapshots: dict[tuple[Facts, Spot], set[Instant]] = {}
        self.ends: dict[Facts, set[End]] = {}
        self.facts = Facts(frozenset())
        self.states = 0
        self._steps_seen: dict[tuple[int, int], frozenset[int]] = {}
        self._known_moves: dict[Hashable, list[Move]] = {}
        self._marked = {*self.watched, *(Spot(s.job, s.leg, s.step) for s in self.makers.values())}
        self._above = [self._ancestors(job) for job in instance.jobs]
        self._before = [self._awaited_jobs(job) for job in instance.jobs]

    # all runs

    def explore(self, attempts: int = 2) -> None:
        """Carry out every run, with every value of the data, and every second attempt (or more)."""
        for variant in self.variants:
            self.instance = variant
            self._steps_seen = self._seen_of(variant)
            for facts in self._assignments(self.every_datum(), {}):
                self._set_facts(facts)
                ends = self._run(State(1, False, (JobState(),) * len(self.index), frozenset()))
                for _ in range(attempts - 1 if self.instance.rerunnable else 0):
                    ends = self._next_attempt(ends, facts)

    def _next_attempt(self, ends: set[State], facts: _Facts) -> set[State]:
        changing = [d for d in self.every_datum() if mutable(d)]
        found = set()
        # Everything again is the first attempt with other data.
        for chosen in self._closed_sets()[:-1]:
            starts = {self._again(end, chosen) for end in ends}
            for facts_again in self._assignments(changing, facts):
                self._set_facts(facts, facts_again, chosen)
                found |= self._run(*starts)
        return found

    def _seen_of(self, instance: Instance) -> dict[tuple[int, int], frozenset[int]]:
        return {
            (self.index[job.id], n): frozenset(
                spot.step for spot in self._marked if (spot.job, spot.leg) == (job.id, leg.name)
            )
            for job in instance.jobs
            for n, leg in enumerate(job.legs)
        }

    def _set_facts(
        self, data: _Facts, data_again: _Facts | None = None, chosen: frozenset[int] = frozenset()
    ) -> None:
        self.data, self.data_again = data, data_again or {}
        again = {k for k, value in self.data_again.items() if value and mutable(k)}
        names = frozenset(self.instance.jobs[i].id for i in chosen)
        self.facts = Facts(frozenset(k for k, v in data.items() if v), frozenset(again), names)
        self._known_moves.clear()

    def follow(self, script: Script, data: tuple[_Facts, _Facts], again: frozenset[str]) -> None:
        """Carry out only the runs that have the outcomes of *script*."""
        self.script = script
        free = [d for d in self.every_datum() if d not in data[0]]
        for variant in self.variants:
            self.instance = variant
            for facts in self._assignments(free, dict(data[0])):
                self._follow(script, facts, data[1], again)

    def _follow(self, script: Script, data: _Facts, data_again: _Facts, again: frozenset[str]) -> None:
        self._set_facts(data)
        if not again:
            self._run(State(1, False, (JobState(),) * len(self.index), frozenset()))
            return
        # What is told of a job that runs again, and of a call around it, is how it ended the second time.
        anew = again.union(*(self._callers(job) for job in self.instance.jobs if job.id in again))
        self.script = Script(
            {k: v for k, v in script.results.items() if k not in anew},
            {k: v for k, v in script.legs.items() if k[0] not in again},
            script.started,
            script.cancelled,
        )
        ends = self._run(State(1, False, (JobState(),) * len(self.index), frozenset()))
        self.snapshots = {key: seen for key, seen in self.snapshots.items() if key[0].again}
        self.script = script
        for chosen in self._closed_sets():
            if {self.instance.jobs[i].id for i in chosen} & set(script.results) == again:
                self._set_facts(data, {**data, **data_again}, chosen)
                self._run(*{self._again(end, chosen) for end in ends})

    def instants(self, spot: Spot) -> Iterator[tuple[Facts, Instant]]:
        """Every instant at which *spot* starts."""
        for (facts, started), seen in self.snapshots.items():
            if started == _plain(spot):
                yield from ((facts, instant) for instant in seen)

    def without(self, later: Spot, earlier: Iterable[Spot]) -> bool:
        """Whether *later* has started at some instant at which none of *earlier* had succeeded."""
        plain = {_plain(spot) for spot in earlier}
        return any(plain.isdisjoint(instant.done) for _, instant in self.instants(later))

    def starts(self, spot: Spot) -> bool:
        """Whether *spot* starts in any run."""
        return any(True for _ in self.instants(spot))

    def together(self, one: Spot, other: Spot) -> bool:
        """Whether both start in some run."""
        first, second = _plain(one), _plain(other)
        return any(second in instant.begun for _, instant in self.instants(first)) or any(
            first in instant.begun for _, instant in self.instants(second)
        )

    def mixed(self, earlier: Spot, later: Spot) -> bool:
        """Whether a second attempt starts *later* upon an *earlier* that the first left done."""
        return any(
            later.job in facts.again and earlier.job not in facts.again and _plain(earlier) in instant.done
            for facts, instant in self.instants(later)
        )

    def cut(self, first: Spot, second: Spot, condition: Formula) -> bool:
        """Whether a run in which *condition* holds can be cut after *first* and before *second*.

        One in which both happen, and one in which the second is not done when the first starts.
        """
        both = {_plain(first), _plain(second)}
        meets = [facts for facts in self.ends if self._holds(condition, facts)]
        undone = any(
            facts in meets and _plain(second) not in instant.done for facts, instant in self.instants(first)
        )
        return undone and any(both <= end.begun for facts in meets for end in self.ends[facts])

    def _holds(self, condition: Formula, facts: Facts) -> bool:
        # What decides nothing else is free.
        known = set(self.every_datum())
        fact = lambda key: {key in facts.data} if key in known else {False, True}  # noqa: E731
        return True in self._truths(condition, fact)

    def disordered(self, earlier: Spot, later: Spot) -> bool:
        """Whether *later* starts before *earlier* does, or beside it, in some run."""
        one, other = _plain(earlier), _plain(later)
        return any(other in instant.begun for _, instant in self.instants(one)) or any(
            one in instant.running for _, instant in self.instants(other)
        )

    def every_datum(self) -> list[Hashable]:
        """What is only known in the run."""
        formulas: list[Formula] = list(self.instance.axioms)
        for job in self.instance.jobs:
            formulas.append(job.condition)
            for leg in job.legs:
                formulas.append(leg.tolerated)
                formulas += [f for s in leg.steps for f in (s.condition, s.tolerated, s.refuses)]
        keys = dict.fromkeys(a.key for formula in formulas for a in atoms(formula))
        return [k for k in keys if isinstance(k, Data)]

    def _makers(self) -> dict[Hashable, Spot]:
        # The step that has to run for an output to be there; the mark that it did has order -1.
        spots = [Spot(job.id, leg.name, step.index) for job, leg, step in self.instance.spots()]
        sites = {spot.site: Spot(spot.job, spot.leg, spot.step, -1) for spot in spots}
        return {
            key: sites[key.site]
            for key in self.every_datum()
            if isinstance(key, Data) and key.site in sites and key.text.endswith("== 'true'")
        }

    def _assignments(
        self, keys: list[Hashable], base: Mapping[Hashable, bool]
    ) -> Iterator[dict[Hashable, bool]]:
        for values in itertools.product((False, True), repeat=len(keys)):
            facts = {**base, **dict(zip(keys, values, strict=True))}
            if all(holds(axiom, facts) for axiom in self.instance.axioms):
                yield facts

    # attempts

    def _closed_sets(self) -> list[frozenset[int]]:
        count = len(self.index)
        found: list[frozenset[int]] = []
        for size in range(1, count + 1):
            found += [
                frozenset(chosen)
                for chosen in itertools.combinations(range(count), size)
                if all(after in chosen for i in chosen for after in self._dependants(i))
            ]
        return found

    def _dependants(self, i: int) -> Iterator[int]:
        job = self.instance.jobs[i]
        around = {job.id, *self._callers(job)}
        for n, other in enumerate(self.instance.jobs):
            if around & set(other.needs) or other.caller == job.id:
                yield n

    def _again(self, end: State, chosen: frozenset[int]) -> State:
        names = {self.instance.jobs[i].id for i in chosen}
        jobs = []
        for i, state in enumerate(end.jobs):
            job = self.instance.jobs[i]
            if i in chosen:
                jobs.append(JobState())
            elif state.going and any(self._is_inside(self.instance.jobs[n], job.id) for n in chosen):
                jobs.append(JobState(going=True))  # its result is that of its inner jobs, some of them new
            else:
                jobs.append(JobState(going=state.going, result=state.result))
        return State(2, False, tuple(jobs), frozenset(s for s in end.done if s.job not in names))

    def _callers(self, job: Job) -> list[str]:
        found = []
        while job.caller in self.index:
            found.append(job.caller)
            job = self.instance.jobs[self.index[job.caller]]
        return found

    def _is_inside(self, job: Job, caller: str) -> bool:
        return caller in self._callers(job)

    # one attempt

    def _run(self, *starts: State) -> set[State]:
        seen, stack, ends = set(starts), list(starts), set()
        while stack:
            state = stack.pop()
            if self.states + len(seen) > self.limit:
                raise TooMany
            after = list(self._events(state))
            if all(job.result is not None for job in state.jobs):
                ends.add(state)
            for following in after:
                if following not in seen:
                    seen.add(following)
                    stack.append(following)
        self.states += len(seen)
        found = self.ends.setdefault(self.facts, set())
        for end in ends:
            begun = frozenset(_plain(spot) for spot in end.done if spot.order < 0)
            done = frozenset(spot for spot in end.done if spot.order >= 0)
            results = tuple(job.result or "" for job in end.jobs)
            found.add(End(results, begun & self.watched, done))
        return {
            State(e.attempt, False, tuple(JobState(j.going, (), j.result) for j in e.jobs), e.done)
            for e in ends
        }

    def _events(self, state: State) -> Iterator[State]:
        if self.eager:
            # What happens unseen inside one leg can be taken first: it changes nothing for the others.
            for i, job in enumerate(state.jobs):
                for n, leg in enumerate(job.legs):
                    if leg.ended is None and self._is_private(state, i, n):
                        yield from self._leg_events(state, i, n)
                        return
        if not state.cancelled and any(not job.going and job.result is None for job in state.jobs):
            yield State(state.attempt, True, state.jobs, state.done)
        for i, job in enumerate(state.jobs):
            if job.result is not None:
                continue
            if not job.going:
                yield from self._start(state, i)
            elif job.legs:
                for n, leg in enumerate(job.legs):
                    if leg.ended is None:
                        yield from self._leg_events(state, i, n)
                if all(leg.ended is not None for leg in job.legs):
                    yield from self._finish(state, i, self._combined(self.instance.jobs[i], job.legs, state))
            elif self.instance.jobs[i].inner:
                yield from self._close_call(state, i)

    def _unseen(self, job: Job, n: int, leg: LegState) -> bool:
        steps = job.legs[n].steps
        if not leg.begun or any(steps[k].background for k in range(len(steps))):
            return not leg.begun
        at = len(leg.outcomes)
        if at and leg.outcomes[-1] == RUNNING:
            at -= 1
        return at >= len(steps) or Spot(job.id, job.legs[n].name, at) not in self.watched

    def _is_private(self, state: State, i: int, n: int) -> bool:
        leg = state.jobs[i].legs[n]
        if self.script is not None:
            return self._unseen(self.instance.jobs[i], n, leg)
        running = any(leg.outcomes[k] == RUNNING for k in self._steps_seen[i, n] if k < len(leg.outcomes))
        return not running and all(move[0].ended is not None for move in self._leg_moves(state, i, n))

    def _start(self, state: State, i: int) -> Iterator[State]:
        job = self.instance.jobs[i]
        if any(state.jobs[n].result is None for n in self._before[i]):
            return
        if job.caller in self.index:
            caller = state.jobs[self.index[job.caller]]
            if caller.result is not None and not caller.going:
                yield from self._finish(state, i, {K, C} if state.cancelled else {K})
                return
            if not caller.going:
                return
        told = self.script is not None and job.id in self.script.results
        if self.script is not None and told and state.cancelled != (job.id in self.script.cancelled):
            return
        if RAISES.search(job.condition_text):
            yield from self._finish(state, i, {F, K})
        truths = self._truths(job.condition, lambda key: self._job_fact(state, job, key))
        if False in truths:
            yield from self._finish(state, i, {K, C} if state.cancelled else {K})
        if True in truths:
            yield from self._go(state, i, job)

    def _go(self, state: State, i: int, job: Job) -> Iterator[State]:
        if job.inner:
            yield from self._finish(state, i, {C})  # cancelled while it waited
        if job.may_be_empty:
            tolerated = [
                self._truths(x.tolerated, lambda key: self._job_fact(state, job, key)) for x in job.legs
            ]
            forgiven = any(True in truths for truths in tolerated)
            yield from self._finish(state, i, {F, C, S} if forgiven else {F, C})
        if not job.inner and not job.legs:  # could not be read: anything
            yield from self._finish(state, i, {S, F, C, K})
            return
        legs = tuple(LegState() for _ in job.legs)
        yield self._with(state, i, JobState(going=True, legs=legs))

    def _finish(self, state: State, i: int, results: Iterable[str]) -> Iterator[State]:
        job = self.instance.jobs[i]
        for result in results:
            if self.script is not None:
                if self.script.smooth and result != S:
                    continue
                if self.script.results.get(job.id, result) != result:
                    continue
            yield self._with(state, i, JobState(going=state.jobs[i].going, result=result))

    def _with(self, state: State, i: int, job: JobState) -> State:
        jobs = (*state.jobs[:i], job, *state.jobs[i + 1 :])
        return State(state.attempt, state.cancelled, jobs, state.done)

    def _combined(self, job: Job, legs: tuple[LegState, ...], state: State) -> set[str]:
        shown = []
        for leg, spec in zip(legs, job.legs, strict=True):
            assert leg.ended is not None
            tolerated = self._truths(spec.tolerated, lambda key: self._job_fact(state, job, key))
            each = set()
            if leg.ended == S or False in tolerated:
                each.add(leg.ended)
            if leg.ended != S and True in tolerated:
                each |= {S, C}
            shown.append(each)
        results = set()
        for combination in itertools.product(*shown):
            if len(combination) == 1:
                results.add(combination[0])
            else:
                results |= {S} if set(combination) == {S} else {F, C}
        return results

    def _close_call(self, state: State, i: int) -> Iterator[State]:
        inner = [state.jobs[self.index[n]].result for n in self.instance.jobs[i].inner]
        if None in inner:
            return
        if F in inner:
            result = F
        elif C in inner:
            result = C
        elif set(inner) == {K}:
            result = K
        else:
            result = S
        yield from self._finish(state, i, {result})

    # conditions

    def _truths(self, formula: Formula, fact: Callable[[Hashable], set[bool]]) -> set[bool]:
        """Every value that *formula* may have. ``fact`` gives the possible values of an atom."""
        if isinstance(formula, Const):
            return {formula.value}
        keys = _keys(formula)
        options = [fact(key) for key in keys]
        if all(len(values) == 1 for values in options):
            return {_value(formula, tuple(next(iter(values)) for values in options))}
        # Results of one indirect need are shown all or not at all.
        hidden = {key.job for key, v in zip(keys, options, strict=True) if len(v) > 1 and _is_need(key)}
        found = set()
        for shown in itertools.product((False, True), repeat=len(hidden)):
            visible = dict(zip(hidden, shown, strict=True))
            limited = [
                {visible[key.job] and True in v} if _is_need(key) and key.job in visible else v
                for key, v in zip(keys, options, strict=True)
            ]
            found |= {_value(formula, values) for values in itertools.product(*limited)}
        return found

    def _job_fact(self, state: State, job: Job, key: Hashable) -> set[bool]:
        if isinstance(key, Status):
            return self._job_status(state, job, key.function)
        if isinstance(key, NeedsResult):
            if key.job in job.needs:
                return {self._result(state, key.job) == key.result}
            if key.job in self._above[self.index[job.id]]:
                return {False, True} if self._result(state, key.job) == key.result else {False}
            return {False}
        return {self._datum(state, key)}

    def _datum(self, state: State, key: Hashable) -> bool:
        maker = self.makers.get(key)
        if maker is not None and maker not in state.done and self._is_sole(maker):
            return False  # an output that nobody wrote
        return self.data_again[key] if state.attempt == 2 and mutable(key) else self.data[key]

    def _is_sole(self, maker: Spot) -> bool:
        # Of several legs any may have written it.
        return len(self.variants[-1].jobs[self.index[maker.job]].legs) == 1

    def _result(self, state: State, id: str) -> str | None:
        return state.jobs[self.index[id]].result

    def _ancestors(self, job: Job) -> set[str]:
        found: set[str] = set()
        stack = [n for n in job.needs if n in self.index]
        while stack:
            id = stack.pop()
            if id not in found:
                found.add(id)
                stack += [n for n in self.instance.jobs[self.index[id]].needs if n in self.index]
        return found

    def _awaited_jobs(self, job: Job) -> list[int]:
        # Of a call that is skipped the inner jobs are settled with it.
        needs = [need for need in job.needs if need in self.index]
        return [self.index[n] for need in needs for n in (need, *self._inner(need))]

    def _inner(self, id: str) -> Iterator[str]:
        for inner in self.instance.jobs[self.index[id]].inner:
            yield inner
            yield from self._inner(inner)

    def _job_status(self, state: State, job: Job, function: Function) -> set[bool]:
        mine = self._above[self.index[job.id]]
        outer: set[str] = set()
        for call in self._callers(job):
            outer |= self._above[self.index[call]]
        near = {self._result(state, id) for id in mine}
        far = {self._result(state, id) for id in outer}
        if function is Function.CANCELLED:
            if state.cancelled:
                return {True}
            return {False, True} if C in near | far else {False}
        if state.cancelled:
            return {False}
        if function is Function.FAILURE:
            if F in near:
                return {True}
            return {False, True} if F in far else {False}
        if near - {S}:
            return {False}
        inner = {self._result(state, each) for id in mine | outer for each in self._inner(id)}
        return {True} if not (far | inner) - {S} else {False, True}

    # steps

    def _leg_events(self, state: State, i: int, n: int) -> Iterator[State]:
        job, leg = self.instance.jobs[i], state.jobs[i].legs[n]
        spec = job.legs[n]
        for following, started, succeeded in self._leg_moves(state, i, n):
            done = state.done
            if started is not None and Spot(job.id, spec.name, started) in self._marked:
                self._record(state, Spot(job.id, spec.name, started))
                done = done | {Spot(job.id, spec.name, started, -1)}
            if succeeded is not None and Spot(job.id, spec.name, succeeded) in self.watched:
                done = done | {Spot(job.id, spec.name, succeeded)}
            if self._allowed(job, spec, leg, following):
                legs = list(state.jobs[i].legs)
                legs[n] = following
                jobs = (*state.jobs[:i], JobState(True, tuple(legs)), *state.jobs[i + 1 :])
                yield State(state.attempt, state.cancelled, jobs, done)

    def _leg_moves(self, state: State, i: int, n: int) -> list[Move]:
        # The same wherever the leg, what its job can see, and what has been written are the same.
        job, leg = self.instance.jobs[i], state.jobs[i].legs[n]
        seen = tuple(state.jobs[self.index[need]].result for need in job.needs if need in self.index)
        written = tuple(spot in state.done for spot in self.makers.values())
        key = (i, n, leg, state.attempt, seen, written)
        moves = self._known_moves.get(key)
        if moves is None:
            hurried = self.eager and self.script is None
            find = self._to_next_seen if hurried else self._moves
            moves = self._known_moves[key] = list(find(state, job, job.legs[n], leg))
        return moves

    def _to_next_seen(self, state: State, job: Job, spec: Leg, leg: LegState) -> set[Move]:
        # What happens in between is seen by nobody, so it need not be mixed with what others do.
        steps = self._steps_seen[self.index[job.id], job.legs.index(spec)]
        seen, stack, found = {leg}, [leg], set()
        while stack:
            now = stack.pop()
            running = [k for k in steps if k < len(now.outcomes) and now.outcomes[k] == RUNNING]
            for move in self._moves(state, job, spec, now):
                following, started, _ = move
                if (
                    following.ended is not None
                    or started in steps
                    or any(following.outcomes[k] != RUNNING for k in running)
                ):
                    found.add(move)
                elif following not in seen:
                    seen.add(following)
                    stack.append(following)
        return found

    def _record(self, state: State, spot: Spot) -> None:
        if spot in self.watched:
            begun = frozenset(_plain(each) for each in state.done if each.order < 0) & self.watched
            running = frozenset(each for each in self.watched if self._is_running(state, each))
            done = frozenset(each for each in state.done if each.order >= 0)
            self.snapshots.setdefault((self.facts, spot), set()).add(Instant(begun, running, done))

    def _is_running(self, state: State, spot: Spot) -> bool:
        i = self.index[spot.job]
        names = [leg.name for leg in self.instance.jobs[i].legs]
        if not state.jobs[i].legs:
            return False
        outcomes = state.jobs[i].legs[names.index(spot.leg)].outcomes
        return spot.step < len(outcomes) and outcomes[spot.step] == RUNNING

    def _allowed(self, job: Job, spec: Leg, before: LegState, leg: LegState) -> bool:
        if self.script is None:
            return True
        if self.script.smooth and (leg.ended in (F, C) or leg.cancelled or {F, C} & set(leg.outcomes)):
            return False
        wanted = self.script.legs.get((job.id, spec.name))
        if wanted is None:
            return True
        if leg.begun and (job.id, spec.name) not in self.script.started:
            return False
        for step, outcome in enumerate(leg.outcomes):
            ran = {S: S, F: F, C: C, "forgiven": F}.get(outcome)
            if outcome not in (RUNNING, WAITING) and wanted.get(step) != ran:
                return False
        if leg.ended is None:
            return True
        return set(wanted) <= set(range(len(before.outcomes)))

    def _moves(self, state: State, job: Job, spec: Leg, leg: LegState) -> Iterator[Move]:
        if not leg.begun:
            yield _ended(leg, F), None, None  # rejected, or no runner could be had
            yield _ended(leg, C), None, None  # cancelled, evicted
            for patient in (False, True) if any(step.scope for step in spec.steps) else (False,):
                yield LegState(begun=True, patient=patient), None, None
            return
        yield _ended(leg, F), None, None  # the runner is lost
        yield _ended(leg, C), None, None
        yield from self._background_ends(state, job, spec, leg)
        at = len(leg.outcomes)
        current = at - 1
        if at and leg.outcomes[current] == RUNNING and self._is_in_line(spec, current):
            yield from self._foreground_ends(state, job, spec, leg, current)
            return
        closing = self._to_close(spec, leg, at)
        if closing is not None:
            yield from self._composite_ends(state, job, spec, leg, closing)
        elif at < len(spec.steps):
            yield from self._evaluate(state, job, spec, leg, at)
        elif RUNNING not in leg.outcomes:
            yield from self._leg_ends(state, job, spec, leg)

    def _is_single(self, spec: Leg, step: int) -> bool:
        # A foreground step that is one process: neither beside the others nor a call.
        calls = {call for each in spec.steps for call in each.scope}
        return not spec.steps[step].background and step not in calls

    def _is_in_line(self, spec: Leg, step: int) -> bool:
        return self._is_single(spec, step) and self._beside(spec, step) is None

    def _beside(self, spec: Leg, step: int) -> int | None:
        # The call in the background that the step is part of.
        return next((call for call in spec.steps[step].scope if spec.steps[call].background), None)

    def _foreground_ends(self, state: State, job: Job, spec: Leg, leg: LegState, step: int) -> Iterator[Move]:
        spot = spec.steps[step]
        bound = self._truths(spot.refuses, lambda key: self._step_fact(state, job, spec, leg, step, key))
        awaited = [leg.outcomes[w] for w in spot.waits]
        if spot.waits and RUNNING in awaited:
            return
        spoiled = bool(spot.waits) and any(o in (F, C, ERROR) for o in self._awaited(spec, leg, spot))
        spoiled = spoiled or False not in bound  # what it was given says that it must fail
        if not spoiled:
            yield _set(leg, step, S), None, step
        yield _set(leg, step, F), None, None
        yield _cancelled(_set(leg, step, C)), None, None
        if not spoiled:
            yield _cancelled(_set(leg, step, S)), None, step

    def _awaited(self, spec: Leg, leg: LegState, step: Step) -> list[Outcome]:
        # A failure that its own continue-on-error forgives is none.
        return [S if leg.outcomes[w] == "forgiven" else leg.outcomes[w] for w in step.waits]

    def _background_ends(self, state: State, job: Job, spec: Leg, leg: LegState) -> Iterator[Move]:
        for i, outcome in enumerate(leg.outcomes):
            if outcome != RUNNING or not spec.steps[i].background:
                continue
            inner = [step.index for step in spec.steps if i in step.scope]
            going = next((k for k in inner if leg.outcomes[k] in (RUNNING, WAITING)), None)
            if going is not None:
                yield from self._line_moves(state, job, spec, leg, going)
                continue
            bad = any(self._failed_for_good(state, job, spec, leg, k) for k in inner)
            if not bad and i not in leg.halted and all(leg.outcomes[k] != C for k in inner):
                yield _set(leg, i, S), None, i
            for forgiven in self._truths(
                spec.steps[i].tolerated,
                lambda key: self._step_fact(state, job, spec, leg, i, key),  # noqa: B023
            ):
                yield _set(leg, i, "forgiven" if forgiven else F), None, None
            yield _set(leg, i, C), None, None  # by whomever: unless asked for, the job ends cancelled
            yield _cancelled(_set(leg, i, C)), None, None

    def _line_moves(self, state: State, job: Job, spec: Leg, leg: LegState, at: int) -> Iterator[Move]:
        # The inner steps of a call in the background, one after the other.
        if leg.outcomes[at] == RUNNING:
            yield from self._foreground_ends(state, job, spec, leg, at)
            return
        (call,) = spec.steps[at].scope
        if call in leg.halted:
            yield _set(leg, at, UNREACHED), None, None
            return
        yield LegState(leg.outcomes, True, leg.cancelled, leg.patient, leg.halted | {call}), None, None
        for now, outcome in self._evaluated(state, job, spec, leg, at):
            yield _set(now, at, outcome), at if outcome == RUNNING else None, None

    def _to_close(self, spec: Leg, leg: LegState, at: int) -> int | None:
        # The innermost call still running of which the next step is no part.
        scope = spec.steps[at].scope if at < len(spec.steps) else ()
        running = [
            i
            for i, outcome in enumerate(leg.outcomes)
            if outcome == RUNNING and not self._is_single(spec, i) and not spec.steps[i].background
        ]
        return running[-1] if running and running[-1] not in scope else None

    def _composite_ends(self, state: State, job: Job, spec: Leg, leg: LegState, call: int) -> Iterator[Move]:
        inner = [s.index for s in spec.steps if s.scope and s.scope[-1] == call]
        bad = any(self._failed_for_good(state, job, spec, leg, s) for s in inner)
        cut = any(leg.outcomes[s] == C for s in inner)
        if not bad and not cut and call not in leg.halted:
            yield _set(leg, call, S), None, call
        yield _set(leg, call, F), None, None
        yield _cancelled(_set(leg, call, C)), None, None

    def _failed_for_good(self, state: State, job: Job, spec: Leg, leg: LegState, step: int) -> bool:
        outcome = leg.outcomes[step]
        if outcome == ERROR:
            return True
        if outcome != F:
            return False
        if spec.steps[step].background:
            return True
        fact = lambda key: self._step_fact(state, job, spec, leg, step, key)  # noqa: E731
        return True not in self._truths(spec.steps[step].tolerated, fact)

    def _evaluate(self, state: State, job: Job, spec: Leg, leg: LegState, at: int) -> Iterator[Move]:
        step = spec.steps[at]
        if step.scope and (leg.outcomes[step.scope[-1]] != RUNNING or step.scope[-1] in leg.halted):
            yield _next(leg, UNREACHED), None, None
            return
        if step.scope:
            halted = leg.halted | {step.scope[-1]}
            yield (
                LegState(leg.outcomes, True, leg.cancelled, leg.patient, halted),
                None,
                None,
            )
        inner = sum(at in each.scope for each in spec.steps)
        for now, outcome in self._evaluated(state, job, spec, leg, at):
            following = _next(now, outcome)
            if outcome == RUNNING and step.background and inner:
                following = following._replace(outcomes=(*following.outcomes, *[WAITING] * inner))
            yield following, at if outcome == RUNNING else None, None

    def _evaluated(
        self, state: State, job: Job, spec: Leg, leg: LegState, at: int
    ) -> Iterator[tuple[LegState, Outcome]]:
        step = spec.steps[at]
        for now in {leg, _cancelled(leg)}:
            if RAISES.search(step.condition_text):
                yield now, ERROR
            truths = self._truths(
                step.condition,
                lambda key: self._step_fact(state, job, spec, now, at, key),  # noqa: B023
            )
            if True in truths:
                yield now, RUNNING
            if False in truths:
                yield now, K

    def _leg_ends(self, state: State, job: Job, spec: Leg, leg: LegState) -> Iterator[Move]:
        bad = any(self._failed_for_good(state, job, spec, leg, s.index) for s in spec.steps if not s.scope)
        unasked = any(
            leg.outcomes[s.index] == C
            and s.background
            and not any(s.index in each.cancels for each in spec.steps)
            for s in spec.steps
        )
        if not bad and not leg.cancelled and not unasked:
            yield _ended(leg, S), None, None
        yield _ended(leg, F), None, None
        yield _ended(leg, C), None, None

    def _step_fact(
        self, state: State, job: Job, spec: Leg, leg: LegState, at: int, key: Hashable
    ) -> set[bool]:
        if isinstance(key, Status):
            return self._step_status(state, job, spec, leg, at, key.function)
        if isinstance(key, JobStatus):
            bad = self._spoiled(state, job, spec, leg, at, ())
            status = C if leg.cancelled else F if bad else S
            return {status == key.result}
        if isinstance(key, StepResult):
            return self._other_step(state, job, spec, leg, at, key)
        if isinstance(key, NeedsResult):
            return {key.job in job.needs and self._result(state, key.job) == key.result}
        maker = self.makers.get(key)
        if maker is None or maker.job != job.id:
            return {self._datum(state, key)}
        if maker.step >= at or self._is_beside(spec, maker.step, at):
            return {False}  # an output that is not there yet
        if maker.leg != spec.name:  # a twin writes its own
            return {False, leg.outcomes[maker.step] in (S, F, C, "forgiven")}
        return {maker in state.done and self._datum(state, key)}

    def _is_beside(self, spec: Leg, step: int, at: int) -> bool:
        line = step if spec.steps[step].background else self._beside(spec, step)
        if line is None or line in spec.steps[at].scope:
            return False
        return not any(line in each.waits for each in spec.steps[line + 1 : at])

    def _step_status(
        self, state: State, job: Job, spec: Leg, leg: LegState, at: int, function: Function
    ) -> set[bool]:
        if function is Function.CANCELLED:
            return {leg.cancelled}
        scope = spec.steps[at].scope
        bad = self._spoiled(state, job, spec, leg, at, scope)
        hidden = leg.cancelled and not (scope and leg.patient)
        if hidden:
            return {False}
        if function is Function.FAILURE:
            return {bad}
        cut = scope and any(
            leg.outcomes[s.index] == C for s in spec.steps[:at] if s.scope == scope and s.index < at
        )
        return {not bad and not cut}

    def _spoiled(
        self, state: State, job: Job, spec: Leg, leg: LegState, at: int, scope: tuple[int, ...]
    ) -> bool:
        return any(
            self._failed_for_good(state, job, spec, leg, s.index)
            for s in spec.steps[:at]
            if s.scope == scope and not s.background and s.index < len(leg.outcomes)
        )

    def _other_step(
        self, state: State, job: Job, spec: Leg, leg: LegState, at: int, key: StepResult
    ) -> set[bool]:
        other = key.step
        if not 0 <= other < at:
            return {False}
        if leg.outcomes[other] in (RUNNING, WAITING) and not spec.steps[other].background:
            return {False}
        if not spec.steps[other].background and self._is_beside(spec, other, at):
            return {False}
        outcome = leg.outcomes[other]
        value = {S: S, F: F, C: C, K: K, UNREACHED: K, ERROR: F, "forgiven": F}.get(outcome)
        if key.conclusion:
            forgiven = outcome == "forgiven" or (
                outcome == F and not self._failed_for_good(state, job, spec, leg, other)
            )
            value = S if forgiven else value
        if spec.steps[other].background and not any(
            other in each.waits for each in spec.steps[other + 1 : at]
        ):
            ended = any(other in each.cancels for each in spec.steps[other + 1 : at])
            return {False, value == key.result} if ended else {False}
        return {value == key.result}


def _variants(instance: Instance) -> list[Instance]:
    """A leg that stands for an unknown number is one, or has a twin that nobody watches."""
    choices = []
    for job in instance.jobs:
        single = tuple(replace(leg, many=False) for leg in job.legs)
        twins = tuple(replace(leg, name=f"{leg.name}~") for leg in single)
        many = any(leg.many for leg in job.legs)
        choices.append(
            [replace(job, legs=legs) for legs in ((single, single + twins) if many else (single,))]
        )
    return [replace(instance, jobs=jobs) for jobs in itertools.product(*choices)]


def mutable(key: Hashable) -> bool:
    """Whether another attempt may see another value."""
    return isinstance(key, Data) and not key.site and bool(MUTABLE.search(key.text))


def _plain(spot: Spot) -> Spot:
    return Spot(spot.job, spot.leg, spot.step)


@lru_cache(maxsize=4096)
def _keys(formula: Formula) -> tuple[Any, ...]:
    return tuple(atom.key for atom in atoms(formula))


@lru_cache(maxsize=65536)
def _value(formula: Formula, values: tuple[bool, ...]) -> bool:
    return holds(formula, dict(zip(_keys(formula), values, strict=True)))


def _is_need(key: Hashable) -> bool:
    return isinstance(key, NeedsResult)


def _ended(leg: LegState, result: str) -> LegState:
    # How it came to end no longer matters to anyone.
    return LegState(begun=leg.begun, ended=result)


def _cancelled(leg: LegState) -> LegState:
    return LegState(leg.outcomes, leg.begun, True, leg.patient, leg.halted, leg.ended)


def _set(leg: LegState, step: int, outcome: Outcome) -> LegState:
    outcomes = (*leg.outcomes[:step], outcome, *leg.outcomes[step + 1 :])
    return LegState(outcomes, leg.begun, leg.cancelled, leg.patient, leg.halted, leg.ended)


def _next(leg: LegState, outcome: Outcome) -> LegState:
    return LegState((*leg.outcomes, outcome), leg.begun, leg.cancelled, leg.patient, leg.halted, leg.ended)
