"""What others signed travels with an image, and is no platform, no release and no candidate."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release.attestation.test_sboms import with_sbom
from tests.release.stages.test_attest import beside, cleared_of, settings, shipped, writes_before_tag
from tests.release.test_mirrors import HUB, pair
from tests.release.world import HOST, World, shop
from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError
from wholeship.core.reference import Repository, Tag
from wholeship.release.attestation.referrers import Subject, attach, listing_of, stored_bundle, upload_bundles
from wholeship.release.attestation.statements import RELEASE, release_statement
from wholeship.release.attestation.travel import copy_beside, find_beside
from wholeship.release.content import platform_entries
from wholeship.release.copying import copy_image
from wholeship.release.depth import inspect
from wholeship.release.ports import Manifest
from wholeship.release.stages.results import Promoted
from wholeship.release.status import Member, Whole, overview
from wholeship.testing.images import image
from wholeship.testing.registry import EmbeddedRegistry, InProcess

HERE, THERE = Repository(HOST, "shop/app"), Repository(HUB, "hub/app")
KINDS = (".sig", ".att", ".sbom")


@pytest.fixture(params=[True, False], ids=["listed", "by-tag"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """Two registries, with a list of referrers or without."""
    made = World(tmp_path, shop(tmp_path).config, EmbeddedRegistry(has_referrers=request.param))
    hub = EmbeddedRegistry(has_referrers=request.param)
    made.client = made.new_client(InProcess({HOST: made.registry, HUB: hub}))
    return made


def signed(world: World) -> tuple[Manifest, list[Subject]]:
    """An image with an attestation in its index, a referrer of each manifest, and cosign's three tags."""
    client = world.client
    digest = with_sbom(client, HERE, image("app").push(client, HERE))
    index = client.manifest(HERE, digest)
    assert index is not None
    entries = platform_entries(index, "it")
    about = [Subject(HERE, digest, index.media_type, len(index.body))]
    about += [Subject(HERE, e.digest, e.media_type, e.size) for e in entries]
    for number, subject in enumerate(about):
        bundle = f"proof {number}".encode()
        upload_bundles(client, HERE, [bundle])
        attach(client, listing_of(client, subject), [stored_bundle(bundle, "https://example.com/x", subject)])
    for kind in KINDS:
        proof = image(f"cosign's {kind}")
        proof.push(client, HERE)
        client.bind(HERE, Tag(f"sha256-{digest.hex}{kind}"), proof.manifest)
    return index, about


def carried_beside(world: World, digest: Digest) -> int:
    return copy_beside(world.client, find_beside(world.client, HERE, THERE, digest))


def test_all_of_it_is_copied_to_the_last_byte(world: World) -> None:
    """Referrers of the index and of its platform, cosign's tags, and the index as it is; once."""
    index, about = signed(world)
    copy_image(world.client, HERE, THERE, index.digest)
    assert carried_beside(world, index.digest) == len(about) + len(KINDS)
    assert world.client.manifest(THERE, index.digest) == index
    for subject in about:
        there = Subject(THERE, subject.digest, subject.media_type, subject.size)
        ours, theirs = (listing_of(world.client, one).referrers for one in (subject, there))
        assert ours == theirs
        assert [world.client.manifest(THERE, one.digest) for one in theirs] == [
            world.client.manifest(HERE, one.digest) for one in ours
        ]
    for kind in KINDS:
        tag = Tag(f"sha256-{index.digest.hex}{kind}")
        assert world.client.manifest(THERE, tag) == world.client.manifest(HERE, tag)
    assert carried_beside(world, index.digest) == 0


def test_what_is_there_already_stays(world: World) -> None:
    """A tag that names something else there is not overwritten."""
    index, _ = signed(world)
    copy_image(world.client, HERE, THERE, index.digest)
    other, tag = image("other"), Tag(f"sha256-{index.digest.hex}.sig")
    other.push(world.client, THERE)
    world.client.bind(THERE, tag, other.manifest)
    carried_beside(world, index.digest)
    assert world.client.manifest(THERE, tag) == other.manifest


def test_a_proof_that_is_lost_is_an_error(world: World) -> None:
    """One that is listed, and gone, is not left out in silence."""
    index, about = signed(world)
    gone = listing_of(world.client, about[0]).referrers[0].digest
    copy_image(world.client, HERE, THERE, index.digest)
    if world.registry.has_referrers:  # such a registry does not list what is gone: a blob of it is lost
        artifact = world.client.manifest(HERE, gone)
        assert artifact is not None
        world.registry.lose(HERE, Digest(jsons.parse_json(artifact.body)["layers"][0]["digest"]))
    else:
        world.registry.forget(HERE, gone)
    with pytest.raises(RegistryError, match=r"not there any more|blob"):
        carried_beside(world, index.digest)


def test_proofs_are_no_platform_and_no_release(world: World) -> None:
    """Not counted as a platform, nor as a missing one; no tag of theirs is a release to status."""
    index, _ = signed(world)
    found = inspect(world.client, HERE, index)
    assert [str(p) for p in found.platforms] == ["linux/amd64"]
    assert found.flaws == ()
    seen = overview(world.client, [Member("app", HERE)], ("app",), pattern="")
    assert (seen.answer, seen.half) == (Whole.ABSENT, ())
    assert seen.newest_whole is None


def test_a_mirrored_release_is_attested_everywhere(tmp_path: Path) -> None:
    """Beside each copy lies what lies beside the original, before the first tag anywhere."""
    world, _ = pair(tmp_path)
    plan = world.plan()
    writes = writes_before_tag(world, plan)
    assert isinstance(shipped(world, plan, settings()).outcome, Promoted)
    assert "TAG" in writes
    made = release_statement(cleared_of(world, plan)).subjects
    assert {s.repository for s in made if RELEASE in beside(world, s)} == {i.repository for i in plan.images}
