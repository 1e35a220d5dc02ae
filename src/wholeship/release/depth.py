"""Whether an image can be pulled: every part of it there, down to its layers, and each what it is called.

A registry serves a manifest also when a collector or a lost disk took a layer of it, and nobody but the
puller compares the platform that an index names with the one that the image's own configuration names.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from wholeship.core.digest import Digest
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.release.content import Content, config_platform, content_of
from wholeship.release.observe import at_once, each_at_once
from wholeship.release.ports import Manifest, Registry


@dataclass(frozen=True, slots=True)
class Flaw:
    """Something that keeps an image from being pulled. ``lost``: a part is gone; else a part is not what it
    is called."""

    text: str
    lost: bool = True


@dataclass(frozen=True, slots=True)
class Inspected:
    """An image in a registry, followed down to its layers. ``platforms`` are those that can be had.

    ``size`` in bytes, of all layers of all platforms; ``flaws`` is empty where all of it can be pulled.
    """

    manifest: Manifest
    platforms: tuple[Platform, ...]
    size: int
    annotations: Mapping[str, str]
    flaws: tuple[Flaw, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """The manifest of one platform. ``called`` is what the index says it is; ``own`` what it says itself."""

    digest: Digest
    content: Content
    called: Platform | None = None
    own: Platform | None = None

    @property
    def name(self) -> str:
        """For people."""
        return str(self.called or "the image")


def flaws_of(registry: Registry, repository: Repository, candidate: Digest | Manifest) -> tuple[Flaw, ...]:
    """What is wrong with *candidate*; nothing: every platform of it can be pulled.

    Raises :class:`RegistryError` when the registry does not say.
    """
    manifest = registry.manifest(repository, candidate) if isinstance(candidate, Digest) else candidate
    return inspect(registry, repository, manifest).flaws if manifest else (Flaw("its manifest is gone"),)


def is_whole(registry: Registry, repository: Repository, candidate: Digest | Manifest) -> bool:
    """Whether every platform of *candidate* can be pulled."""
    return not flaws_of(registry, repository, candidate)


def inspect(registry: Registry, repository: Repository, manifest: Manifest) -> Inspected:
    """*manifest* with all that it refers to looked at.

    One request for each child, each configuration and each layer; the children at the same time, then all
    the others, and each digest once.
    """
    top = content_of(manifest, f"{repository}@{manifest.digest}")
    parts, flaws = _manifest_parts(registry, repository, manifest, top)
    parts, lost = at_once(
        partial(_configured, registry, repository, parts), partial(_lost_layers, registry, repository, parts)
    )
    flaws += [flaw for part in parts if (flaw := _misnamed(part)) is not None]
    flaws += lost
    named = {str(key): value for part in parts for key, value in part.content.annotations.items()}
    return Inspected(
        manifest,
        tuple(part.called or part.own for part in parts if part.own and _is_as_called(part)),
        sum(part.content.size for part in parts),
        {**named, **top.annotations},
        tuple(flaws),
    )


def _manifest_parts(
    registry: Registry, repository: Repository, manifest: Manifest, top: Content
) -> tuple[list[_Part], list[Flaw]]:
    if not top.is_index:
        return [_Part(manifest.digest, top)], []
    read = each_at_once(lambda child: registry.manifest(repository, child.digest), top.children)
    parts, flaws = [], []
    for child, inner in zip(top.children, read, strict=True):
        if inner is None:
            flaws.append(Flaw(f"{child.platform or 'an attestation'} ({child.digest.short}) is gone"))
        elif child.platform is not None:
            where = f"{repository}@{child.digest}"
            parts.append(_Part(child.digest, content_of(inner, where), child.platform))
    return parts, flaws


def _configured(registry: Registry, repository: Repository, parts: list[_Part]) -> list[_Part]:
    """*parts* with the platform that each names itself."""

    def read(part: _Part) -> _Part:
        own = config_platform(registry, repository, part.content.config, f"{repository}@{part.digest}")
        return _Part(part.digest, part.content, part.called, own)

    return each_at_once(read, parts)


def _misnamed(part: _Part) -> Flaw | None:
    if part.own is None:
        return Flaw(f"the configuration of {part.name} is gone")
    if _is_as_called(part):
        return None
    return Flaw(f"what is called {part.called} is {part.own}", lost=False)


def _is_as_called(part: _Part) -> bool:
    """Variants are often left out on one side (OCI image specification, "Image Index")."""
    called, own = part.called, part.own
    if called is None or own is None:
        return True
    if (called.os, called.architecture) != (own.os, own.architecture):
        return False
    return not (called.variant and own.variant) or called.variant == own.variant


def _lost_layers(registry: Registry, repository: Repository, parts: list[_Part]) -> list[Flaw]:
    layers: dict[Digest, str] = {}
    for part in parts:
        for digest in part.content.layers:
            layers.setdefault(digest, part.name)
    there = each_at_once(lambda digest: registry.has_blob(repository, digest), layers)
    return [
        Flaw(f"a layer of {name} ({digest.short}) is gone")
        for (digest, name), is_there in zip(layers.items(), there, strict=True)
        if not is_there
    ]
