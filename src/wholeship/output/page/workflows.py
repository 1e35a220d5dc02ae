"""What `check` found, as a page: the jobs as a graph, each bad run to step through, what to do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from wholeship.core.finding import Confidence, Finding, Moment, Severity
from wholeship.core.place import Place
from wholeship.core.wording import counted, listed
from wholeship.output.check_words import published_here, rows, standing_words, tally, wholeness
from wholeship.output.findings import ToldFinding, group_findings, moments, told_findings
from wholeship.output.page.parts import (
    Cell,
    Edge,
    Graph,
    Node,
    Page,
    Part,
    Prose,
    Section,
    Step,
    Table,
    Tone,
)
from wholeship.verdict.report import Report, WorkflowReport

TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.BAD, Severity.NOTE: Tone.WARN}
_STATES = {
    "happens": "published",
    "published": "published",
    "success": "ok",
    "passed": "ok",
    "failure": "fail",
    "failed": "fail",
    "cancelled": "cancel",
    "skipped": "skip",
}
"""Outcome of a moment → what the box of its job shows then."""

MISSING = {"half-release": "may not be out", "gate-bypass": "may not have passed"}
"""Rules that are about an order that is not kept, and what is said on the missing arrow."""


def check_page(report: Report) -> Page:
    """Every finding, the worst first; then every workflow that has something to show."""
    parts: list[Part] = [_told_section(held) for held in group_findings(told_findings(report))]
    told = [w for w in report.workflows if w.publishes or w.suppressed or w.crash or w.unknown]
    parts += [workflow_section(workflow) for workflow in sorted(told, key=_badness)]
    if quiet := len(report.workflows) - len(told):
        parts.append(Prose(f"{quiet} more, in which no publish was found", Tone.QUIET))
    answer = "; ".join([tally(report), *published_here(report)])
    return Page("Proof of the workflows", answer, _tone(report), tuple(parts), contents=len(parts) > 1)


def _badness(workflow: WorkflowReport) -> tuple[bool, int, bool]:
    """What sorts the workflow with the worst answer first."""
    worst = min((each.severity.rank for each in workflow.findings), default=len(Severity))
    return workflow.whole is not False, worst, not workflow.publishes


def _told_section(held: Sequence[ToldFinding]) -> Section:
    """One finding; or notes that one thing helps against, in a table."""
    first = held[0]
    section = finding_section(first.workflow, first.finding)
    if len(held) > 1 and first.finding.severity is not Severity.NOTE:
        places = tuple((Cell(str(one.finding.place), code=True),) for one in held[1:])
        table = Table(f"The same at {counted(len(places), 'other place')}", ("place",), places)
        return replace(section, parts=(*section.parts, table), about=f"{len(held)} times")
    if len(held) > 1:
        rows = tuple((Cell(str(one.finding.place), code=True), one.finding.message) for one in held)
        fix = first.finding.fix
        help_ = (Prose(f"What to do: {fix.description}"),) if fix else ()
        table = Table("Where", ("place", "finding"), rows)
        return replace(section, parts=(table, *help_), about=f"{len(held)} times")
    if first.elsewhere:
        others = Prose(f"The same in runs of {listed(first.elsewhere)}.", Tone.QUIET)
        section = replace(section, parts=(*section.parts, others))
    return section


def _tone(report: Report) -> Tone:
    if any(each.confidence is not Confidence.UNKNOWN for each in report.failures):
        return Tone.BAD
    if report.undecided or any(report.findings):
        return Tone.WARN
    return Tone.GOOD


def workflow_section(workflow: WorkflowReport) -> Section:
    """One workflow: its answer, its graph, what it publishes, what could not be read."""
    parts: list[Part] = []
    if said := wholeness(workflow):
        tone = {True: Tone.GOOD, False: Tone.BAD, None: Tone.WARN}[workflow.whole]
        parts.append(Prose(said[:1].upper() + said[1:] + ".", tone))
    parts += [Prose(f"Assumed: {each}.", Tone.PLAIN) for each in workflow.assumed]
    if workflow.jobs:
        parts.append(jobs_graph(workflow, f"Jobs of {workflow.path}", workflow.findings))
    if workflow.publishes:
        parts.append(_publishes(workflow))
    parts += _rest(workflow)
    worst = min((each.severity.rank for each in workflow.findings), default=None)
    tone = Tone.GOOD if workflow.whole else Tone.PLAIN
    tone = tone if worst is None else TONES[list(Severity)[worst]]
    return Section(workflow.path, tuple(parts), tone, standing_words(workflow) if workflow.images else "")


def jobs_graph(
    workflow: WorkflowReport,
    caption: str,
    findings: Iterable[Finding] = (),
    story: Iterable[Moment] = (),
) -> Graph:
    """The jobs of *workflow* and what waits for what; *findings* add the arrows that are missing.

    With a *story* it can be stepped through. A job's note says what it pushes.
    """
    pushed: dict[str, dict[str, None]] = {}
    for _, line in rows(workflow):
        pushed.setdefault(line.job, {})[line.image] = None
    missing = _missing_edges(workflow, findings)
    steps = tuple(_graph_step(moment, workflow) for moment in story)
    # What can be stepped through turns red step by step.
    broken = {edge.target for edge in missing} if not steps else set()
    nodes = tuple(
        Node(
            job,
            job,
            f"pushes {', '.join(pushed[job])}" if job in pushed else "",
            Tone.BAD if job in broken else Tone.PLAIN,
        )
        for job in workflow.jobs
    )
    edges = tuple(Edge(e.need, e.job, critical=e.critical) for e in workflow.edges)
    return Graph(caption, nodes, (*edges, *missing), steps)


def _missing_edges(workflow: WorkflowReport, findings: Iterable[Finding]) -> tuple[Edge, ...]:
    found: dict[tuple[str, str], Edge] = {}
    for finding in findings:
        if finding.rule not in MISSING:
            continue
        later = job_of(workflow, finding.place)
        for other in finding.places[1:]:
            earlier = job_of(workflow, other.place)
            if later and earlier and later != earlier:
                found[earlier, later] = Edge(earlier, later, MISSING[finding.rule], broken=True)
    return tuple(found.values())


def job_of(workflow: WorkflowReport, place: Place) -> str:
    """The job in which *place* stands, empty where it stands in none."""
    found = re.match(r"jobs\.([^.\[]+)", place.path)
    return found[1] if found and found[1] in workflow.jobs else ""


def _graph_step(moment: Moment, workflow: WorkflowReport) -> Step:
    state = _STATES.get(moment.outcome, "running")
    job = moment.subject if moment.subject in workflow.jobs else ""
    if not job and moment.place is not None:
        job = job_of(workflow, moment.place)
    tone = Tone.BAD if state in ("fail", "published", "cancel") else Tone.PLAIN
    return Step(moment.text, {job: state} if job else {}, tone, str(moment.place or ""))


def finding_section(workflow: WorkflowReport, finding: Finding) -> Section:
    """One finding: what, the run in which it happens, where, and what to do."""
    parts: list[Part] = [Prose(finding.message)]
    story = moments(finding)
    if any(_graph_step(moment, workflow).states for moment in story):
        parts.append(jobs_graph(workflow, "The run in which it happens", [finding], story))
    elif story:
        parts.append(Prose("\n\n".join(f"{n}. {m.text}" for n, m in enumerate(story, 1))))
    places = tuple((Cell(str(one.place), code=True), one.label) for one in finding.places)
    parts.append(Table("Where", ("place", "what stands there"), places))
    if finding.fix is not None:
        safe = " wholeship check --fix does it." if finding.fix.safe else ""
        parts.append(Prose(f"What to do: {finding.fix.description}{safe}"))
    sure = "" if finding.confidence is Confidence.CERTAIN else f", {finding.confidence}"
    title = f"{finding.severity}: {finding.rule}{sure}"
    return Section(title, tuple(parts), TONES[finding.severity], finding.message)


def _publishes(workflow: WorkflowReport) -> Table:
    lines = tuple(
        (
            line.image,
            Cell(", ".join(line.tags), code=True),
            ", ".join(scenarios),
            line.job,
            "not known" if line.platforms is None else ", ".join(line.platforms),
            Cell(", ".join(line.after) or "nothing", tone=Tone.PLAIN if line.after else Tone.QUIET),
            Cell(", ".join(line.gates) or "nothing", tone=Tone.PLAIN if line.gates else Tone.QUIET),
        )
        for scenarios, line in rows(workflow)
    )
    columns = ("image", "tags", "on", "job", "platforms", "only after", "gates before it")
    return Table("What is published", columns, lines)


def _rest(workflow: WorkflowReport) -> list[Part]:
    parts: list[Part] = []
    if workflow.unknown:
        lines = tuple((one.what, one.reason, Cell(str(one.place), code=True)) for one in workflow.unknown)
        parts.append(Table("What could not be read", ("what", "why", "place"), lines))
    if workflow.suppressed:
        answers = tuple((o.finding.rule, o.finding.message, o.reason, o.where) for o in workflow.suppressed)
        parts.append(Table("Findings that were answered", ("rule", "finding", "answer", "where"), answers))
    if workflow.crash:
        parts.append(Prose(f"A bug in wholeship on this file: {workflow.crash}", Tone.BAD))
    return parts
