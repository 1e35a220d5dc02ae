"""Two versions of the workflows, compared by what they do: gates, order, platforms, tags, rights, windows.

Everything is compared by meaning: a gate that is not reached any more because one ``needs`` edge went is
lost, although nobody touched the gate.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from wholeship.core.finding import Finding, Severity
from wholeship.verdict.report import PublishLine, Report, WorkflowReport


class Kind(StrEnum):
    """What changed."""

    PUBLISH = "publish"
    GATE = "gate"
    ORDER = "order"
    PLATFORM = "platform"
    TAG = "tag"
    RIGHTS = "rights"
    CONCURRENCY = "concurrency"


class Turn(StrEnum):
    """``lost`` and ``added`` are about something that was there or is new; ``changed`` about its value."""

    ADDED = "added"
    LOST = "lost"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Line:
    """One difference. ``subject`` is the image or job; ``why`` the edges that went, where they explain it."""

    kind: Kind
    turn: Turn
    subject: str
    what: str
    scenarios: tuple[str, ...] = ()
    why: str = ""

    @property
    def worse(self) -> bool:
        """A promise that is not kept any more."""
        return self.turn is Turn.LOST and self.kind in (Kind.GATE, Kind.ORDER)


@dataclass(frozen=True, slots=True)
class WorkflowChange:
    """One file. ``opened`` are findings that the base did not have, ``closed`` those that are gone."""

    path: str
    before: WorkflowReport | None
    after: WorkflowReport | None
    lines: tuple[Line, ...] = ()
    opened: tuple[Finding, ...] = ()
    closed: tuple[Finding, ...] = ()
    standing: tuple[Finding, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether nothing that matters to a release is different."""
        return not self.lines and not self.opened and not self.closed


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure before and after, as text with its unit. ``better``: less of it; None: no difference."""

    scenario: str
    what: str
    before: str
    after: str
    better: bool | None = None

    def __str__(self) -> str:
        return f"{self.what} on {self.scenario}: {self.before} → {self.after}"


@dataclass(frozen=True, slots=True)
class Change:
    """Every file that differs. ``measures`` are minutes and gigabytes before and after, from a forecast."""

    base: str
    head: str
    workflows: tuple[WorkflowChange, ...] = ()
    measures: tuple[Measure, ...] = ()
    failing: Severity = Severity.WARNING

    @property
    def worse(self) -> bool:
        """Whether a window was opened, a gate or an order lost."""
        return any(
            any(line.worse for line in each.lines)
            or any(found.severity.rank <= self.failing.rank for found in each.opened)
            for each in self.workflows
        )


def diff(
    before: Report, after: Report, *, base: str = "", head: str = "", measures: Iterable[Measure] = ()
) -> Change:
    """What the change from *before* to *after* does; files are paired by path."""
    left = {each.path: each for each in before.workflows}
    right = {each.path: each for each in after.workflows}
    pairs = ((path, left.get(path), right.get(path)) for path in dict.fromkeys((*left, *right)))
    changed = tuple(_workflow(path, one, other) for path, one, other in pairs)
    return Change(base, head, tuple(c for c in changed if not c.silent), tuple(measures), after.failing)


def _workflow(path: str, before: WorkflowReport | None, after: WorkflowReport | None) -> WorkflowChange:
    old = {each.fingerprint: each for each in (before.findings if before else ())}
    new = {each.fingerprint: each for each in (after.findings if after else ())}
    answered = {each.finding.fingerprint for each in (after.suppressed if after else ())}
    return WorkflowChange(
        path,
        before,
        after,
        lines=tuple(_lines(before or WorkflowReport(path), after or WorkflowReport(path))),
        opened=tuple(each for key, each in new.items() if key not in old),
        closed=tuple(each for key, each in old.items() if key not in new and key not in answered),
        standing=tuple(each for key, each in new.items() if key in old),
    )


def _lines(before: WorkflowReport, after: WorkflowReport) -> Iterator[Line]:
    old, new = _by_image(before), _by_image(after)
    found: dict[tuple[Kind, Turn, str, str, str], list[str]] = {}
    for key in dict.fromkeys((*old, *new)):
        scenario, image = key
        for line in _image(image, old.get(key), new.get(key), before, after):
            found.setdefault((line.kind, line.turn, line.subject, line.what, line.why), []).append(scenario)
    for (kind, turn, subject, what, why), scenarios in found.items():
        every = len(scenarios) >= max(len(before.scenarios), len(after.scenarios))
        yield Line(kind, turn, subject, what, () if every else tuple(scenarios), why)
    yield from _pairs(Kind.RIGHTS, dict(before.rights), dict(after.rights), "the workflow")
    yield from _pairs(Kind.CONCURRENCY, dict(before.groups), dict(after.groups), "the workflow")


@dataclass(frozen=True, slots=True)
class _Side:
    """One image in one scenario, all its steps together."""

    gates: frozenset[str]
    after: frozenset[str]
    platforms: frozenset[str] | None
    tags: tuple[str, ...]
    jobs: tuple[str, ...]


def _by_image(report: WorkflowReport) -> dict[tuple[str, str], _Side]:
    groups: dict[tuple[str, str], list[PublishLine]] = {}
    for line in report.publishes:
        groups.setdefault((line.scenario, line.image), []).append(line)
    return {key: _side(lines) for key, lines in groups.items()}


def _side(lines: list[PublishLine]) -> _Side:
    """Gates and order hold for the image when they hold for each of its steps."""
    known = [line.platforms for line in lines if line.platforms is not None]
    return _Side(
        frozenset.intersection(*(frozenset(line.gates) for line in lines)),
        frozenset.intersection(*(frozenset(line.after) for line in lines)),
        frozenset(p for each in known for p in each) if len(known) == len(lines) else None,
        tuple(dict.fromkeys(tag for line in lines for tag in line.tags)),
        tuple(dict.fromkeys(line.job for line in lines)),
    )


def _image(
    image: str, old: _Side | None, new: _Side | None, before: WorkflowReport, after: WorkflowReport
) -> Iterator[Line]:
    if old is None and new is not None:
        yield Line(Kind.PUBLISH, Turn.ADDED, image, f"published by {', '.join(new.jobs)}")
    elif new is None and old is not None:
        yield Line(Kind.PUBLISH, Turn.LOST, image, f"published by {', '.join(old.jobs)}")
    if old is None or new is None:
        return
    known = set(after.images)
    for gate in sorted(old.gates - new.gates):
        why = _edges_gone(before, after, (gate.partition(":")[0],))
        yield Line(Kind.GATE, Turn.LOST, image, gate, why=why)
    yield from (Line(Kind.GATE, Turn.ADDED, image, gate) for gate in sorted(new.gates - old.gates))
    for other in sorted(old.after - new.after):
        if other in known:
            jobs = {line.job.partition(" ")[0] for line in before.publishes if line.image == other}
            yield Line(Kind.ORDER, Turn.LOST, image, other, why=_edges_gone(before, after, jobs))
    yield from (Line(Kind.ORDER, Turn.ADDED, image, other) for other in sorted(new.after - old.after))
    if old.platforms != new.platforms:
        yield Line(Kind.PLATFORM, Turn.CHANGED, image, f"{_said(old.platforms)} → {_said(new.platforms)}")
    if set(old.tags) != set(new.tags):
        yield Line(Kind.TAG, Turn.CHANGED, image, f"{', '.join(old.tags)} → {', '.join(new.tags)}")


def _said(platforms: frozenset[str] | None) -> str:
    if platforms is None:
        return "not known"
    return ", ".join(sorted(platforms)) or "the runner's own"


def _edges_gone(before: WorkflowReport, after: WorkflowReport, to: Iterable[str]) -> str:
    """The ``needs`` that went and led to the jobs *to*; not those whose own job went."""
    now = {(edge.job, edge.need) for edge in after.edges}
    wanted = set(to)
    gone = [
        f"{edge.job} no longer needs {edge.need}"
        for edge in before.edges
        if (edge.job, edge.need) not in now
        and edge.job in after.jobs
        and wanted & {edge.need, *_needed(before, edge.need)}
    ]
    return "; ".join(gone)


def _needed(report: WorkflowReport, job: str) -> set[str]:
    """Every job that *job* waits for, directly or not."""
    found: set[str] = set()
    pending = [job]
    while pending:
        here = pending.pop()
        fresh = {edge.need for edge in report.edges if edge.job == here} - found
        found |= fresh
        pending += fresh
    return found


def _pairs(kind: Kind, old: Mapping[str, str], new: Mapping[str, str], unnamed: str) -> Iterator[Line]:
    for name in dict.fromkeys((*old, *new)):
        one, other = old.get(name), new.get(name)
        subject = name or unnamed
        if one == other:
            continue
        if one is None and other is not None:
            yield Line(kind, Turn.ADDED, subject, other)
        elif other is None and one is not None:
            yield Line(kind, Turn.LOST, subject, one)
        else:
            yield Line(kind, Turn.CHANGED, subject, f"{one} → {other}")
