"""Findings as they are told: the worst first, each place once, whatever workflow it was met in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING

from wholeship.core.finding import Confidence, Finding, Moment, Severity
from wholeship.core.late import late
from wholeship.core.values import dataclass
from wholeship.verdict.report import Report, WorkflowReport

if TYPE_CHECKING:
    from wholeship.verdict.diff import meaning
else:
    meaning = late("wholeship.verdict.diff:meaning")

_SURE = list(Confidence)


@dataclass(frozen=True, slots=True)
class ToldFinding:
    """One finding, told once. ``elsewhere``: other workflows whose runs it holds in as well."""

    finding: Finding
    workflow: WorkflowReport
    elsewhere: tuple[str, ...] = ()

    @property
    def site(self) -> tuple[str, int]:
        """File and line of its place: what a reader looks at."""
        return self.finding.place.file, self.finding.place.line


def sorted_findings(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first; then as they stand in the file."""
    return sorted(findings, key=lambda f: (f.severity.rank, f.place.file, f.place.line, f.rule, f.message))


def told_findings(report: Report) -> list[ToldFinding]:
    """Every finding of *report*, worst and surest first; one that holds in several workflows once."""
    told: list[ToldFinding] = []
    at: dict[tuple[str, str, int], list[int]] = {}
    for workflow, finding in _in_order(report):
        known = at.setdefault((finding.rule, finding.place.file, finding.place.line), [])
        same = [each for each in known if _is_the_same(told[each], workflow, finding)]
        if same:
            first = told[same[0]]
            elsewhere = dict.fromkeys((*first.elsewhere, *_other(workflow, first)))
            told[same[0]] = replace(first, elsewhere=tuple(elsewhere))
        else:
            known.append(len(told))
            told.append(ToldFinding(finding, workflow))
    return told


def group_findings(told: Iterable[ToldFinding]) -> list[list[ToldFinding]]:
    """Notes of one rule with one remedy together; of anything worse, what is word for word the same."""
    groups: dict[tuple[object, ...], list[ToldFinding]] = {}
    for each in told:
        groups.setdefault(_finding_group(each), []).append(each)
    return list(groups.values())


def moments(finding: Finding) -> list[Moment]:
    """The story, without a line that says what the line before it says."""
    return [next(same) for _, same in groupby(finding.story, key=lambda each: (each.text, each.place))]


def _in_order(report: Report) -> list[tuple[WorkflowReport, Finding]]:
    """The findings with their workflows; of the same place, the one in the file itself first."""
    pairs = [(workflow, finding) for workflow in report.workflows for finding in workflow.findings]
    return sorted(pairs, key=lambda pair: _finding_order(*pair))


def _finding_order(workflow: WorkflowReport, finding: Finding) -> tuple[object, ...]:
    place, fix = finding.place, finding.fix.description if finding.fix else ""
    remedy = (finding.rule, fix) if finding.severity is Severity.NOTE else ()
    sure = _SURE.index(finding.confidence)
    away = place.file != workflow.path
    return (finding.severity.rank, remedy, sure, place.file, place.line, finding.rule, away, finding.message)


def _is_the_same(told: ToldFinding, workflow: WorkflowReport, finding: Finding) -> bool:
    """Whether *finding*, of the same rule and place, is *told* met again through another call.

    Two stories are the same only where they are about the same thing.
    """
    called = finding.place.file != workflow.path
    if told.workflow.path == workflow.path and not called:
        return False
    alike = meaning(told.finding) == meaning(finding)
    return alike or (told.workflow.path != workflow.path and not _tells_story(finding))


def _other(workflow: WorkflowReport, told: ToldFinding) -> tuple[str, ...]:
    return () if workflow.path == told.workflow.path else (workflow.path,)


def _tells_story(finding: Finding) -> bool:
    return bool(finding.story) and finding.severity is not Severity.NOTE


def _finding_group(told: ToldFinding) -> tuple[object, ...]:
    finding = told.finding
    remedy = finding.fix.description if finding.fix else ""
    if finding.severity is Severity.NOTE:
        return finding.rule, remedy
    run = tuple(each.text for each in finding.story)
    return finding.rule, finding.severity, finding.confidence, finding.message, remedy, run
