"""Layers that a repository has already: found in an earlier image, and left out of what is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.adapters.builders.test_layout import AMD64, ARM64, written
from wholeship.adapters.builders import layers, layout
from wholeship.adapters.registry import RegistryClient
from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.http import Transport
from wholeship.core.media_types import OCI_INDEX, OCI_MANIFEST
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.release.ports import Manifest
from wholeship.testing.clock import FakeClock
from wholeship.testing.images import OCI_CONFIG, Image
from wholeship.testing.registry import EmbeddedRegistry, InProcess

GZIP = "application/vnd.oci.image.layer.v1.tar+gzip"
HOST = "127.0.0.1:5000"
APP = Repository(HOST, "shop/app")


def packed(word: str) -> bytes:
    """The compressed form of layer *word*, as far as anybody looks."""
    return f"packed {word}".encode()


def unpacked(word: str) -> Digest:
    return Digest.of(word.encode())


def part(kind: str, body: bytes) -> dict[str, object]:
    return {"mediaType": kind, "digest": str(Digest.of(body)), "size": len(body)}


def built(*words: str, kind: str = GZIP, said: int | None = None, platform: Platform = AMD64) -> Image:
    """An image of the layers *words*; its configuration names the first *said* of them (default: all)."""
    config = json.dumps(
        {
            "architecture": platform.architecture,
            "os": "linux",
            "rootfs": {"type": "layers", "diff_ids": [unpacked(word) for word in words[:said]]},
        }
    ).encode()
    content = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": part(OCI_CONFIG, config),
        "layers": [part(kind, packed(word)) for word in words],
    }
    body = json.dumps(content).encode()
    return Image(Manifest(OCI_MANIFEST, body), (), (config, *map(packed, words)))


def over(*children: Image) -> Image:
    entries = [part(OCI_MANIFEST, child.manifest.body) for child in children]
    body = json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries}).encode()
    return Image(Manifest(OCI_INDEX, body), children)


class Room:
    """A registry in memory and its client."""

    def __init__(self) -> None:
        self.registry = EmbeddedRegistry()
        transport: Transport = InProcess({HOST: self.registry})
        clock: Clock = FakeClock()
        self.client = RegistryClient(transport, clock)

    def known(self, image: Image) -> dict[str, str]:
        """What is known of *image* once it is there: packed layers by what they unpack to."""
        found = layers.known_in(self.client, APP, image.push(self.client, APP))
        return {str(digest): str(each["digest"]) for digest, each in found.items()}


@pytest.fixture
def room() -> Room:
    return Room()


def pairs(*words: str) -> dict[str, str]:
    return {str(unpacked(word)): str(Digest.of(packed(word))) for word in words}


def test_layers_are_known_by_what_they_unpack_to(room: Room) -> None:
    """Of a single image, and of every platform of an index."""
    assert room.known(built("base", "app")) == pairs("base", "app")
    whole = over(built("base", "app"), built("arm base", "arm app", platform=ARM64))
    assert room.known(whole) == pairs("base", "app", "arm base", "arm app")


def test_what_does_not_add_up_is_not_known(room: Room) -> None:
    """A configuration with another number of layers, layers of another kind, an image that is gone."""
    assert room.known(built("base", "app", said=1)) == {}
    assert room.known(built("base", kind="application/vnd.docker.image.rootfs.diff.tar.gzip")) == {}
    assert layers.known_in(room.client, APP, Digest.of(b"nobody")) == {}


def test_only_what_is_still_there_counts(room: Room) -> None:
    """A layer that was collected since has to be written."""
    known = layers.known_in(room.client, APP, built("base", "app").push(room.client, APP))
    room.registry.shelves[APP.path].blobs.discard(Digest.of(packed("base")))
    assert set(layers.there(room.client, APP, known)) == {unpacked("app")}


def test_a_layer_that_stands_in_is_named_as_the_registry_has_it(tmp_path: Path) -> None:
    """The manifest is put right, the empty file is never sent, and other layers stay as they were written."""
    known = {unpacked("base"): part(GZIP, packed("base"))}
    layout.stand_in(tmp_path, known)
    stand_in = layout.path_of(tmp_path, unpacked("base"))
    assert stand_in.read_bytes() == b""
    made = built("base", "app")
    content = json.loads(made.manifest.body)
    content["layers"][0] = {
        "mediaType": layers.LAYER, "digest": str(unpacked("base")), "size": 0,
    }  # fmt: skip
    left = Image(Manifest(OCI_MANIFEST, json.dumps(content).encode()), (), (made.blobs[0], packed("app")))
    leg = layout.read_layout(written(tmp_path, left), AMD64, {}, known)
    assert json.loads(leg.manifest.body) == json.loads(made.manifest.body)
    assert leg.blobs == (Digest.of(made.blobs[0]), Digest.of(packed("app")))


def test_a_builder_that_writes_all_the_same_is_taken_at_its_word(tmp_path: Path) -> None:
    """A version that does not care for the empty file: its own layer is sent."""
    known = {unpacked("base"): part(GZIP, b"as it was compressed once")}
    layout.stand_in(tmp_path, known)
    made = built("base", "app")
    leg = layout.read_layout(written(tmp_path, made), AMD64, {}, known)
    assert json.loads(leg.manifest.body) == json.loads(made.manifest.body)
    assert Digest.of(packed("base")) in leg.blobs
