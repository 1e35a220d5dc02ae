"""Small random workflows, as instances: every feature that the prover models, in odd combinations."""

from __future__ import annotations

import random
from dataclasses import dataclass

from wholeship.core.place import Place
from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, conj, disj, neg
from wholeship.workflows.instance import (
    Data,
    Function,
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
)

HERE = Place("random.yml", 1, 1)
SUCCESS = Atom(Status(Function.SUCCESS))
FAILURE = Atom(Status(Function.FAILURE))
CANCELLED = Atom(Status(Function.CANCELLED))
INPUT = Atom(Data("inputs.a"))
VARIABLE = Atom(Data("vars.b"))
WRITTEN = Atom(Data("steps.s0.outputs.d == 'true'", "j0/0"))
OUTPUT = Atom(Data("steps.x.outputs.c", "job/0"))


@dataclass(frozen=True)
class Case:
    """An instance and the spots of which to ask."""

    instance: Instance
    spots: tuple[Spot, ...]


class Generator:
    """Draws cases from one seed."""

    def __init__(self, seed: int, *, small: bool = False) -> None:
        self.small = small
        self.draw = random.Random(seed)
        few: tuple[tuple[Formula, ...], ...] = ((), (), (INPUT,), (VARIABLE,))
        self.data = self.draw.choice(few if small else (*few, (INPUT, OUTPUT), (VARIABLE, INPUT)))

    def chance(self, share: float) -> bool:
        return self.draw.random() < share

    def case(self) -> Case:
        count = self.draw.choice((2, 2, 2, 3) if self.small else (2, 2, 2, 3, 3, 4))
        call = count > 2 and self.chance(0.25)
        jobs: list[Job] = []
        inner = self.draw.randint(1, count - 1) if call else 0
        roomy = count < 3
        for number in range(count):
            inside = call and 0 < number <= inner
            jobs.append(self.job(number, jobs, roomy, caller=call and number == 0, inside=inside))
        if call:
            jobs[0] = self.call(jobs, inner)
        axioms: tuple[Formula, ...] = ()
        if len(self.data) > 1 and self.chance(0.3):
            axioms = (disj((neg(self.data[0]), self.data[1])),)
        instance = Instance(
            "random.yml",
            Scenario("push", "push", HERE),
            tuple(jobs),
            axioms=axioms,
            rerunnable=self.chance(
                (0.15 if self.small else 0.3, 0.1 if self.small else 0.15, 0.03)[count - 2]
            ),
        )
        return Case(instance, self.spots(instance))

    def call(self, jobs: list[Job], inner: int) -> Job:
        first = jobs[0]
        return Job(
            first.id,
            first.name,
            HERE,
            condition=first.condition,
            condition_text=first.condition_text,
            inner=tuple(job.id for job in jobs[1 : inner + 1]),
            may_be_empty=self.chance(0.05),
        )

    def spots(self, instance: Instance) -> tuple[Spot, ...]:
        every = [Spot(job.id, leg.name, step.index) for job, leg, step in instance.spots()]
        calls = {(job.id, leg.name, call) for job, leg, step in instance.spots() for call in step.scope}
        every = [
            spot
            for spot in every
            if (spot.job, spot.leg, spot.step) not in calls and not instance.step(spot).waits
        ]
        self.draw.shuffle(every)
        return tuple(every[: 2 if self.small and self.chance(0.85) else 3])

    def job(self, number: int, before: list[Job], roomy: bool, *, caller: bool, inside: bool) -> Job:
        id = f"j{number}"
        if inside:
            choices = [job.id for job in before[1:]]
        else:
            choices = [job.id for job in before if not job.caller]
        needs = tuple(each for each in choices if self.chance(0.6))
        condition = self.job_condition(choices, needs)
        if caller:
            return Job(id, id, HERE, condition=condition)
        legs = tuple(
            Leg(
                f"l{n}" if n or several else "", self.steps(roomy and not several), tolerated=self.rarely(0.1)
            )
            for several in [self.chance(0.15 if roomy else 0.06)]
            for n in range(2 if several else 1)
        )
        return Job(
            id,
            id,
            HERE,
            needs=needs,
            condition=condition,
            condition_text="fromJSON('x')" if self.chance(0.05) else "",
            legs=legs if self.chance(0.97) else (),
            caller="j0" if inside else "",
            may_be_empty=self.chance(0.05),
        )

    def rarely(self, share: float) -> Formula:
        if not self.chance(share):
            return FALSE
        return self.draw.choice((TRUE, *self.data)) if self.data else TRUE

    def job_condition(self, known: list[str], needs: tuple[str, ...]) -> Formula:
        if self.chance(0.45):
            return SUCCESS
        basics: list[Formula] = [SUCCESS, FAILURE, CANCELLED, TRUE, *self.data]
        basics += [Atom(NeedsResult(each, result)) for each in known for result in Result]
        basics += [Atom(NeedsResult(each, Result.SUCCESS)) for each in needs] * 2
        if "j0" in needs and self.chance(0.3):
            basics += [WRITTEN] * 3
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

    def steps(self, roomy: bool) -> tuple[Step, ...]:
        if not roomy:
            return tuple(self.step(i) for i in range(self.draw.choice((1, 1, 1, 2))))
        kind = self.draw.random()
        if kind < 0.15:
            return self.composite()
        if kind < 0.3:
            return self.beside()
        return tuple(
            self.step(i) for i in range(self.draw.choice((1, 1, 2) if self.small else (1, 1, 2, 2, 2, 3)))
        )

    def step(self, index: int, scope: tuple[int, ...] = ()) -> Step:
        condition: Formula = SUCCESS
        if self.chance(0.4):
            basics: list[Formula] = [SUCCESS, FAILURE, CANCELLED, TRUE, *self.data]
            basics += [Atom(JobStatus(result)) for result in Result]
            for other in range(index):
                basics += [
                    Atom(StepResult(other, self.draw.choice(list(Result)), self.chance(0.5)))
                    for _ in range(2)
                ]
            condition = self.combination(basics)
        return Step(
            index,
            f"s{index}",
            HERE,
            condition=condition,
            condition_text="fromJSON('x')" if self.chance(0.03) else "",
            tolerated=self.rarely(0.15),
            scope=scope,
        )

    def composite(self) -> tuple[Step, ...]:
        before = [self.step(0)] if self.chance(0.4) else []
        call = len(before)
        count = self.draw.choice((1, 2))
        inner = [self.step(call + 1 + n, (call,)) for n in range(count)]
        after = [self.step(call + 1 + count)] if self.chance(0.5) else []
        return (*before, self.step(call), *inner, *after)

    def beside(self) -> tuple[Step, ...]:
        first = self.step(0)
        background = Step(
            0, "s0", HERE, condition=first.condition, tolerated=first.tolerated, background=True
        )
        second = self.step(1)
        if self.chance(0.2):
            ends = Step(2, "cancel", HERE, cancels=frozenset({0}))
        elif self.chance(0.85):
            ends = Step(2, "wait", HERE, waits=frozenset({0}), tolerated=self.rarely(0.2))
        else:
            return (background, second)
        return (background, second, ends, self.step(3)) if self.chance(0.7) else (background, second, ends)
