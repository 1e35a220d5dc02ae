"""The answer of `check` as Markdown, for a summary or a comment."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Finding
from wholeship.core.text import printable
from wholeship.output.check_words import (
    blocks,
    docs,
    sorted_findings,
    tags,
    tally,
    unpublished,
    where,
    wholeness,
)
from wholeship.verdict.report import Report, WorkflowReport

_SIGNS = {"error": "❌", "warning": "⚠️", "note": "ℹ️"}


def check_markdown(report: Report) -> str:
    """A section for each workflow that has something to tell."""
    lines = [f"**wholeship check**: {tally(report)}", ""]
    if missing := unpublished(report):
        lines += [text(missing), ""]
    for workflow in report.workflows:
        if not workflow.quiet:
            lines += [*_workflow(workflow), ""]
    return "\n".join(lines).rstrip() + "\n"


def _workflow(workflow: WorkflowReport) -> Iterator[str]:
    said = wholeness(workflow)
    yield f"### `{cell(workflow.path)}`{f': {said}' if said else ''}"
    for each in workflow.assumed:
        yield ""
        yield f"Assumed: {text(each)}."
    found = blocks(workflow)
    if found:
        yield ""
        yield "| image | job | tags | after | gates |"
        yield "|---|---|---|---|---|"
    for held in found:
        line, scenarios = held[0], tuple(dict.fromkeys(each.scenario for each in held))
        after, gates = ", ".join(line.after) or "–", ", ".join(line.gates) or "–"
        job = f"{line.job}{where(scenarios, workflow)}"
        tagged = cell(tags(line.tags))
        yield f"| {cell(line.image)} | {cell(job)} | {tagged} | {cell(after)} | {cell(gates)} |"
    for finding in sorted_findings(workflow.findings):
        yield ""
        yield from finding_markdown(finding)


def finding_markdown(finding: Finding) -> Iterator[str]:
    """One finding with its story and what to do."""
    sign, place = _SIGNS[finding.severity.value], finding.place
    yield f"{sign} **[{finding.rule}]({docs(finding.rule)})** {text(finding.message)} (`{cell(str(place))}`)"
    if finding.story:
        yield ""
    for number, moment in enumerate(finding.story, 1):
        yield f"{number}. {text(moment.text)}"
    if finding.fix:
        yield ""
        yield f"To do: {text(finding.fix.description)}"


def text(words: str) -> str:
    """Text from a file inside a sentence: no HTML, no mention, no table."""
    safe = printable(words).replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("@", "@\u200b")


def cell(words: str) -> str:
    """The same inside a table."""
    return text(words).replace("|", "\\|")
