"""What a change does to the workflows, for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wholeship.core.finding import Finding
from wholeship.core.text import printable
from wholeship.output.check_text import finding_lines
from wholeship.output.diff_words import (
    compared_states,
    count_of_changes,
    diff_headline,
    grouped_lines,
    titled,
    whole_turn,
)
from wholeship.output.findings import sorted_findings
from wholeship.output.ink import Ink
from wholeship.verdict.diff import Change, Measure, WorkflowChange


def diff_text(change: Change, ink: Ink) -> str:
    """What was lost on top; then each file: its differences, new findings with their runs, what is gone."""
    blocks = [_headline(change, ink)]
    blocks += ["\n".join(_workflow_lines(each, ink)) for each in change.workflows]
    if change.measures:
        blocks.append("\n".join(_measures(change.measures, ink)))
    if change.workflows:
        blocks.append(count_of_changes(change))
    return "\n\n".join(blocks) + "\n"


def _headline(change: Change, ink: Ink) -> str:
    style = "red" if change.worse else "green"
    return (
        f"{ink('bold', printable(compared_states(change)))}: {ink(style, printable(diff_headline(change)))}"
    )


def _workflow_lines(change: WorkflowChange, ink: Ink) -> Iterator[str]:
    yield ink("bold", printable(titled(change)))
    turn = whole_turn(change)
    if turn:
        yield f"  {turn}"
    for said, worse in grouped_lines(change.lines):
        yield f"{ink('red', '-') if worse else ' '} {printable(said)}"
    yield from _opened_lines(change, ink)
    yield from _closed_lines(change.closed, ink)


def _opened_lines(change: WorkflowChange, ink: Ink) -> Iterator[str]:
    for finding in sorted_findings(change.opened):
        yield ""
        yield ink("red" if finding.severity.rank < 2 else "bold", "new finding:")
        yield from finding_lines(finding, {change.path: change.after.text if change.after else ""}, ink)


def _closed_lines(findings: Iterable[Finding], ink: Ink) -> Iterator[str]:
    for finding in findings:
        yield ""
        yield f"{ink('green', 'not found any more:')} [{finding.rule}] {printable(finding.message)}"


def _measures(measures: Iterable[Measure], ink: Ink) -> Iterator[str]:
    yield "minutes and disk:"
    rows = [(each.what, each.scenario, each.before, each.after, each.better) for each in measures]
    widths = [max(len(printable(str(row[i]))) for row in rows) for i in range(3)]
    for what, scenario, before, after, better in rows:
        cells = [
            printable(text).ljust(width) for text, width in zip((what, scenario, before), widths, strict=True)
        ]
        styled = printable(after) if better is None else ink("green" if better else "red", printable(after))
        yield f"  {cells[0]}  {cells[1]}  {cells[2]} → {styled}"
