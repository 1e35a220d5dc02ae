"""What manifests say, as values."""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.core.errors import BadInput
from wholeship.core.place import Place
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.gitops.elector import Elector


@dataclass(frozen=True, slots=True)
class Watch:
    """One policy that follows one image repository.

    ``repository`` is None when the manifests do not say which (``image`` then holds what they say).
    """

    name: str  # namespace/name; in one repository of manifests it is unique for a controller
    image: str
    repository: Repository | None
    elector: Elector
    place: Place
    suspended: str = ""  # which object is suspended, empty when none is
    reflects_digest: str = "Never"

    @property
    def controller(self) -> str:
        """Which controller it is for."""
        return self.elector.policy.controller


@dataclass(frozen=True, slots=True)
class Drive:
    """A setter marker: the spot in Git that Flux rewrites when a policy elects another tag.

    ``part`` is ``tag``, ``name``, ``digest``, or empty for the whole reference. ``image`` is the
    repository named beside it, empty when none is.
    """

    policy: str
    part: str
    image: str
    place: Place


@dataclass(frozen=True, slots=True)
class Reference:
    """An image that manifests use; ``policy`` names the policy whose marker moves it, if any."""

    image: str
    tag: str
    place: Place
    policy: str = ""
    digest: str = ""

    @property
    def repository(self) -> Repository | None:
        """The repository, None when the text names none."""
        return as_repository(self.image)


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that was not understood. ``matters``: it mentions image updates."""

    text: str
    place: Place
    matters: bool = False


@dataclass(frozen=True, slots=True)
class Manifests:
    """Everything found; each in the order of files and lines."""

    watches: tuple[Watch, ...] = ()
    drives: tuple[Drive, ...] = ()
    references: tuple[Reference, ...] = ()
    automations: Mapping[str, Place] | None = None
    remarks: tuple[Remark, ...] = ()

    def watching(self, repository: Repository) -> tuple[Watch, ...]:
        """The policies that follow *repository*."""
        return tuple(watch for watch in self.watches if watch.repository == repository)

    def driven_by(self, watch: Watch) -> tuple[Drive, ...]:
        """The spots in Git that *watch* rewrites. An overlay may add the namespace later, so that only where
        both sides name one they have to agree."""
        space, _, name = watch.name.rpartition("/")
        return tuple(
            drive
            for drive in self.drives
            if watch.controller == "flux"
            and drive.policy.rpartition("/")[2] == name
            and space in ("", drive.policy.rpartition("/")[0])
        )

    def watch(self, repository: Repository, name: str | None = None) -> Watch | None:
        """The one policy that follows *repository*, or the one called *name*; None without any.

        ``name`` may leave the namespace out. Raises :class:`BadInput` when several fit, or the named
        one is missing.
        """
        if name is not None:
            named = [watch for watch in self.watches if name in (watch.name, watch.name.rpartition("/")[2])]
            if not named:
                known = ", ".join(watch.name for watch in self.watches) or "none"
                raise BadInput(f"there is no policy {name!r}", advice=f"policies found: {known}")
            return _only(named, repository)
        fitting = [watch for watch in self.watches if watch.repository == repository]
        if not fitting and len(self.watches) == 1 and self.watches[0].repository is None:
            return self.watches[0]
        active = [watch for watch in fitting if not watch.suspended]
        return _only(active or fitting, repository) if fitting else None


def _only(watches: list[Watch], repository: Repository) -> Watch:
    if len(watches) > 1:
        places = ", ".join(f"{watch.name} ({watch.place})" for watch in watches)
        raise BadInput(
            f"{len(watches)} policies follow {repository}: {places}",
            advice="name the one that rolls production as gitops.name in the release file",
            place=watches[0].place,
        )
    return watches[0]


def as_repository(text: str) -> Repository | None:
    """The repository *text* names, None when it names none."""
    try:
        return Repository.parse(text)
    except BadInput:
        return None
