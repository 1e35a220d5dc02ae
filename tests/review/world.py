"""A review in memory: small doubles that keep the promises of the ports, and diffs written by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from wholeship.core.errors import Unfinished
from wholeship.core.progress import Outcome, Silent, Task
from wholeship.review.change import AddedLine, ChangedFile, Diff
from wholeship.review.evidence.categories import CategoriesEvidence, Sorter
from wholeship.review.evidence.categories import collect as sort
from wholeship.review.evidence.ci import CiEvidence
from wholeship.review.evidence.coverage import CoverageEvidence
from wholeship.review.evidence.gather import Evidence
from wholeship.review.evidence.hidden import HiddenEvidence
from wholeship.review.evidence.lint import LintEvidence
from wholeship.review.evidence.measuring import Instruments
from wholeship.review.evidence.secrets import SecretsEvidence
from wholeship.review.evidence.suites import SuiteResult, SuitesEvidence
from wholeship.review.evidence.workflow import WorkflowEvidence
from wholeship.review.ports import (
    Answer,
    Capture,
    CodeHost,
    Run,
    SuiteRun,
    WorkflowComparison,
)
from wholeship.review.run import Order, ReviewWorld
from wholeship.review.settings import ReviewerSpec, Settings, Suite
from wholeship.review.verdict import CATEGORIES, Verdict, encode_verdict, parse_verdict
from wholeship.testing.clock import FakeClock

HEAD, BASE = "a" * 40, "b" * 40
OTHER = "c" * 40


def changed(path: str, *lines: str, status: str = "M", deleted: int = 0, **more: object) -> ChangedFile:
    """A file of a diff that adds *lines*."""
    modes = {"A": ("000000", "100644"), "D": ("100644", "000000")}.get(status, ("100644", "100644"))
    added = tuple(AddedLine(number, text) for number, text in enumerate(lines, 1))
    file = ChangedFile(
        path,
        path,
        status,
        *modes,
        added=0 if more.get("binary") else len(lines),
        deleted=deleted,
        lines=added,
    )
    return replace(file, **more)  # type: ignore[arg-type]


def captured(*files: ChangedFile, subjects: tuple[str, ...] = ("feat: a change",)) -> Capture:
    """A change of *files*."""
    patch = "".join(
        f"diff --git a/{f.path} b/{f.path}\n" + "".join(f"+{x.text}\n" for x in f.lines) for f in files
    )
    return Capture(HEAD, BASE, BASE, "main", subjects, Diff(files, patch.encode("utf-8", "surrogatepass")))


def suite(name: str = "unit", *, passed: bool = True, caused: bool | None = None) -> SuiteResult:
    """How a suite ended."""
    return SuiteResult(name, "run it", passed, 0 if passed else 1, caused, () if passed else ("boom",))


def evidence_on(capture: Capture, **more: object) -> Evidence:
    """Evidence that found nothing, with *more* on top; categories are those of the diff."""
    parts: dict[str, object] = {
        "categories": sort(capture.diff, Sorter()),
        "suites": SuitesEvidence((suite(),)),
        "workflow": WorkflowEvidence(),
        "lint": LintEvidence(),
        "coverage": CoverageEvidence(),
        "secrets": SecretsEvidence(),
        "hidden": HiddenEvidence(),
        "ci": CiEvidence(),
    }
    assert isinstance(parts["categories"], CategoriesEvidence)
    return Evidence(head=capture.head, merge_base=capture.merge_base, **{**parts, **more})  # type: ignore[arg-type]


def verdict(**more: object) -> Verdict:
    """A verdict that every default threshold lets through, with *more* on top."""
    fields: dict[str, object] = {
        "bug_free_confidence": 90,
        "bugs": 0,
        "slop": 5,
        "simplicity": 80,
        "blockers": [],
        "change_type": "feat",
        "behavior_change_risk": "low",
        "tests_adequate": True,
        "suggested_fixes": [],
        "notes": "Fine.",
        "categories": dict.fromkeys(CATEGORIES, 0),
    }
    read = parse_verdict({**fields, **more})
    assert isinstance(read, Verdict), read
    return read


def reply(nonce: str, given: Verdict | None = None) -> bytes:
    """The reply of a reviewer that keeps to the rules."""
    return b'{"nonce": "%s", "verdict": %s}' % (nonce.encode(), encode_verdict(given or verdict()))


def nonce_in(prompt: str) -> str:
    """The nonce as a reviewer reads it."""
    return prompt.partition('{"nonce": "')[2].partition('"')[0]


@dataclass
class MemoryRepository:
    """A repository of one change; ``files`` are what :meth:`show` and :meth:`export` give."""

    change: Capture
    files: Mapping[str, bytes] = field(default_factory=dict)
    now: str = ""
    trouble: Unfinished | None = None
    trees: dict[str, str] = field(default_factory=dict)
    merged: str = ""
    exported: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)

    def head(self) -> str:
        return self.now or self.change.head

    def capture(self, base: str, *, fetch: bool, expected_head: str | None = None) -> Capture:
        if self.trouble:
            raise self.trouble
        if expected_head not in (None, self.change.head):
            raise Unfinished(f"the work tree is at {self.change.head}, the pull request at {expected_head}")
        return self.change

    @contextmanager
    def worktree(self, commit: str, instead: Mapping[str, bytes | None] | None = None) -> Iterator[Path]:
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)

    @contextmanager
    def export(self, commit: str, *, trusted: str = "", names: tuple[str, ...] = ()) -> Iterator[Path]:
        self.exported.append((commit, trusted, names))
        with tempfile.TemporaryDirectory() as folder:
            for name, content in self.files.items():
                path = Path(folder) / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            yield Path(folder)

    def show(self, commit: str, path: str) -> bytes | None:
        return self.files.get(path)

    def merged_tree(self, base: str, heads: tuple[str, ...]) -> str:
        return self.merged

    def tree_of(self, commit: str) -> str:
        return self.trees.get(commit, "")


@dataclass
class MemoryMemory:
    """Remembers in a dictionary; one at a time per head."""

    kept: dict[str, bytes] = field(default_factory=dict)
    past: list[Run] = field(default_factory=list)
    heads: dict[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    busy: set[str] = field(default_factory=set)

    def reserve(self, run: Run) -> int:
        self.past.append(run)
        return len(self.past) - 1

    def settle(self, number: int, cost: float) -> None:
        self.past[number] = replace(self.past[number], cost=cost)

    def runs(self) -> tuple[Run, ...]:
        return tuple(self.past)

    def count(self, head: str) -> int:
        self.heads[head] = self.heads.get(head, 0) + 1
        return self.heads[head]

    def recall(self, key: str) -> bytes | None:
        return self.kept.get(key)

    def keep(self, key: str, content: bytes) -> None:
        self.kept[key] = content

    @contextmanager
    def working_on(self, head: str) -> Iterator[None]:
        if head in self.busy:
            raise Unfinished("another review runs")
        self.busy.add(head)
        try:
            yield
        finally:
            self.busy.discard(head)


@dataclass
class ScriptedReviewers:
    """External reviewers whose answer is a function of the prompt."""

    answer: Callable[[str], Answer] = lambda prompt: Answer(reply(nonce_in(prompt)))
    prompts: list[str] = field(default_factory=list)
    version: str = "1"

    def identity(self, spec: ReviewerSpec, trusted: Path) -> str:
        return f"{spec.name} {self.version}"

    def ask(self, spec: ReviewerSpec, prompt: str, tree: Path, *, trusted: Path, cost_limit: float) -> Answer:
        self.prompts.append(prompt)
        return self.answer(prompt)


@dataclass
class ScriptedSuites:
    """Suites that end with the exit code given for their name, on the head and on the base."""

    head: Mapping[str, int | None] = field(default_factory=dict)
    base: Mapping[str, int | None] = field(default_factory=dict)
    ran: list[tuple[str, str]] = field(default_factory=list)

    def run(self, suite: Suite, tree: Path, *, label: str) -> SuiteRun:
        self.ran.append((label, suite.name))
        code = (self.head if label == "head" else self.base).get(suite.name, 0)
        return SuiteRun(code, 1.5, ("the last line",), f"/logs/{suite.name}")


@dataclass
class ScriptedProver:
    """A prover with one answer."""

    answer: WorkflowComparison

    def compare(self, base: Path, head: Path) -> WorkflowComparison:
        return self.answer


@dataclass
class Notes(Silent):
    """Progress that is kept."""

    lines: list[str] = field(default_factory=list)

    def started(self, task: Task, note: str = "") -> None:
        self.lines.append(f"{task.stage} {task.name}")

    def advanced(self, task: Task, note: str) -> None: ...

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        self.lines.append(f"{task.name} {outcome} {note}".strip())

    def said(self, text: str) -> None:
        self.lines.append(text)

    def warned(self, text: str) -> None:
        self.lines.append(f"warning: {text}")


def world(
    change: Capture,
    *,
    host: CodeHost | None = None,
    suites: ScriptedSuites | None = None,
    reviewers: ScriptedReviewers | None = None,
    comparison: WorkflowComparison | None = None,
    files: Mapping[str, bytes] | None = None,
    memory: MemoryMemory | None = None,
    clock: FakeClock | None = None,
) -> ReviewWorld:
    """A world in memory around *change*."""
    notes = Notes()
    instruments = Instruments(
        suites=suites or ScriptedSuites(),
        workflows=ScriptedProver(comparison) if comparison else None,
        host=host,
        progress=notes,
    )
    return ReviewWorld(
        repository=MemoryRepository(change, files or {}),
        instruments=instruments,
        reviewers=reviewers or ScriptedReviewers(),
        memory=memory or MemoryMemory(),
        clock=clock or FakeClock(),
        progress=notes,
        host=host,
    )


def order(settings: Settings | None = None, **more: object) -> Order:
    """An order with *settings*: a suite that passes, the built-in reviewer."""
    chosen = settings or Settings(suites=(Suite("unit", "run it"),))
    return replace(Order(settings=lambda capture: chosen), **more)  # type: ignore[arg-type]


def without_moving_parts(evidence: Evidence) -> dict[str, object]:
    """*evidence* as plain values."""
    found = msgspec.to_builtins(evidence)
    assert isinstance(found, dict)
    return found
