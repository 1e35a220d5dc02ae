"""When a job starts, and what its dependants then see of it.

From GitHub docs, "Workflow syntax" and "Contexts reference", and from what has been measured of the
service's scheduler, whose source is closed. Where these disagree both readings are allowed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from itertools import combinations

from wholeship.logic.formula import (
    FALSE,
    TRUE,
    Atom,
    Formula,
    conj,
    disj,
    iff,
    implies,
    neg,
    rewrite,
)
from wholeship.pipeline.run import Data, Function, Job, NeedsResult, Result, Status
from wholeship.pipeline.semantics import JobView
from wholeship.prove import terms
from wholeship.prove.shape import Shape

_S, _F, _C, _K = Result.SUCCESS, Result.FAILURE, Result.CANCELLED, Result.SKIPPED


def rules(shape: Shape, job: Job) -> Iterator[Formula]:
    """What holds of *job* in every run, its steps left aside."""
    yield from _one_result(job)
    yield from _chains(shape, job)
    yield from _attempts(shape, job)
    yield from _start(shape, job)
    yield from _without_start(shape, job)
    yield from _without_legs(shape, job)
    if job.inner:
        yield from _call(shape, job)
    else:
        yield from _end(shape, job)


def _one_result(job: Job) -> Iterator[Formula]:
    values = [terms.result(job.id, name) for name in terms.NAMES]
    yield disj(values)
    for one, other in combinations(values, 2):
        yield when(one, other, then=FALSE)


def _chains(shape: Shape, job: Job) -> Iterator[Formula]:
    # success() and failure() look at all ancestors: each job adds its own link.
    needs = shape.needs[job.id]
    yield iff(terms.chain_ok(job.id), conj(_links(needs, _S, terms.chain_ok)))
    if Function.FAILURE in shape.asked:
        yield iff(terms.chain_failed(job.id), disj(_links(needs, _F, terms.chain_failed)))
    if Function.CANCELLED in shape.asked:
        yield iff(terms.chain_cancelled(job.id), disj(_links(needs, _C, terms.chain_cancelled)))
    if shape.calls:
        full = [terms.chain_full(need) for need in needs]
        full += [terms.result(inner, _S) for need in needs for inner in shape.inside(need)]
        yield iff(terms.chain_full(job.id), conj(full))


def _links(needs: Iterable[str], result: Result, chain: Callable[[str], Formula]) -> list[Formula]:
    return [each for need in needs for each in (terms.result(need, result), chain(need))]


def _attempts(shape: Shape, job: Job) -> Iterator[Formula]:
    mine = terms.second_attempt(job.id, shape.instance)
    cancelled = terms.cancelled(job.id)
    yield implies(cancelled, terms.CANCELLATION)
    yield implies(mine, terms.RERUN)
    before = [*shape.needs[job.id], *([job.caller] if job.caller in shape.jobs else [])]
    for need in before:
        theirs = terms.second_attempt(need, shape.instance)
        yield implies(theirs, mine)
        # Once cancelled, a run stays so; a second attempt begins anew.
        yield from _stays(terms.cancelled(need), theirs, mine, cancelled)
        if need != job.caller:
            for inner in shape.inside(need):
                newer = terms.second_attempt(inner, shape.instance)
                yield implies(newer, mine)
                yield from _stays(terms.cancelled(inner), newer, mine, cancelled)


def _stays(before: Formula, theirs: Formula, mine: Formula, after: Formula) -> Iterator[Formula]:
    # theirs implies mine, so both are of one attempt unless only mine is of the second.
    yield disj((neg(before), after, mine))
    yield disj((neg(before), after, neg(theirs)))


def _start(shape: Shape, job: Job) -> Iterator[Formula]:
    condition = [rewrite(job.condition, lambda atom: _read(shape, job, atom)), *_called(shape, job)]
    if terms.can_raise(job.condition_text):
        condition.append(neg(terms.raised(job.id)))
    if job.inner:
        # A call can be cancelled while it waits to start, which it would have.
        yield implies(terms.dropped(job.id), conj(condition))
        condition.append(neg(terms.dropped(job.id)))
    yield iff(terms.goes(job.id), conj(condition))


def _called(shape: Shape, job: Job) -> list[Formula]:
    # Without its call a job is not even looked at.
    if job.caller not in shape.jobs:
        return []
    return [terms.goes(job.caller), neg(_empty(shape.jobs[job.caller]))]


def _without_start(shape: Shape, job: Job) -> Iterator[Formula]:
    # Skipped; shown as cancelled in a cancelled run; failed when the condition ends in an error.
    stays = neg(terms.goes(job.id))
    yield when(stays, terms.result(job.id, _S), then=FALSE)
    cancelled = [terms.cancelled(job.id), *([terms.dropped(job.id)] if job.inner else [])]
    yield when(stays, terms.result(job.id, _C), then=disj(cancelled))
    seldom = (stays, terms.cancelled(job.id), terms.result(job.id, _K))
    yield when(*seldom, then=terms.unsure("stopped", job.id))
    if job.inner:
        yield implies(terms.dropped(job.id), terms.result(job.id, _C))
    raised: Formula = FALSE
    if terms.can_raise(job.condition_text):
        raised = conj((terms.raised(job.id), *_called(shape, job)))
    yield when(stays, terms.result(job.id, _F), then=raised)


def _empty(job: Job) -> Formula:
    return terms.empty(job.id) if job.may_be_empty else FALSE


def _without_legs(shape: Shape, job: Job) -> Iterator[Formula]:
    """A matrix that turns out to have no leg is an error: the job fails, and nobody takes it for skipped."""
    if not job.may_be_empty:
        return
    none = (terms.goes(job.id), terms.empty(job.id))
    yield when(*none, terms.result(job.id, _K), then=FALSE)
    tolerated = disj(tolerance(shape, job, leg.tolerated) for leg in job.legs)
    yield when(*none, terms.result(job.id, _S), then=tolerated)


def _end(shape: Shape, job: Job) -> Iterator[Formula]:
    if not job.legs:
        return  # could not be read: any result
    began = (terms.goes(job.id), neg(_empty(job)))
    yield when(*began, terms.result(job.id, _K), then=FALSE)
    if len(job.legs) == 1 and not job.legs[0].many:
        tolerated = tolerance(shape, job, job.legs[0].tolerated)
        yield when(*began, tolerated, terms.result(job.id, _F), then=FALSE)


def _call(shape: Shape, job: Job) -> Iterator[Formula]:
    inner = [each for each in job.inner if each in shape.jobs]
    began = conj((terms.goes(job.id), neg(_empty(job))))
    failed = disj(terms.result(each, _F) for each in inner)
    stopped = disj(terms.result(each, _C) for each in inner)
    skipped = conj(terms.result(each, _K) for each in inner)
    yield implies(conj((began, failed)), terms.result(job.id, _F))
    yield implies(conj((began, neg(failed), stopped)), terms.result(job.id, _C))
    yield implies(conj((began, skipped)), terms.result(job.id, _K))
    fine = conj((began, neg(failed), neg(stopped), neg(skipped)))
    yield implies(fine, terms.result(job.id, _S))


def when(*conditions: Formula, then: Formula) -> Formula:
    """*then* whenever all of *conditions* hold: one clause, no helper variable."""
    return disj((*(neg(each) for each in conditions), then))


def tolerance(shape: Shape, job: Job, tolerated: Formula) -> Formula:
    """``continue-on-error`` of a leg of *job*, in the atoms of the run."""
    return rewrite(tolerated, lambda atom: _read(shape, job, atom))


def _read(shape: Shape, job: Job, atom: Atom) -> Formula:
    key = atom.key
    if isinstance(key, Status):
        return _status(shape, job, key.function)
    if isinstance(key, NeedsResult):
        return _need(shape, job, key)
    return known_in_run(shape, job, key)


def known_in_run(shape: Shape, job: Job, key: Hashable) -> Formula:
    """What is only known in the run, as *job* sees it."""
    if isinstance(key, Data) and shape.ended(key, job.id) is not None:
        return terms.ended(key)
    value = terms.data(key, job.id, shape.instance)
    maker = shape.maker(key) if isinstance(key, Data) else None
    if maker is None:
        return value
    legs = shape.jobs[maker.job].legs
    if maker.job != job.id and (len(legs) > 1 or legs[0].many or not shape.is_over(maker.job, job.id)):
        return value  # of several legs, another one may have written it
    return conj((value, terms.LegTerms(maker.job, maker.leg).runs(maker.step)))


def _status(shape: Shape, job: Job, function: Function) -> Formula:
    calls = list(shape.callers(job.id))
    every = (job.id, *calls)
    view = JobView(
        cancelled=terms.cancelled(job.id),
        ok=terms.chain_ok(job.id),
        failed=terms.chain_failed(job.id),
        stopped=disj(terms.chain_cancelled(each) for each in every),
        around_ok=conj(terms.chain_ok(call) for call in calls),
        around_failed=disj(terms.chain_failed(call) for call in calls),
        full=conj(terms.chain_full(each) for each in every) if shape.calls else TRUE,
        reading=lambda why: terms.unsure(why, job.id),
    )
    return shape.semantics.job(view, function)


def _need(shape: Shape, job: Job, key: NeedsResult) -> Formula:
    real = terms.result(key.job, key.result)
    if key.job in shape.needs[job.id]:
        return real
    if shape.in_chain(key.job, job.id):
        # The service has been seen to show indirect ancestors to a job's ``if``.
        return conj((real, terms.unsure("needs", job.id, key.job)))
    return FALSE
