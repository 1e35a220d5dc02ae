"""`wholeship diff`: what a change does to the workflows; git revisions, files, folders, or the work tree."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.kept_reports import KeptReports, RepositoryReports, known_reports
from wholeship.app.target import WorkflowTerms
from wholeship.app.workflow_files import Side, workflows_among, workflows_below
from wholeship.app.workflow_terms import options_for
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.late import late
from wholeship.core.text import name_for_people
from wholeship.core.values import dataclass
from wholeship.verdict.diff import Change, diff
from wholeship.verdict.joined import joined_report
from wholeship.verdict.report import Report

if TYPE_CHECKING:
    from wholeship.app.measured import measured_diff
else:
    measured_diff = late("wholeship.app.measured:measured_diff")


@dataclass(frozen=True, slots=True)
class DiffQuestion:
    """The state before and the state after (None: the work tree)."""

    base: str
    head: str | None = None
    terms: WorkflowTerms = field(default_factory=WorkflowTerms)
    kept: bool = True
    """Whether reports that were made before are given again, and new ones are kept."""


def compare_workflows(question: DiffQuestion, world: World) -> Change:
    """What the change does, with minutes and gigabytes where figures are known."""
    before, after, root = _sides(question.base, question.head, world)
    options = options_for(question.terms, world, root)
    if options.figures is None:
        known = known_reports(options.verdict, world if question.kept else None)
        reports = [_report(side, known) for side in (before, after)]
        known.save()
        return diff(*reports, base=before.name, head=after.name)
    return measured_diff(before, after, options)


def _report(side: Side, known: KeptReports) -> Report:
    there = RepositoryReports(known, side.repository)
    return joined_report((there.report(path, content) for path, content in side.files.items()), known.options)


def _sides(base: str, head: str | None, world: World) -> tuple[Side, Side, Path]:
    """Both sides, and the folder whose release file and manifests count.

    Two files are one workflow in two versions, whatever their names.
    """
    if head is not None and Path(base).is_file() and Path(head).is_file():
        return _file_side(base, head, world), _file_side(head, head, world), world.root_of(Path(head))
    root = world.root_of(Path(head if head is not None and Path(head).exists() else "."))
    after = _named_side(head, root, world) if head is not None else _tree_side(root, "", world)
    return _named_side(base, root, world), after, root


def _file_side(path: str, shown: str, world: World) -> Side:
    content = world.read_file(Path(path))
    if content is None:
        raise BadInput(f"{path} cannot be read")
    return Side(path, {name_for_people(shown): content}, world.files_below(world.root_of(Path(path))))


def _named_side(name: str, root: Path, world: World) -> Side:
    path = Path(name)
    if path.is_dir():
        return _tree_side(path, name, world)
    if path.is_file():
        raise BadInput(f"{name} is a file: the other side should be one too")
    return _revision(name, root, world)


def _revision(name: str, root: Path, world: World) -> Side:
    revision = world.open_revision(root, name)
    paths = workflows_among(revision.paths)
    return Side(name, {name_for_people(path): revision(path) or b"" for path in paths}, revision)


def _tree_side(root: Path, name: str, world: World) -> Side:
    repository = world.files_below(root)
    shown = [path.relative_to(root).as_posix() for path in workflows_below(root)]
    return Side(name, {name_for_people(path): repository(path) or b"" for path in shown}, repository)
