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


def printed(report: Report, form: str, code: int) -> str:
    """*report* in the format *form*."""
    import sys

    if form == "json":
        from wholeship.output.check_json import check_json, encode

        return encode(check_json(report, code)) + "\n"
    if form == "sarif":
        from wholeship.output.sarif import sarif

        return sarif(report) + "\n"
    if form == "github":
        from wholeship.output.annotations import annotated

        return annotated(report)
    if form == "markdown":
        from wholeship.output.check_markdown import check_markdown

        return check_markdown(report)
    if form == "mermaid":
        from wholeship.output.mermaid import mermaid

        return mermaid(report)
    from wholeship.output.check_text import check_text
    from wholeship.output.ink import Ink
    from wholeship.output.terminal import wants_colour

    return check_text(report, Ink(wants_colour(sys.stdout)))
