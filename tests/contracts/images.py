"""Small true images to push: a config, a layer, a manifest, and an index over platforms."""

from __future__ import annotations

import json
from dataclasses import dataclass

from wholeship.core.digest import Digest
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.release.ports import Manifest, Registry

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


@dataclass(frozen=True)
class Image:
    """What has to be pushed for a manifest to be accepted."""

    manifest: Manifest
    children: tuple[Image, ...] = ()
    blobs: tuple[bytes, ...] = ()

    @property
    def digest(self) -> Digest:
        return self.manifest.digest

    def push(self, registry: Registry, repository: Repository) -> Digest:
        for blob in self.blobs:
            registry.upload(repository, blob)
        for child in self.children:
            child.push(registry, repository)
        registry.store(repository, self.manifest)
        return self.digest


def image(name: str, platform: Platform = AMD64, *, revision: str = "") -> Image:
    """An image whose bytes depend on *name* only; spaced oddly, so that re-serialising would show."""
    layer = f"layer of {name}".encode()
    config = json.dumps({"architecture": platform.architecture, "os": platform.os, "name": name}).encode()
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _described("application/vnd.oci.image.config.v1+json", config),
        "layers": [_described("application/vnd.oci.image.layer.v1.tar", layer)],
    }
    if revision:
        content["annotations"] = {"org.opencontainers.image.revision": revision}
    return Image(Manifest(OCI_MANIFEST, json.dumps(content, indent=3).encode()), (), (config, layer))


def index(name: str, *platforms: Platform, revision: str = "") -> Image:
    """An index over one image for each of *platforms*."""
    children = tuple(image(f"{name} {p}", p, revision=revision) for p in platforms or (AMD64,))
    entries = []
    for child, platform in zip(children, platforms or (AMD64,), strict=True):
        entry = _described(OCI_MANIFEST, child.manifest.body)
        entry["platform"] = {"os": platform.os, "architecture": platform.architecture}
        entries.append(entry)
    content: dict[str, object] = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    if revision:
        content["annotations"] = {"org.opencontainers.image.revision": revision}
    return Image(Manifest(OCI_INDEX, json.dumps(content, indent=1).encode()), children)


def _described(media_type: str, content: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": str(Digest.of(content)), "size": len(content)}
