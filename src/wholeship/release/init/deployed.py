"""What is deployed: the images that Helm values, charts, kustomizations and manifests name.

A manifest builds nothing. It says which of the images that can be built here run somewhere, and from where.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import split_image
from wholeship.core.values import dataclass
from wholeship.release.init.names import image_name, repository_of
from wholeship.release.init.sightings import SeenImage

_IMAGE = lazy_pattern(
    r"""^[ \t]*(?:-[ \t]+)?["']?(image|repository|newName|[a-z]\w*Image)["']?:"""
    r"""[ \t]*["']?([\w][\w./:@-]*)["']?[ \t]*(?:#.*)?$"""
)


@dataclass(frozen=True, slots=True)
class Deployed:
    """An image that a manifest names: its repository, and where."""

    repository: str
    where: str


def deployed_in(text: str, file: str) -> Iterator[Deployed]:
    """The images that *file* names; what a template fills in is not one."""
    for number, line in enumerate(text.splitlines(), 1):
        found = _IMAGE.match(line) if ":" in line else None
        if found is not None and found[2] not in ("true", "false"):
            repository, _ = split_image(found[2])
            yield Deployed(repository, f"{file}:{number}")


def run_somewhere(
    deployed: Sequence[Deployed], built: Sequence[SeenImage], folder: str = ""
) -> tuple[SeenImage, ...]:
    """Those of *deployed* that are built here, too: how, the file that builds them says.

    What has no name of its own is called like the *folder* of the repository.
    """
    found: dict[str, SeenImage] = {}
    for each in deployed:
        if any(_is_of(each, seen, folder) for seen in built):
            known = each.repository if repository_of(each.repository) else ""
            name = each.repository.rpartition("/")[2]
            found.setdefault(name, SeenImage(name=name, where=each.where, repository=known))
    return tuple(found.values())


def _is_of(deployed: Deployed, seen: SeenImage, folder: str) -> bool:
    if seen.repository:
        return seen.repository == deployed.repository
    last = image_name(deployed.repository.rpartition("/")[2])
    own = seen.name or folder
    return bool(own) and image_name(own) == last
