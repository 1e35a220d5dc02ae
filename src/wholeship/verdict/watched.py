"""Which image a controller follows, and how that is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from wholeship.pipeline.images import Image


@dataclass(frozen=True, slots=True)
class Watched:
    """``names`` are images or repositories that are followed; ``source`` says who says so.

    Without names nobody has said anything.
    """

    names: tuple[str, ...] = ()
    source: str = ""

    def follows(self, image: Image) -> bool:
        """Whether *image* is one of them: by its name, its repository, or the end of that."""
        return any(_named(name, image) for name in self.names)

    def among(self, images: Iterable[Image]) -> tuple[Image, ...]:
        """Those of *images* that are followed."""
        return tuple(image for image in images if self.follows(image))


NOBODY = Watched()


def _named(name: str, image: Image) -> bool:
    wanted = _plain(name)
    repositories = [_plain(str(repository)) for repository in image.repositories]
    return wanted == image.name or any(r == wanted or r.endswith(f"/{wanted}") for r in repositories)


def _plain(repository: str) -> str:
    """Docker Hub's two spellings as one."""
    for prefix in ("docker.io/library/", "docker.io/", "index.docker.io/"):
        repository = repository.removeprefix(prefix)
    return repository.lower()
