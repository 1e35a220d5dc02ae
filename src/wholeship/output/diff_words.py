"""The differences of two versions, in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from wholeship.core.wording import counted, listed, listed_few
from wholeship.output.findings import sorted_findings
from wholeship.verdict.diff import Change, Kind, Line, Turn, WorkflowChange
from wholeship.verdict.report import WorkflowReport

_SENTENCES = {
    (Kind.PUBLISH, Turn.ADDED): "{subject} {are} now {what}",
    (Kind.PUBLISH, Turn.LOST): "{subject} {are} no longer {what}",
    (Kind.GATE, Turn.ADDED): "gate added: {what} stands before {subject}",
    (Kind.GATE, Turn.LOST): "gate lost: {what} does not stand before {subject} any more",
    (Kind.GATE, Turn.CHANGED): "gate changed before {subject}: {what}",
    (Kind.CHECK, Turn.LOST): "check gone: {what}",
    (Kind.ORDER, Turn.ADDED): "order added: {subject} is out only after {what}",
    (Kind.ORDER, Turn.LOST): "order lost: {subject} can be out before {what}",
    (Kind.PLATFORM, Turn.CHANGED): "platforms of {subject}: {what}",
    (Kind.TAG, Turn.CHANGED): "tags of {subject}: {what}",
    (Kind.RIGHTS, Turn.ADDED): "rights of {subject}: {what} (new job)",
    (Kind.RIGHTS, Turn.LOST): "rights of {subject}: {what} (job gone)",
    (Kind.RIGHTS, Turn.CHANGED): "rights of {subject}: {what}",
    (Kind.CONCURRENCY, Turn.ADDED): "concurrency of {subject}: {what} (new)",
    (Kind.CONCURRENCY, Turn.LOST): "concurrency of {subject}: {what} (gone)",
    (Kind.CONCURRENCY, Turn.CHANGED): "concurrency of {subject}: {what}",
}


def compared_states(change: Change) -> str:
    """``main → work tree``: the two states by name."""
    return f"{change.base or 'before'} → {change.head or ('work tree' if change.base else 'after')}"


def diff_headline(change: Change) -> str:
    """Which gate, order or check was lost; else what is new or gone, or that nothing is different."""
    lost = [said for each in change.workflows for said, worse in grouped_lines(each.lines) if worse]
    if lost:
        more = f", and {len(lost) - 1} more lost" if len(lost) > 1 else ""
        return f"{lost[0]}{more}"
    opened = sorted_findings(each for workflow in change.workflows for each in workflow.opened)
    if opened:
        more = f", and {len(opened) - 1} more" if len(opened) > 1 else ""
        return f"new finding {opened[0].rule}: {opened[0].message}{more}"
    gone = [each.rule for workflow in change.workflows for each in workflow.closed]
    if gone:
        return f"nothing is lost; not found any more: {listed_few(gone)}"
    if change.workflows:
        return "nothing is lost"
    return "nothing that matters to a release is different"


def titled(change: WorkflowChange) -> str:
    """The file, and what it was called before."""
    if change.before is None:
        return f"{change.path} (new)"
    if change.after is None:
        return f"{change.path} (deleted)"
    return change.path if change.before.path == change.path else f"{change.path} (was {change.before.path})"


def count_of_changes(change: Change) -> str:
    """``1 new finding, 2 gone, 3 as before; 1 gate and 2 orders lost``."""
    opened, closed, standing = (
        sum(len(held) for held in each)
        for each in zip(*((c.opened, c.closed, c.standing) for c in change.workflows), strict=True)
    )
    worse = Counter(line.kind.value for each in change.workflows for line in each.lines if line.worse)
    lost = listed(counted(number, kind) for kind, number in worse.items())
    files = counted(len(change.workflows), "workflow")
    told = f"{counted(opened, 'new finding')}, {closed} gone, {standing} as before"
    return f"{told}{f'; {lost} lost' if lost else ''} in {files}"


def difference_sentence(line: Line, *, several: bool = False) -> str:
    """One difference; its subject is *several* things."""
    are = "are" if several else "is"
    text = _SENTENCES[line.kind, line.turn].format(subject=line.subject, what=line.what, are=are)
    where = f" (on {listed(line.scenarios)})" if line.scenarios else ""
    why = f", because {line.why}" if line.why else ""
    return f"{text}{where}{why}"


def grouped_lines(lines: Iterable[Line]) -> list[tuple[str, bool]]:
    """Sentences, with lines that differ only in their subject in one; and whether it is for the worse."""
    found: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        found.setdefault((line.kind, line.turn, line.what, line.scenarios, line.why), []).append(line)
    return [
        (
            difference_sentence(_together_line(held), several=len({each.subject for each in held}) > 1),
            held[0].worse,
        )
        for held in found.values()
    ]


def _together_line(lines: Sequence[Line]) -> Line:
    return replace(lines[0], subject=listed(each.subject for each in lines))


def whole_turn(change: WorkflowChange) -> str:
    """``whole → can be half``; empty where the answer is the same, or there is none."""
    before, after = _wholeness_words(change.before), _wholeness_words(change.after)
    if change.before is None and change.after is not None:
        return after
    return "" if before == after else f"{before} → {after}"


def _wholeness_words(report: WorkflowReport | None) -> str:
    if report is not None and report.whole_if_followed:
        return f"whole only if the controller follows {listed(report.whole_if_followed, 'or')}"
    words = {True: "whole in every run", False: "can be half released", None: "not known"}
    return words[report.whole if report is not None else None]
