"""The answer of `check` for a terminal: what is published, then findings with carets and stories."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wholeship.core.finding import Confidence, Finding, Labelled, Moment, Severity
from wholeship.core.text import printable
from wholeship.core.wording import counted, listed
from wholeship.output.check_words import (
    blocks,
    docs,
    few,
    platforms_of,
    sorted_findings,
    tags,
    tally,
    unpublished,
    where,
    wholeness,
)
from wholeship.output.ink import Ink
from wholeship.verdict.report import PublishLine, Report, WorkflowReport

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "bold"}
_WIDTH = 160
LINES = 12
"""Where one workflow publishes more often than this, it is told by job."""


def check_text(report: Report, ink: Ink) -> str:
    """All of it. Workflows that publish nothing and break nothing are only counted."""
    told: set[tuple[str, str, int]] = set()
    blocks = [_workflow(workflow, told, ink) for workflow in report.workflows if not workflow.quiet]
    stale = "the baseline holds {}, which is not found any more: update it"
    blocks += [[ink("dim", stale.format(printable(each)))] for each in report.stale]
    if said := unpublished(report):
        blocks.append([ink("yellow", said)])
    blocks.append([tally(report)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _workflow(workflow: WorkflowReport, told: set[tuple[str, str, int]], ink: Ink) -> list[str]:
    """*told* are the findings above, by their place: one in a called workflow is told in full only once."""
    lines = [ink("bold", printable(workflow.path)) + _title(workflow)]
    if workflow.crash:
        lines.append(ink("red", f"  a bug in wholeship on this file: {printable(workflow.crash)}"))
    lines += _publishes(workflow, ink)
    said = wholeness(workflow)
    if said:
        style = {True: "green", False: "red", None: "yellow"}[workflow.whole]
        lines.append(f"  {ink(style, said)}")
    lines += [ink("dim", f"  assumed: {printable(each, limit=200)}") for each in workflow.assumed]
    for finding in sorted_findings(workflow.findings):
        elsewhere = (finding.rule, finding.place.file, finding.place.line)
        if finding.place.file != workflow.path and elsewhere in told:
            lines += ["", _again(finding, ink)]
        else:
            lines += ["", *finding_lines(finding, workflow, ink)]
        told.add(elsewhere)
    return lines


def _again(finding: Finding, ink: Ink) -> str:
    head = ink(_STYLES[finding.severity], f"{finding.severity}[{finding.rule}]")
    return f"{head}: here too, through {finding.place}, told above"


def _title(workflow: WorkflowReport) -> str:
    if not workflow.scenarios:
        return ""
    return f"  on {printable(', '.join(workflow.scenarios), limit=100)}"


def _publishes(workflow: WorkflowReport, ink: Ink) -> list[str]:
    found = blocks(workflow)
    if len(found) > LINES:
        return _by_job(found, workflow, ink)
    width = min(max((len(held[0].image) for held in found), default=0), 30)
    lines = []
    for held in found:
        line = held[0]
        scenarios = tuple(dict.fromkeys(each.scenario for each in held))
        name = printable(line.image).ljust(width)
        about = f"{tags(line.tags)}{platforms_of(held)}{where(scenarios, workflow)}"
        lines.append(f"  {name}  {about}  {ink('dim', printable(f'in {line.job}'))}")
        if line.after:
            lines.append(f"  {' ' * width}  after {listed(line.after)}")
        if line.gates:
            lines.append(f"  {' ' * width}  behind {printable(listed(line.gates))}")
    return lines


def _by_job(found: Sequence[Sequence[PublishLine]], workflow: WorkflowReport, ink: Ink) -> list[str]:
    """Many publishes: the images of each job together; in which order, the answer below says."""
    jobs: dict[tuple[object, ...], list[PublishLine]] = {}
    for held in found:
        jobs.setdefault((_job(held[0]), held[0].gates), []).extend(held)
    lines = []
    for held in list(jobs.values())[:LINES]:
        images = few(line.image for line in held)
        scenarios = tuple(dict.fromkeys(line.scenario for line in held))
        about = tags(dict.fromkeys(tag for line in held for tag in line.tags))
        legs = len({line.job for line in held})
        name = f"in {_job(held[0])} ({legs} legs)" if legs > 1 else f"in {held[0].job}"
        lines.append(f"  {printable(name, limit=100)}{where(scenarios, workflow)}")
        lines.append(f"    {printable(images, limit=140)}: {about}")
        if held[0].gates:
            lines.append(ink("dim", f"    behind {printable(few(held[0].gates))}"))
    more = f"{len(found)} publishes in {counted(len(jobs), 'job')}"
    lines.append(ink("dim", f"  {more}; --format json has each with its order"))
    return lines


def _job(line: PublishLine) -> str:
    """The job without its leg."""
    return line.job.partition(" (")[0]


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
