"""All the evidence there is, gathered before anybody is asked for an opinion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from msgspec import Struct

from wholeship.core.jsons import canonical
from wholeship.core.progress import Progress, Silent
from wholeship.review.evidence import categories, ci, coverage, hidden, lint, secrets, suites, workflow
from wholeship.review.evidence.categories import CategoriesEvidence, Sorter
from wholeship.review.evidence.ci import CiEvidence
from wholeship.review.evidence.coverage import CoverageEvidence, CoverageReport
from wholeship.review.evidence.hidden import HiddenEvidence
from wholeship.review.evidence.lint import LintEvidence
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.reported import Reported
from wholeship.review.evidence.secrets import SecretsEvidence
from wholeship.review.evidence.suites import SuitesEvidence
from wholeship.review.evidence.workflow import WorkflowEvidence
from wholeship.review.ports import Capture, CodeHost, Linter, Repository, Suites, Workflows
from wholeship.review.settings import Settings


class Evidence(Struct, frozen=True):
    """What was found out about commit ``head`` against ``merge_base``."""

    head: str
    merge_base: str
    categories: CategoriesEvidence
    suites: SuitesEvidence
    workflow: WorkflowEvidence
    lint: LintEvidence
    coverage: CoverageEvidence
    secrets: SecretsEvidence
    hidden: HiddenEvidence
    ci: CiEvidence

    @property
    def not_looked(self) -> tuple[NotLooked, ...]:
        """Everything that was not looked at, with the reasons."""
        kinds = (
            *(
                self.suites,
                self.workflow,
                self.lint,
                self.coverage,
                self.categories,
                self.secrets,
                self.hidden,
            ),
            self.ci,
        )
        return tuple(dict.fromkeys(missed for kind in kinds for missed in kind.not_looked))

    def lasting(self) -> bytes:
        """One spelling of what a verdict may rest on: no durations, no log files, no CI state."""
        fields = msgspec.to_builtins(self)
        del fields["ci"]
        for result in fields["suites"]["results"]:
            del result["seconds"], result["log"], result["tail"]
        return canonical(fields)


@dataclass(frozen=True, slots=True)
class Instruments:
    """What evidence is gathered with; None and empty: not there."""

    suites: Suites
    workflows: Workflows | None = None
    linters: tuple[Linter, ...] = ()
    host: CodeHost | None = None
    progress: Progress = field(default_factory=Silent)
    elsewhere: Path = Path()
    """Where report paths of the command line start."""
    reported: Reported | None = None
    """What another job has run already; None: suites run here."""


@dataclass(frozen=True, slots=True)
class Trees:
    """The files of the merge base and of the head, without a repository around them."""

    base: Path
    head: Path


def gather(
    capture: Capture, settings: Settings, repository: Repository, tools: Instruments, trees: Trees
) -> Evidence:
    """The evidence on *capture*."""
    sorter = Sorter(settings.categories)
    kinds = categories.collect(capture.diff, sorter, trees.head)
    ran, covered = _measured(capture, settings, repository, tools, kinds)
    proved = workflow.collect(capture.diff, trees.base, trees.head, tools.workflows)
    return Evidence(
        head=capture.head,
        merge_base=capture.merge_base,
        categories=kinds,
        suites=ran,
        workflow=proved,
        lint=lint.collect(tools.linters, proved.touched, trees.base, trees.head),
        coverage=covered,
        secrets=secrets.collect(capture.diff, capture.subjects),
        hidden=hidden.collect(capture.diff, trees.head),
        ci=ci.collect(tools.host, capture.head),
    )


def _measured(
    capture: Capture,
    settings: Settings,
    repository: Repository,
    tools: Instruments,
    kinds: CategoriesEvidence,
) -> tuple[SuitesEvidence, CoverageEvidence]:
    """Suites and coverage, which need a work tree; without either, none is made."""
    if tools.reported is not None:
        return tools.reported.suites, tools.reported.coverage
    if not settings.suites and not settings.reports:
        ran = suites.collect((), Path(), _nothing, tools.suites, tools.progress)
        return ran, coverage.collect(capture.diff, kinds.files, (), root=Path())
    with repository.worktree(capture.head) as tree:
        ran = suites.collect(
            settings.suites,
            tree,
            lambda: repository.worktree(capture.merge_base),
            tools.suites,
            tools.progress,
        )
        found, missing = _reports(settings, tree, tools.elsewhere, repository, capture.head)
        return ran, coverage.collect(capture.diff, kinds.files, found, root=tree, missing=missing)


def _nothing() -> AbstractContextManager[Path]:
    raise AssertionError("no suite, no base")


def _reports(
    settings: Settings, tree: Path, elsewhere: Path, repository: Repository, head: str
) -> tuple[list[CoverageReport], tuple[NotLooked, ...]]:
    found: list[CoverageReport] = []
    missing: list[NotLooked] = []
    for name in settings.coverage:
        why = _unfit(tree / name, tree, lambda n=name: repository.show(head, n))  # type: ignore[misc]
        if why:
            missing.append(NotLooked(name, why))
        else:
            found.append(CoverageReport(name, tree / name))
    found += [CoverageReport(name, elsewhere / name) for name in settings.measured]
    return found, tuple(missing)


def _unfit(path: Path, tree: Path, committed: Callable[[], bytes | None]) -> str:
    """Why the report at *path* is not taken; empty: it is."""
    if not path.resolve().is_relative_to(tree.resolve()):
        return "the report is outside the work tree"
    if not path.is_file():
        return "no suite wrote this report"
    if committed() is not None:
        return "the report is committed: it is part of the change, not a measurement of it"
    return ""


def names(found: Iterable[NotLooked]) -> str:
    """What was not looked at, in one line."""
    return "; ".join(f"{each.what} ({each.why})" for each in found)
