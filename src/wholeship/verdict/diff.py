"""Two versions of the workflows, compared by what they do: gates, order, platforms, tags, rights, windows.

Everything is compared by meaning: a gate that is not reached any more because one ``needs`` edge went is
lost, although nobody touched the gate; a job, step or file with another name is what it was before.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING

from wholeship.core.finding import Finding, Severity
from wholeship.core.late import late
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.verdict.report import PublishLine, Report, WorkflowReport

if TYPE_CHECKING:
    from difflib import SequenceMatcher
else:  # for a file with another name
    SequenceMatcher = late("difflib:SequenceMatcher")

ALIKE = 0.6
"""So much of the lines of two files has to be the same for one to be the other under a new name."""


class Kind(StrEnum):
    """What changed."""

    PUBLISH = "publish"
    GATE = "gate"
    ORDER = "order"
    PLATFORM = "platform"
    TAG = "tag"
    RIGHTS = "rights"
    CONCURRENCY = "concurrency"
    CHECK = "check"


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
        return self.turn is Turn.LOST and self.kind in (Kind.GATE, Kind.ORDER, Kind.CHECK)


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
    """What the change from *before* to *after* does; files are paired by path, else by what is in them."""
    known, now = _findings(before), _findings(after)
    renamed = _renamed(before, after)
    changed = [
        _workflow(each.path, renamed.get(each.path), each, known, now)
        for each in after.workflows
        if not _is_part(each, renamed)
    ]
    gone = {each.path for each in before.workflows} - {
        each.path for each in renamed.values() if each is not None
    }
    changed += [
        _workflow(each.path, each, None, known, now) for each in before.workflows if each.path in gone
    ]
    changed = _with_checks(before, after, changed)
    order = list(dict.fromkeys(each.path for each in (*before.workflows, *after.workflows)))
    changed.sort(key=lambda each: order.index(each.path))
    return Change(base, head, tuple(c for c in changed if not c.silent), tuple(measures), after.failing)


_Findings = Mapping[tuple[str, str], frozenset[str]]
"""By rule and what was found, whatever the job is in: the files."""


def _findings(report: Report) -> _Findings:
    found: dict[tuple[str, str], set[str]] = {}
    for workflow in report.workflows:
        answered = (each.finding for each in workflow.suppressed)
        for each in (*workflow.findings, *answered):
            found.setdefault(meaning(each), set()).add(workflow.path)
    return {key: frozenset(paths) for key, paths in found.items()}


_CALL = lazy_pattern(r"[\w.-]+/(?=[\w.-])")


def meaning(finding: Finding) -> tuple[str, str]:
    """What was found, without the call that its job stands in: the same for every caller."""
    return finding.rule, _CALL.sub("", finding.key or finding.place.path or finding.message)


def _renamed(before: Report, after: Report) -> Mapping[str, WorkflowReport | None]:
    """The state before of each file of *after*: of the same path, else what is gone and most alike."""
    old = {each.path: each for each in before.workflows}
    new = {each.path for each in after.workflows}
    gone = [each for each in before.workflows if each.path not in new]
    found: dict[str, WorkflowReport | None] = {}
    for each in after.workflows:
        found[each.path] = old.get(each.path)
        if each.path not in old and gone:
            best = max(gone, key=lambda other: _alike(other, each))
            if _alike(best, each) >= ALIKE:
                found[each.path] = best
                gone.remove(best)
    return found


def _alike(one: WorkflowReport, other: WorkflowReport) -> float:
    return SequenceMatcher(None, one.text.splitlines(), other.text.splitlines()).ratio()


def _is_part(workflow: WorkflowReport, before: Mapping[str, WorkflowReport | None]) -> bool:
    """Whether it is a new file that only others call: what it does is told of them."""
    return before.get(workflow.path) is None and workflow.scenarios == ("workflow_call",)


def _workflow(
    path: str,
    before: WorkflowReport | None,
    after: WorkflowReport | None,
    known: _Findings,
    now: _Findings,
) -> WorkflowChange:
    old = {each.fingerprint: each for each in (before.findings if before else ())}
    new = {each.fingerprint: each for each in (after.findings if after else ())}
    answered = {each.finding.fingerprint for each in (after.suppressed if after else ())}
    mine = {meaning(each) for each in old.values()}
    still = {meaning(each) for each in new.values()}
    moved = set() if before is None or after is None else mine & still
    if before is not None and after is not None and before.path != after.path:
        answered |= {key for key, each in old.items() if meaning(each) in now}

    def stands(key: str, each: Finding, others: Mapping[str, Finding]) -> bool:
        return key in others or meaning(each) in moved

    return WorkflowChange(
        path,
        before,
        after,
        lines=tuple(_lines(before or WorkflowReport(path), after or WorkflowReport(path))),
        opened=tuple(each for key, each in new.items() if not stands(key, each, old)),
        closed=tuple(each for key, each in old.items() if not stands(key, each, new) and key not in answered),
        standing=tuple(each for key, each in new.items() if stands(key, each, old)),
    )


def _with_checks(before: Report, after: Report, changed: list[WorkflowChange]) -> list[WorkflowChange]:
    """With the checks that are gone from all files, told of the file that they were in."""
    there = {gate.key for each in after.workflows for gate in each.checks}
    fresh = Counter(
        kind for kind, _ in there - {gate.key for each in before.workflows for gate in each.checks}
    )
    found: dict[str, list[Line]] = {}
    for workflow in before.workflows:
        lost = {line.what for each in changed if each.path == workflow.path for line in each.lines}
        for gate in {gate.key: gate for gate in workflow.checks if gate.key not in there}.values():
            if fresh[gate.kind] > 0:
                fresh[gate.kind] -= 1  # another one of its kind is there for it
            elif gate.shown not in lost:
                line = Line(Kind.CHECK, Turn.LOST, "the workflow", gate.shown)
                found.setdefault(workflow.path, []).append(line)
    return [
        replace(each, lines=(*each.lines, *found.pop(each.before.path if each.before else each.path, ())))
        for each in changed
    ]


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

    gates: Mapping[tuple[str, str], str]
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
    shown = {gate.key: gate.shown for line in lines for gate in line.behind}
    every = frozenset.intersection(*(frozenset(gate.key for gate in line.behind) for line in lines))
    return _Side(
        {key: name for key, name in shown.items() if key in every},
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
    yield from _gates(image, old, new, before, after)
    for other in sorted(old.after - new.after):
        if other in known:
            jobs = {line.job.partition(" ")[0] for line in before.publishes if line.image == other}
            yield Line(Kind.ORDER, Turn.LOST, image, other, why=_edges_gone(before, after, jobs))
    yield from (Line(Kind.ORDER, Turn.ADDED, image, other) for other in sorted(new.after - old.after))
    if old.platforms != new.platforms:
        yield Line(Kind.PLATFORM, Turn.CHANGED, image, f"{_said(old.platforms)} → {_said(new.platforms)}")
    if set(old.tags) != set(new.tags):
        yield Line(Kind.TAG, Turn.CHANGED, image, f"{', '.join(old.tags)} → {', '.join(new.tags)}")


def _gates(
    image: str, old: _Side, new: _Side, before: WorkflowReport, after: WorkflowReport
) -> Iterator[Line]:
    """Gates lost and added; one of a kind for another of that kind has changed."""
    lost = sorted(old.gates.keys() - new.gates.keys(), key=lambda key: old.gates[key])
    added = sorted(new.gates.keys() - old.gates.keys(), key=lambda key: new.gates[key])
    everywhere = {gate.key for gate in after.checks}
    for key in list(lost):
        other = next((each for each in added if each[0] == key[0]), None)
        if other is None or key in everywhere:
            continue  # it is still there, and nothing waits for it any more
        lost.remove(key)
        added.remove(other)
        yield Line(Kind.GATE, Turn.CHANGED, image, f"{old.gates[key]} → {new.gates[other]}")
    for key in lost:
        shown = old.gates[key]
        why = _edges_gone(before, after, (shown.partition(":")[0],))
        yield Line(Kind.GATE, Turn.LOST, image, shown, why=why)
    yield from (Line(Kind.GATE, Turn.ADDED, image, new.gates[key]) for key in added)


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
    """By job; a job with another name, or in a call, is the one that it was, if what is said of it is."""
    callers = {name.partition("/")[0] for name in new if "/" in name}
    lost = {name: value for name, value in old.items() if name not in new}
    added = {name: value for name, value in new.items() if name not in old and name not in callers}
    for name, value in list(lost.items()):
        other = next((each for each, held in added.items() if held == value), None)
        if other is not None:
            del lost[name], added[other]
    for name in (name for name in old if name in new and old[name] != new[name]):
        yield Line(kind, Turn.CHANGED, name or unnamed, f"{old[name]} → {new[name]}")
    yield from (Line(kind, Turn.ADDED, name or unnamed, value) for name, value in added.items())
    yield from (Line(kind, Turn.LOST, name or unnamed, value) for name, value in lost.items())
