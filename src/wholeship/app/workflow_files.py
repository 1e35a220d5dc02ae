"""The workflow files that are meant: the one finder of all commands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.places import PLACES, is_workflow, usual_paths, workflows_at, workflows_kept
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.text import name_for_people
from wholeship.core.values import dataclass

if TYPE_CHECKING:
    from wholeship.pipeline.ports import Repository


@dataclass(frozen=True, slots=True)
class Side:
    """One state of the workflows: their texts by path (fit to print), and the repository around them."""

    name: str
    files: Mapping[str, str | bytes]
    repository: Repository


def named_workflows(paths: Sequence[str], world: World) -> dict[str, Path]:
    """The workflow files that *paths* name (path for people → where it is); :class:`BadInput` if none.

    Without paths: those of the repository that the current folder is in.
    """
    given = [Path(path) for path in paths or usual_paths(str(world.root_of(Path())))]
    files: dict[str, Path] = {}
    for path in given:
        if not path.exists() and path.as_posix() not in (place.FOLDER for place in PLACES):
            raise BadInput(f"there is no {path}")
        for each in map(Path, workflows_at(str(path))):
            name = name_in_repository(each, world)
            files[name if files.get(name, each) == each else each.as_posix()] = each
    if not files:
        what = ", ".join(map(str, given))
        raise BadInput(f"no workflow files in {what}", advice="name a workflow file, or a folder of them")
    return files


def workflows_below(folder: Path) -> list[Path]:
    """The workflow files of *folder*: of the repository whose top it is, else those that lie in it."""
    return [Path(each) for each in workflows_at(str(folder))]


def workflows_of_repository(root: Path) -> list[Path]:
    """The workflow files of the repository at *root*; none where it has no place for them."""
    return [Path(each) for each in workflows_kept(str(root))]


def workflows_among(paths: Iterable[str]) -> list[str]:
    """Those of *paths* (from the root of a repository, with ``/``) that are workflows, in order."""
    return sorted(path for path in paths if is_workflow(path))


def name_in_repository(path: Path, world: World) -> str:
    """*path* from the root of its repository, fit to print."""
    try:
        return name_for_people(world.standing(path).relative_to(world.root_of(path)).as_posix())
    except ValueError:
        return name_for_people(path.as_posix())
