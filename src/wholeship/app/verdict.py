"""A report → the text of a format, and the exit code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wholeship.core.errors import ExitCode
from wholeship.core.finding import Confidence

if TYPE_CHECKING:
    from wholeship.verdict.report import Report


def exit_code(report: Report) -> ExitCode:
    """No when a promise is broken; 3 when all that is wrong is that something could not be read."""
    if any(workflow.crash for workflow in report.workflows):
        return ExitCode.BUG
    if any(each.confidence is not Confidence.UNKNOWN for each in report.failures):
        return ExitCode.NO
    return ExitCode.UNFINISHED if report.failures else ExitCode.YES
