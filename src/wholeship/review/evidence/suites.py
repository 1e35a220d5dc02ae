"""Suites: the team's own commands, run in a clean worktree of the head.

A suite that fails is run once more on the merge base: what failed there already is the environment's,
not the diff's. It fails the gate all the same, because the team named it.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec import Struct

from wholeship.core.progress import Outcome, Progress, Task
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.ports import SuiteRun, Suites
from wholeship.review.settings import Suite


class SuiteResult(Struct, frozen=True):
    """One suite. ``caused``: it passes without the diff; None: it passed, or nobody knows."""

    name: str
    command: str
    passed: bool
    exit_code: int | None
    caused: bool | None
    tail: tuple[str, ...]
    seconds: float = 0.0
    log: str = ""


class SuitesEvidence(Struct, frozen=True):
    """Every suite named, in its order."""

    results: tuple[SuiteResult, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()

    @property
    def failed(self) -> tuple[SuiteResult, ...]:
        """Those that did not pass."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def passed(self) -> bool:
        """Whether there are any, and all passed. No suites is not a pass."""
        return bool(self.results) and not self.failed


def collect(
    suites: tuple[Suite, ...],
    head: Path,
    base: Callable[[], AbstractContextManager[Path]],
    runner: Suites,
    progress: Progress,
) -> SuitesEvidence:
    """Run *suites* in *head*; the failing ones again in *base*, which is made only then."""
    if not suites:
        why = "the release file names none (review.suites), and no --suite was given"
        return SuitesEvidence((), (NotLooked("suites", why),))
    runs = [(suite, _run(suite, head, runner, progress, "head")) for suite in suites]
    failing = [suite for suite, run in runs if run.exit_code != 0]
    before: dict[str, SuiteRun] = {}
    if failing:
        with base() as tree:
            before = {suite.name: _run(suite, tree, runner, progress, "base") for suite in failing}
    return SuitesEvidence(tuple(_result(suite, run, before.get(suite.name)) for suite, run in runs))


def _run(suite: Suite, tree: Path, runner: Suites, progress: Progress, label: str) -> SuiteRun:
    task = Task("suite", suite.name if label == "head" else f"{suite.name} on the base")
    progress.started(task)
    run = runner.run(suite, tree, label=label)
    note = "the time was up" if run.exit_code is None else f"exit code {run.exit_code}"
    progress.finished(task, Outcome.DONE if run.exit_code == 0 else Outcome.FAILED, note)
    return run


def _result(suite: Suite, run: SuiteRun, before: SuiteRun | None) -> SuiteResult:
    return SuiteResult(
        name=suite.name,
        command=suite.command,
        passed=run.exit_code == 0,
        exit_code=run.exit_code,
        caused=None if before is None else before.exit_code == 0,
        tail=() if run.exit_code == 0 else run.tail[-8:],
        seconds=run.seconds,
        log=run.log,
    )
