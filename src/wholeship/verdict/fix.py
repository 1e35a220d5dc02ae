"""Safe fixes made in the text of a workflow, each kept only if checking again says that it helped."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from wholeship.core.edits import applied
from wholeship.core.finding import Finding
from wholeship.core.values import dataclass
from wholeship.verdict.report import WorkflowReport

Again = Callable[[str], WorkflowReport]
"""Checks another text of the same file."""

ROUNDS = 12
"""Fixes that make room for other fixes end somewhere."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """The new text, the report on it, and what was fixed.

    ``left`` could have been fixed and was not; ``opened`` are the rules whose findings the fix of each would
    bring instead, none where it would not even close its own.
    """

    text: str
    report: WorkflowReport
    fixed: tuple[Finding, ...] = ()
    left: tuple[Finding, ...] = ()
    opened: tuple[tuple[str, ...], ...] = ()


def fix(report: WorkflowReport, again: Again) -> Fixed:
    """*report*'s file with every safe fix that holds.

    A fix holds when its finding is gone and nothing worse than a note is new.
    """
    done: list[Finding] = []
    left: dict[str, Finding] = {}
    opened: dict[str, tuple[str, ...]] = {}
    for _round in range(ROUNDS):
        chosen = [each for each in _fixable(report) if each.fingerprint not in left]
        if not chosen:
            break
        report, made, refused = _round_of(report, chosen, again)
        done += made
        left |= {each.fingerprint: each for each in refused}
        for each in refused:
            opened[each.fingerprint] = _opened(report, again(_edited(report.text, [each])))
    return Fixed(report.text, report, tuple(done), tuple(left.values()), tuple(opened.values()))


def _opened(before: WorkflowReport, after: WorkflowReport) -> tuple[str, ...]:
    """Rules that say something worse than a note only after the fix."""
    known = {each.fingerprint for each in before.findings}
    fresh = (each for each in after.findings if each.fingerprint not in known and each.severity.rank < 2)
    return tuple(dict.fromkeys(each.rule for each in fresh))


def _fixable(report: WorkflowReport) -> list[Finding]:
    return [each for each in report.findings if each.fix and each.fix.safe and each.fix.edits]


def _round_of(
    report: WorkflowReport, chosen: Sequence[Finding], again: Again
) -> tuple[WorkflowReport, list[Finding], list[Finding]]:
    """All at once where that holds; else the first alone, because edits move lines."""
    if len(chosen) > 1:
        together = again(_edited(report.text, chosen))
        if _holds(report, together, chosen):
            return together, list(chosen), []
    first = chosen[0]
    alone = again(_edited(report.text, [first]))
    if _holds(report, alone, [first]):
        return alone, [first], []
    return report, [], [first]


def _edited(text: str, findings: Sequence[Finding]) -> str:
    return applied(text, [edit for each in findings if each.fix for edit in each.fix.edits])


def _holds(before: WorkflowReport, after: WorkflowReport, fixed: Sequence[Finding]) -> bool:
    remaining = {each.fingerprint for each in after.findings}
    if remaining & {each.fingerprint for each in fixed} or after.crash:
        return False
    known = {each.fingerprint for each in before.findings}
    fresh = [each for each in after.findings if each.fingerprint not in known]
    return all(each.severity.rank > 1 for each in fresh) and not _worse(before, after)


def _worse(before: WorkflowReport, after: WorkflowReport) -> bool:
    """A fix may not turn a whole release into one that is not."""
    return before.whole is True and after.whole is not True
