"""Runs in which nothing goes wrong, read off the graph: what happens in one of them needs no solver.

There is one in which all that is only known in the run is true, and one in which all of it is false. Where
this says yes it is so; where it says no, the solver decides.
"""

from __future__ import annotations

from collections.abc import Iterable

from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, conj, const, rewrite
from wholeship.pipeline.run import Data, Job, JobStatus, NeedsResult, Result, Status
from wholeship.pipeline.semantics import JobView
from wholeship.prove.answers import Effect
from wholeship.prove.shape import Shape


class CalmRuns:
    """Those of one instance. Of one with called workflows nothing is said."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        runs = () if shape.calls or shape.called else (True, False)
        self._runs = [_CalmRun(shape, value) for value in runs if _is_allowed(shape, value)]

    def happen(self, effects: Iterable[Effect]) -> bool:
        """Whether all of *effects* happen in one of the runs."""
        every = tuple(effects)
        return any(all(run.starts(each) == TRUE for each in every) for run in self._runs)

    def lacks(self, later: Effect, earlier: Iterable[Effect]) -> bool:
        """Whether *later* happens in one of the runs, and none of *earlier* does for certain."""
        every = [each for each in earlier if self._may_succeed(each)]
        return any(
            run.starts(later) == TRUE and all(run.starts(each) == FALSE for each in every)
            for run in self._runs
        )

    def _may_succeed(self, effect: Effect) -> bool:
        return not (effect.conditional or effect.masked) or bool(self._shape.telling(effect.spot))


_OPEN = Atom("open")


def _is_allowed(shape: Shape, value: bool) -> bool:
    return all(rewrite(each, lambda _: const(value)) == TRUE for each in shape.instance.axioms)


class _CalmRun:
    """``_well`` are the jobs that start and succeed, ``_skipped`` those that do not, as far as looked at."""

    def __init__(self, shape: Shape, value: bool) -> None:
        self.shape, self.value = shape, value
        self._well = self._skipped = self._looked = 0

    def starts(self, effect: Effect) -> Formula:
        """Whether the step of *effect* starts; neither true nor false where that cannot be read off."""
        spot = effect.spot
        for id in self.shape.members(self.shape.deciding(spot.job) & ~self._looked):
            self._look(self.shape.jobs[id])
        if self._skipped & self.shape.bit(spot.job):
            return FALSE
        if not self._well & self.shape.bit(spot.job):
            return _OPEN
        job = self.shape.jobs[spot.job]
        steps = job.leg(spot.leg).steps
        path = (*steps[spot.step].scope, spot.step)
        conditions = (steps[each].condition for each in path)
        wanted = TRUE if steps[spot.step].wanted == TRUE else _OPEN
        return conj(
            (wanted, *(rewrite(each, lambda atom: self._of_a_step(job, atom)) for each in conditions))
        )

    def _look(self, job: Job) -> None:
        bit = self.shape.bit(job.id)
        self._looked |= bit
        known = self._well | self._skipped
        told = all(self.shape.bit(need) & known for need in self.shape.needs[job.id])
        if not told or self.shape.refusing(job.id):
            return
        starts = rewrite(job.condition, lambda atom: self._of_a_job(job, atom))
        self._well |= bit if starts == TRUE else 0
        self._skipped |= bit if starts == FALSE else 0

    def _of_a_job(self, job: Job, atom: Atom) -> Formula:
        key = atom.key
        if isinstance(key, Status):
            ok = const(not self.shape.chain(job.id) & ~self._well)
            view = JobView(FALSE, ok, FALSE, FALSE, TRUE, FALSE, TRUE, lambda _: FALSE)
            return self.shape.semantics.job(view, key.function)
        return self._known(job, atom)

    def _of_a_step(self, job: Job, atom: Atom) -> Formula:
        key = atom.key
        if isinstance(key, Status):
            return const(self.shape.semantics.well(key.function))
        if isinstance(key, JobStatus):
            return const(key.result is Result.SUCCESS)
        return self._known(job, atom)

    def _known(self, job: Job, atom: Atom) -> Formula:
        key = atom.key
        if isinstance(key, NeedsResult) and key.job in self.shape.needs[job.id]:
            result = Result.SUCCESS if self._well & self.shape.bit(key.job) else Result.SKIPPED
            return const(key.result is result)
        if isinstance(key, Data) and not key.site and key.ended is None:
            return const(self.value)
        return atom
