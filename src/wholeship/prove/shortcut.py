"""Answers that the shape of a workflow gives away, without a solver.

Most workflows have plain conditions: every job asks for success, no failure is tolerated. Then what has
happened before a job starts can be read off ``needs``. Where this says yes it is so; where it says no,
the solver decides.
"""

from __future__ import annotations

from wholeship.logic.formula import FALSE, TRUE, And, Atom, Formula, Not, atoms, const, neg, rewrite
from wholeship.pipeline.run import (
    Data,
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
from wholeship.prove.terms import changes


class Shortcut:
    """What follows from the shape alone."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self._after: dict[str, int] = {}
        self._known = 0
        self._facts: dict[str, frozenset[Formula]] = {}
        self._chain_facts: dict[str, frozenset[Formula]] = {}
        self._plain: dict[Formula, bool] = {}
        self._smooth = self._rough = 0

    def certain(self, earlier: Effect, later: Effect) -> bool:
        """Whether *earlier* has plainly succeeded whenever *later* starts."""
        if earlier.conditional or earlier.masked:
            return False
        one, other = earlier.spot, later.spot
        if (one.job, one.leg) == (other.job, other.leg):
            return self._in_leg(one, other)
        job = self.shape.jobs[one.job]
        if not self._successes(other.job) & self.shape.bit(one.job) or not _says_all(job):
            return False
        return _surely_runs(self.shape.semantics, job.leg(one.leg).steps, one.step, 0, self._given(other))

    def smooth(self, effect: Effect) -> bool:
        """Whether *effect* happens in the run in which everything goes well, whatever the data."""
        spot = effect.spot
        if not self._starts(self.shape.deciding(spot.job)):
            return False
        steps = self.shape.jobs[spot.job].leg(spot.leg).steps
        if steps[spot.step].wanted != TRUE:
            return False
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

    def _starts(self, jobs: int) -> bool:
        """Whether all of *jobs* start where everything goes well."""
        for id in self.shape.members(jobs & ~self._smooth & ~self._rough):
            happy = _happy(self.shape.semantics, self.shape.jobs[id].condition, self.shape.needs[id])
            if happy == TRUE and not self.shape.refusing(id):
                self._smooth |= self.shape.bit(id)
            else:
                self._rough |= self.shape.bit(id)
        return not jobs & self._rough

    def _successes(self, job: str) -> int:
        """The jobs whose result is a success whenever *job* starts."""
        for each in self.shape.members(self.shape.deciding(job) & ~self._known):
            self._after[each], self._facts[each] = self._find_successes(each)
            self._known |= self.shape.bit(each)
        return self._after[job]

    def _find_successes(self, id: str) -> tuple[int, frozenset[Formula]]:
        """The jobs that have succeeded whenever the job starts, and what is so in the run then."""
        job = self.shape.jobs[id]
        own = _facts(job.condition)
        chain = own.union(*(self._chain_facts.get(need, _NOTHING) for need in self.shape.needs[id]))
        self._chain_facts[id] = chain
        found = self._after.get(job.caller, 0)
        facts = self._facts.get(job.caller, _NOTHING)
        if self.plain(job.condition):  # success() looks at all ancestors
            return found | self.shape.chain(id), facts | chain
        for need in self._named(job):
            found |= self.shape.bit(need) | self._after.get(need, 0)
            facts |= self._facts.get(need, _NOTHING)
        return found, facts | own

    def _given(self, spot: Spot) -> frozenset[Formula]:
        """What is so in every run in which the step of *spot* starts."""
        steps = self.shape.jobs[spot.job].leg(spot.leg).steps
        path = (*steps[spot.step].scope, spot.step)
        return self._facts.get(spot.job, _NOTHING).union(*(_facts(steps[each].condition) for each in path))

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


_NOTHING: frozenset[Formula] = frozenset()


def _facts(condition: Formula) -> frozenset[Formula]:
    """What *condition* says of data that are the same for every job and in every attempt."""
    every = condition.operands if isinstance(condition, And) else (condition,)
    return frozenset(each for each in every if _is_lasting(each.operand if isinstance(each, Not) else each))


def _is_lasting(formula: Formula) -> bool:
    key = formula.key if isinstance(formula, Atom) else None
    return isinstance(key, Data) and not key.site and key.ended is None and not changes(key)


def _surely_runs(
    semantics: StatusSemantics,
    steps: tuple[Step, ...],
    index: int,
    level: int,
    facts: frozenset[Formula] = _NOTHING,
) -> bool:
    """Whether step *index* has succeeded if all went well in the scope at *level* around it."""
    path = (*steps[index].scope, index)[level:]
    if any(not step.cancels.isdisjoint(path) for step in steps):
        return False
    return all(
        _happy(semantics, steps[each].condition, inside=level > 0, facts=facts) == TRUE
        and steps[each].tolerated == FALSE
        for each in path
    )


def _happy(
    semantics: StatusSemantics,
    condition: Formula,
    needs: tuple[str, ...] = (),
    *,
    inside: bool = False,
    facts: frozenset[Formula] = _NOTHING,
) -> Formula:
    """*condition* where nothing has gone wrong before it, and *facts* are so.

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
        return TRUE if atom in facts else FALSE if neg(atom) in facts else atom

    return rewrite(condition, read)


def _without(condition: Formula, key: NeedsResult) -> Formula:
    return rewrite(condition, lambda atom: FALSE if atom.key == key else atom)
