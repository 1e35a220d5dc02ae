"""All the evidence there is, gathered before anybody is asked for an opinion."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec
from msgspec import Struct

from wholeship.core.jsons import canonical
from wholeship.core.values import dataclass
from wholeship.review.evidence import categories, ci, hidden, lint, secrets, workflow
from wholeship.review.evidence.asserted import find_emptied
from wholeship.review.evidence.categories import CategoriesEvidence, Sorter
from wholeship.review.evidence.ci import CiEvidence
from wholeship.review.evidence.coverage import CoverageEvidence
from wholeship.review.evidence.guards import LostGuard, find_lost_guards
from wholeship.review.evidence.hidden import HiddenEvidence
from wholeship.review.evidence.lint import LintEvidence
from wholeship.review.evidence.locks import DependencyChange, find_dependency_changes
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.measuring import Instruments, Measuring
from wholeship.review.evidence.secrets import SecretsEvidence
from wholeship.review.evidence.substitutes import find_substitutes
from wholeship.review.evidence.suites import SuitesEvidence
from wholeship.review.evidence.weakened import WeakenedTest, find_weakened
from wholeship.review.evidence.workflow import WorkflowEvidence
from wholeship.review.ports import Capture, Repository
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
    weakened: tuple[WeakenedTest, ...] = ()
    """Tests that say less than before."""
    guards: tuple[LostGuard, ...] = ()
    """Guards that the change takes away."""
    dependencies: tuple[DependencyChange, ...] = ()
    """Packages that are new, come from elsewhere, or are older."""

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
        return _once(missed for kind in kinds for missed in kind.not_looked)

    def lasting(self) -> bytes:
        """One spelling of what a verdict may rest on: no durations, no log files, no CI state."""
        fields = msgspec.to_builtins(self)
        del fields["ci"]
        for result in fields["suites"]["results"]:
            del result["seconds"], result["log"], result["tail"]
        return canonical(fields)


def _once(found: Iterable[NotLooked]) -> tuple[NotLooked, ...]:
    """Each point once; what is said of it for several reasons, with all of them."""
    reasons: dict[str, list[str]] = {}
    for each in found:
        known = reasons.setdefault(each.what, [])
        if each.why not in known:
            known.append(each.why)
    return tuple(NotLooked(what, "; ".join(why)) for what, why in reasons.items())


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
    kinds = categories.collect(capture.diff, sorter, trees.head, trees.base)
    measuring = Measuring(capture, settings, repository, tools, kinds, trees.head)
    ran, covered = measuring.suites_and_coverage()
    proved = workflow.collect(capture.diff, trees.base, trees.head, tools.workflows)
    return Evidence(
        head=capture.head,
        merge_base=capture.merge_base,
        categories=kinds,
        suites=ran,
        workflow=proved,
        lint=lint.collect(tools.linters, proved.touched, trees.base, trees.head),
        coverage=covered,
        secrets=secrets.collect(
            capture.diff, capture.messages or capture.subjects, capture.passing, trees.head, tools.scanners
        ),
        hidden=hidden.collect(capture.diff, trees.head),
        ci=ci.collect(tools.host, capture.head),
        weakened=(
            *find_weakened(capture.diff, kinds.files, ran, kinds.among_tests),
            *find_emptied(capture.diff, kinds.files, trees.base, trees.head),
        ),
        guards=(
            *find_lost_guards(capture.diff, kinds.files, capture.messages or capture.subjects),
            *find_substitutes(capture.diff, trees.base, trees.head),
        ),
        dependencies=find_dependency_changes(capture.diff, kinds.files, trees.base, trees.head),
    )
