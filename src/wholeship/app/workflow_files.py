"""The workflow files that are meant: the one finder of all commands."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.text import name_for_people
from wholeship.github.places import FOLDER, SUFFIXES, is_workflow

WORKFLOWS = Path(FOLDER)


def named_workflows(paths: Sequence[str], world: World) -> dict[str, Path]:
    """The workflow files that *paths* name (path for people → where it is); :class:`BadInput` if none.

    Without paths: those of the repository that the current folder is in.
    """
    given = [Path(path) for path in paths] or [usual_folder(world)]
    files: dict[str, Path] = {}
    for path in given:
        for each in _workflows_at(path):
            name = name_in_repository(each, world)
            files[name if files.get(name, each) == each else each.as_posix()] = each
    if not files:
        what = ", ".join(map(str, given))
        raise BadInput(f"no workflow files in {what}", advice="name a workflow file, or a folder of them")
    return files


def usual_folder(world: World) -> Path:
    """Where workflows are kept: here, else at the top of the repository that this folder is in."""
    top = world.root_of(Path()) / WORKFLOWS
    return WORKFLOWS if WORKFLOWS.is_dir() or not top.is_dir() else top


def workflows_below(folder: Path) -> list[Path]:
    """The workflow files of *folder*: of the repository whose top it is, else those that lie in it."""
    inner = folder / WORKFLOWS
    chosen = inner if inner.is_dir() else folder
    return sorted(each for each in chosen.iterdir() if each.suffix in SUFFIXES and each.is_file())


def workflows_of_repository(root: Path) -> list[Path]:
    """The workflow files of the repository at *root*; none where it has no folder for them."""
    return workflows_below(root / WORKFLOWS) if (root / WORKFLOWS).is_dir() else []


def workflows_among(paths: Iterable[str]) -> list[str]:
    """Those of *paths* (from the root of a repository, with ``/``) that are workflows, in order."""
    return sorted(path for path in paths if is_workflow(path))


def name_in_repository(path: Path, world: World) -> str:
    """*path* from the root of its repository, fit to print."""
    try:
        return name_for_people(world.standing(path).relative_to(world.root_of(path)).as_posix())
    except ValueError:
        return name_for_people(path.as_posix())


def _workflows_at(path: Path) -> list[Path]:
    if path.is_dir():
        return workflows_below(path)
    if not path.exists() and path != WORKFLOWS:
        raise BadInput(f"there is no {path}")
    return [path] if path.exists() else []
