"""Answers that the shape of a workflow gives away, without a solver.

Most workflows have plain conditions: every job asks for success, no failure is tolerated. Then what has
happened before a job starts can be read off ``needs``. Where this says yes it is so; where it says no,
the solver decides.
"""

from __future__ import annotations

from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, atoms, const, rewrite
from wholeship.pipeline.run import (
    Function,
    Job,
    JobStatus,
    NeedsResult,
    Result,
    Spot,
    Status,
    Step,
)
from wholeship.pipeline.semantics import StatusSemantics
from wholeship.prove.answers import Effect
from wholeship.prove.shape import Shape


class Shortcut:
    """What follows from the shape alone."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._after: dict[str, frozenset[str]] = {}
        self._plain: dict[Formula, bool] = {}
        self._smooth: dict[str, bool] = {}

    def certain(self, earlier: Effect, later: Effect) -> bool:
        """Whether *earlier* has plainly succeeded whenever *later* starts."""
        if earlier.conditional or earlier.masked:
            return False
        one, other = earlier.spot, later.spot
        if (one.job, one.leg) == (other.job, other.leg):
            return self._in_leg(one, other)
        job = self.shape.jobs[one.job]
        if one.job not in self.successes(other.job) or not _says_all(job):
            return False
        return _surely_runs(self.shape.semantics, job.leg(one.leg).steps, one.step, 0)

    def successes(self, job: str) -> frozenset[str]:
        """Jobs whose result is a success whenever *job* starts."""
        for each in self.shape.cone(job):
            if each not in self._after:
                self._after[each] = self._successes(each)
        return self._after[job]

    def smooth(self, effect: Effect) -> bool:
        """Whether *effect* happens in the run in which everything goes well, whatever the data."""
        spot = effect.spot
        if not all(self._starts(each) for each in self.shape.cone(spot.job)):
            return False
        steps = self.shape.jobs[spot.job].leg(spot.leg).steps
        path = (*steps[spot.step].scope, spot.step)
        needs = self.shape.needs[spot.job]
        return all(_happy(self.shape.semantics, steps[each].condition, needs) == TRUE for each in path)

    def plain(self, condition: Formula) -> bool:
        """Whether *condition* can only hold where ``success()`` does."""
        if condition not in self._plain:
            asked = Status(self.shape.semantics.plain)
            without = rewrite(condition, lambda atom: FALSE if atom.key == asked else atom)
            self._plain[condition] = without == FALSE
        return self._plain[condition]

    def _starts(self, id: str) -> bool:
        if id not in self._smooth:
            starts = _happy(self.shape.semantics, self.shape.jobs[id].condition, self.shape.needs[id]) == TRUE
            self._smooth[id] = starts and not self.shape.refusing(id)
        return self._smooth[id]

    def _successes(self, id: str) -> frozenset[str]:
        job = self.shape.jobs[id]
        asked = set(self.shape.needs[id]) if self.plain(job.condition) else self._named(job)
        every = asked.union(*(self._after.get(need, ()) for need in asked))
        return frozenset(every.union(self._after.get(job.caller, ())))

    def _named(self, job: Job) -> set[str]:
        # needs.x.result == 'success', without which the condition is false
        keys = [atom.key for atom in atoms(job.condition)]
        named = {key for key in keys if isinstance(key, NeedsResult) and key.result is Result.SUCCESS}
        return {
            key.job
            for key in named
            if self.shape.in_chain(key.job, job.id) and _without(job.condition, key) == FALSE
        }

    def _in_leg(self, earlier: Spot, later: Spot) -> bool:
        steps = self.shape.jobs[earlier.job].leg(earlier.leg).steps
        one = (*steps[earlier.step].scope, earlier.step)
        other = (*steps[later.step].scope, later.step)
        level = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), None)
        if level is None or one[level] > other[level] or steps[one[level]].background:
            return False
        return self.plain(steps[other[level]].condition) and _surely_runs(
            self.shape.semantics, steps, earlier.step, level
        )


def _says_all(job: Job) -> bool:
    """Whether the success of *job* is that of every step's that is not tolerated itself."""
    return bool(job.legs) and not job.may_be_empty and all(leg.tolerated == FALSE for leg in job.legs)


def _surely_runs(semantics: StatusSemantics, steps: tuple[Step, ...], index: int, level: int) -> bool:
    """Whether step *index* has succeeded if all went well in the scope at *level* around it."""
    path = (*steps[index].scope, index)[level:]
    if any(not step.cancels.isdisjoint(path) for step in steps):
        return False
    return all(
        _happy(semantics, steps[each].condition, inside=level > 0) == TRUE and steps[each].tolerated == FALSE
        for each in path
    )


def _happy(
    semantics: StatusSemantics, condition: Formula, needs: tuple[str, ...] = (), *, inside: bool = False
) -> Formula:
    """*condition* where nothing has gone wrong before it.

    *needs* are the needed jobs known to have succeeded. *inside* a composite action only its own steps
    are known to be well, not the job around it.
    """

    def read(atom: Atom) -> Formula:
        key = atom.key
        if isinstance(key, Status) and not (inside and key.function is Function.CANCELLED):
            return const(semantics.well(key.function))
        if isinstance(key, JobStatus) and not inside:
            return const(key.result is Result.SUCCESS)
        if isinstance(key, NeedsResult) and key.job in needs:
            return const(key.result is Result.SUCCESS)
        return atom

    return rewrite(condition, read)


def _without(condition: Formula, key: NeedsResult) -> Formula:
    return rewrite(condition, lambda atom: FALSE if atom.key == key else atom)
