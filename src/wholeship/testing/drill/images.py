"""Small true images, the same bytes each time: a config, a layer, a manifest, an index over platforms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from wholeship.core.digest import Digest
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.release.ports import Manifest, Registry

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"


@dataclass(frozen=True, slots=True)
class SmallImage:
    """Everything that has to be pushed for ``manifest`` to be taken."""

    manifest: Manifest
    children: tuple[SmallImage, ...] = ()
    blobs: tuple[bytes, ...] = ()

    @property
    def digest(self) -> Digest:
        """Of its manifest."""
        return self.manifest.digest

    def push(self, registry: Registry, repository: Repository) -> Digest:
        """Push it by digest, without a tag."""
        for blob in self.blobs:
            registry.upload(repository, blob)
        for child in self.children:
            child.push(registry, repository)
        registry.store(repository, self.manifest)
        return self.digest


def small_image(name: str, platforms: Sequence[Platform], revision: str = "") -> SmallImage:
    """The image *name*, for one platform or an index over several."""
    if len(platforms) == 1:
        return _single(name, platforms[0], revision)
    children = tuple(_single(f"{name} {platform}", platform, revision) for platform in platforms)
    entries = [
        _described(OCI_MANIFEST, child.manifest.body)
        | {"platform": {"os": platform.os, "architecture": platform.architecture}}
        for child, platform in zip(children, platforms, strict=True)
    ]
    content = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}
    return SmallImage(_manifest(OCI_INDEX, content, revision), children)


def _single(name: str, platform: Platform, revision: str) -> SmallImage:
    layer = f"the layer of {name}".encode()
    config = json.dumps({"architecture": platform.architecture, "os": platform.os, "name": name}).encode()
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _described("application/vnd.oci.image.config.v1+json", config),
        "layers": [_described("application/vnd.oci.image.layer.v1.tar", layer)],
    }
    return SmallImage(_manifest(OCI_MANIFEST, content, revision), (), (config, layer))


def _manifest(kind: str, content: dict[str, object], revision: str) -> Manifest:
    if revision:
        content = {**content, "annotations": {"org.opencontainers.image.revision": revision}}
    # Spaced as nobody else would: whoever writes it anew changes the digest.
    return Manifest(kind, json.dumps(content, indent=3).encode())


def _described(kind: str, content: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": str(Digest.of(content)), "size": len(content)}
