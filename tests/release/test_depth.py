"""Whole means that every platform can be pulled, down to the last layer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.release.test_status import ARM64, look, put
from tests.release.world import COMMIT, World, shop
from wholeship.core.digest import Digest
from wholeship.core.media_types import OCI_INDEX
from wholeship.release.content import content_of
from wholeship.release.depth import flaws_of, inspect, is_whole
from wholeship.release.ports import Manifest
from wholeship.release.status import Whole
from wholeship.testing.images import AMD64, Image, image, image_index


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def pushed(world: World, made: Image) -> Digest:
    """*made* in the repository of app."""
    return made.push(world.client, world.repository("app"))


def parts(made: Image) -> dict[str, Digest]:
    """Every part of the image of one platform, by what it is."""
    content = content_of(made.manifest, "test")
    assert content.config is not None
    return {"config": content.config, **{f"layer {n}": d for n, d in enumerate(content.layers)}}


def test_an_image_that_is_all_there_has_no_flaw(world: World) -> None:
    """Indexes and single images, with nothing lost."""
    for made in (image_index("app", AMD64, ARM64, revision=COMMIT), image("app", AMD64, revision=COMMIT)):
        digest = pushed(world, made)
        assert flaws_of(world.client, world.repository("app"), digest) == ()


@pytest.mark.parametrize("part", ["config", "layer 0"])
@pytest.mark.parametrize("platform", [0, 1])
def test_no_part_can_be_lost_unseen(part: str, platform: int, world: World) -> None:
    """Whichever layer or configuration of whichever platform is gone, the image is not whole."""
    made = image_index("app", AMD64, ARM64, revision=COMMIT)
    digest = pushed(world, made)
    world.registry.lose(world.repository("app"), parts(made.children[platform])[part])
    (flaw,) = flaws_of(world.client, world.repository("app"), digest)
    assert flaw.lost
    assert str((AMD64, ARM64)[platform]) in flaw.text
    assert not is_whole(world.client, world.repository("app"), digest)


def test_one_image_does_not_stand_for_two_platforms(world: World) -> None:
    """An entry that says arm64 over an image that says amd64 is told, and arm64 is not counted."""
    whole = image_index("app", AMD64, ARM64, revision=COMMIT)
    body = json.loads(whole.manifest.body)
    body["manifests"][1]["digest"] = body["manifests"][0]["digest"]
    body["manifests"][1]["size"] = body["manifests"][0]["size"]
    digest = pushed(world, Image(Manifest(OCI_INDEX, json.dumps(body).encode()), whole.children[:1]))
    manifest = world.client.manifest(world.repository("app"), digest)
    assert manifest is not None
    found = inspect(world.client, world.repository("app"), manifest)
    assert [flaw.lost for flaw in found.flaws] == [False]
    assert "what is called linux/arm64 is linux/amd64" in found.flaws[0].text
    assert found.platforms == (AMD64,)


def test_status_calls_it_half(world: World) -> None:
    """A release of which one layer of one sibling is lost is half, and the part is named."""
    names = ("app", "worker", "embeddings")
    made = {name: image_index(name, AMD64, ARM64, revision=COMMIT) for name in names}
    for name, each in made.items():
        put(world, name, "t", each)
    world.registry.lose(world.repository("worker"), parts(made["worker"].children[1])["layer 0"])
    found = look(world, "t", record=False)
    assert found.answer is Whole.HALF
    assert any("worker" in remark and "a layer of linux/arm64" in remark for remark in found.remarks)
