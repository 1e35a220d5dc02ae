"""Workflow change: what the prover says the diff does to the release pipelines."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct, structs

from wholeship.core.errors import WholeshipError
from wholeship.review.change import Diff
from wholeship.review.evidence.looked import NotLooked
from wholeship.review.evidence.loosened import find_loosened
from wholeship.review.ports import WorkflowComparison, Workflows

FOLDERS = (".github/workflows/", ".github/actions/")


class WorkflowEvidence(Struct, frozen=True):
    """``touched`` are the changed files of the pipeline; ``comparison`` is None when there is no answer."""

    touched: tuple[str, ...] = ()
    comparison: WorkflowComparison | None = None
    not_looked: tuple[NotLooked, ...] = ()
    loosened: tuple[str, ...] = ()
    """Gates switched off, rights gained, secrets sent out: a line each, with its place."""


def touched_by(diff: Diff) -> tuple[str, ...]:
    """The changed files that are workflows or actions, old names too."""
    found = {path for path in diff.paths() if path.startswith(FOLDERS) or _is_action(path)}
    return tuple(sorted(found))


def collect(diff: Diff, base: Path, head: Path, prover: Workflows | None) -> WorkflowEvidence:
    """Compare the two trees. Scripts that workflows run count too, so any diff is worth the question."""
    touched = touched_by(diff)
    found = _compared(touched, base, head, prover)
    return structs.replace(found, loosened=find_loosened(diff, touched, base, head))


def _compared(touched: tuple[str, ...], base: Path, head: Path, prover: Workflows | None) -> WorkflowEvidence:
    folders = [tree / ".github" / "workflows" for tree in (base, head)]
    if not any(folder.is_dir() for folder in folders):
        return WorkflowEvidence(touched, None, (NotLooked("workflow change", "there are no workflows"),))
    if prover is None:
        return WorkflowEvidence(touched, None, (NotLooked("workflow change", "there is no prover here"),))
    try:
        comparison = prover.compare(base, head)
    except WholeshipError as error:
        return WorkflowEvidence(touched, None, (NotLooked("workflow change", error.message),))
    unread = tuple(NotLooked(what, why) for what, why in comparison.unread)
    return WorkflowEvidence(touched, comparison, unread)


def _is_action(path: str) -> bool:
    return path.rpartition("/")[2] in ("action.yml", "action.yaml")
