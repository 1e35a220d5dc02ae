"""Layers that a repository has already: neither compressed nor sent once more.

The store of buildah and podman keeps layers unpacked. Compressing a base image anew for every image and
every release takes longer than everything else a release adds to its builds, and what comes out is in the
registry. What a layer was compressed to stands in an earlier image of the repository: its manifest lists the
layers, its configuration in the same order what they unpack to (image-spec, "Image configuration",
``rootfs.diff_ids``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.reference import Repository
from wholeship.release.observe import each_at_once
from wholeship.release.ports import Manifest, Registry

LAYER = "application/vnd.oci.image.layer.v1.tar"
PACKED = frozenset({f"{LAYER}+gzip", f"{LAYER}+zstd"})
CONFIG_LIMIT = 8 * 1024 * 1024

Known = Mapping[Digest, Mapping[str, Any]]
"""Descriptors of packed layers by the digest of what they unpack to."""


def known_in(registry: Registry, repository: Repository, earlier: Digest) -> Known:
    """What the layers of the image *earlier* are, over all its platforms; empty when it is gone.

    Raises the ``RegistryError`` family, and ``BadInput`` or ``LookupError`` for what is no image.
    """
    found: dict[Digest, Mapping[str, Any]] = {}
    root = registry.manifest(repository, earlier)
    for manifest in _images(registry, repository, root) if root is not None else ():
        content = jsons.parse_json(manifest.body, what=f"{repository}@{manifest.digest}")
        config = registry.blob(repository, Digest(content["config"]["digest"]), limit=CONFIG_LIMIT)
        if config is None:
            continue
        unpacked = jsons.parse_json(config, what="the image's configuration")["rootfs"]["diff_ids"]
        if len(unpacked) == len(content["layers"]):
            pairs = zip(map(Digest, unpacked), content["layers"], strict=True)
            found |= {digest: _plain_part(part) for digest, part in pairs if part["mediaType"] in PACKED}
    return found


def _images(registry: Registry, repository: Repository, root: Manifest) -> Iterator[Manifest]:
    entries = jsons.parse_json(root.body, what=f"{repository}@{root.digest}").get("manifests")
    if entries is None:
        yield root
        return
    for entry in entries:
        child = registry.manifest(repository, Digest(entry["digest"]))
        if child is not None:
            yield child


def _plain_part(part: Mapping[str, Any]) -> dict[str, Any]:
    return {key: part[key] for key in ("mediaType", "digest", "size")}


def there(registry: Registry, repository: Repository, known: Known) -> Known:
    """Those of *known* whose bytes the repository still has."""

    def has(digest: Digest) -> bool:
        return registry.has_blob(repository, Digest(known[digest]["digest"]))

    return {
        digest: known[digest] for digest, kept in zip(known, each_at_once(has, known), strict=True) if kept
    }
