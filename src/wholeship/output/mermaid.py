"""The order of a workflow as a Mermaid graph: critical edges thick, the broken promise marked."""

from __future__ import annotations

import re

from wholeship.core.text import printable
from wholeship.output.check_words import rows
from wholeship.verdict.report import Report, WorkflowReport

_BROKEN = ("half-release", "gate-bypass")


def mermaid(report: Report) -> str:
    """One graph for each workflow that publishes."""
    graphs = [_graph(workflow) for workflow in report.workflows if workflow.publishes]
    return "\n".join(graphs) if graphs else "flowchart LR\n"


def _graph(workflow: WorkflowReport) -> str:
    lines = [f"%% {printable(workflow.path)}", "flowchart LR"]
    published: dict[str, dict[str, None]] = {}
    for _, line in rows(workflow):
        published.setdefault(line.job, {})[line.image] = None
    for job in workflow.jobs:
        images = published.get(job)
        text = f"{job}<br/>pushes {', '.join(images)}" if images else job
        open_, close = ("[[", "]]") if images else ("(", ")")
        lines.append(f'  {_id(job)}{open_}"{_text(text)}"{close}')
    for edge in workflow.edges:
        arrow = "==>" if edge.critical else "-->"
        lines.append(f"  {_id(edge.need)} {arrow} {_id(edge.job)}")
    lines += _broken(workflow, published)
    return "\n".join(lines) + "\n"


def _broken(workflow: WorkflowReport, published: dict[str, dict[str, None]]) -> list[str]:
    """A dotted edge where an order or a gate is missing, and the jobs it is about in red."""
    lines: list[str] = []
    marked: dict[str, None] = {}
    for finding in workflow.findings:
        if finding.rule not in _BROKEN or len(finding.places) < 2:
            continue
        later = _job_of(workflow, finding.places[0].place.path)
        for other in finding.places[1:]:
            earlier = _job_of(workflow, other.place.path)
            if later and earlier and later != earlier:
                missing = "may not be out" if finding.rule == "half-release" else "may not have passed"
                lines.append(f'  {_id(earlier)} -. "{missing}" .-> {_id(later)}')
        if later:
            marked[later] = None
    lines += [f"  class {_id(job)} broken" for job in marked]
    style = "  classDef broken stroke:#c00,stroke-width:3px"
    return [*dict.fromkeys(lines), style] if marked else lines


def _job_of(workflow: WorkflowReport, path: str) -> str:
    found = re.match(r"jobs\.([^.\[]+)", path)
    return found[1] if found and found[1] in workflow.jobs else ""


def _id(job: str) -> str:
    """A node's name; Mermaid takes letters, digits and underscores, and ``end`` is a word of its own."""
    return "job_" + re.sub(r"\W", lambda found: f"_{ord(found[0]):x}_", job)


def _text(text: str) -> str:
    return printable(text).replace('"', "#quot;")
