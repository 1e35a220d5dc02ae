"""What happens inside one leg of a job: which steps run, and how they and the leg end.

From the runner's own sources (actions/runner: ``StepsRunner``, ``CompositeActionHandler``,
``BackgroundStepCoordinator``): a status starts as success, only a failure that is not tolerated changes
it, and cancellation overrides it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, conj, disj, iff, implies, neg, rewrite
from wholeship.pipeline.run import (
    Data,
    Function,
    Job,
    JobStatus,
    Leg,
    NeedsResult,
    Result,
    Spot,
    Status,
    Step,
    StepResult,
    StepWrote,
)
from wholeship.pipeline.semantics import StepView
from wholeship.prove import terms
from wholeship.prove.jobs import known_in_run, tolerance, when
from wholeship.prove.shape import Shape, is_seen

_S, _F, _C, _K = Result.SUCCESS, Result.FAILURE, Result.CANCELLED, Result.SKIPPED
_Scope = tuple[int, ...]


class LegRules:
    """The formulas of one leg, and the terms to ask about it with."""

    def __init__(self, shape: Shape, job: Job, leg: Leg) -> None:
        self.shape, self.job, self.leg = shape, job, leg
        self.steps = leg.steps
        self.at = terms.LegTerms(job.id, leg.name)
        self.end = len(leg.steps)
        self._bad: dict[_Scope, Formula] = {}
        self._cut: dict[_Scope, Formula] = {}
        self._last = _last_inner(leg.steps)
        self._next = _followers(leg.steps, self._last)
        self.hard: dict[int, Formula] = {}
        self._alone: dict[int, Formula] = {}

    def __iter__(self) -> Iterator[Formula]:
        """Everything that holds of the leg in every run."""
        at = self.at
        yield implies(at.starts, conj((terms.goes(self.job.id), neg(self._empty()))))
        open_calls: list[int] = []
        for step in self.steps:
            while open_calls and open_calls[-1] not in step.scope:
                yield from self._close(self.steps[open_calls.pop()])
            yield from self._step(step)
            if step.index in self._last:
                open_calls.append(step.index)
            else:
                yield from self._close(step)
        while open_calls:
            yield from self._close(self.steps[open_calls.pop()])
        yield from self._well()
        yield from self._result()

    def _empty(self) -> Formula:
        return terms.empty(self.job.id) if self.job.may_be_empty else FALSE

    def _step(self, step: Step) -> Iterator[Formula]:
        at, i = self.at, step.index
        yield implies(at.cancelled(i), at.cancelled(self._next[i]))
        yield implies(at.lost(i), at.lost(self._next[i]))
        if step.background and i in self._last:
            yield implies(at.cancelled(i), at.cancelled(i + 1))
            yield implies(at.lost(i), at.lost(i + 1))
        yield from self._joins(step)
        around = at.runs(step.scope[-1]) if step.scope else at.starts
        reached = [around, neg(at.lost(i))]
        if step.scope:
            reached.append(neg(at.halted(i)))
            yield implies(at.halted(i), neg(at.ok(step.scope[-1])))
        condition = [rewrite(step.condition, lambda atom: self._read(step, atom))]
        raised = self.raised(step)
        yield implies(raised, conj(reached))
        condition.append(neg(raised))
        yield iff(at.runs(i), conj((*reached, *condition)))
        yield from self._outcome(step)

    def _joins(self, step: Step) -> Iterator[Formula]:
        # What befell a call in the background is so for the steps after the one that waits for it.
        at, following = self.at, self._next[step.index]
        for call in step.waits & self._last.keys():
            end = self._last[call]
            yield when(at.runs(step.index), at.lost(end), then=at.lost(following))
            cancelled = disj((at.cancelled(end), at.stopped(end)))
            yield when(at.runs(step.index), cancelled, then=at.cancelled(following))

    def has_inner(self, step: int) -> bool:
        """Whether *step* is a call of a composite action that was taken apart."""
        return step in self._last

    def own_failure(self, step: int) -> Formula:
        """The step failed, and no inner or awaited one explains it."""
        return self._alone[step]

    @property
    def alone(self) -> Iterable[Formula]:
        """Every failure that no inner or awaited step explains."""
        return self._alone.values()

    def raised(self, step: Step) -> Formula:
        """The condition of *step* ended in an error."""
        can = terms.can_raise(step.condition_text)
        return terms.raised(self.job.id, self.leg.name, step.index) if can else FALSE

    def _outcome(self, step: Step) -> Iterator[Formula]:
        at, i = self.at, step.index
        yield implies(at.ok(i), conj((at.runs(i), neg(at.stopped(i)))))
        yield implies(at.stopped(i), at.runs(i))
        if step.refuses != FALSE:
            yield implies(at.ok(i), neg(rewrite(step.refuses, lambda atom: self._read(step, atom))))
        after = at.cancelled(self._next[self._last.get(i, i)])
        if step.background:
            # Nothing interrupts it but the job's cancellation, or a step that asks for it.
            asked = (each.index for each in self.steps[i + 1 :] if i in each.cancels)
            after = disj((at.cancelled(self.end), *(at.runs(each) for each in asked)))
        yield implies(at.stopped(i), after)

    def _close(self, step: Step) -> Iterator[Formula]:
        # The step is over, with all that is inside it: what the ones after it see of it.
        at, i = self.at, step.index
        if i in self._last:
            inner = (*step.scope, i)
            fine = conj((neg(self._bad.get(inner, FALSE)), neg(self._cut.get(inner, FALSE))))
            yield implies(at.ok(i), fine)
            yield from self._halts(inner)
            self._alone[i] = conj((at.failed(i), fine))
        elif step.waits:
            fine = conj(
                neg(disj((self.hard[each], at.stopped(each)))) for each in step.waits if each in self.hard
            )
            yield implies(at.ok(i), fine)
            self._alone[i] = conj((at.failed(i), fine))
        else:
            self._alone[i] = at.failed(i)
        tolerated = rewrite(step.tolerated, lambda atom: self._read(step, atom))
        raised = self.raised(step)
        self.hard[i] = disj((conj((at.failed(i), neg(tolerated))), raised))
        if step.background:
            return
        scope = step.scope
        yield iff(at.bad(scope, i), disj((self._bad.get(scope, FALSE), self.hard[i])))
        self._bad[scope] = at.bad(scope, i)
        if scope:
            yield iff(at.cut(scope, i), disj((self._cut.get(scope, FALSE), at.stopped(i))))
            self._cut[scope] = at.cut(scope, i)

    def _halts(self, inner: _Scope) -> Iterator[Formula]:
        within = [step.index for step in self.steps if step.scope == inner]
        for one, following in pairwise(within):
            yield implies(self.at.halted(one), self.at.halted(following))

    def _well(self) -> Iterator[Formula]:
        at = self.at
        background = [self.hard[step.index] for step in self.steps if step.background]
        gone = (at.lost(self.end), at.cancelled(self.end), at.late)
        fine = conj((at.starts, *(neg(each) for each in (*gone, self._bad.get((), FALSE), *background))))
        yield iff(at.well, fine)

    def _result(self) -> Iterator[Formula]:
        job = self.job
        began = (terms.goes(job.id), neg(self._empty()))
        tolerated = tolerance(self.shape, job, self.leg.tolerated)
        yield when(*began, terms.result(job.id, _S), then=disj((self.at.well, tolerated)))
        if len(job.legs) == 1 and not self.leg.many:
            yield when(*began, self.at.well, then=terms.result(job.id, _S))
            # A plain failure is shown as one; what was cancelled, timed out or lost may be shown as either.
            cut = (self.at.cancelled(self.end), self.at.lost(self.end), neg(self.at.starts), tolerated)
            yield when(*began, terms.result(job.id, _C), then=disj(cut))

    def _read(self, step: Step, atom: Atom) -> Formula:
        key = atom.key
        if isinstance(key, Status):
            return self._status(step, key.function)
        if isinstance(key, JobStatus):
            return self._job_status(step.index, key.result)
        if isinstance(key, StepResult):
            return self._step_result(step, key)
        if isinstance(key, StepWrote):
            return self._wrote(key.step)
        if isinstance(key, NeedsResult):
            direct = key.job in self.shape.needs[self.job.id]
            return terms.result(key.job, key.result) if direct else FALSE
        if isinstance(key, Data) and self._is_unwritten(step, key):
            return FALSE
        return known_in_run(self.shape, self.job, key)

    def _is_unwritten(self, step: Step, key: Data) -> bool:
        # An output of this leg is null until its step is over, or has been waited for.
        maker = self.shape.maker(key)
        if maker is None or (maker.job, maker.leg) != (self.job.id, self.leg.name):
            return False
        return maker.step >= step.index or not is_seen(self.steps, maker.step, step.index)

    def _status(self, step: Step, function: Function) -> Formula:
        view = StepView(
            cancelled=self.at.cancelled(step.index),
            bad=self._bad.get(step.scope, FALSE),
            cut=self._cut.get(step.scope, FALSE),
            inside=bool(step.scope),
            reading=lambda why: terms.unsure(why, self.job.id, self.leg.name),
        )
        return self.shape.semantics.step(view, function)

    def ended(self, key: StepResult | StepWrote | JobStatus | None) -> Formula:
        """How the leg, or a step of it, has ended, where the leg is over."""
        match key:
            case StepResult() if 0 <= key.step < self.end:
                return self._ended(self.steps[key.step], key)
            case StepWrote(step):
                return conj((self._wrote(step), self._handed_on()))
            case JobStatus(result):
                return conj((self.at.starts, neg(self.at.lost(self.end)), self._job_status(self.end, result)))
        return FALSE

    def may_happen(self, spot: Spot) -> Formula:
        """The effect at *spot* may have happened."""
        step = self.steps[spot.step]
        wanted = rewrite(step.wanted, lambda atom: self._read(step, atom))
        return conj((self.at.runs(spot.step), wanted))

    def has_happened(self, spot: Spot) -> Formula:
        """The effect at *spot* has, where no condition and no mask stands in its step.

        The step ended well, or has written what it writes after that.
        """
        after = spot.order in self.steps[spot.step].handed_after
        return self._wrote(spot.step) if after else self.at.ok(spot.step)

    def _wrote(self, other: int) -> Formula:
        at = self.at
        early = terms.unsure("wrote", self.job.id, self.leg.name, other)
        return disj((at.ok(other), conj((at.runs(other), early))))

    def _handed_on(self) -> Formula:
        """What the steps have written gets out of the job: not for certain where it did not end well, though
        each of its steps that ran did."""
        at = self.at
        wrong = (conj((at.runs(step.index), neg(at.ok(step.index)))) for step in self.steps)
        return disj((at.well, *wrong, terms.unsure("handed", self.job.id, self.leg.name)))

    def _job_status(self, at: int, result: Result) -> Formula:
        cancelled, bad = self.at.cancelled(at), self._bad.get((), FALSE)
        values = {
            _S: conj((neg(cancelled), neg(bad))),
            _F: conj((neg(cancelled), bad)),
            _C: cancelled,
            _K: FALSE,
        }
        return values[result]

    def _step_result(self, step: Step, key: StepResult) -> Formula:
        other = key.step
        if not 0 <= other < step.index or other in step.scope:
            return FALSE
        shown: Formula = TRUE
        if not is_seen(self.steps, other, step.index):
            ended = any(other in each.cancels for each in self.steps[other + 1 : step.index])
            where = (self.job.id, self.leg.name, other, step.index)
            shown = terms.unsure("background", *where) if ended else FALSE
        return conj((shown, self._ended(self.steps[other], key)))

    def _ended(self, step: Step, key: StepResult) -> Formula:
        at, i = self.at, step.index
        raised = self.raised(step)
        if key.result is _S:
            forgiven = conj((at.failed(i), neg(self.hard[i])))
            return disj((at.ok(i), forgiven)) if key.conclusion else at.ok(i)
        if key.result is _F:
            return self.hard[i] if key.conclusion else disj((at.failed(i), raised))
        return at.stopped(i) if key.result is _C else conj((neg(at.runs(i)), neg(raised)))


def _last_inner(steps: tuple[Step, ...]) -> dict[int, int]:
    last: dict[int, int] = {}
    for step in steps:
        for call in step.scope:
            last[call] = step.index
    return last


def _followers(steps: tuple[Step, ...], last: dict[int, int]) -> list[int]:
    # What is evaluated after each step. A background call's inner steps are a line of their own, which
    # ends with the job; the steps after the call follow the call.
    following = list(range(1, len(steps) + 1))
    for call, end in last.items():
        if steps[call].background:
            following[call], following[end] = end + 1, len(steps)
    return following
