"""An image from one repository into another, to the last byte: blobs mounted or carried once."""

from __future__ import annotations

from functools import partial

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryUntrusted
from wholeship.core.reference import Repository
from wholeship.release.depth import is_whole
from wholeship.release.observe import each_at_once
from wholeship.release.ports import Manifest, Registry

UPLOADS = 4
"""Blobs of one image on their way at a time."""


def copy_image(registry: Registry, source: Repository, target: Repository, digest: Digest) -> bool:
    """*digest* with all that it is made of, from *source* into *target*, under no tag; False: it was there.

    Raises the ``RegistryError`` family. What was carried over by then is not carried again.
    """
    if is_whole(registry, target, digest):
        return False
    copy_manifest(registry, source, target, digest)
    return True


def copy_manifest(registry: Registry, source: Repository, target: Repository, digest: Digest) -> Manifest:
    """The manifest *digest*, be it of an image or of an artifact, copied with all that it names."""
    manifest = registry.manifest(source, digest)
    if manifest is None:
        raise RegistryUntrusted(f"{source}@{digest} is not there any more")
    content = jsons.parse_json(manifest.body, what=f"{source}@{digest}")
    for child in content.get("manifests", ()):
        copy_manifest(registry, source, target, Digest(child["digest"]))
    parts = (content["config"], *content["layers"]) if "config" in content else ()
    sizes = {Digest(part["digest"]): int(part["size"]) for part in parts}
    each_at_once(partial(_copy_blob, registry, source, target), sizes.items(), workers=UPLOADS)
    registry.store(target, manifest)
    return manifest


def _copy_blob(registry: Registry, source: Repository, target: Repository, blob: tuple[Digest, int]) -> None:
    registry.copy_blob(source, target, *blob)
