"""What a change does to the workflows, for a pull-request comment."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wholeship.core.finding import Severity
from wholeship.output.check_markdown import finding_markdown, plain_text, table_cell
from wholeship.output.check_words import rows, wholeness
from wholeship.output.diff_words import (
    compared_states,
    count_of_changes,
    diff_headline,
    grouped_lines,
    titled,
)
from wholeship.verdict.diff import Change, Measure, WorkflowChange
from wholeship.verdict.report import WorkflowReport

_NOTHING = "–"


def diff_markdown(change: Change) -> str:
    """A section for each file: a table before and after, what was lost, windows opened and closed."""
    if not change.workflows:
        return "**wholeship diff**: nothing that matters to a release is different.\n"
    lines = [
        f"**wholeship diff** of `{table_cell(compared_states(change))}`: {plain_text(diff_headline(change))}",
        "",
    ]
    for each in change.workflows:
        lines += [*_workflow_section(each), ""]
    if change.measures:
        lines += ["#### Minutes and disk", "", *_measures(change.measures), ""]
    return "\n".join([*lines, count_of_changes(change)]) + "\n"


def _measures(measures: Iterable[Measure]) -> Iterator[str]:
    yield "| | scenario | before | after | |"
    yield "|---|---|---|---|---|"
    marks = {True: "✅", False: "❌", None: ""}
    for each in measures:
        cells = " | ".join(table_cell(value) for value in (each.what, each.scenario, each.before, each.after))
        yield f"| {cells} | {marks[each.better]} |"


def _workflow_section(change: WorkflowChange) -> Iterator[str]:
    yield f"### `{table_cell(titled(change))}`"
    yield ""
    yield from _table(change)
    if change.lines:
        yield ""
        yield from (
            f"- {'❌ ' if worse else ''}{plain_text(said)}" for said, worse in grouped_lines(change.lines)
        )
    for finding in change.opened:
        if finding.severity is not Severity.NOTE:
            yield ""
            yield "**New**"
            yield ""
            yield from finding_markdown(finding)
    yield from _notes(change)
    if change.closed:
        yield ""
        yield "**Not found any more**"
        yield ""
        yield from (f"- ✅ `{each.rule}` {plain_text(each.message)}" for each in change.closed)


def _notes(change: WorkflowChange) -> Iterator[str]:
    notes = [each for each in change.opened if each.severity is Severity.NOTE]
    if notes:
        yield ""
    for each in notes:
        todo = f" {each.fix.description}" if each.fix else ""
        yield f"- ℹ️ `{each.rule}` {plain_text(each.message)}.{plain_text(todo)}"


def _table(change: WorkflowChange) -> Iterator[str]:
    before, after = _cells(change.before), _cells(change.after)
    yield "| | before | after |"
    yield "|---|---|---|"
    for key in dict.fromkeys((*before, *after)):
        one, other = before.get(key, _NOTHING), after.get(key, _NOTHING)
        changed = "" if one == other else "**"
        yield f"| {table_cell(key)} | {table_cell(one)} | {changed}{table_cell(other)}{changed} |"


def _cells(report: WorkflowReport | None) -> dict[str, str]:
    """What the table says of one side: the answer, then each image."""
    if report is None:
        return {}
    found: dict[str, str] = {"release": wholeness(report) or _NOTHING}
    gates: dict[str, dict[str, None]] = {}
    order: dict[str, dict[str, None]] = {}
    platforms: dict[str, dict[str, None]] = {}
    for _, line in rows(report):
        gates.setdefault(line.image, {}).update(dict.fromkeys(line.gates))
        order.setdefault(line.image, {}).update(dict.fromkeys(line.after))
        known = ["not known"] if line.platforms is None else list(line.platforms)
        platforms.setdefault(line.image, {}).update(dict.fromkeys(known))
    for image, held in gates.items():
        found[f"{image}: out after"] = ", ".join(sorted(order[image])) or _NOTHING
        found[f"{image}: behind"] = ", ".join(sorted(held)) or _NOTHING
        found[f"{image}: platforms"] = ", ".join(sorted(platforms[image])) or "the runner's own"
    return found
