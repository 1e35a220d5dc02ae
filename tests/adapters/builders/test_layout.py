"""OCI layouts: read as they are, annotated, and pushed by digest, what is pointed to first."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from wholeship.adapters.builders import layout
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.core.digest import Digest
from wholeship.core.errors import CommandFailed
from wholeship.core.http import Request, Response
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.release.depth import inspect
from wholeship.testing.clock import FakeClock
from wholeship.testing.images import Image, image, image_index
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def written(folder: Path, made: Image) -> Path:
    """*made* as a layout in *folder*."""

    def put(body: bytes) -> None:
        path = layout.path_of(folder, Digest.of(body))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)

    def walk(each: Image) -> None:
        put(each.manifest.body)
        for blob in each.blobs:
            put(blob)
        for child in each.children:
            walk(child)

    walk(made)
    root = made.manifest
    entry = {"mediaType": root.media_type, "digest": root.digest, "size": len(root.body)}
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [entry]}))
    return folder


class Shelf:
    """A registry, its client, and the order of what was stored."""

    def __init__(self, registry: EmbeddedRegistry, host: str) -> None:
        self.registry = registry
        self.repository = Repository(host, "shop/app")
        self.writes: list[str] = []
        self.registry.observers.append(self._seen)
        self.client = RegistryClient(HttpTransport(), FakeClock())

    def _seen(self, request: Request, response: Response) -> None:
        if request.method == "PUT" and response.status == 201:
            self.writes.append("manifest" if "/manifests/" in request.url else "blob")


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """A registry behind a socket: files are sent without being copied."""
    registry = EmbeddedRegistry()
    with serve(registry) as server:
        yield Shelf(registry, server.host)


def test_one_platform_is_its_manifest(tmp_path: Path, shelf: Shelf) -> None:
    """A single leg is pushed as a plain manifest: its blobs first, by digest, annotated."""
    leg = layout.read_layout(written(tmp_path, image("app")), AMD64, {"a": "b"})
    sent: list[Digest] = []
    digest = layout.push([leg], shelf.client, shelf.repository, {"a": "b"}, sent.append)
    assert digest == leg.manifest.digest
    assert shelf.writes == ["blob", "blob", "manifest"]
    assert sorted(sent) == sorted(leg.blobs)
    assert shelf.registry.listed(shelf.repository) == ()
    manifest = shelf.client.manifest(shelf.repository, digest)
    assert manifest is not None
    assert inspect(shelf.client, shelf.repository, manifest).annotations == {"a": "b"}


def test_several_platforms_are_an_index_over_their_manifests(tmp_path: Path, shelf: Shelf) -> None:
    """Legs become one index with each platform spelled out; blobs that they share are sent once."""
    arm = Platform("linux", "arm", "v7")
    legs = [
        layout.read_layout(written(tmp_path / str(i), image("app", p)), p, {"a": "b"})
        for i, p in enumerate((AMD64, ARM64, arm))
    ]
    digest = layout.push(legs, shelf.client, shelf.repository, {"a": "b"}, lambda blob: None)
    manifest = shelf.client.manifest(shelf.repository, digest)
    assert manifest is not None
    found = inspect(shelf.client, shelf.repository, manifest)
    assert (found.platforms, found.annotations, found.flaws) == ((AMD64, ARM64, arm), {"a": "b"}, ())
    assert shelf.writes == ["blob"] * 4 + ["manifest"] * 4  # one layer, three configurations


def test_a_whole_layout_goes_as_it_is(tmp_path: Path, shelf: Shelf) -> None:
    """What a builder made is not written anew: an index keeps its bytes, and its children come before it."""
    made = image_index("app", AMD64, ARM64, annotations={"a": "b"})
    tree = layout.read_tree(written(tmp_path, made))
    assert layout.push_tree(tree, shelf.client, shelf.repository, lambda blob: None) == made.digest
    assert shelf.client.manifest(shelf.repository, made.digest) == made.manifest


def test_annotations_are_added_to_those_that_are_there() -> None:
    """A builder's own annotations stay; ours win; everything else of the manifest is untouched."""
    content = json.loads(image("app", annotations={"theirs": "1", "both": "old"}).manifest.body)
    body = json.loads(layout.annotate_manifest(content, {"both": "new", "ours": "2"}).body)
    assert body.pop("annotations") == {"theirs": "1", "both": "new", "ours": "2"}
    assert body == {key: value for key, value in content.items() if key != "annotations"}


@pytest.mark.parametrize("damage", ["index.json", "manifest", "two"])
def test_a_layout_that_cannot_be_read_is_said(tmp_path: Path, damage: str) -> None:
    """A layout that a builder left half written is an error that names the folder, not a crash."""
    made = image("app")
    folder = written(tmp_path, made)
    if damage == "index.json":
        (folder / "index.json").write_text('{"schemaVersion": 2}')
    elif damage == "manifest":
        layout.path_of(folder, made.digest).write_text("{")
    else:
        twice = json.loads((folder / "index.json").read_text())
        twice["manifests"] *= 2
        (folder / "index.json").write_text(json.dumps(twice))
    with pytest.raises(CommandFailed, match="cannot be read"):
        layout.read_layout(folder, AMD64, {})
    with pytest.raises(CommandFailed, match="cannot be read"):
        layout.read_tree(folder)
