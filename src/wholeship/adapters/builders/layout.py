"""An image as an OCI layout in a folder, and its way into a registry by digest.

Builders of the containers/image family push by tag only, but write a layout whose digests are known
before anything is sent (OCI image-layout specification). So the blobs go first, then each platform's
manifest, then the index: all by digest, under no name that anybody could elect.

containers/image takes a layer to be written when the layout has a file of its name (``TryReusingBlob`` in
``oci/layout/oci_dest.go``), and in the store a layer is named by what it unpacks to. So an empty file stands
in for each layer that the registry has already, and the manifest is put right afterwards. A version that
looks closer would write the layer, under the name of what it compressed it to: then there is nothing to put
right, and it is sent as any other.
"""

from __future__ import annotations

import json
import mmap
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from wholeship.adapters.builders.layers import Known
from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, CommandFailed, RegistryUntrusted
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.platform import Platform
from wholeship.core.reference import Pinned, Repository
from wholeship.core.values import dataclass
from wholeship.release.observe import each_at_once
from wholeship.release.ports import Manifest, Registry

UPLOADS = 4
"""Blobs of one image on their way at a time."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One platform's image: where its layout is, its manifest, and the blobs that are in it.

    ``platform`` is the one that was asked for, ``own`` the one that its configuration names.
    """

    folder: Path
    platform: Platform
    manifest: Manifest
    blobs: tuple[Digest, ...]
    own: Platform

    @property
    def is_as_called(self) -> bool:
        """Whether it is for the platform that was asked for; builders leave variants out."""
        own, wanted = self.own, self.platform
        return (own.os, own.architecture) == (wanted.os, wanted.architecture)


def stand_in(folder: Path, known: Known) -> None:
    """Begin a layout in *folder* in which the layers that are *known* look written."""
    for digest in known:
        path = path_of(folder, digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def read_layout(
    folder: Path, platform: Platform, annotations: Mapping[str, str], known: Known | None = None
) -> Leg:
    """The one image of the layout in *folder*, its manifest carrying *annotations*.

    Of the layers that are *known* only stand-ins are there; the registry has them.
    """
    known = known or {}
    try:
        entries = _read_json(folder / "index.json")["manifests"]
        (digest,) = [Digest(entry["digest"]) for entry in entries]
        written = _read_json(path_of(folder, digest))
        named = [Digest(part["digest"]) for part in (written["config"], *written["layers"])]
        blobs = [digest for digest in named if digest not in known]
        content = {**written, "layers": [known.get(Digest(p["digest"]), p) for p in written["layers"]]}
        config = _read_json(path_of(folder, named[0]))
        own = Platform.of(str(config["os"]), str(config["architecture"]))
    except (OSError, BadInput, KeyError, TypeError, ValueError) as error:
        raise _unreadable(folder, error) from None
    return Leg(folder, platform, annotate_manifest(content, annotations), tuple(dict.fromkeys(blobs)), own)


def annotate_manifest(content: Mapping[str, Any], annotations: Mapping[str, str]) -> Manifest:
    """The OCI manifest or index *content* with *annotations* on top of its own."""
    merged = {**(content.get("annotations") or {}), **annotations}
    kept = {key: value for key, value in content.items() if key != "annotations"}
    if merged:
        kept["annotations"] = dict(sorted(merged.items()))
    media_type = kept.setdefault("mediaType", OCI_MANIFEST)
    return Manifest(str(media_type), json.dumps(kept, separators=(",", ":")).encode())


def index_manifest(legs: Sequence[tuple[Manifest, Platform]], annotations: Mapping[str, str]) -> Manifest:
    """One OCI index over the manifests of several platforms."""
    entries = [
        {
            "mediaType": manifest.media_type,
            "digest": str(manifest.digest),
            "size": len(manifest.body),
            "platform": _platform_object(platform),
        }
        for manifest, platform in legs
    ]
    return annotate_manifest({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}, annotations)


def push(
    legs: Sequence[Leg],
    registry: Registry,
    repository: Repository,
    annotations: Mapping[str, str],
    sent: Callable[[Digest], None],
) -> Digest:
    """Upload *legs* by digest, several as one index; the digest of what can be promoted.

    *sent* is told every blob that has arrived. Raises the ``RegistryError`` family.
    """
    _upload(
        {digest: path_of(leg.folder, digest) for leg in legs for digest in leg.blobs},
        registry,
        repository,
        sent,
    )
    for leg in legs:
        registry.store(repository, leg.manifest)
    if len(legs) == 1:
        return legs[0].manifest.digest
    whole = index_manifest([(leg.manifest, leg.platform) for leg in legs], annotations)
    registry.store(repository, whole)
    return whole.digest


@dataclass(frozen=True, slots=True)
class LayoutTree:
    """A whole layout as a builder made it: its manifests, children first, and the blobs that they name."""

    folder: Path
    manifests: tuple[Manifest, ...]
    blobs: tuple[Digest, ...]


def read_tree(folder: Path) -> LayoutTree:
    """The layout in *folder*, whose one root is an image or an index over images and attestations."""
    manifests: list[Manifest] = []
    blobs: dict[Digest, None] = {}

    def walk(entry: Mapping[str, Any]) -> None:
        body = path_of(folder, Digest(entry["digest"])).read_bytes()
        content = jsons.parse_json(body, what=f"{folder}: {entry['digest']}")
        for child in content.get("manifests", ()):
            walk(child)
        if "config" in content:
            blobs.update({Digest(p["digest"]): None for p in (content["config"], *content["layers"])})
        manifests.append(Manifest(str(entry["mediaType"]), body))

    try:
        (root,) = _read_json(folder / "index.json")["manifests"]
        walk(root)
    except (OSError, BadInput, KeyError, TypeError, ValueError) as error:
        raise _unreadable(folder, error) from None
    return LayoutTree(folder, tuple(manifests), tuple(blobs))


def push_tree(
    tree: LayoutTree, registry: Registry, repository: Repository, sent: Callable[[Digest], None]
) -> Digest:
    """Upload *tree* by digest, every byte as it is; the digest of its root. See :func:`push`."""
    _upload({digest: path_of(tree.folder, digest) for digest in tree.blobs}, registry, repository, sent)
    for manifest in tree.manifests:
        registry.store(repository, manifest)
    return tree.manifests[-1].digest


def fetch_layout(registry: Registry, image: Pinned, folder: Path) -> None:
    """*image* as a layout in *folder*, with all its platforms. Raises the ``RegistryError`` family."""
    root = _fetched(registry, image.repository, image.digest, folder)
    entry = {"mediaType": root.media_type, "digest": str(root.digest), "size": len(root.body)}
    (folder / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}', encoding="ascii")
    index = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [entry]}
    (folder / "index.json").write_text(json.dumps(index), encoding="ascii")


def _fetched(registry: Registry, repository: Repository, digest: Digest, folder: Path) -> Manifest:
    manifest = registry.manifest(repository, digest)
    if manifest is None:
        raise RegistryUntrusted(f"{repository}@{digest} is not there any more")
    _write_blob(folder, digest, manifest.body)
    content = jsons.parse_json(manifest.body, what=f"{repository}@{digest}")
    for child in content.get("manifests", ()):
        _fetched(registry, repository, Digest(child["digest"]), folder)
    for part in (content["config"], *content["layers"]) if "config" in content else ():
        blob = registry.blob(repository, Digest(part["digest"]), limit=int(part["size"]))
        if blob is None:
            raise RegistryUntrusted(f"{repository}@{digest} has lost the part {part['digest']}")
        _write_blob(folder, Digest(part["digest"]), blob)
    return manifest


def _write_blob(folder: Path, digest: Digest, content: bytes) -> None:
    path = path_of(folder, digest)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def path_of(folder: Path, digest: Digest) -> Path:
    """The file of a blob in the layout *folder*."""
    return folder / "blobs" / "sha256" / digest.hex


def _upload(
    files: Mapping[Digest, Path], registry: Registry, repository: Repository, sent: Callable[[Digest], None]
) -> None:
    def upload(item: tuple[Digest, Path]) -> None:
        with mapped(item[1]) as content:
            registry.upload(repository, content)
        sent(item[0])

    each_at_once(upload, files.items(), workers=UPLOADS)


def _unreadable(folder: Path, error: Exception) -> CommandFailed:
    return CommandFailed(f"the layout that was written to {folder} cannot be read: {error!r}")


@contextmanager
def mapped(path: Path) -> Iterator[bytes]:
    """The bytes of a file without a copy of them in memory."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        view = memoryview(content)
        try:
            yield cast(bytes, view)
        finally:
            view.release()


def _platform_object(platform: Platform) -> dict[str, str]:
    parts = {"architecture": platform.architecture, "os": platform.os, "variant": platform.variant}
    return {key: value for key, value in parts.items() if value}


def _read_json(path: Path) -> Any:
    return jsons.parse_json(path.read_bytes(), what=str(path))
