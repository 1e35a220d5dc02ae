"""The answer of `check` for a terminal: what is published, then findings with carets and stories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wholeship.core.finding import Confidence, Finding, Labelled, Severity
from wholeship.core.text import printable
from wholeship.output.check_words import docs, rows, sorted_findings, tags, tally, where, wholeness
from wholeship.output.release_text import Ink
from wholeship.workflows.report import Report, WorkflowReport

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "bold"}
_WIDTH = 160


def check_text(report: Report, ink: Ink = Ink()) -> str:  # noqa: B008
    """All of it. Workflows that publish nothing and break nothing are only counted."""
    blocks = [_workflow(workflow, ink) for workflow in report.workflows if not workflow.quiet]
    stale = "the baseline holds {}, which is not found any more: update it"
    blocks += [[ink("dim", stale.format(printable(each)))] for each in report.stale]
    blocks.append([tally(report)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _workflow(workflow: WorkflowReport, ink: Ink) -> list[str]:
    lines = [ink("bold", printable(workflow.path)) + _title(workflow)]
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
    found = rows(workflow)
    width = max((len(line.image) for _, line in found), default=0)
    lines = []
    for scenarios, line in found:
        platforms = "" if not line.platforms else f" for {', '.join(line.platforms)}"
        name = printable(line.image).ljust(min(width, 30))
        lines.append(f"  {name}  {ink('dim', line.job)}  {tags(line)}{platforms}{where(scenarios, workflow)}")
        if line.after:
            lines.append(f"  {' ' * min(width, 30)}  after {', '.join(line.after)}")
        if line.gates:
            lines.append(f"  {' ' * min(width, 30)}  gated by {', '.join(line.gates)}")
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
        where = f"  ({moment.place.file}:{moment.place.line})" if moment.place and moment.place.line else ""
        yield f"     {number}. {printable(moment.text)}{where}"
