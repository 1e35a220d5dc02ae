"""The answer of `check` as Markdown, for a summary or a comment."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Finding
from wholeship.core.text import printable, without_links
from wholeship.core.wording import counted
from wholeship.output.check_words import (
    blocks,
    docs,
    few_names,
    published_here,
    tags,
    tally,
    too_large,
    unpublished_words,
    where,
    wholeness,
)
from wholeship.output.findings import ToldFinding, group_findings, moments, told_findings
from wholeship.verdict.report import Report, WorkflowReport

_SIGNS = {"error": "❌", "warning": "⚠️", "note": "ℹ️"}


def check_markdown(report: Report) -> str:
    """A count, every finding, and what is published, folded."""
    lines = [f"**wholeship check**: {'; '.join([tally(report), *published_here(report)])}"]
    if missing := unpublished_words(report):
        lines += ["", plain_text(missing)]
    for large in too_large(report):
        lines += ["", plain_text(large)]
    for each in report.workflows:
        if each.crash:
            lines += [
                "",
                f"`{table_cell(each.path)}`: a bug in wholeship on this file: {plain_text(each.crash)}",
            ]
    for held in _grouped(report):
        lines += ["", *finding_markdown(held[0].finding)]
        if runs := [path for each in held for path in each.elsewhere]:
            lines += ["", f"The same in runs of {plain_text(few_names(runs))}."]
        if len(held) > 1:
            places = few_names(f"{each.finding.place.file}:{each.finding.place.line}" for each in held[1:])
            lines += ["", f"The same at {counted(len(held) - 1, 'other place')}: {plain_text(places)}."]
    publishing = [each for each in report.workflows if each.publishes]
    if publishing:
        lines += ["", "<details><summary>What is published</summary>", ""]
        lines += [line for each in publishing for line in (*_workflow_section(each), "")]
        lines += ["</details>"]
    return "\n".join(lines).rstrip() + "\n"


def _grouped(report: Report) -> Iterator[list[ToldFinding]]:
    """Those that are word for word the same together, notes too."""
    for held in group_findings(told_findings(report)):
        messages: dict[str, list[ToldFinding]] = {}
        for each in held:
            messages.setdefault(each.finding.message, []).append(each)
        yield from messages.values()


def _workflow_section(workflow: WorkflowReport) -> Iterator[str]:
    said = wholeness(workflow)
    yield f"### `{table_cell(workflow.path)}`{f': {plain_text(said)}' if said else ''}"
    for each in workflow.assumed:
        yield ""
        yield f"Assumed: {plain_text(each)}."
    yield ""
    yield "| image | job | tags | after | gates |"
    yield "|---|---|---|---|---|"
    for held in blocks(workflow):
        line, scenarios = held[0], tuple(dict.fromkeys(each.scenario for each in held))
        after, gates = ", ".join(line.after) or "–", ", ".join(line.gates) or "–"
        job = f"{line.job}{where(scenarios, workflow)}"
        row = map(table_cell, (line.image, job, tags(line.tags), after, gates))
        yield f"| {' | '.join(row)} |"


def finding_markdown(finding: Finding) -> Iterator[str]:
    """One finding with its story and what to do."""
    sign, place = _SIGNS[finding.severity.value], finding.place
    rule = f"**[{finding.rule}]({docs(finding.rule)})**"
    yield f"{sign} {rule} {plain_text(finding.message)} (`{table_cell(str(place))}`)"
    if finding.story:
        yield ""
    for number, moment in enumerate(moments(finding), 1):
        yield f"{number}. {plain_text(moment.text)}"
    if finding.fix:
        yield ""
        yield f"To do: {plain_text(finding.fix.description)}"


def plain_text(words: str) -> str:
    """Text from a file inside a sentence: no HTML, no mention, no link."""
    safe = without_links(printable(words)).replace("<", "&lt;").replace(">", "&gt;")
    return safe.replace("@", "@\u200b")


def table_cell(words: str) -> str:
    """The same inside a table."""
    return plain_text(words).replace("|", "\\|")
