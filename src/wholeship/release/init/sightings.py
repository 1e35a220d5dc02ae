"""What was seen in a repository, before anything is decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.release.init.tagging import SeenTag
from wholeship.release.order import Elector
from wholeship.texts.template import EMPTY, Template

Read = Callable[[str], str | None]
"""The text of a file of the repository by its path (``/`` between the parts); None: not there."""


@dataclass(frozen=True, slots=True)
class SeenImage:
    """An image that some file builds. Paths are relative to the repository; empty means not said.

    ``where`` is the file that says it, with the line where that is known. ``repository`` is set where all
    of it is known, ``mirrors`` are others that it surely goes to as well; ``address`` is as written, with a
    hole for what is only known in a run. ``left`` says what could not be taken over. ``how`` names a
    builder that says nothing of a Dockerfile. ``workflow`` (``title`` is its name for people) pushes it on
    this ``event``, in these ``environments``; ``narrow``: only for changes of some files.
    ``native``: nothing says the platforms, they are the runner's. ``aside`` is why it is none of the
    release's images. ``handed``: an action that could not be read is given its Dockerfile.
    ``variant_of``: where it goes with others, which a part of their tags tells apart.
    ``others``: more Dockerfiles and stages that it is built from, where only the run tells which.
    """

    name: str
    where: str
    context: str = ""
    dockerfile: str = ""
    target: str = ""
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    native: bool = False
    repository: str = ""
    mirrors: tuple[str, ...] = ()
    tags: tuple[SeenTag, ...] = ()
    scenarios: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    address: Template = EMPTY
    how: str = ""
    workflow: str = ""
    title: str = ""
    environments: tuple[str, ...] = ()
    event: str = ""
    narrow: bool = False
    aside: str = ""
    handed: bool = False
    variant_of: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Policy:
    """A controller's policy that follows one repository; ``elector`` answers for it.

    ``pattern`` is its filter as written, for a first guess at the form of a tag; ``range`` that of a
    policy on versions.
    """

    name: str
    file: str
    repository: Repository
    elector: Elector
    summary: str = ""
    pattern: str = ""
    range: str = ""
    drives: int = 0
    suspended: bool = False


@dataclass(frozen=True, slots=True)
class Sightings:
    """Everything that was seen, by kind; the strongest kind that saw an image decides which there are.

    ``inner`` are Compose files in folders: often only for tests or development. ``bases``: the images that a
    Dockerfile starts from; ``elsewhere``: Dockerfiles of another release that is made here. ``git``: there
    are commits and git tags to ask for. ``modules``: the folders of git submodules. ``unread``: steps that
    may push could not be read, and none was seen to.
    """

    published: tuple[SeenImage, ...] = ()
    skaffold: tuple[SeenImage, ...] = ()
    bake: tuple[SeenImage, ...] = ()
    deployed: tuple[SeenImage, ...] = ()
    compose: tuple[SeenImage, ...] = ()
    dockerfiles: tuple[SeenImage, ...] = ()
    inner: tuple[SeenImage, ...] = ()
    policies: tuple[Policy, ...] = ()
    source: str = ""
    folder: str = ""
    scripts: tuple[str, ...] = ()
    files: frozenset[str] = frozenset()
    bases: Mapping[str, Sequence[str]] = field(default_factory=dict)
    elsewhere: frozenset[str] = frozenset()
    git: bool = True
    modules: tuple[str, ...] = ()
    unread: bool = False
    remarks: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[tuple[SeenImage, ...], ...]:
        """From what publishes to what merely could be built."""
        return (
            *(self.published, self.skaffold, self.bake, self.deployed),
            *(self.compose, self.dockerfiles, self.inner),
        )


LOOKED_FOR = (
    "workflows that push images: .github/workflows/*.yml, *.yaml",
    "skaffold.yaml, and a Bake file: docker-bake.hcl, docker-bake.json",
    "a Compose file with services that are built: compose.yaml, docker-compose.yml",
    "Dockerfiles: Dockerfile, Dockerfile.NAME, NAME.Dockerfile, Containerfile, in any folder",
)
"""Told when nothing was found."""
