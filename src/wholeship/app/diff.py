"""The two sides of `diff`: git revisions, files, folders, or the work tree."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.adapters.repository import WorkTreeFiles, read_file, root_of
from wholeship.app.check import SUFFIXES, WORKFLOWS
from wholeship.core.errors import BadInput
from wholeship.core.text import name_for_people

if TYPE_CHECKING:
    from wholeship.forecast.measure import Known
    from wholeship.pipeline.ports import Repository
    from wholeship.verdict.check import Options
    from wholeship.verdict.diff import Change, Measure
    from wholeship.verdict.study import Study


@dataclass(frozen=True, slots=True)
class Side:
    """One state of the workflows: their texts by path (fit to print), and the repository around them."""

    name: str
    files: Mapping[str, str | bytes]
    repository: Repository


def sides(base: str, head: str | None) -> tuple[Side, Side, Path]:
    """Both sides, and the folder whose release file and manifests count.

    Two files are one workflow in two versions, whatever their names.
    """
    if head is not None and Path(base).is_file() and Path(head).is_file():
        return _file(base, head), _file(head, head), root_of(Path(head))
    root = root_of(Path(head if head is not None and Path(head).exists() else "."))
    after = _side(head, root) if head is not None else _tree(root, "")
    return _side(base, root), after, root


def _file(path: str, shown: str) -> Side:
    content = read_file(Path(path))
    if content is None:
        raise BadInput(f"{path} cannot be read")
    return Side(path, {name_for_people(shown): content}, WorkTreeFiles(root_of(Path(path))))


def _side(name: str, root: Path) -> Side:
    path = Path(name)
    if path.is_dir():
        return _tree(path, name)
    if path.is_file():
        raise BadInput(f"{name} is a file: the other side should be one too")
    return _revision(name, root)


def _revision(name: str, root: Path) -> Side:
    from wholeship.adapters.revision import Revision

    revision = Revision(root, name)
    folder = WORKFLOWS.as_posix() + "/"
    paths = sorted(
        path
        for path in revision.paths
        if path.startswith(folder) and path.endswith(SUFFIXES) and "/" not in path.removeprefix(folder)
    )
    return Side(name, {name_for_people(path): revision(path) or b"" for path in paths}, revision)


def _tree(root: Path, name: str) -> Side:
    folder = root / WORKFLOWS if (root / WORKFLOWS).is_dir() else root
    repository = WorkTreeFiles(root)
    files = {
        name_for_people(shown := path.relative_to(root).as_posix()): repository(shown) or b""
        for path in sorted(folder.iterdir())
        if path.suffix in SUFFIXES and path.is_file()
    }
    return Side(name, files, repository)


def studied(side: Side, options: Options) -> tuple[Study, ...]:
    """Every workflow of *side*, read."""
    from wholeship.verdict.check import Memory, study_of

    memory = Memory(side.repository, options)
    return tuple(study_of(content, path, memory, options) for path, content in side.files.items())


def compared(before: Side, after: Side, options: Options, figures: Known | None) -> Change:
    """What the change does, with minutes and gigabytes where *figures* are known."""
    from wholeship.verdict.check import joined, report_of
    from wholeship.verdict.diff import diff

    studies = studied(before, options), studied(after, options)
    reports = [joined((report_of(study, options) for study in each), options) for each in studies]
    return diff(*reports, base=before.name, head=after.name, measures=measured(*studies, figures))


def measured(before: Iterable[Study], after: Iterable[Study], figures: Known | None) -> tuple[Measure, ...]:
    """Minutes and gigabytes on both sides; nothing where no figures are known."""
    if figures is None:
        return ()
    from wholeship.forecast.measure import measures

    return measures(before, after, figures)
