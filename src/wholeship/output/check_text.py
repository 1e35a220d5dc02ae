"""The answer of `check` for a terminal: what is published, then findings with carets and stories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wholeship.core.finding import Confidence, Finding, Labelled, Moment, Severity
from wholeship.core.text import printable
from wholeship.output.check_words import (
    blocks,
    docs,
    listed,
    platforms_of,
    sorted_findings,
    tags,
    tally,
    where,
    wholeness,
)
from wholeship.output.ink import Ink
from wholeship.workflows.report import Report, WorkflowReport

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "bold"}
_WIDTH = 160
LINES = 40
"""Publishes listed for one workflow."""


def check_text(report: Report, ink: Ink) -> str:
    """All of it. Workflows that publish nothing and break nothing are only counted."""
    blocks = [_workflow(workflow, ink) for workflow in report.workflows if not workflow.quiet]
    stale = "the baseline holds {}, which is not found any more: update it"
    blocks += [[ink("dim", stale.format(printable(each)))] for each in report.stale]
    blocks.append([tally(report)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _workflow(workflow: WorkflowReport, ink: Ink) -> list[str]:
    lines = [ink("bold", printable(workflow.path)) + _title(workflow)]
    if workflow.crash:
        lines.append(ink("red", f"  a bug in wholeship on this file: {printable(workflow.crash)}"))
    lines += _publishes(workflow, ink)
    said = wholeness(workflow)
    if said:
        style = {True: "green", False: "red", None: "yellow"}[workflow.whole]
        lines.append(f"  {ink(style, said)}")
    for finding in sorted_findings(workflow.findings):
        lines += ["", *finding_lines(finding, workflow, ink)]
    return lines


def _title(workflow: WorkflowReport) -> str:
    if not workflow.scenarios:
        return ""
    return f"  on {printable(', '.join(workflow.scenarios), limit=100)}"


def _publishes(workflow: WorkflowReport, ink: Ink) -> list[str]:
    found = blocks(workflow)
    width = min(max((len(held[0].image) for held in found), default=0), 30)
    lines = []
    for held in found[:LINES]:
        line = held[0]
        scenarios = tuple(dict.fromkeys(each.scenario for each in held))
        name = printable(line.image).ljust(width)
        about = f"{tags(line)}{platforms_of(held)}{where(scenarios, workflow)}"
        lines.append(f"  {name}  {about}  {ink('dim', printable(f'in {line.job}'))}")
        if line.after:
            lines.append(f"  {' ' * width}  after {listed(line.after)}")
        if line.gates:
            lines.append(f"  {' ' * width}  behind {printable(listed(line.gates))}")
    if len(found) > LINES:
        lines.append(f"  … and {len(found) - LINES} more (--format json has them all)")
    return lines


def finding_lines(finding: Finding, workflow: WorkflowReport, ink: Ink) -> list[str]:
    """One finding: a note in two lines, anything worse with its lines of the file and its story."""
    style = _STYLES[finding.severity]
    unsure = "" if finding.confidence is Confidence.CERTAIN else f" ({finding.confidence})"
    head = ink(style, f"{finding.severity}[{finding.rule}]") + f"{unsure}: {printable(finding.message)}"
    if finding.severity is Severity.NOTE:
        lines = [head, f"  --> {finding.place}"]
        if finding.fix:
            lines.append(ink("dim", f"   = help: {printable(finding.fix.description)}"))
        return lines
    lines = [head, *_places(finding.places, workflow, ink)]
    lines += list(_story(finding))
    if finding.fix:
        lines.append(f"   = help: {printable(finding.fix.description)}")
    if finding.fix and finding.fix.safe and finding.fix.edits:
        lines.append(ink("dim", "   = --fix does it"))
    lines.append(ink("dim", f"   = docs: {docs(finding.rule)}"))
    return lines


def _places(places: Sequence[Labelled], workflow: WorkflowReport, ink: Ink) -> Iterator[str]:
    source = workflow.text.split("\n") if workflow.text else []
    margin = len(str(max((each.place.line for each in places), default=0)))
    for at, each in enumerate(places):
        place = each.place
        yield f"{' ' * margin}{'-->' if at == 0 else ':::'} {place}"
        if place.file != workflow.path or not 0 < place.line <= len(source):
            continue
        line = printable(source[place.line - 1].rstrip(), limit=_WIDTH)
        yield f"{' ' * margin} |"
        yield f"{place.line:>{margin}} | {line}"
        yield f"{' ' * margin} | {_caret(line, each, at, ink)}"


def _caret(line: str, labelled: Labelled, at: int, ink: Ink) -> str:
    place = labelled.place
    start = max(place.column - 1, 0) or len(line) - len(line.lstrip())
    start = min(start, len(line))
    end = place.end_column - 1 if place.end_line == place.line else len(line)
    mark = ("^" if at == 0 else "-") * max(min(end, len(line)) - start, 1)
    label = f" {printable(labelled.label)}" if labelled.label else ""
    return f"{' ' * start}{ink('red' if at == 0 else 'bold', mark)}{label}"


def _story(finding: Finding) -> Iterator[str]:
    if finding.story:
        yield "   = the run:"
    for number, moment in enumerate(finding.story, 1):
        yield f"     {number}. {printable(moment.text)}{_line(moment, finding)}"


def _line(moment: Moment, finding: Finding) -> str:
    place = moment.place
    if place is None or not place.line:
        return ""
    return f"  (line {place.line})" if place.file == finding.place.file else f"  ({place.file}:{place.line})"
