"""`wholeship diff`: what a change does to the workflows; git revisions, files, folders, or the work tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from pathlib import Path

from wholeship.app.target import WorkflowTerms
from wholeship.app.workflow_files import workflows_among, workflows_below
from wholeship.app.workflow_terms import WorkflowOptions, options_for
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.text import name_for_people
from wholeship.core.values import dataclass
from wholeship.forecast.measure import Known, measures
from wholeship.pipeline.ports import Repository
from wholeship.verdict.check import Memory, Options, joined_report, report_of, study_of
from wholeship.verdict.diff import Change, Measure, diff
from wholeship.verdict.study import Study


@dataclass(frozen=True, slots=True)
class DiffQuestion:
    """The state before and the state after (None: the work tree)."""

    base: str
    head: str | None = None
    terms: WorkflowTerms = field(default_factory=WorkflowTerms)


@dataclass(frozen=True, slots=True)
class Side:
    """One state of the workflows: their texts by path (fit to print), and the repository around them."""

    name: str
    files: Mapping[str, str | bytes]
    repository: Repository


def compare_workflows(question: DiffQuestion, world: World) -> Change:
    """What the change does, with minutes and gigabytes where figures are known."""
    before, after, root = _sides(question.base, question.head, world)
    return _compared(before, after, options_for(question.terms, world, root))


def _sides(base: str, head: str | None, world: World) -> tuple[Side, Side, Path]:
    """Both sides, and the folder whose release file and manifests count.

    Two files are one workflow in two versions, whatever their names.
    """
    if head is not None and Path(base).is_file() and Path(head).is_file():
        return _file(base, head, world), _file(head, head, world), world.root_of(Path(head))
    root = world.root_of(Path(head if head is not None and Path(head).exists() else "."))
    after = _side(head, root, world) if head is not None else _tree(root, "", world)
    return _side(base, root, world), after, root


def _file(path: str, shown: str, world: World) -> Side:
    content = world.read_file(Path(path))
    if content is None:
        raise BadInput(f"{path} cannot be read")
    return Side(path, {name_for_people(shown): content}, world.files_below(world.root_of(Path(path))))


def _side(name: str, root: Path, world: World) -> Side:
    path = Path(name)
    if path.is_dir():
        return _tree(path, name, world)
    if path.is_file():
        raise BadInput(f"{name} is a file: the other side should be one too")
    return _revision(name, root, world)


def _revision(name: str, root: Path, world: World) -> Side:
    revision = world.open_revision(root, name)
    paths = workflows_among(revision.paths)
    return Side(name, {name_for_people(path): revision(path) or b"" for path in paths}, revision)


def _tree(root: Path, name: str, world: World) -> Side:
    repository = world.files_below(root)
    shown = [path.relative_to(root).as_posix() for path in workflows_below(root)]
    return Side(name, {name_for_people(path): repository(path) or b"" for path in shown}, repository)


def read_studies(side: Side, options: Options) -> tuple[Study, ...]:
    """Every workflow of *side*, read."""
    memory = Memory(side.repository, options)
    return tuple(study_of(content, path, memory, options) for path, content in side.files.items())


@dataclass(frozen=True, slots=True)
class _Recorded:
    """A repository, and what was read of it so far."""

    repository: Repository
    found: dict[str, str | bytes | None] = field(default_factory=dict)

    def __call__(self, path: str) -> str | bytes | None:
        content = self.found[path] = self.repository(path)
        return content

    def reads_alike(self, other: Repository) -> bool:
        """Whether all that was read is the same in *other*, and what was not there is not there."""
        return all(other(path) == content for path, content in self.found.items())


def _studies_of_both(
    before: Side, after: Side, options: Options
) -> tuple[tuple[Study, ...], tuple[Study, ...]]:
    """Every workflow of both sides; one that is the same on both, with all that any of them reads, once."""
    recorded = _Recorded(before.repository)
    first = read_studies(replace(before, repository=recorded), options)
    known = dict(zip(before.files, first, strict=True))
    if not recorded.reads_alike(after.repository):
        return first, read_studies(after, options)
    same = {path for path, content in after.files.items() if before.files.get(path) == content}
    changed = {path: content for path, content in after.files.items() if path not in same}
    known |= zip(changed, read_studies(replace(after, files=changed), options), strict=True)
    return first, tuple(known[path] for path in after.files)


def _compared(before: Side, after: Side, options: WorkflowOptions) -> Change:
    asked = options.verdict
    studies = _studies_of_both(before, after, asked)
    every = {id(study): study for each in studies for study in each}
    told = {key: report_of(study, asked) for key, study in every.items()}
    reports = [joined_report((told[id(study)] for study in each), asked) for each in studies]
    measured = measured_changes(*studies, options.figures)
    return diff(*reports, base=before.name, head=after.name, measures=measured)


def measured_changes(
    before: Iterable[Study], after: Iterable[Study], figures: Known | None
) -> tuple[Measure, ...]:
    """Minutes and gigabytes on both sides; nothing where no figures are known."""
    return () if figures is None else measures(before, after, figures)
