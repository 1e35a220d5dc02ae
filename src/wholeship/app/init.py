"""`wholeship init`: what is found here about images, as a commented release file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wholeship.app.sightings import sightings_in
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.release.file import FILE
from wholeship.release.init.draft import Draft, draft
from wholeship.release.init.writing import checked_text


@dataclass(frozen=True, slots=True)
class InitQuestion:
    """Where the release file is to be (its folder is looked at), and what is said already.

    Without ``file`` it is at the top of the repository that the current folder is in. ``force``: over a file
    that is there. ``keep``: nothing is written. ``workflow`` and ``environment`` say which release it is,
    where there are several.
    """

    file: str = ""
    registry: str = ""
    watched: str | None = None
    force: bool = False
    keep: bool = False
    workflow: str = ""
    environment: str = ""


@dataclass(frozen=True, slots=True)
class InitAnswer:
    """What was found (None: nothing that is built here), and the text of the file."""

    path: Path
    found: Draft | None
    text: str = ""


def write_release_file(question: InitQuestion, world: World) -> InitAnswer:
    """Look, decide, and write the file, unless it is to be kept back."""
    path = Path(question.file) if question.file else _top(world) / FILE
    if not question.keep and not question.force and (path.exists() or path.is_symlink()):
        raise BadInput(
            f"{path} is there already, and was left as it is",
            advice="see what would be written with --print, or write over it with --force",
        )
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}")
    seen = sightings_in(path.parent, world)
    found = draft(
        seen,
        registry=question.registry or None,
        watched=question.watched,
        environment=question.environment,
    )
    if found is None:
        return InitAnswer(path, None)
    text = checked_text(found, path)
    if not question.keep:
        (world.write_file if question.force else world.write_new_file)(path, text)
    return InitAnswer(path, found, text)


def _top(world: World) -> Path:
    """The top of the repository; as it is called from here."""
    here = Path()
    top = world.root_of(here)
    return here if top.resolve() == here.resolve() else top
