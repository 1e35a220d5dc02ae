"""Every question about one workflow, put to the prover and to the machine that carries out every run.

Beyond the questions that the rules ask, the runs themselves are compared: what dependants see of each job,
and which of the watched steps had begun and were done, all together, under every value of the data and in
every second attempt.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

from tests.prove.generator import Case
from tests.prove.simulator import End, Facts, Script, Simulator, mutable
from wholeship.github.semantics import GITHUB
from wholeship.logic.formula import Atom, Formula, neg
from wholeship.pipeline.run import Result, Spot
from wholeship.prove import (
    Answer,
    Cause,
    Effect,
    Happens,
    Never,
    Occurrence,
    Proved,
    Prover,
    Refuted,
    Undecided,
    terms,
)
from wholeship.prove.encoding import Encoding
from wholeship.prove.shape import Shape


def effect(spot: Spot) -> Effect:
    return Effect(spot, f"{spot.job}/{spot.leg}/{spot.step} is done")


def disagreements(case: Case, simulator: Simulator, *, replay: bool = False) -> list[str]:
    """Every question about *case* that the prover and the *simulator*, which has explored, answer
    differently; with *replay*, also every run shown that does not exist."""
    return [*questions(case, simulator, Prover(case.instance, GITHUB), replay=replay), *runs(case, simulator)]


def questions(case: Case, simulator: Simulator, prover: Prover, *, replay: bool = False) -> Iterator[str]:
    """The questions that rules ask, of which the answers differ."""
    asked = _Asked(case, simulator, prover, replay)
    for later in case.spots:
        yield from asked.possible(later)
        others = [spot for spot in case.spots if spot != later]
        for count in range(1, len(others) + 1):
            for earlier in itertools.combinations(others, count):
                yield from asked.requires(later, list(earlier))
    for one, other in itertools.permutations(case.spots, 2):
        yield from asked.together(one, other)
        yield from asked.mixed(one, other)
        yield from asked.ordered(one, other)
        yield from asked.cuts(one, other)


@dataclass(frozen=True, slots=True)
class _Asked:
    case: Case
    simulator: Simulator
    prover: Prover
    replay: bool

    def possible(self, spot: Spot) -> Iterator[str]:
        answer = self.prover.possible(effect(spot))
        if isinstance(answer, Never) == self.simulator.starts(spot):
            yield f"possible {spot}: {answer}"
        elif self.shows(answer) and not followed(self.case, answer, [spot]).starts(spot):
            yield f"possible {spot}: no such run: {answer}"

    def requires(self, later: Spot, earlier: list[Spot]) -> Iterator[str]:
        answer = self.prover.requires(effect(later), [effect(each) for each in earlier])
        vague = any(_is_vague(self.case, each, later) for each in earlier)
        unread = _is_unread(self.case, later)
        if isinstance(answer, Proved) == self.simulator.without(later, earlier):
            if isinstance(answer, Proved) or not vague:
                yield f"{later} requires {earlier}: {answer}"
        elif isinstance(answer, Undecided) and not unread:
            yield f"{later} requires {earlier}: all could be read: {answer}"
        elif isinstance(answer, Refuted) and unread and self.waits(later, earlier):
            yield f"{later} requires {earlier}: not all could be read: {answer}"
        elif self.shows(answer):
            if unread and not answer.doubts:
                yield f"{later} requires {earlier}: without a doubt: {answer}"
            if not followed(self.case, answer, [later, *earlier]).without(later, earlier):
                yield f"{later} requires {earlier}: no such run: {answer}"

    def waits(self, later: Spot, earlier: list[Spot]) -> bool:
        """Whether *later* only starts when some of *earlier* is over, so that it may ask for its success."""
        return any(
            self.simulator.together(each, later) and not self.simulator.disordered(each, later)
            for each in earlier
            if not _is_vague(self.case, each, later)
        )

    def together(self, one: Spot, other: Spot) -> Iterator[str]:
        answer = self.prover.together(effect(one), effect(other))
        if isinstance(answer, Never) == self.simulator.together(one, other):
            yield f"together {one} and {other}: {answer}"
        elif self.shows(answer) and not followed(self.case, answer, [one, other]).together(one, other):
            yield f"together {one} and {other}: no such run: {answer}"

    def mixed(self, one: Spot, other: Spot) -> Iterator[str]:
        answer = self.prover.mixed(effect(one), effect(other))
        if isinstance(answer, Never) == self.simulator.mixed(one, other):
            yield f"mixed {one} and {other}: {answer}"
        elif self.shows(answer) and not followed(self.case, answer, [other]).mixed(one, other):
            yield f"mixed {one} and {other}: no such run: {answer}"

    def ordered(self, one: Spot, other: Spot) -> Iterator[str]:
        answer = self.prover.ordered(effect(one), effect(other))
        vague = not answer and _is_vague(self.case, one, other)
        if answer == self.simulator.disordered(one, other) and not vague:
            yield f"ordered {one} and {other}: {answer}"

    def cuts(self, one: Spot, other: Spot) -> Iterator[str]:
        answer = sorted(cut.cause for cut in self.prover.cuts(effect(one), effect(other)))
        causes = knives(self.case, other)
        wanted = sorted(cause for cause, cancels in causes if self.simulator.cut(one, other, cancels))
        if answer != wanted:
            yield f"cuts {one} and {other}: {answer}, not {wanted}"

    def shows(self, answer: Answer | Occurrence) -> TypeGuard[Refuted | Happens]:
        return self.replay and isinstance(answer, (Refuted, Happens))


def _is_vague(case: Case, earlier: Spot, later: Spot) -> bool:
    # A step in the background that another step cancels, and none waits for: who sees its result knows that
    # it is over. The prover does not use that.
    if (earlier.job, earlier.leg) != (later.job, later.leg):
        return False
    steps = case.instance.job(earlier.job).leg(earlier.leg).steps
    line = next((n for n in (earlier.step, *steps[earlier.step].scope) if steps[n].background), None)
    between = steps[earlier.step + 1 : later.step]
    return any(line in each.cancels for each in between) and not any(line in each.waits for each in between)


def knives(case: Case, spot: Spot) -> Iterator[tuple[Cause, Formula]]:
    """What is written in the workflow that can cut the job of *spot*, and under which condition."""
    if case.instance.group is not None:
        yield Cause.RUN_GROUP, case.instance.group.cancels
    id = spot.job
    while id:
        job = case.instance.job(id)
        if job.group is not None:
            yield Cause.JOB_GROUP, job.group.cancels
        id = job.caller
    legs = case.instance.job(spot.job).legs
    if len(legs) > 1 or legs[0].many:
        yield Cause.FAIL_FAST, case.instance.job(spot.job).fail_fast


def _is_unread(case: Case, spot: Spot) -> bool:
    places = [case.instance.step(spot).condition_place]
    places += [
        case.instance.step(replace(spot, step=call)).condition_place
        for call in case.instance.step(spot).scope
    ]
    id = spot.job
    while id:
        places.append(case.instance.job(id).condition_place)
        id = case.instance.job(id).caller
    return any(each.place in places for each in case.instance.unread)


def followed(case: Case, answer: Refuted | Happens, asked: Sequence[Spot]) -> Simulator:
    """The machine, having carried out the runs with the outcomes of *answer*, which is about *asked*.

    The first of *asked* is what happens in the end.
    """
    run = answer.run
    legs: dict[tuple[str, str], dict[int, object]] = {}
    unfinished = {(spot.job, spot.leg) for spot in run.unfinished} - {(asked[0].job, asked[0].leg)}
    for key in {(spot.job, spot.leg) for spot in asked if spot.job in run.results} - unfinished:
        legs[key] = {step: result for (job, leg, step), result in run.steps.items() if (job, leg) == key}
    script = Script(
        results=run.results,
        legs=legs,  # type: ignore[arg-type]
        started=run.started,
        cancelled=run.cancelled,
        smooth=not run.results,
    )
    simulator = Simulator(case.instance, case.spots)
    simulator.follow(script, (run.data, run.data_again), run.again)
    return simulator


def runs(case: Case, simulator: Simulator) -> list[str]:
    """Ends of runs that only the *simulator*, or only the prover's formulas, know."""
    wanted = {(facts, end) for facts, ends in simulator.ends.items() for end in ends}
    formulas = Ends(case, simulator)
    found = set(formulas)
    return [
        *(f"no such run in the formulas: {each}" for each in wanted - found),
        *(f"only in the formulas: {each}" for each in found - wanted),
        *(f"{set(each)} can run again, or not" for each in formulas.second_attempts() ^ _again(simulator)),
        *(f"{each} can be, or not" for each in formulas.values() ^ _values(simulator)),
    ]


def _again(simulator: Simulator) -> set[frozenset[str]]:
    return {facts.again for facts in simulator.ends} - {frozenset()}


def _values(simulator: Simulator) -> set[Facts]:
    # Which jobs run again does not matter here.
    return {Facts(f.data, f.data_again, f.again and frozenset("*")) for f in simulator.ends}


class Ends:
    """The ends of all runs that the prover's formulas allow."""

    def __init__(self, case: Case, simulator: Simulator) -> None:
        self.case, self.facts = case, list(simulator.ends)
        self.jobs = [job.id for job in case.instance.jobs]
        self.data = simulator.every_datum()
        self.encoding = Encoding(Shape(case.instance, GITHUB))
        self.encoding.reach(*self.jobs)
        self.choices = [[terms.result(job, each) for each in Result] for job in self.jobs]
        for spot in case.spots:
            begun = self.encoding.starts(effect(spot))
            self.choices.append([begun, neg(begun)])
            done = self.encoding.succeeded(effect(spot))
            self.choices.append([done, neg(done)])

    def __iter__(self) -> Iterator[tuple[Facts, End]]:
        for facts in self.facts:
            for chosen in self._chosen(self._fixed(facts), 0):
                yield facts, self._end(chosen)

    def second_attempts(self) -> set[frozenset[str]]:
        """The sets of jobs, but for all of them, that can run a second time."""
        found = set()
        for size in range(1, len(self.jobs)):
            for chosen in itertools.combinations(self.jobs, size):
                again = [
                    _is(terms.second_attempt(job, self.case.instance), job in chosen) for job in self.jobs
                ]
                if not self.encoding.impossible(again):
                    found.add(frozenset(chosen))
        return found

    def values(self) -> set[Facts]:
        """What can be true of the data, in one attempt and in two."""
        changing = [key for key in self.data if mutable(key)]
        found = {Facts(data) for data in _subsets(self.data)}
        if self.second_attempts():
            every = itertools.product(_subsets(self.data), _subsets(changing))
            found |= {Facts(data, again, frozenset("*")) for data, again in every}
        return {facts for facts in found if not self.encoding.impossible(self._data(facts))}

    def _fixed(self, facts: Facts) -> list[Formula]:
        if not facts.again:
            return self._data(facts)
        again = [_is(terms.second_attempt(job, self.case.instance), job in facts.again) for job in self.jobs]
        return [*self._data(facts), *again]

    def _data(self, facts: Facts) -> list[Formula]:
        fixed = [_is(Atom(("data", key)), key in facts.data) for key in self.data]
        if not facts.again:
            return [*fixed, neg(terms.RERUN)]
        changing = [key for key in self.data if mutable(key)]
        return fixed + [_is(Atom(("data again", key)), key in facts.data_again) for key in changing]

    def _chosen(self, assumed: list[Formula], level: int) -> Iterator[tuple[int, ...]]:
        # What is impossible so far is so with all that could follow.
        if self.encoding.impossible(assumed):
            return
        if level == len(self.choices):
            yield ()
            return
        for number, choice in enumerate(self.choices[level]):
            for rest in self._chosen([*assumed, choice], level + 1):
                yield (number, *rest)

    def _end(self, chosen: tuple[int, ...]) -> End:
        names = list(Result)
        results = tuple(names[number].value for number in chosen[: len(self.jobs)])
        begun = [spot for spot, n in zip(self.case.spots, chosen[len(self.jobs) :: 2], strict=True) if not n]
        done = [
            spot for spot, n in zip(self.case.spots, chosen[len(self.jobs) + 1 :: 2], strict=True) if not n
        ]
        return End(results, frozenset(begun), frozenset(done))


def _is(formula: Formula, value: bool) -> Formula:
    return formula if value else neg(formula)


def _subsets(keys: Sequence[Hashable]) -> Iterator[frozenset[Hashable]]:
    for values in itertools.product((False, True), repeat=len(keys)):
        yield frozenset(itertools.compress(keys, values))
