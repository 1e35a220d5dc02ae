"""Small true images: a config, a layer, a manifest, and an index over platforms."""

from __future__ import annotations

import json
from collections.abc import Mapping

from wholeship.core.digest import Digest
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.core.values import dataclass
from wholeship.release.ports import Manifest, Registry

OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
AMD64 = Platform("linux", "amd64")


@dataclass(frozen=True)
class Image:
    """What has to be pushed for a manifest to be accepted."""

    manifest: Manifest
    children: tuple[Image, ...] = ()
    blobs: tuple[bytes, ...] = ()

    @property
    def digest(self) -> Digest:
        """The manifest's."""
        return self.manifest.digest

    def push(self, registry: Registry, repository: Repository) -> Digest:
        """Blobs, children, then the manifest, all by digest; no tag."""
        for blob in self.blobs:
            registry.upload(repository, blob)
        for child in self.children:
            child.push(registry, repository)
        registry.store(repository, self.manifest)
        return self.digest


def image(
    name: str,
    platform: Platform = AMD64,
    *,
    revision: str = "",
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Image:
    """An image whose bytes depend on the arguments only; spaced oddly, so that re-serialising would show."""
    layer = f"layer of {name}".encode()
    config: dict[str, object] = {"architecture": platform.architecture, "os": platform.os, "name": name}
    if platform.variant:
        config["variant"] = platform.variant
    if labels:
        config["config"] = {"Labels": dict(labels)}
    body = json.dumps(config).encode()
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _described(OCI_CONFIG, body),
        "layers": [_described(OCI_LAYER, layer)],
    }
    content |= _annotated(revision, annotations)
    return Image(Manifest(OCI_MANIFEST, json.dumps(content, indent=3).encode()), (), (body, layer))


def image_index(
    name: str,
    *platforms: Platform,
    revision: str = "",
    annotations: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
) -> Image:
    """An index over one image for each of *platforms*."""
    wanted = platforms or (AMD64,)
    more = {"annotations": annotations, "labels": labels}
    children = tuple(image(f"{name} {p}", p, revision=revision, **more) for p in wanted)
    entries = []
    for child, platform in zip(children, wanted, strict=True):
        entry = _described(OCI_MANIFEST, child.manifest.body)
        parts = {"os": platform.os, "architecture": platform.architecture, "variant": platform.variant}
        entry["platform"] = {key: value for key, value in parts.items() if value}
        entries.append(entry)
    content: dict[str, object] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    content |= _annotated(revision, annotations)
    return Image(Manifest(OCI_INDEX, json.dumps(content, indent=1).encode()), children)


def _annotated(revision: str, annotations: Mapping[str, str] | None) -> dict[str, object]:
    found = dict(annotations or {})
    if revision:
        found.setdefault("org.opencontainers.image.revision", revision)
    return {"annotations": found} if found else {}


def _described(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}
