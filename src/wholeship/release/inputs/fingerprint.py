"""Everything that decides what an image becomes, as one digest per kind of input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.release.contexts import image_in, is_folder, is_url, target_of
from wholeship.release.inputs.dockerfile import outside_inputs
from wholeship.release.plan import PlannedImage

Parts = Mapping[str, str]
"""Digests by kind of input: ``context``, ``dockerfile``, ``arguments``, ``bases``, …"""


class Sources(Protocol):
    """Where inputs are looked up."""

    def dockerfile(self, image: PlannedImage) -> bytes:
        """The Dockerfile's bytes; raises :class:`BadInput` when there is none."""

    def context(self, image: PlannedImage) -> Digest:
        """One digest over every file the builder sees; raises :class:`BadInput` when it cannot be read."""

    def folder(self, path: str) -> Digest:
        """One digest over every file of a named context; raises :class:`BadInput` when it cannot be read."""

    def base(self, reference: str, platform: Platform) -> str | None:
        """What *reference* means to the builder now (a digest or an image id); None: it cannot be told."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """``parts`` are empty when ``unknown`` says why the inputs cannot be told: then it is built."""

    parts: Parts
    unknown: str = ""


def inputs_of(image: PlannedImage, sources: Sources, *, scanned: bool = False) -> Inputs:
    """The inputs of *image*, each kind apart so that a change can be named. *scanned*: the builder puts an
    SBOM into it."""
    if image.no_cache:
        return Inputs({}, "no_cache says so")
    try:
        text = sources.dockerfile(image)
        taken = outside_inputs(text.decode("utf-8", "replace"), image.args)
        if taken.unknown:
            return Inputs({}, taken.unknown[0])
        bases = {reference: reference for reference in taken.bases if reference not in image.contexts}
        named, unknown = _named_contexts(image, sources)
        found, lacking = _bases(image, {**bases, **named.images}, sources)
        if unknown or lacking:
            return Inputs({}, unknown or lacking)
        context = sources.context(image)
    except BadInput as error:
        return Inputs({}, error.message)
    except WholeshipError as error:
        return Inputs({}, f"the inputs cannot be told: {error.message}")
    parts = {
        "context": str(context),
        "Dockerfile": str(Digest.of(text)),
        "arguments": _of(dict(image.args)),
        "target": image.target or "",
        "labels": _of(dict(image.labels)),
        "secrets": _of([_secret_name(secret) for secret in image.secrets]),
        "base images": _of(found),
    }
    # Kinds that are not always there: where they say nothing, an older record need not have them.
    more = {
        "SBOM": "from the builder" if scanned else "",
        "named contexts": named.folders,
        "annotations": dict(image.annotations),
        "extra hosts": dict(image.extra_hosts),
        "ssh": [name.partition("=")[0] for name in image.ssh],
    }
    return Inputs(parts | {kind: _of(value) for kind, value in more.items() if value})


@dataclass(frozen=True, slots=True)
class _Named:
    """Named contexts: images by reference, folders by digest."""

    images: Mapping[str, str]
    folders: Mapping[str, str]


def _named_contexts(image: PlannedImage, sources: Sources) -> tuple[_Named, str]:
    """The named contexts of *image*, and why they cannot be told; empty: they can."""
    images, folders = {}, {}
    for name, context in image.contexts.items():
        if is_url(context):
            return _Named({}, {}), f"the context {name} is fetched from {context}"
        if (target := target_of(context)) is not None:
            return _Named({}, {}), f"{target} is not built yet"
        if is_folder(context):
            folders[name] = str(sources.folder(context))
        else:
            images[name] = image_in(context)
    return _Named(images, folders), ""


def _bases(image: PlannedImage, wanted: Mapping[str, str], sources: Sources) -> tuple[dict[str, str], str]:
    """What the *wanted* references are now, by name and platform; and which cannot be told, if one cannot."""
    found: dict[str, str] = {}
    for name, reference in wanted.items():
        for platform in image.platforms:
            now = sources.base(reference, platform)
            if now is None:
                return {}, f"what {reference} is for {platform} cannot be told"
            found[f"{name} {platform}"] = now
    return found, ""


def changed_inputs(before: Parts, now: Parts) -> tuple[str, ...]:
    """The kinds of input that differ, in the order they are listed."""
    return tuple(kind for kind in {**now, **before} if before.get(kind) != now.get(kind))


def _of(value: object) -> str:
    return str(Digest.of(jsons.canonical(value)))


def _secret_name(secret: str) -> str:
    """Secrets count by name: their values are never looked at, and never in a record."""
    return dict(part.partition("=")[::2] for part in secret.split(",")).get("id", secret)
