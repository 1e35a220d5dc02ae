"""Suites: the team's own commands, run in a clean worktree of the head, and on the merge base.

A suite that fails on the base too: that is the environment's, not the diff's. It fails the gate all the same,
because the team named it. Where code changed, the tests that ran are counted on both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from msgspec import Struct

from wholeship.core.progress import Outcome, Progress, Task
from wholeship.core.values import dataclass
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.ports import RanTests, SuiteRun, Suites
from wholeship.review.settings import Suite

SHOWN = 20
"""Names of tests that are kept."""


class TestCounts(Struct, frozen=True):
    """The tests of one suite on the head and on the base. ``gone`` and ``skips`` name some of them.

    A number is None where no runner that is known counted.
    """

    __test__ = False
    ran: int | None = None
    skipped: int | None = None
    ran_before: int | None = None
    skipped_before: int | None = None
    gone: tuple[str, ...] = ()
    skips: tuple[str, ...] = ()
    fewer: bool = False
    failed: int = 0
    """Tests more than before that failed, of a suite that passes all the same."""
    vanished: tuple[str, ...] = ()
    """Tests that ran before, and of whose name none runs or is skipped now."""
    named: bool = False
    """Whether the tests of both are known by their names."""

    @property
    def known(self) -> bool:
        """Whether both were counted."""
        return self.ran is not None and self.ran_before is not None


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
    tests: TestCounts | None = None
    """None: the tests were not to be counted."""


class SuitesEvidence(Struct, frozen=True):
    """Every suite named, in its order."""

    results: tuple[SuiteResult, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()
    unnoticed: tuple[str, ...] | None = None
    """Files whose change no test notices: taken back, the suites pass all the same. None: not tried."""
    unnoticed_parts: tuple[str, ...] = ()
    """Places, as ``file:line``, of files whose change tests notice, that no test notices by themselves."""
    old_tests_pass: bool | None = None
    """Whether the tests as they were pass with the new code. None: no test that was there was changed."""
    followed: tuple[str, ...] = ()
    """Files and places that no test needs but by an expected value that changed with them."""
    set_up: tuple[str, ...] = ()
    """What tests are set up by, and without whose change the tests of before fail with the new code."""
    survived: tuple[str, ...] | None = None
    """Places whose mutants no test noticed (``--mutate``); None: not tried."""
    mutants: int = 0
    tried: int = 0
    """Files that were taken back."""

    @property
    def noticed(self) -> bool:
        """Whether the tests notice that some of the code is taken back."""
        return self.unnoticed is not None and len(self.unnoticed) < self.tried

    @property
    def failed(self) -> tuple[SuiteResult, ...]:
        """Those that did not pass."""
        return tuple(result for result in self.results if not result.passed)

    @property
    def passed(self) -> bool:
        """Whether there are any, and all passed. No suites is not a pass."""
        return bool(self.results) and not self.failed


@dataclass(frozen=True, slots=True)
class SuiteContext:
    """Where suites run: a fresh tree of the head or the base for each time, and who runs them."""

    base: Callable[[], AbstractContextManager[Path]]
    runner: Suites
    progress: Progress


def collect(
    suites: tuple[Suite, ...], head: Path, context: SuiteContext, *, counting: bool = False
) -> SuitesEvidence:
    """Run *suites* in *head*; on the base those that fail, and all of them for *counting* their tests."""
    if not suites:
        why = "the release file names none (review.suites), and no --suite was given"
        return SuitesEvidence((), (NotLooked("suites", why),))
    runs = [(suite, run_suite(suite, head, context, "head")) for suite in suites]
    failing = [suite for suite, run in runs if run.exit_code != 0]
    again = failing or (list(suites) if counting else [])
    before: dict[str, SuiteRun] = {}
    if again:
        with context.base() as tree:
            before = {suite.name: run_suite(suite, tree, context, "base") for suite in again}
    results = tuple(_result(suite, run, before.get(suite.name)) for suite, run in runs)
    return SuitesEvidence(results, tuple(_uncounted(results)))


def words_of(command: str) -> frozenset[str]:
    """The words of a suite's command, of which some are files."""
    return frozenset(re.split(r"[\s;&|()'\"=]+", command))


def passes(suites: Iterable[Suite], tree: Path, context: SuiteContext, label: str) -> bool:
    """Whether all *suites* pass in *tree*; the first that fails ends it."""
    return all(run_suite(suite, tree, context, label).exit_code == 0 for suite in suites)


_SAID = {"head": "", "base": " on the base"}


def run_suite(suite: Suite, tree: Path, context: SuiteContext, label: str) -> SuiteRun:
    """Run one suite, and tell of it."""
    task = Task("suite", f"{suite.name}{_SAID.get(label, f' ({label})')}")
    context.progress.started(task)
    run = context.runner.run(suite, tree, label=label)
    note = "the time was up" if run.exit_code is None else f"exit code {run.exit_code}"
    context.progress.finished(task, Outcome.DONE if run.exit_code == 0 else Outcome.FAILED, note)
    return run


def _result(suite: Suite, run: SuiteRun, before: SuiteRun | None) -> SuiteResult:
    passed = run.exit_code == 0
    return SuiteResult(
        name=suite.name,
        command=suite.command,
        passed=passed,
        exit_code=run.exit_code,
        caused=None if passed or before is None else before.exit_code == 0,
        tail=() if passed else run.tail[-8:],
        seconds=run.seconds,
        log=run.log,
        tests=_counts(run.tests, before.tests) if passed and before is not None else None,
    )


def _counts(now: RanTests | None, before: RanTests | None) -> TestCounts:
    """Both counts side by side. Neither the reports nor the closing lines may tell of fewer."""
    if now is None or before is None:
        found = now or before
        if found is None:
            return TestCounts()
        if now is not None:
            return TestCounts(now.ran, now.skipped, failed=now.failed)
        return TestCounts(None, None, found.ran, found.skipped, fewer=True)
    gone = sorted(before.names - now.names - now.skipped_names)
    skips = sorted(now.skipped_names & before.names)
    here = {leaf_of(name) for name in now.names | now.skipped_names}
    vanished = {leaf for name in gone if (leaf := leaf_of(name)) not in here} if now.names else set()
    said = now.said is not None and before.said is not None and now.said < before.said
    return TestCounts(
        ran=now.ran,
        skipped=now.skipped,
        ran_before=before.ran,
        skipped_before=before.skipped,
        gone=tuple(gone[:SHOWN]),
        skips=tuple(skips[:SHOWN]),
        fewer=now.ran < before.ran or said or (bool(before.names) and not now.names),
        failed=max(0, now.failed - before.failed),
        vanished=tuple(sorted(vanished)[:SHOWN]),
        named=bool(before.names and now.names),
    )


def leaf_of(name: str) -> str:
    """The name of a test without its module, its class, its parameters and its parts."""
    return name.rpartition("::")[2].partition("[")[0].partition("/")[0]


def _uncounted(results: Iterable[SuiteResult]) -> Iterator[NotLooked]:
    for result in results:
        if result.tests is not None and not result.tests.known:
            why = "its runner is none that is known, and left no JUnit XML"
            yield NotLooked(f"how many tests {result.name} ran", why)
