"""Everything that decides what an image becomes, as one digest per kind of input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.platform import Platform
from wholeship.release.inputs.dockerfile import outside
from wholeship.release.plan import PlannedImage

Parts = Mapping[str, str]
"""Digests by kind of input: ``context``, ``dockerfile``, ``arguments``, ``bases``, …"""


class Sources(Protocol):
    """Where inputs are looked up."""

    def dockerfile(self, image: PlannedImage) -> bytes:
        """The Dockerfile's bytes; raises :class:`BadInput` when there is none."""
        ...

    def context(self, image: PlannedImage) -> Digest:
        """One digest over every file the builder sees; raises :class:`BadInput` when it cannot be read."""
        ...

    def base(self, reference: str, platform: Platform) -> str | None:
        """What *reference* means to the builder now (a digest or an image id); None: it cannot be told."""
        ...


@dataclass(frozen=True, slots=True)
class Inputs:
    """``parts`` are empty when ``unknown`` says why the inputs cannot be told: then it is built."""

    parts: Parts
    unknown: str = ""


def inputs_of(image: PlannedImage, sources: Sources) -> Inputs:
    """The inputs of *image*, each kind apart so that a change can be named."""
    try:
        text = sources.dockerfile(image)
        taken = outside(text.decode("utf-8", "replace"), image.args)
        if taken.unknown:
            return Inputs({}, taken.unknown[0])
        bases: dict[str, str] = {}
        for reference in taken.bases:
            for platform in image.platforms:
                found = sources.base(reference, platform)
                if found is None:
                    return Inputs({}, f"what {reference} is for {platform} cannot be told")
                bases[f"{reference} {platform}"] = found
        context = sources.context(image)
    except BadInput as error:
        return Inputs({}, error.message)
    except WholeshipError as error:
        return Inputs({}, f"the inputs cannot be told: {error.message}")
    return Inputs(
        {
            "context": str(context),
            "Dockerfile": str(Digest.of(text)),
            "arguments": _of(dict(image.args)),
            "target": image.target or "",
            "labels": _of(dict(image.labels)),
            "secrets": _of([_secret_name(secret) for secret in image.secrets]),
            "base images": _of(bases),
        }
    )


def changed(before: Parts, now: Parts) -> tuple[str, ...]:
    """The kinds of input that differ, in the order they are listed."""
    return tuple(kind for kind in {**now, **before} if before.get(kind) != now.get(kind))


def _of(value: object) -> str:
    return str(Digest.of(jsons.canonical(value)))


def _secret_name(secret: str) -> str:
    """Secrets count by name: their values are never looked at, and never in a record."""
    return dict(part.partition("=")[::2] for part in secret.split(",")).get("id", secret)
