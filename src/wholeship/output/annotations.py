"""Findings as annotations of GitHub Actions, which shows ten of a kind for each step."""

from __future__ import annotations

from wholeship.core.finding import Finding, Severity
from wholeship.core.place import Place
from wholeship.output.actions import annotation
from wholeship.output.check_words import docs, tally
from wholeship.output.diff_words import difference_sentence
from wholeship.output.findings import sorted_findings
from wholeship.verdict.diff import Change
from wholeship.verdict.report import Report

LIMIT = 10
_LEVELS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def annotated(report: Report) -> str:
    """The worst of each kind as annotations, then how many there are."""
    lines: list[str] = []
    for severity in Severity:
        found = [each for each in sorted_findings(report.findings) if each.severity is severity]
        lines += [_annotation_line(each) for each in found[:LIMIT]]
        if len(found) > LIMIT:
            lines.append(f"{len(found) - LIMIT} more of severity {severity.value} are not annotated")
    return "\n".join([*lines, tally(report)]) + "\n"


def annotated_change(change: Change) -> str:
    """The windows that a change opened as annotations; gates and order lost as errors."""
    lines = [
        annotation("error", difference_sentence(line), place=Place(each.path, 1), title="wholeship diff")
        for each in change.workflows
        for line in each.lines
        if line.worse
    ]
    opened = sorted_findings(found for each in change.workflows for found in each.opened)
    return "\n".join([*lines[:LIMIT], *(_annotation_line(each) for each in opened[: 3 * LIMIT])]) + "\n"


def _annotation_line(finding: Finding) -> str:
    text = [finding.message]
    text += [f"{number}. {moment.text}" for number, moment in enumerate(finding.story, 1)]
    text += [finding.fix.description] if finding.fix else []
    text.append(docs(finding.rule))
    return annotation(
        _LEVELS[finding.severity],
        "\n".join(text),
        place=finding.place,
        title=f"wholeship: {finding.rule}",
    )
