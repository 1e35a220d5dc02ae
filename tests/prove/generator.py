"""Small random workflows, as instances: every feature that the prover models, in odd combinations.

What is odd in one place needs room there, and little elsewhere, or no machine could carry out every run. So
each case is of one kind, which is rich in one thing: a chain of jobs, the steps of one job, a called
workflow, a matrix, second attempts, outputs. One kind has a little of everything.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from wholeship.core.place import Place
from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, conj, disj, neg
from wholeship.pipeline.run import (
    Data,
    Function,
    Group,
    Instance,
    Job,
    JobStatus,
    Leg,
    NeedsResult,
    Result,
    Scenario,
    Spot,
    Status,
    Step,
    StepResult,
    Unread,
)
from wholeship.texts.template import Template, Value

HERE = Place("random.yml", 1, 1)
SUCCESS = Atom(Status(Function.SUCCESS))
FAILURE = Atom(Status(Function.FAILURE))
CANCELLED = Atom(Status(Function.CANCELLED))
INPUT = Atom(Data("inputs.a"))
VARIABLE = Atom(Data("vars.b"))
OUTPUT = Atom(Data("steps.x.outputs.c", "job/0"))
OPAQUE = Atom(Data("what could not be read"))
UNREAD = Place("random.yml", 2, 1)
# What asks for nothing but the status of what came before, as most conditions that are not plain do.
STATUSES = (TRUE, neg(CANCELLED), neg(FAILURE), conj((neg(CANCELLED), neg(FAILURE))), FAILURE, CANCELLED)


class Kind(Enum):
    """What a case is rich in."""

    ANY = "any"
    CHAIN = "chain"
    STEPS = "steps"
    COMPOSITE = "composite"
    BACKGROUND = "background"
    CALL = "call"
    MATRIX = "matrix"
    AGAIN = "again"
    OUTPUTS = "outputs"


# How often each is drawn.
SHARES = {
    Kind.ANY: 10,
    Kind.CHAIN: 22,
    Kind.STEPS: 12,
    Kind.COMPOSITE: 11,
    Kind.BACKGROUND: 11,
    Kind.CALL: 14,
    Kind.MATRIX: 10,
    Kind.AGAIN: 10,
    Kind.OUTPUTS: 8,
}


@dataclass(frozen=True)
class Case:
    """An instance and the spots of which to ask."""

    instance: Instance
    spots: tuple[Spot, ...]
    kind: Kind = Kind.ANY


def case_of(seed: int) -> Case:
    """The case number *seed*."""
    return Generator(seed).case()


class Generator:
    """Draws cases from one seed."""

    def __init__(self, seed: int, kind: Kind | None = None) -> None:
        self.draw = random.Random(seed)
        self.kind = kind or self.draw.choices(list(SHARES), list(SHARES.values()))[0]
        self.data = self.some_data()
        self.first = ""  # the name of the first job's first leg

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def some_data(self) -> tuple[Formula, ...]:
        if self.kind is Kind.AGAIN:
            return self.draw.choice(((), (VARIABLE,), (VARIABLE,), (VARIABLE, INPUT)))
        if self.kind is Kind.CHAIN:
            return self.draw.choice(((), (), (INPUT,)))
        if self.kind is Kind.OUTPUTS:
            return self.draw.choice(((), (INPUT,)))
        return self.draw.choice(((), (), (INPUT,), (VARIABLE,), (INPUT, OUTPUT), (VARIABLE, INPUT)))

    def case(self) -> Case:
        jobs = self.called() if self.kind is Kind.CALL else self.plain()
        axioms: tuple[Formula, ...] = ()
        if len(self.data) > 1 and self.chance(0.4):
            axioms = (disj((neg(self.data[0]), self.data[1])),)
        share = {Kind.AGAIN: 1.0, Kind.CALL: 0.15, Kind.OUTPUTS: 0.3, Kind.ANY: 0.15}.get(self.kind, 0.1)
        instance = Instance(
            "random.yml",
            Scenario("push", "push", HERE),
            tuple(jobs),
            axioms=axioms,
            group=self.group(0.1),
            rerunnable=self.chance(share if len(jobs) < 4 else share / 4),
        )
        if self.chance(0.04):
            instance = self.unread(instance)
        spots = self.spots(instance)
        return Case(self.refusing(instance), spots, self.kind)

    def refusing(self, instance: Instance) -> Instance:
        """Sometimes with steps that must fail: always, or by what their job needs."""
        if not self.chance(0.3):
            return instance
        jobs = (
            replace(job, legs=tuple(replace(leg, steps=self.bound(job, leg.steps)) for leg in job.legs))
            for job in instance.jobs
        )
        return replace(instance, jobs=tuple(jobs))

    def bound(self, job: Job, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        calls = {call for each in steps for call in each.scope}
        reasons: list[Formula] = [TRUE, *self.data]
        reasons += [neg(Atom(NeedsResult(each, Result.SUCCESS))) for each in job.needs] * 3
        reasons += [Atom(NeedsResult(each, self.draw.choice(list(Result)))) for each in job.needs]
        return tuple(
            replace(step, refuses=self.draw.choice(reasons))
            if step.index not in calls and not step.background and self.chance(0.3)
            else step
            for step in steps
        )

    # jobs

    def plain(self) -> list[Job]:
        choices = {
            Kind.CHAIN: (3, 3, 3, 4),
            Kind.AGAIN: (2, 2, 3, 3),
            Kind.STEPS: (1, 1, 2),
            Kind.COMPOSITE: (1, 1, 2),
            Kind.BACKGROUND: (1, 1, 2),
            Kind.ANY: (2, 2, 3),
        }
        jobs: list[Job] = []
        for _ in range(self.draw.choice(choices.get(self.kind, (2, 2, 2, 3)))):
            jobs.append(self.job(len(jobs), [job.id for job in jobs]))
        return jobs

    def called(self) -> list[Job]:
        """A call, perhaps between two jobs, perhaps with another call in it."""
        jobs = [self.job(0, [])] if self.chance(0.5) else []
        call = self.job(len(jobs), [job.id for job in jobs])
        jobs.append(call)
        inner: list[str] = []
        for _ in range(self.draw.choice((1, 1, 2))):
            each = replace(self.job(len(jobs), inner), caller=call.id)
            jobs.append(each)
            inner.append(each.id)
        deep = ""
        if len(inner) == 1 and self.chance(0.15):
            deep = inner[0]
            last = replace(self.job(len(jobs), []), caller=deep)
            jobs.append(last)
            jobs = [self.as_call(job, (last.id,)) if job.id == deep else job for job in jobs]
        jobs = [self.as_call(job, tuple(inner)) if job.id == call.id else job for job in jobs]
        outer = [job.id for job in jobs if not job.caller]
        if self.chance(0.75):
            jobs.append(self.job(len(jobs), outer))
            if len(jobs) < 4 and self.chance(0.3):
                jobs.append(self.job(len(jobs), [*outer, jobs[-1].id]))
        return jobs

    def as_call(self, job: Job, inner: tuple[str, ...]) -> Job:
        return replace(job, legs=(), inner=inner, may_be_empty=self.chance(0.08))

    def job(self, number: int, before: Sequence[str]) -> Job:
        id = f"j{number}"
        needs = self.needs(before)
        can_raise = self.chance(0.05)
        return Job(
            id,
            id,
            HERE,
            needs=needs,
            condition=self.job_condition(before, needs),
            condition_text="fromJSON('x')" if can_raise else "",
            legs=self.legs(id, number, needs) if self.chance(0.97) else (),
            may_be_empty=self.chance(0.25 if self.kind is Kind.MATRIX and not number else 0.03),
            fail_fast=FALSE if self.chance(0.3) else TRUE,
            group=self.group(0.05),
        )

    def needs(self, before: Sequence[str]) -> tuple[str, ...]:
        if self.kind not in (Kind.CHAIN, Kind.CALL) or not before:
            return tuple(each for each in before if self.chance(0.65))
        # Mostly a line, so that what is asked has indirect ancestors.
        last = [before[-1]] if self.chance(0.85) else []
        return tuple(each for each in before if each in last or self.chance(0.2))

    def group(self, share: float) -> Group | None:
        if not self.chance(share):
            return None
        cancels = self.draw.choice((TRUE, FALSE, INPUT if INPUT in self.data else TRUE))
        return Group(Value.of(Template.of("g")), cancels, "single", HERE)

    def legs(self, id: str, number: int, needs: tuple[str, ...]) -> tuple[Leg, ...]:
        rich = number == 0 or (self.kind is Kind.ANY and self.chance(0.3))
        several = number < 2 and self.chance(0.4 if self.kind is Kind.MATRIX and rich else 0.03)
        many = not several and self.chance(0.5 if self.kind is Kind.MATRIX and rich else 0.02)
        names = ["a", "b"] if several else ["some"] if many else [""]
        self.first = self.first if number else names[0]
        tolerated = 0.3 if self.kind is Kind.MATRIX else 0.12
        return tuple(
            Leg(
                name,
                self.steps(Spot(id, name), rich and not several and not many, needs),
                tolerated=self.rarely(tolerated),
                many=many,
            )
            for name in names
        )

    def rarely(self, share: float) -> Formula:
        if not self.chance(share):
            return FALSE
        return self.draw.choice((TRUE, *self.data)) if self.data else TRUE

    def job_condition(self, known: Sequence[str], needs: tuple[str, ...]) -> Formula:
        if self.chance(0.3 if self.kind is Kind.CHAIN else 0.4):
            return SUCCESS
        basics: list[Formula] = [SUCCESS, FAILURE, CANCELLED, TRUE, *self.data]
        basics += [Atom(NeedsResult(each, result)) for each in known for result in Result]
        basics += [Atom(NeedsResult(each, Result.SUCCESS)) for each in needs] * 2
        shares = {Kind.OUTPUTS: 0.6, Kind.MATRIX: 0.2}
        if "j0" in needs and self.chance(shares.get(self.kind, 0.02)):
            basics = [*basics[:4], *self.data, *[written("j0", self.first)] * 4]
        if self.kind in (Kind.CHAIN, Kind.CALL) and self.chance(0.5):
            return self.draw.choice(STATUSES)
        return self.combination(basics)

    def combination(self, basics: list[Formula]) -> Formula:
        shape = self.draw.random()
        pick = self.draw.choice
        one, other = pick(basics), pick(basics)
        if shape < 0.3:
            return one
        if shape < 0.45:
            return neg(one)
        if shape < 0.65:
            return conj((one, neg(other)))
        if shape < 0.85:
            return conj((one, other))
        return disj((one, conj((other, pick(basics)))))

    # steps

    def steps(self, where: Spot, rich: bool, needs: tuple[str, ...]) -> tuple[Step, ...]:
        if self.kind is Kind.OUTPUTS and where.job == "j0" and not rich:
            return tuple(self.step(i, where=where) for i in range(2))
        if not rich or self.kind in (Kind.CHAIN, Kind.CALL, Kind.AGAIN):
            if self.chance(0.6):
                return (Step(0, "s0", HERE, condition=SUCCESS),)
            return tuple(
                self.step(i, where=where, needs=needs) for i in range(self.draw.choice((1, 1, 1, 2)))
            )
        if self.kind is Kind.COMPOSITE or (self.kind is Kind.ANY and self.chance(0.15)):
            return self.composite(where)
        if self.kind is Kind.BACKGROUND or (self.kind is Kind.ANY and self.chance(0.2)):
            return self.call_beside(where) if self.chance(0.25) else self.beside(where)
        counts = (2, 2, 3, 3, 4) if self.kind is Kind.STEPS else (1, 2, 2)
        return tuple(self.step(i, where=where, needs=needs) for i in range(self.draw.choice(counts)))

    def step(
        self,
        index: int,
        scope: tuple[int, ...] = (),
        *,
        where: Spot | None = None,
        needs: tuple[str, ...] = (),
    ) -> Step:
        condition: Formula = SUCCESS
        rich = self.kind in (Kind.STEPS, Kind.COMPOSITE, Kind.BACKGROUND)
        if rich and index and self.chance(0.35):
            results = [
                Atom(StepResult(other, self.draw.choice(list(Result)), self.chance(0.5)))
                for other in range(index)
            ]
            condition = self.draw.choice((*STATUSES, *results, *results))
        elif self.chance(0.45):
            basics: list[Formula] = [SUCCESS, FAILURE, CANCELLED, TRUE, *self.data]
            basics += [Atom(JobStatus(result)) for result in Result]
            for other in range(index):
                basics += [
                    Atom(StepResult(other, self.draw.choice(list(Result)), self.chance(0.5)))
                    for _ in range(2)
                ]
            if self.chance(0.1):
                basics += [Atom(NeedsResult(f"j{n}", self.draw.choice(list(Result)))) for n in range(2)]
            if self.kind is Kind.OUTPUTS and where is not None and self.chance(0.5):
                basics = [*basics[:4], *[written(where.job, where.leg)] * 4]
            condition = self.combination(basics)
        return Step(
            index,
            f"s{index}",
            HERE,
            condition=condition,
            condition_text="fromJSON('x')" if self.chance(0.07 if rich else 0.02) else "",
            tolerated=self.rarely(0.3 if rich else 0.15),
            scope=scope,
        )

    def composite(self, where: Spot) -> tuple[Step, ...]:
        before = [self.step(0, where=where)] if self.chance(0.5) else []
        call = len(before)
        steps = [*before, self.step(call)]
        for _ in range(self.draw.choice((1, 2, 2))):
            steps.append(self.step(len(steps), (call,)))
        if self.chance(0.15):
            # A call in the call, at its end or before one more step of it.
            nested = len(steps)
            steps += [self.step(nested, (call,)), self.step(nested + 1, (call, nested))]
            if self.chance(0.5):
                steps.append(self.step(len(steps), (call,)))
        if self.chance(0.5) and len(steps) < 5:
            steps.append(self.step(len(steps), where=where))
        return tuple(steps)

    def beside(self, where: Spot) -> tuple[Step, ...]:
        first = replace(self.step(0, where=where), background=True)
        if self.chance(0.15):
            # Two at once, and a wait for both or for one.
            second = replace(self.step(1), background=True)
            waits = frozenset(self.draw.choice(((0, 1), (0,), (1,))))
            wait = Step(2, "wait", HERE, condition=TRUE, waits=waits, tolerated=self.rarely(0.2))
            return (first, second, wait, self.step(3))
        second = self.step(1, where=where)
        return (first, second, *self.end_of(0, 2, where))

    def call_beside(self, where: Spot) -> tuple[Step, ...]:
        first = replace(self.step(0, where=where), background=True)
        steps = [first]
        for _ in range(self.draw.choice((1, 1, 2))):
            steps.append(self.step(len(steps), (0,)))
        if self.chance(0.6):
            steps.append(self.step(len(steps), where=where))
        return (*steps, *self.end_of(0, len(steps), where))

    def end_of(self, background: int, at: int, where: Spot) -> tuple[Step, ...]:
        kind = self.draw.random()
        ends: list[Step] = []
        if kind < 0.2:
            ends = [Step(at, "cancel", HERE, condition=TRUE, cancels=frozenset({background}))]
        elif kind < 0.85:
            waits = frozenset({background})
            ends = [Step(at, "wait", HERE, condition=TRUE, waits=waits, tolerated=self.rarely(0.25))]
        if ends and self.chance(0.7):
            ends.append(self.step(at + 1, where=where))
        return tuple(ends)

    # the whole

    def unread(self, instance: Instance) -> Instance:
        """One condition could not be read."""
        number = self.draw.randrange(len(instance.jobs))
        job = instance.jobs[number]
        if job.legs and self.chance(0.5):
            legs = tuple(replace(leg, steps=self.unread_step(leg.steps)) for leg in job.legs)
            job = replace(job, legs=legs)
        else:
            job = replace(job, condition=OPAQUE, condition_place=UNREAD)
        jobs = (*instance.jobs[:number], job, *instance.jobs[number + 1 :])
        return replace(instance, jobs=jobs, unread=(Unread("the condition", "it is odd", UNREAD, job.id),))

    def unread_step(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        # What waits or cancels takes no condition.
        number = self.draw.choice([step.index for step in steps if not step.waits and not step.cancels])
        changed = replace(steps[number], condition=OPAQUE, condition_place=UNREAD)
        return (*steps[:number], changed, *steps[number + 1 :])

    def spots(self, instance: Instance) -> tuple[Spot, ...]:
        every = [Spot(job.id, leg.name, step.index) for job, leg, step in instance.spots()]
        calls = {(job.id, leg.name, call) for job, leg, step in instance.spots() for call in step.scope}
        every = [
            spot
            for spot in every
            if (spot.job, spot.leg, spot.step) not in calls
            and not instance.step(spot).waits
            and not instance.step(spot).cancels
        ]
        self.draw.shuffle(every)
        small = len(instance.jobs) > 2 or self.kind in (Kind.CALL, Kind.MATRIX)
        return tuple(every[: 2 if small or self.chance(0.6) else 3])


def written(job: str, leg: str = "") -> Formula:
    """What the first step of *job* said: false unless it ran."""
    return Atom(Data("steps.s0.outputs.d == 'true'", Spot(job, leg, 0).site))


# Not drawn, but every one of a family.


def chains() -> Iterator[Case]:
    """Three or four jobs in a line, under each combination of conditions that only ask for a status."""
    shown = [Atom(NeedsResult("j0", result)) for result in (Result.SUCCESS, Result.SKIPPED)]
    for conditions in itertools.product(
        (INPUT, CANCELLED), (SUCCESS, *STATUSES), (SUCCESS, *STATUSES, *shown)
    ):
        yield line(conditions)
    few = (TRUE, CANCELLED, neg(CANCELLED))
    for three in itertools.product(few, repeat=3):
        yield line((SUCCESS, *three))


def line(conditions: Sequence[Formula], **options: Any) -> Case:
    jobs = [_plain(n, condition, needs=(n - 1,) if n else ()) for n, condition in enumerate(conditions)]
    return _of(jobs, [0, len(jobs) - 1], **options)


def calls() -> Iterator[Case]:
    """A call between two jobs, with one job or two in it."""
    statuses = (SUCCESS, TRUE, FAILURE, CANCELLED)
    for call, inner, last in itertools.product(statuses, (*statuses, neg(CANCELLED)), statuses):
        jobs = [
            _plain(0, INPUT),
            replace(_plain(1, call, needs=(0,)), legs=(), inner=("j2",)),
            replace(_plain(2, inner), caller="j1"),
            _plain(3, last, needs=(1,)),
        ]
        yield _of(jobs, [0, 3] if call == TRUE else [2, 3])
    for one, last in itertools.product((SUCCESS, INPUT), statuses):
        yield _of([*_call_of_two(one), _plain(3, last, needs=(0,))], [2, 3])
    # What a job that is skipped in a run that was not cancelled shows.
    last_two = [_plain(3, SUCCESS, needs=(0,)), _plain(4, neg(CANCELLED), needs=(3,))]
    yield _of([*_call_of_two(INPUT), *last_two], [4])


def _call_of_two(one: Formula) -> list[Job]:
    return [
        replace(_plain(0, SUCCESS), legs=(), inner=("j1", "j2")),
        replace(_plain(1, one), caller="j0"),
        replace(_plain(2, SUCCESS), caller="j0"),
    ]


def _plain(number: int, condition: Formula, needs: Sequence[int] = ()) -> Job:
    legs = (Leg("", (Step(0, "s0", HERE, condition=SUCCESS),)),)
    names = tuple(f"j{need}" for need in needs)
    return Job(f"j{number}", f"j{number}", HERE, needs=names, condition=condition, legs=legs)


def _of(jobs: Sequence[Job], asked: Sequence[int], **options: Any) -> Case:
    scenario = Scenario("push", "push", HERE)
    instance = Instance("small.yml", scenario, tuple(jobs), **{"rerunnable": False, **options})
    spots = tuple(Spot(job.id, job.legs[0].name) for job in (jobs[n] for n in asked))
    return Case(instance, spots)


def matrices() -> Iterator[Case]:
    """A matrix of two legs, of an unknown number, or of none, and a job after it."""
    for names, many in ((("a", "b"), False), (("some",), True), (("",), False)):
        said = written("j0", names[0])
        shown = [Atom(NeedsResult("j0", result)) for result in Result]
        for tolerated, condition in itertools.product((FALSE, TRUE), (SUCCESS, said, neg(said), *shown)):
            steps = (Step(0, "s0", HERE, condition=SUCCESS),)
            legs = tuple(Leg(name, steps, tolerated=tolerated, many=many) for name in names)
            first = replace(_plain(0, SUCCESS), legs=legs, may_be_empty=names == ("",))
            yield _of([first, _plain(1, condition, needs=(0,))], [0, 1])


def results() -> Iterator[Case]:
    """What a step sees of the one before it, whose failure is tolerated or not."""
    shown = [Atom(StepResult(0, result, said)) for result in Result for said in (False, True)]
    shown += [Atom(JobStatus(result)) for result in Result]
    for tolerated, condition in itertools.product((FALSE, TRUE), (SUCCESS, *STATUSES, *shown)):
        steps = (
            Step(0, "s0", HERE, condition=SUCCESS, tolerated=tolerated),
            Step(1, "s1", HERE, condition=condition),
        )
        yield _of_steps(steps, [0, 1])


def backgrounds() -> Iterator[Case]:
    """A step in the background, what ends it, and a step after that."""
    first = Step(0, "s0", HERE, condition=SUCCESS, background=True)
    cancel = Step(1, "cancel", HERE, condition=TRUE, cancels=frozenset({0}))
    wait = Step(1, "wait", HERE, condition=TRUE, waits=frozenset({0}))
    endings = ((wait,), (replace(wait, tolerated=TRUE),), (cancel,), (cancel, replace(wait, index=2)), ())
    shown = [Atom(StepResult(0, result)) for result in Result]
    for tolerated, ending, condition in itertools.product(
        (FALSE, TRUE), endings, (SUCCESS, TRUE, FAILURE, *shown)
    ):
        last = Step(len(ending) + 1, "last", HERE, condition=condition)
        steps = (replace(first, tolerated=tolerated), *ending, last)
        yield _of_steps(steps, [0, last.index])
        if condition == SUCCESS:
            job = replace(_plain(0, SUCCESS), legs=(Leg("", steps),))
            yield _of([job, _plain(1, SUCCESS, needs=(0,))], [0, 1])


def composites() -> Iterator[Case]:
    """Two steps in a composite action, in a job where a step has gone before."""
    inside = [Atom(JobStatus(Result.SUCCESS)), Atom(StepResult(0, Result.SUCCESS))]
    for call, one, other in itertools.product(
        (SUCCESS, TRUE), (SUCCESS, neg(CANCELLED), *inside), (SUCCESS, *STATUSES)
    ):
        steps = (
            Step(0, "s0", HERE, condition=SUCCESS),
            Step(1, "call", HERE, condition=call),
            Step(2, "s2", HERE, condition=one, scope=(1,)),
            Step(3, "s3", HERE, condition=other, scope=(1,)),
        )
        yield _of_steps(steps, [2, 3])
    for one, other in itertools.product((SUCCESS, CANCELLED, *inside), (SUCCESS, *STATUSES)):
        line = (
            Step(0, "call", HERE, condition=SUCCESS, background=True),
            Step(1, "s1", HERE, condition=one, scope=(0,)),
            Step(2, "s2", HERE, condition=SUCCESS),
            Step(3, "wait", HERE, condition=TRUE, waits=frozenset({0})),
            Step(4, "s4", HERE, condition=other),
        )
        yield _of_steps(line, [1, 2])
        yield _of_steps(line, [1, 4])


def _of_steps(steps: tuple[Step, ...], asked: Sequence[int]) -> Case:
    case = _of([replace(_plain(0, SUCCESS), legs=(Leg("", steps),))], [0])
    return replace(case, spots=tuple(Spot("j0", "", index) for index in asked))


FAMILIES = (chains, calls, matrices, results, backgrounds, composites)
