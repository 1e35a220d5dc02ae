"""GitHub's status functions: ``success()``, ``failure()`` and ``cancelled()``.

GitHub docs, "Expressions", status check functions; actions/runner (``StepsRunner``,
``CompositeActionHandler``); what is not documented, or has been seen both ways, is a reading of its own.
"""

from __future__ import annotations

from wholeship.logic.formula import TRUE, Formula, conj, disj, neg
from wholeship.pipeline.run import Function
from wholeship.pipeline.semantics import JobView, StatusSemantics, StepView


def _of_a_job(view: JobView, function: Function) -> Formula:
    """They look at all ancestors, not only at direct needs."""
    run = view.cancelled
    if function is Function.CANCELLED:
        return disj((run, conj((view.reading("cancelled"), view.stopped))))
    if function is Function.SUCCESS:
        strict = conj((view.full, view.around_ok))
        reading = view.reading("success") if strict != TRUE else TRUE
        return conj((neg(run), view.ok, disj((strict, reading))))
    outside = conj((view.reading("failure"), view.around_failed))
    return conj((neg(run), disj((view.failed, outside))))


def _of_a_step(view: StepView, function: Function) -> Formula:
    """They look at the steps before it; inside a composite action at that action's own."""
    if function is Function.CANCELLED:
        return view.cancelled
    if not view.inside:
        return conj((neg(view.cancelled), view.bad if function is Function.FAILURE else neg(view.bad)))
    # A cancellation between two steps of a composite action may or may not show in it.
    shown = disj((neg(view.cancelled), view.reading("composite")))
    if function is Function.FAILURE:
        return conj((view.bad, shown))
    return conj((neg(view.bad), neg(view.cut), shown))


GITHUB = StatusSemantics(
    _of_a_job, _of_a_step, plain=Function.SUCCESS, well=lambda function: function is Function.SUCCESS
)
