"""What is inside a manifest: children, platforms, size, annotations.

Facts: OCI image specification, "Image Index" and "Image Manifest"; BuildKit keeps attestations in an
index as children of the platform ``unknown/unknown``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, RegistryUntrusted
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.release.ports import Manifest, Referrer, Registry

CONFIG_LIMIT = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Child:
    """One entry of an index; ``platform`` is None for an attestation."""

    digest: Digest
    platform: Platform | None


@dataclass(frozen=True, slots=True)
class PlatformEntry:
    """The entry of an index for one platform, as it describes it."""

    platform: Platform
    digest: Digest
    media_type: str
    size: int


@dataclass(frozen=True, slots=True)
class Content:
    """A manifest, read."""

    is_index: bool
    children: tuple[Child, ...]
    config: Digest | None
    size: int
    annotations: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[Digest, ...] = ()


def content_of(manifest: Manifest, where: str) -> Content:
    """What *manifest* says; :class:`RegistryUntrusted` when it does not say it well."""
    try:
        body = jsons.parse_json(manifest.body, what=where)
        annotations = {str(k): str(v) for k, v in (body.get("annotations") or {}).items()}
        if "manifests" in body:
            children = tuple(_child(entry) for entry in body["manifests"])
            return Content(True, children, None, 0, annotations)
        layers = list(body.get("layers", ()))
        size = sum(int(layer["size"]) for layer in layers)
        here = tuple(Digest(layer["digest"]) for layer in layers if not _is_elsewhere(layer))
        return Content(False, (), Digest(body["config"]["digest"]), size, annotations, here)
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as error:
        reason = error.message if isinstance(error, BadInput) else repr(error)
        raise RegistryUntrusted(f"{where}: not a well-formed manifest ({reason})") from None


def platform_entries(manifest: Manifest, where: str) -> tuple[PlatformEntry, ...]:
    """What an index lists for platforms, attestations left out; empty for an image without an index."""
    try:
        entries = jsons.parse_json(manifest.body, what=where).get("manifests") or ()
        read = [(_child(entry), str(entry["mediaType"]), int(entry["size"])) for entry in entries]
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RegistryUntrusted(f"{where}: not a well-formed index ({error})") from None
    return tuple(PlatformEntry(c.platform, c.digest, kind, size) for c, kind, size in read if c.platform)


def referrers_in(body: bytes, where: str) -> tuple[Referrer, ...]:
    """The artifacts that an index of referrers lists, be it a registry's answer or what stands under the
    fallback tag (OCI distribution specification, "Referrers Tag Schema"). :class:`RegistryUntrusted`."""
    try:
        return tuple(_referrer(entry) for entry in jsons.parse_json(body, what=where)["manifests"])
    except (BadInput, KeyError, TypeError, ValueError, AttributeError) as error:
        raise RegistryUntrusted(f"{where}: the list of referrers cannot be read ({error})") from None


def _referrer(entry: Any) -> Referrer:
    annotations = {str(k): str(v) for k, v in (entry.get("annotations") or {}).items()}
    kind, artifact = str(entry["mediaType"]), str(entry.get("artifactType") or "")
    return Referrer(Digest(entry["digest"]), kind, int(entry["size"]), artifact, annotations)


def _is_elsewhere(layer: Any) -> bool:
    """Whether the registry need not have it (OCI image specification, "Non-Distributable Layers")."""
    kind = str(layer.get("mediaType", ""))
    return "nondistributable" in kind or "foreign" in kind


def _child(entry: Any) -> Child:
    platform = entry.get("platform") or {}
    os, architecture = str(platform.get("os", "")), str(platform.get("architecture", ""))
    if "unknown" in (os, architecture) or not os:
        return Child(Digest(entry["digest"]), None)
    return Child(Digest(entry["digest"]), Platform.of(os, architecture, str(platform.get("variant") or "")))


def config_platform(
    registry: Registry, repository: Repository, config: Digest | None, where: str
) -> Platform | None:
    """The platform that an image's own configuration names; None: the configuration is gone."""
    if config is None:
        return None
    body = registry.blob(repository, config, limit=CONFIG_LIMIT)
    if body is None:
        return None
    try:
        read = jsons.parse_json(body, what=f"the config of {where}")
        return Platform.of(str(read["os"]), str(read["architecture"]), str(read.get("variant") or ""))
    except (BadInput, KeyError, TypeError) as error:
        raise RegistryUntrusted(f"the config of {where} names no platform ({error!r})") from None
