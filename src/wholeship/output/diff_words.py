"""The differences of two versions, in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from wholeship.core.wording import listed
from wholeship.verdict.diff import Kind, Line, Turn, WorkflowChange
from wholeship.verdict.report import WorkflowReport

_SENTENCES = {
    (Kind.PUBLISH, Turn.ADDED): "{subject} is now {what}",
    (Kind.PUBLISH, Turn.LOST): "{subject} is no longer {what}",
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


def sentence(line: Line) -> str:
    """One difference."""
    text = _SENTENCES[line.kind, line.turn].format(subject=line.subject, what=line.what)
    where = f" (on {listed(line.scenarios)})" if line.scenarios else ""
    why = f", because {line.why}" if line.why else ""
    return f"{text}{where}{why}"


def grouped(lines: Iterable[Line]) -> list[tuple[str, bool]]:
    """Sentences, with lines that differ only in their subject in one; and whether it is for the worse."""
    found: dict[tuple[object, ...], list[Line]] = {}
    for line in lines:
        found.setdefault((line.kind, line.turn, line.what, line.scenarios, line.why), []).append(line)
    return [
        (sentence(replace(held[0], subject=listed(each.subject for each in held))), held[0].worse)
        for held in found.values()
    ]


def whole_turn(change: WorkflowChange) -> str:
    """``whole → can be half``; empty where the answer is the same, or there is none."""
    before, after = _answer(change.before), _answer(change.after)
    return "" if before == after else f"{before} → {after}"


def _answer(report: WorkflowReport | None) -> str:
    if report is not None and report.whole_if_followed:
        return f"whole only if the controller follows {listed(report.whole_if_followed, 'or')}"
    words = {True: "whole in every run", False: "can be half released", None: "not known"}
    return words[report.whole if report is not None else None]
