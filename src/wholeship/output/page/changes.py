"""What a change does to the workflows, as a page: before and after side by side."""

from __future__ import annotations

from wholeship.core.finding import Severity
from wholeship.core.wording import counted
from wholeship.output.check_words import wholeness
from wholeship.output.diff_words import compared_states, diff_headline, grouped_lines, titled, whole_turn
from wholeship.output.findings import sorted_findings
from wholeship.output.page.parts import Cell, Columns, Page, Part, Prose, Section, Table, Tone
from wholeship.output.page.workflows import finding_section, jobs_graph
from wholeship.verdict.diff import Change, WorkflowChange
from wholeship.verdict.report import WorkflowReport


def diff_page(change: Change) -> Page:
    """Every workflow that does something else than before; minutes and gigabytes, where they are known."""
    parts: list[Part] = []
    if change.measures:
        parts.append(_measures(change))
    parts += [_workflow_section(each) for each in sorted(change.workflows, key=_badness)]
    if not change.workflows:
        parts.append(Prose("Nothing that matters to a release is different."))
    opened = sum(len(each.opened) for each in change.workflows)
    closed = sum(len(each.closed) for each in change.workflows)
    lost = sum(line.worse for each in change.workflows for line in each.lines)
    return Page(
        title=compared_states(change),
        answer=diff_headline(change),
        tone=Tone.BAD if change.worse else Tone.GOOD if closed and not opened else Tone.PLAIN,
        parts=tuple(parts),
        facts=(
            ("gates, orders and checks lost", str(lost)),
            ("new findings", str(opened)),
            ("findings gone", str(closed)),
            ("findings as before", str(sum(len(each.standing) for each in change.workflows))),
        ),
        contents=len(change.workflows) > 1,
    )


def _badness(change: WorkflowChange) -> tuple[bool, int]:
    """What sorts the file with the worst change first."""
    worst = min((each.severity.rank for each in change.opened), default=len(Severity))
    return not any(line.worse for line in change.lines), worst


def _measures(change: Change) -> Table:
    tones = {True: Tone.GOOD, False: Tone.BAD, None: Tone.PLAIN}
    rows = tuple((m.scenario, m.what, m.before, Cell(m.after, tone=tones[m.better])) for m in change.measures)
    return Table("Minutes and gigabytes", ("scenario", "what", "before", "after"), rows)


def _workflow_section(change: WorkflowChange) -> Section:
    parts: list[Part] = []
    if turn := whole_turn(change):
        parts.append(Prose(turn, Tone.BAD if change.after and change.after.whole is False else Tone.PLAIN))
    lines = sorted(grouped_lines(change.lines), key=lambda each: not each[1])
    if lines:
        rows = tuple(
            (Cell("worse" if worse else "other", tone=Tone.BAD if worse else Tone.QUIET), text)
            for text, worse in lines
        )
        parts.append(Table("What is different", ("kind", "what"), rows))
    if change.after is not None:
        parts += [finding_section(change.after, finding) for finding in sorted_findings(change.opened)]
    parts.append(
        Columns(
            "Before",
            _side_parts(change.before, change, "before"),
            "After",
            _side_parts(change.after, change, "after"),
        )
    )
    if change.closed:
        closed = tuple((f.rule, f.message) for f in sorted_findings(change.closed))
        parts.append(Section("No longer found", (Table("Gone", ("rule", "finding"), closed),), Tone.GOOD))
    if change.standing:
        number = counted(len(change.standing), "finding")
        parts.append(Prose(f"{number} before and after: wholeship check shows them.", Tone.QUIET))
    worse = bool(change.opened) or any(line.worse for line in change.lines)
    tone = Tone.BAD if worse else Tone.GOOD if change.closed else Tone.PLAIN
    return Section(titled(change), tuple(parts), tone, whole_turn(change))


def _side_parts(report: WorkflowReport | None, change: WorkflowChange, when: str) -> tuple[Part, ...]:
    if report is None:
        return (Prose("There is no such file."),)
    findings = (*change.standing, *(change.opened if when == "after" else change.closed))
    said = wholeness(report)
    parts: list[Part] = []
    if said:
        parts.append(
            Prose(said[:1].upper() + said[1:] + ".", Tone.BAD if report.whole is False else Tone.PLAIN)
        )
    if report.jobs:
        parts.append(jobs_graph(report, f"Jobs {when}", findings))
    return tuple(parts) or (Prose("Nothing is published."),)
