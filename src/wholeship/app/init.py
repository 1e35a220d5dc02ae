"""`wholeship init`: what is found here about images, as a commented release file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from wholeship.app.sightings import sightings_in
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.release.file import FILE
from wholeship.release.init.draft import Draft, draft
from wholeship.release.init.releases import SeenRelease, meant, only, releases_in
from wholeship.release.init.sightings import Sightings
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
    """What was found (None: nothing that is built here), and the text of the file.

    ``remarks``: what could not be read, where nothing was found.
    """

    path: Path
    found: Draft | None
    text: str = ""
    remarks: tuple[str, ...] = ()


Ask = Callable[[Sequence[SeenRelease]], SeenRelease]
"""Which of several releases is meant, the likeliest first."""


def the_likeliest(releases: Sequence[SeenRelease]) -> SeenRelease:
    """Nobody is asked: the release that a policy follows, that has a tag of its own, or has most images."""
    return releases[0]


def write_release_file(question: InitQuestion, world: World, ask: Ask = the_likeliest) -> InitAnswer:
    """Look, decide, and write the file, unless it is to be kept back."""
    path = Path(question.file) if question.file else _top(world) / FILE
    if not question.keep and not question.force and (path.exists() or path.is_symlink()):
        raise BadInput(
            f"{path} is there already, and was left as it is",
            advice="see what would be written with --print, or write over it with --force",
        )
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}")
    seen = _one_release(sightings_in(path.parent, world), question, ask)
    found = draft(
        seen,
        registry=question.registry or None,
        watched=question.watched,
        environment=question.environment,
    )
    if found is None:
        return InitAnswer(path, None, remarks=seen.remarks)
    text = checked_text(found, path)
    if not question.keep:
        (world.write_file if question.force else world.write_new_file)(path, text)
    return InitAnswer(path, found, text)


def _one_release(seen: Sightings, question: InitQuestion, ask: Ask) -> Sightings:
    releases = releases_in(seen)
    if question.workflow:
        chosen = meant(releases, question.workflow)
    elif len(releases) < 2:
        return seen
    else:
        chosen = ask(releases)
    return only(seen, chosen, [each for each in releases if each is not chosen])


def _top(world: World) -> Path:
    """The top of the repository; as it is called from here."""
    here = Path()
    top = world.root_of(here)
    return here if top.resolve() == here.resolve() else top
