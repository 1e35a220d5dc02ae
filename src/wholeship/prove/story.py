"""A run that the solver found, told step by step in plain words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from wholeship.core.finding import Moment
from wholeship.logic.formula import Formula, atoms
from wholeship.pipeline.run import Data, Job, Leg, Result, Spot, Step
from wholeship.prove import terms
from wholeship.prove.answers import Effect, Run
from wholeship.prove.shape import Shape
from wholeship.prove.steps import LegRules

if TYPE_CHECKING:
    from wholeship.logic.solver import Model
    from wholeship.prove.encoding import Encoding

_S, _F, _C, _K = Result.SUCCESS, Result.FAILURE, Result.CANCELLED, Result.SKIPPED

READINGS = {
    "success": "whether success() after or in a called workflow looks at each of its jobs is not documented",
    "failure": "whether failure() in a called workflow sees the jobs before the call is not documented",
    "cancelled": "whether cancelled() holds when only a needed job was cancelled is not documented",
    "stopped": "jobs that a cancelled run does not start have been seen as cancelled, and as skipped",
    "needs": "an if has been seen to show the results of indirect needs",
    "composite": "whether a cancellation shows inside a composite action depends on its moment",
    "wrote": "a step that fails is taken to have written its outputs and variables before",
    "handed": "a job that goes wrong outside of its steps is taken to have handed on its outputs",
    "background": "whether the result of a background step that was cancelled shows is not documented",
}


class Told:
    """What one model says about a run, for the jobs in *cone*. Without a model all goes well."""

    def __init__(self, shape: Shape, cone: Iterable[str], runs: Encoding | None, model: Model | None) -> None:
        self.shape, self.cone, self.model = shape, list(cone), model
        inside = set(self.cone)
        legs = runs.legs if runs is not None else {}
        self.legs = {key: leg for key, leg in legs.items() if key[0] in inside}
        self._readings = runs.readings(self.cone) if runs is not None else []

    @classmethod
    def smoothly(cls, shape: Shape) -> Told:
        """The run in which everything goes well."""
        return cls(shape, (), None, None)

    def unusual(self, concern: set[str]) -> list[str]:
        """The jobs that may have something to tell: those in *concern*, and any that did not go well."""
        return [id for id in self.cone if id in concern or self._upset(self.shape.jobs[id])]

    def _upset(self, job: Job) -> bool:
        empty = job.may_be_empty and self.holds(terms.empty(job.id)) and self.holds(terms.goes(job.id))
        return empty or self.result(job.id) in (_F, _C)

    def holds(self, formula: Formula) -> bool:
        """Whether *formula* is so in this run."""
        return self.model is not None and self.model.holds(formula)

    def run(self, unfinished: tuple[Spot, ...]) -> Run:
        """The run as facts."""
        if self.model is None:
            return Run(unfinished=unfinished)
        steps = {}
        for (job, name), leg in self.legs.items():
            for step in leg.steps:
                outcome = self.outcome(leg, step)
                if outcome is not None:
                    steps[job, name, step.index] = outcome
        keys = [atom for id in self.cone for atom in self.shape.data(id)]
        again = frozenset(id for id in self.cone if self.again(id))
        return Run(
            data={key: self.model["data" if self.shape.ended(key) is None else "ended", key] for key in keys},
            data_again={key: self.model["data again", key] for key in keys if again and terms.changes(key)},
            results={id: self.result(id) for id in self.cone},
            steps=steps,
            started=frozenset(key for key, leg in self.legs.items() if self.holds(leg.at.starts)),
            unfinished=unfinished,
            again=again,
            cancelled=frozenset(id for id in self.cone if self.holds(terms.cancelled(id))),
        )

    def again(self, job: str) -> bool:
        """Whether *job* is of the second attempt."""
        return self.holds(terms.second_attempt(job, self.shape.instance))

    def result(self, job: str) -> Result:
        """What dependants see of *job*."""
        if self.model is None:
            return _S
        return next(name for name in terms.NAMES if self.holds(terms.result(job, name)))

    def outcome(self, leg: LegRules, step: Step) -> Result | None:
        """How *step* ended; None when it was not reached or could not be evaluated."""
        at, i = leg.at, step.index
        if self.holds(at.runs(i)):
            return _S if self.holds(at.ok(i)) else _C if self.holds(at.stopped(i)) else _F
        return None

    def doubts(self) -> tuple[str, ...]:
        """The readings that this run rests on and that could be wrong."""
        if self.model is None:
            return ()
        used = [key[1] for key in self._readings if self.model[key]]
        return tuple(READINGS[str(each)] for each in dict.fromkeys(used))

    def opening(self, deciders: Iterable[Formula]) -> Iterator[Moment]:
        """The data that *deciders* look at, and the second attempt when there is one."""
        if self.model is None:
            return
        keys = dict.fromkeys(
            atom.key for formula in deciders for atom in atoms(formula) if isinstance(atom.key, Data)
        )
        repeated = [id for id in self.cone if self.again(id)]
        for key in keys:
            assert isinstance(key, Data)
            if self.shape.ended(key) is not None:
                continue  # told by the step itself
            first, second = self.model["data", key], self.model["data again", key]
            if repeated and terms.changes(key) and first != second:
                before, after = ("true", "false") if first else ("false", "true")
                yield Moment(f"`{key.text}` is {before} in the first attempt and {after} in the second")
            else:
                now = second if repeated and terms.changes(key) else first
                yield Moment(f"`{key.text}` is {'true' if now else 'false'}")
        if repeated:
            names = ", ".join(repeated[:4]) + (" and others" if len(repeated) > 4 else "")
            yield Moment(f"of the run, {names} run again; the results of the other jobs are kept")

    def job(self, id: str) -> Iterator[Moment]:
        """What is out of the ordinary about one job, in order."""
        if self.model is None:
            return
        job, name = self.shape.jobs[id], id
        if not self.holds(terms.goes(id)):
            yield self._not_started(job)
            return
        if job.may_be_empty and self.holds(terms.empty(id)):
            yield Moment(f"the matrix of {name} has no leg", id, self.result(id), job.place)
            return
        looked = [leg for (owner, _), leg in self.legs.items() if owner == id]
        told = [moment for leg in looked for moment in self._leg(leg)]
        yield from told
        if not told and not job.inner:
            yield from self._ended(job)

    def _ended(self, job: Job) -> Iterator[Moment]:
        words = {_F: "fails", _C: "is cancelled", _K: "is skipped"}
        result = self.result(job.id)
        if result in words:
            yield Moment(f"{job.id} {words[result]}", job.id, result, job.place)

    def _not_started(self, job: Job) -> Moment:
        result = self.result(job.id)
        if terms.can_raise(job.condition_text) and self.holds(terms.raised(job.id)):
            text = f"the condition of {job.id} ends in an error"
        elif job.inner and self.holds(terms.dropped(job.id)):
            text = f"{job.id} is cancelled while it waits"
        elif self.holds(terms.cancelled(job.id)):
            text = f"{job.id} does not start: the run has been cancelled"
        else:
            text = f"{job.id} is skipped" + _because(job.condition_text)
        return Moment(text, job.id, result, job.condition_place or job.place)

    def _leg(self, leg: LegRules) -> Iterator[Moment]:
        at, name = leg.at, leg_name(leg.job, leg.leg)
        if not self.holds(at.starts):
            held = f" (or the environment {leg.job.environment} rejects it)" if leg.job.may_wait else ""
            yield Moment(f"{name} is cancelled before it starts{held}", leg.job.id, _C.value, leg.job.place)
            return
        for step in leg.steps:
            if self.holds(at.lost(step.index)):
                yield Moment(
                    f"{name} loses its runner before {step_name(leg.steps, step)}",
                    leg.job.id,
                    _F.value,
                    step.place,
                )
                return
            yield from self._step(leg, step, name)
        if self.holds(at.lost(leg.end)):
            yield Moment(f"{name} loses its runner at the end", leg.job.id, _F.value, leg.job.place)
        elif self.holds(at.cancelled(leg.end)) and not self._stopped(leg):
            yield Moment(f"{name} is cancelled", leg.job.id, _C.value, leg.job.place)
        elif self.holds(at.late):
            yield Moment(f"{name} fails after its last step", leg.job.id, _F.value, leg.job.place)

    def _stopped(self, leg: LegRules) -> bool:
        return any(self.holds(leg.at.stopped(step.index)) for step in leg.steps)

    def _step(self, leg: LegRules, step: Step, name: str) -> Iterator[Moment]:
        at, i = leg.at, step.index
        where, id = step_name(leg.steps, step), leg.job.id
        if self.holds(at.stopped(i)) and not leg.has_inner(i):
            yield Moment(f"{name} is cancelled during {where}", id, _C.value, step.place)
        elif self.holds(leg.own_failure(i)):
            if self.holds(leg.hard[i]):
                yield Moment(f"{name} fails at {where}", id, _F.value, step.place)
            else:
                text = f"{where} of {name} fails, and continue-on-error lets it go on"
                yield Moment(text, id, _F.value, step.place)
        elif terms.can_raise(step.condition_text) and self.holds(leg.raised(step)):
            text = f"{name} fails at {where}: its condition ends in an error"
            yield Moment(text, id, _F.value, step.condition_place or step.place)

    def why_not(self, effect: Effect) -> Iterator[Moment]:
        """Why *effect* has not certainly happened although its job was no exception."""
        spot = effect.spot
        leg = self.legs.get((spot.job, spot.leg))
        steps = self.shape.jobs[spot.job].leg(spot.leg).steps
        step = steps[spot.step]
        where, name = step_name(steps, step), leg_name_of(self.shape, spot)
        if leg is not None and not self.holds(leg.at.runs(spot.step)):
            skipped = next(each for each in (*step.scope, spot.step) if not self.holds(leg.at.runs(each)))
            if not self._told(leg):
                because = _because(steps[skipped].condition_text)
                place = steps[skipped].condition_place or steps[skipped].place
                yield Moment(
                    f"{step_name(steps, steps[skipped])} of {name} is skipped{because}", spot.job, _K, place
                )
        elif effect.masked:
            yield Moment(
                f"{where} of {name} fails inside, and is reported as passed", spot.job, _S, step.place
            )
        elif effect.conditional:
            yield Moment(f"{where} of {name} passes without doing it", spot.job, _S, step.place)

    def _told(self, leg: LegRules) -> bool:
        return next(self._leg(leg), None) is not None


def deciders(shape: Shape, effects: Iterable[Effect]) -> list[Formula]:
    """The conditions that stand before *effects*: of their jobs, the calls around them, their steps."""
    found = []
    for effect in effects:
        job = shape.jobs[effect.spot.job]
        steps = job.leg(effect.spot.leg).steps
        found.append(job.condition)
        found += [shape.jobs[call].condition for call in shape.callers(job.id)]
        found += [steps[each].condition for each in (*steps[effect.spot.step].scope, effect.spot.step)]
    return found


def happening(shape: Shape, effect: Effect) -> Moment:
    """*effect* takes place."""
    spot = effect.spot
    steps = shape.jobs[spot.job].leg(spot.leg).steps
    step = steps[spot.step]
    what = effect.what or "it happens"
    text = f"{what} by {leg_name_of(shape, spot)} at {step_name(steps, step)}"
    return Moment(text, spot.job, "happens", effect.place or step.place)


def surroundings(shape: Shape, effect: Effect, upset: bool) -> Iterator[Moment]:
    """That the job of *effect* starts although something before it went wrong."""
    job = shape.jobs[effect.spot.job]
    if not upset:
        return
    why = f" (if: {_short(job.condition_text)})" if job.condition_text else ""
    yield Moment(f"{job.id} starts anyway{why}", job.id, "starts", job.condition_place or job.place)


def leg_name_of(shape: Shape, spot: Spot) -> str:
    """The job of *spot*, with its matrix combination."""
    job = shape.jobs[spot.job]
    return leg_name(job, job.leg(spot.leg))


def leg_name(job: Job, leg: Leg) -> str:
    """A leg as GitHub shows it."""
    return f"{job.id} ({leg.name})" if leg.name else job.id


def step_name(steps: tuple[Step, ...], step: Step) -> str:
    """``step 4 (Push worker)``, counted as written in the job."""
    top = step.scope[0] if step.scope else step.index
    number = sum(1 for each in steps if not each.scope and each.index <= top)
    return f"step {number} ({step.name})" if step.name else f"step {number}"


def _because(condition: str) -> str:
    return f" (if: {_short(condition)})" if condition else ""


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 80 else line[:77] + "..."
