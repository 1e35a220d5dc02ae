"""What a check amounts to for its caller: the exit code, and what became of the fixes."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.errors import ExitCode
from wholeship.core.finding import Confidence, Severity
from wholeship.verdict.fix import Fixed
from wholeship.verdict.report import Report, WorkflowReport


def exit_code_of_check(report: Report) -> ExitCode:
    """No when a promise is broken; 3 when all that is wrong is that something could not be found out.

    Whether a release is whole counts as a warning there: who asks for errors alone is not answered by it.
    """
    if any(workflow.crash for workflow in report.workflows):
        return ExitCode.BUG
    if any(each.confidence is not Confidence.UNKNOWN for each in report.failures):
        return ExitCode.NO
    asked = report.asks_wholeness and report.failing is not Severity.ERROR
    is_open = asked and any(map(_is_open, report.workflows))
    return ExitCode.UNFINISHED if report.failures or is_open else ExitCode.YES


def _is_open(workflow: WorkflowReport) -> bool:
    """Whether it was asked if this workflow's release is whole, and nobody knows."""
    unknown = bool(workflow.unknown) and bool(workflow.images or workflow.cut)
    return workflow.whole is None and unknown and not workflow.whole_if_followed


def fix_lines(name: str, done: Fixed) -> Iterator[str]:
    """What was fixed in the file *name*, and why the rest is left."""
    if done.fixed:
        rules = ", ".join(each.rule for each in done.fixed)
        yield f"{name}: {len(done.fixed)} fixed ({rules}), and checked again"
    for each, opened in zip(done.left, done.opened, strict=True):
        why = f"would open {' and '.join(opened)}" if opened else "did not help"
        yield f"{name}:{each.place.line}: {each.rule} is left: the fix {why}"
