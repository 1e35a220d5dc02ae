"""Bases that are a part of the release, as Dockerfiles name them.

``FROM ghcr.io/acme/base`` where ``ghcr.io/acme/base`` is the repository of an image of this very release
means the base of this release, not the one that was there before. So it becomes a named context. A tag of its
own or a digest means what it says: something that is out already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from wholeship.core.errors import BadInput
from wholeship.core.reference import Repository, repository_of_image
from wholeship.release.config import Image, ReleaseConfig
from wholeship.release.contexts import BREAK, TARGET, find_cycle, targets, words_of
from wholeship.release.inputs.dockerfile import outside_inputs

Owners = Mapping[Repository, str]
"""The images of the release, by every repository that names them."""


def with_bases(config: ReleaseConfig) -> ReleaseConfig:
    """*config* with every base that is a part of the release among its image's contexts.

    Raises :class:`BadInput` when images turn out to need each other. What cannot be read is left to others.
    """
    owners = _owners(config)
    images = {
        name: replace(image, contexts={**_bases(image, owners), **image.contexts})
        for name, image in config.images.items()
    }
    cycle = find_cycle({name: targets(image.contexts) for name, image in images.items()})
    if cycle:
        raise BadInput(
            f"{words_of(cycle)} (by contexts, and by what their Dockerfiles are built FROM)", advice=BREAK
        )
    return replace(config, images=images)


def older_bases(config: ReleaseConfig) -> Iterator[str]:
    """Bases that are images of the release, and named as they were released before, in words."""
    owners = _owners(config)
    for image in config.images.values():
        for reference in _taken_bases(image):
            owner = _owner(reference, owners)
            if owner in (None, image.name) or reference in image.contexts or _is_newest(reference):
                continue
            yield (
                f"{image.name} is built from {reference}, which is out already, and not from the {owner} of "
                f"this release: for that, name it under images.{image.name}.contexts"
            )


def _owners(config: ReleaseConfig) -> Owners:
    found = {image.repository: name for name, image in config.images.items()}
    return {image.declared: name for name, image in config.images.items() if image.declared} | found


def _bases(image: Image, owners: Owners) -> dict[str, str]:
    newest = [reference for reference in _taken_bases(image) if _is_newest(reference)]
    found = {reference: _owner(reference, owners) for reference in newest}
    return {name: f"{TARGET}{owner}" for name, owner in found.items() if owner and owner != image.name}


def _owner(reference: str, owners: Owners) -> str | None:
    repository = repository_of_image(reference)
    return owners.get(repository) if repository else None


def _taken_bases(image: Image) -> tuple[str, ...]:
    try:
        text = image.dockerfile.read_bytes()
    except OSError:
        return ()  # told by the plan, and by the build
    return outside_inputs(text.decode("utf-8", "replace"), image.args).bases


def _is_newest(reference: str) -> bool:
    """Whether *reference* means whatever is the newest."""
    name, _, tag = reference.rpartition(":")
    return "@" not in reference and (not name or "/" in tag or tag == "latest")
