"""The better shape of a workflow, proved and forecast, or why there is none to offer."""

from __future__ import annotations

import difflib

from wholeship.core.finding import Severity
from wholeship.core.values import dataclass
from wholeship.forecast.estimate import Forecast, forecast_shape
from wholeship.forecast.measure import Known, measured_for
from wholeship.forecast.shape import shape_of
from wholeship.logic.schedule import Cycle
from wholeship.pipeline.ports import Repository
from wholeship.verdict.check import report_of, study_of
from wholeship.verdict.options import Options
from wholeship.verdict.reshape import NotReshaped, reshape
from wholeship.verdict.study import Study


@dataclass(frozen=True, slots=True)
class Better:
    """``patch`` is a unified diff, empty when ``reason`` says why a person has to do it.

    ``forecasts`` are of the new shape, by scenario; a job that is new has no figure yet.
    """

    workflow: str
    done: tuple[str, ...] = ()
    patch: str = ""
    reason: str = ""
    forecasts: tuple[Forecast, ...] = ()


def better(study: Study, repository: Repository, options: Options, known: Known) -> Better:
    """*study* in the better shape. Only what is proved whole, and no worse anywhere, is offered."""
    made = reshape(study)
    if isinstance(made, NotReshaped):
        return Better(study.path, reason=made.reason)
    after = study_of(made.text, study.path, repository, options)
    trouble = _worse(study, after, options)
    if trouble:
        return Better(study.path, reason=trouble)
    lines = difflib.unified_diff(
        study.text.splitlines(keepends=True),
        made.text.splitlines(keepends=True),
        f"a/{study.path}",
        f"b/{study.path}",
    )
    return Better(study.path, made.done, "".join(lines), forecasts=_forecasts(study, after, known))


def _worse(before: Study, after: Study, options: Options) -> str:
    """Why the new text is not offered; empty: it is whole, and brings no finding that was not there."""
    report = report_of(after, options)
    if report.whole is not True and not report.whole_if_followed:
        return "the new shape could not be proved whole"
    known = {(f.rule, f.key) for f in report_of(before, options).findings}
    fresh = [f for f in report.findings if f.severity is not Severity.NOTE and (f.rule, f.key) not in known]
    return f"the new shape would bring {fresh[0].rule}: {fresh[0].message}" if fresh else ""


def _forecasts(before: Study, after: Study, known: Known) -> tuple[Forecast, ...]:
    shapes = {case.name: shape_of(case.instance, case.facts) for case in before.cases}
    found = []
    for case in after.cases:
        figures = known(after.path, case.instance.scenario.event)
        if case.name in shapes:
            figures = measured_for(shapes[case.name], figures)
        try:
            found.append(forecast_shape(shape_of(case.instance, case.facts), figures))
        except Cycle:
            continue
    return tuple(found)
