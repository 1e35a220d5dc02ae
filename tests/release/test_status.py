"""What is out there, told from the registry alone: whole, half, absent, unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.images import Image, image, image_index
from tests.release.world import COMMIT, TAG, World, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryUnreachable
from wholeship.core.http import Request, Response
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag
from wholeship.release.content import content_of
from wholeship.release.lifecycle import State
from wholeship.release.order import Election, Opinion
from wholeship.release.ports import Manifest
from wholeship.release.status import Change, Member, Status, Whole, overview, release_status

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
OTHER = "0" * 40


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def members(world: World) -> list[Member]:
    return [Member(one.name, one.repository) for one in world.config.images.values()]


def look(world: World, tag: str = TAG, *, record: bool = True) -> Status:
    home = world.repository("embeddings") if record else None
    return release_status(world.client, members(world), ("app",), Tag(tag), record_home=home)


def put(world: World, name: str, tag: str, made: Image) -> None:
    """As somebody else would publish: no record, no order."""
    repository = world.repository(name)
    made.push(world.client, repository)
    world.client.bind(repository, Tag(tag), made.manifest)


def others(world: World, tag: str, **images: Image | None) -> None:
    for name in ("embeddings", "worker", "app"):
        made = images.get(name, image(f"{name} {tag}", revision=COMMIT))
        if made is not None:
            put(world, name, tag, made)


def rebind(world: World, name: str, tag: str) -> None:
    put(world, name, tag, image(f"{name} changed", revision=OTHER))


def remove(world: World, name: str, tag: str) -> None:
    assert world.client.unbind(world.repository(name), Tag(tag))


def lose_layer(world: World, name: str, tag: str) -> None:
    """As a lost disk does: the manifest stays."""
    repository = world.repository(name)
    manifest = world.client.manifest(repository, Tag(tag))
    assert manifest is not None
    world.registry.lose(repository, content_of(manifest, tag).layers[0])


# -- releases with a record -----------------------------------------------------------------------


def test_a_release_of_ours_is_whole(world: World) -> None:
    """Every digest is the recorded one."""
    world.ship(world.plan())
    found = look(world)
    assert (found.answer, found.state, found.by_record) == (Whole.WHOLE, State.PUBLISHED, True)
    assert {one.image for one in found.images} == {"app", "worker", "embeddings"}


def test_a_sibling_that_went_missing(world: World) -> None:
    """The watched tag is visible and a sibling's is not: half."""
    world.ship(world.plan())
    remove(world, "worker", TAG)
    found = look(world)
    assert (found.answer, found.state) == (Whole.HALF, State.BROKEN_VISIBLE)


def test_a_sibling_that_was_changed(world: World) -> None:
    """The record knows the right digest; another one is half a release."""
    world.ship(world.plan())
    rebind(world, "worker", TAG)
    assert (look(world).answer, look(world).state) == (Whole.HALF, State.MIXED)


def test_a_watched_image_that_was_changed(world: World) -> None:
    """Somebody else's image under the watched tag is not our release."""
    world.ship(world.plan())
    rebind(world, "app", TAG)
    assert (look(world).answer, look(world).state) == (Whole.HALF, State.FOREIGN)


def test_a_hidden_release_is_absent(world: World) -> None:
    """While the watched tag is not there, nothing can be rolled out."""
    world.ship(world.plan())
    remove(world, "app", TAG)
    found = look(world)
    assert (found.answer, found.state) == (Whole.ABSENT, State.READY)


def test_a_platform_short_is_half(tmp_path: Path) -> None:
    """The right digest that lacks a planned platform is not the whole release."""
    world = shop(tmp_path)
    plan = world.plan("release", version="1.2.3", tag="v1")
    world.ship(plan)
    only = image_index("worker one", AMD64, revision=COMMIT)
    put(world, "worker", "v1", only)
    assert look(world, "v1").answer is Whole.HALF


# -- releases made by others ----------------------------------------------------------------------


def test_others_are_whole_when_nothing_speaks_against_it(world: World) -> None:
    """The same revision everywhere, every platform of the siblings."""
    others(world, "20260101-000000")
    found = look(world, "20260101-000000")
    assert (found.answer, found.by_record, found.remarks) == (Whole.WHOLE, False, ())


def test_without_revisions_the_doubt_is_said(world: World) -> None:
    """Images that do not say their commit are whole by their tag alone, and the answer says so."""
    others(world, "x", **{name: image(name) for name in ("app", "worker", "embeddings")})
    found = look(world, "x")
    assert found.answer is Whole.WHOLE
    assert "assumed from the tag alone" in found.remarks[0]


@pytest.mark.parametrize(
    ("images", "answer", "state", "told"),
    [
        ({"app": None}, Whole.ABSENT, State.READY, ""),
        ({"app": None, "worker": None}, Whole.ABSENT, State.HIDDEN_PARTIAL, ""),
        ({"app": None, "worker": None, "embeddings": None}, Whole.ABSENT, State.NOT_STARTED, ""),
        ({"worker": None}, Whole.HALF, State.BROKEN_VISIBLE, "worker has no t"),
        ({"worker": image("w", revision=OTHER)}, Whole.HALF, State.MIXED, "different commits"),
        (
            {"app": image_index("a", AMD64, ARM64, revision=COMMIT)}, Whole.HALF, State.MIXED,
            "worker lacks linux",
        ),
    ],
)  # fmt: skip
def test_others_by_their_looks(
    world: World, images: dict[str, Image | None], answer: Whole, state: State, told: str
) -> None:
    """What is missing, of another commit, or short of a platform makes it half; hidden is absent."""
    others(world, "t", **images)
    found = look(world, "t")
    assert (found.answer, found.state) == (answer, state)
    assert told in " ".join(found.remarks)


def test_a_tag_nobody_has(world: World) -> None:
    """Repositories that do not exist are simply without the tag."""
    assert look(world, "never").answer is Whole.ABSENT


def test_what_cannot_be_read_is_unknown(world: World) -> None:
    """A registry that does not answer never means absent."""

    class Silent:
        def manifest(self, repository: Repository, reference: object) -> Manifest | None:
            raise RegistryUnreachable("no answer")

        def tags(self, repository: Repository) -> tuple[str, ...]:
            raise RegistryUnreachable("no answer")

    home = world.repository("embeddings")
    found = release_status(Silent(), members(world), ("app",), Tag("t"), record_home=home)  # type: ignore[arg-type]
    assert (found.answer, found.state) == (Whole.UNKNOWN, State.UNKNOWN)
    assert all(one.problem == "no answer" for one in found.images)
    assert found.remarks == ("the release record cannot be used, for the same reason",)


def test_a_part_that_was_collected_is_not_whole(world: World) -> None:
    """An index whose child is gone cannot be pulled."""
    whole = image_index("worker", AMD64, ARM64, revision=COMMIT)
    others(
        world,
        "t",
        **{n: image_index(n, AMD64, ARM64, revision=COMMIT) for n in ("app", "embeddings")},
        worker=whole,
    )
    assert look(world, "t").answer is Whole.WHOLE
    world.registry.forget(world.repository("worker"), whole.children[0].digest)
    found = look(world, "t")
    assert found.answer is Whole.HALF
    assert "worker: it cannot be pulled: linux/amd64" in found.remarks[0]


def test_a_part_of_ours_that_was_collected(world: World) -> None:
    """Also by its record: the digests are right, and it cannot be pulled."""
    plan = world.plan("release", version="1.2.3", tag="v1")
    world.ship(plan)
    worker = world.repository("worker")
    manifest = world.client.manifest(worker, Tag("v1"))
    assert manifest is not None
    child = content_of(manifest, "worker").children[0].digest
    world.registry.forget(worker, child)
    found = look(world, "v1")
    assert (found.answer, found.by_record) == (Whole.HALF, True)


# -- everything -----------------------------------------------------------------------------------


def test_the_newest_whole_release_and_all_that_is_half(world: World) -> None:
    """The newest tag is not enough: one image may be ahead of the others."""
    others(world, "20260101-000000-000001")
    others(world, "20260102-000000-000002")
    others(world, "20260103-000000-000003", worker=None)
    others(world, "20260104-000000-000004", app=None)
    put(world, "app", "latest", image("latest"))
    found = overview(world.client, members(world), ("app",), pattern=world.config.tag)
    assert found.newest_whole is not None
    assert found.newest_whole.tag == "20260102-000000-000002"
    assert [half.tag for half in found.half] == ["20260103-000000-000003"]
    assert (found.answer, found.tags, found.looked_at) == (Whole.HALF, 5, 4)
    assert found.elected == "20260103-000000-000003"


def test_records_and_candidates_are_no_releases(world: World) -> None:
    """Tags of wholeship's own, and signatures, are left out."""
    world.ship(world.plan())
    put(world, "worker", f"sha256-{'a' * 64}", image("sig"))
    put(world, "worker", "wholeship-candidate-x", image("c"))
    found = overview(world.client, members(world), ("app",), pattern=world.config.tag)
    assert (found.tags, found.looked_at) == (1, 1)
    assert found.answer is Whole.WHOLE


def test_how_deep_it_looked_is_said(world: World) -> None:
    """When there are more tags than were looked at, the answer says so."""
    for number in range(1, 6):
        others(world, f"20260101-000000-00000{number}")
    found = overview(world.client, members(world), ("app",), pattern=world.config.tag, depth=2)
    assert found.remarks == ("only the newest 2 of 5 tags were looked at",)
    assert found.newest_whole is not None
    assert found.newest_whole.tag.endswith("5")


def test_an_older_release_is_looked_into_only_where_it_has_to_be(world: World) -> None:
    """Down to the second whole release; older ones by the lists of tags, and into those that are not even."""
    for number in range(12):
        others(world, f"20260101-000000-{number:06d}")
    remove(world, "worker", "20260101-000000-000003")
    remove(world, "app", "20260101-000000-000004")  # no followed image has it: nobody can be sent there
    remove(world, "worker", "20260101-000000-000004")
    resolved: set[str] = set()

    def note(request: Request, response: Response) -> None:
        resolved.add(request.url.rpartition("/manifests/")[2]) if "/manifests/2026" in request.url else None

    world.registry.observers.append(note)
    found = overview(world.client, members(world), ("app",), pattern=world.config.tag)
    assert sorted(resolved) == [f"20260101-000000-{number:06d}" for number in (3, 10, 11)]
    assert [one.tag for one in found.half] == ["20260101-000000-000003"]
    assert found.newest_whole is not None
    assert found.newest_whole.tag == "20260101-000000-000011"
    assert any("of 9 older tags the lists of tags alone were compared" in told for told in found.remarks)
    every = overview(world.client, members(world), ("app",), pattern=world.config.tag, depth=12)
    assert len(resolved) == 12
    assert [one.tag for one in every.half] == [one.tag for one in found.half]


def test_what_is_elected_is_looked_into_however_old_it_is(world: World) -> None:
    """A policy may go by something else than the newest: what it elects is never judged by a listing."""
    for number in range(8):
        others(world, f"20260101-000000-{number:06d}")
    lose_layer(world, "worker", "20260101-000000-000000")

    class Oldest:
        def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
            return Opinion(Election.ELECTED, wins=min(visible))

    found = overview(world.client, members(world), ("app",), pattern=world.config.tag, elector=Oldest())
    assert found.elected == "20260101-000000-000000"
    assert [one.tag for one in found.half] == ["20260101-000000-000000"]


def test_the_newest_ones_are_looked_into_until_two_are_whole(world: World) -> None:
    """Whatever is newer than them is: one that is half among them is told, with what is wrong."""
    for number in range(6):
        others(world, f"20260101-000000-{number:06d}")
    lose_layer(world, "worker", "20260101-000000-000004")
    found = overview(world.client, members(world), ("app",), pattern=world.config.tag)
    assert [one.tag for one in found.half] == ["20260101-000000-000004"]
    assert found.change is not None
    assert found.change.since == "20260101-000000-000003"


def test_nothing_is_absent(world: World) -> None:
    """Empty repositories hold no release."""
    found = overview(world.client, members(world), ("app",), pattern=world.config.tag)
    assert (found.answer, found.newest_whole, found.half) == (Whole.ABSENT, None, ())


def test_one_image_alone(tmp_path: Path) -> None:
    """A release of one image is whole when it is there."""
    world = shop(tmp_path, "registry: 127.0.0.1:5000/one\nimages: {app: {}}\ngates: none\n")
    put(world, "app", "t", image("app", revision=COMMIT))
    assert look_one(world).answer is Whole.WHOLE
    remove(world, "app", "t")
    assert look_one(world).answer is Whole.ABSENT


def look_one(world: World) -> Status:
    return release_status(world.client, members(world), ("app",), Tag("t"))


def test_unknown_is_told_in_the_overview(world: World) -> None:
    """A tag that could not be looked at is neither whole nor forgotten."""
    others(world, "20260101-000000-000001")

    class Flaky:
        def __getattr__(self, name: str) -> object:
            return getattr(world.client, name)

        def manifest(self, repository: Repository, reference: object) -> Manifest | None:
            if repository == world.repository("worker"):
                raise RegistryUnreachable("no answer")
            return world.client.manifest(repository, reference)  # type: ignore[arg-type]

    found = overview(Flaky(), members(world), ("app",), pattern=world.config.tag)  # type: ignore[arg-type]
    assert found.answer is Whole.UNKNOWN
    assert "20260101-000000-000001" in " ".join(found.remarks)


def test_what_the_newest_release_changed(world: World) -> None:
    """Against the whole release before it: the images of new bytes, the same ones, and both commits."""
    first = world.plan()
    world.ship(first)
    other = world.fresh_machine()
    second = replace(other.plan(sequence=2), run_url="https://ci.example/runs/8")
    other.ship(second)
    members = [Member(image.name, image.repository) for image in second.images]
    home = world.repository("embeddings")
    made = release_status(world.client, members, ("app",), second.tag, record_home=home).made
    assert (made.created, made.commit, made.run_url) == (second.created, second.commit, second.run_url)
    for name in ("worker", "embeddings"):
        digest = Digest(world.points_to(name, first.tag) or "")
        world.registry.rebind(world.repository(name), second.tag, digest)
    found = overview(world.client, members, ("app",), pattern=second.tag_pattern)
    assert found.change == Change(first.tag, first.commit, second.commit, ("app",), ("embeddings", "worker"))


def test_an_overview_lists_and_inspects_once(world: World) -> None:
    """However many tags are looked at, each repository is listed once, and no image inspected for each."""
    names, home = [one.name for one in members(world)], world.repository("embeddings")
    for number in range(12):
        others(world, f"20260528-182833-{number:06d}", **{n: image(n, revision=COMMIT) for n in names})
    asked: list[str] = []
    world.registry.observers.append(lambda request, _: asked.append(f"{request.method} {request.url}"))
    found = overview(world.client, members(world), ("app",), pattern=world.config.tag, record_home=home)
    assert found.newest_whole is not None
    assert len([each for each in asked if "/tags/list" in each]) == len(names)
    # Looks at the same time may both find that nobody has asked yet.
    assert len([each for each in asked if "/blobs/" in each]) < 12 * len(names)


def test_what_is_deleted_while_it_is_looked_at_is_not_half(world: World) -> None:
    """A tag that was listed and is gone when it is read has been taken away: it is no ghost."""
    others(world, TAG)

    def taken_away(request: Request, response: Response) -> None:
        if request.url.endswith("/tags/list?n=1000") and "/app/" in request.url:
            world.registry.observers.clear()
            for name in ("app", "worker", "embeddings"):
                remove(world, name, TAG)

    world.registry.observers.append(taken_away)
    found = overview(world.client, members(world), ("app",), pattern=world.config.tag)
    assert (found.answer, found.half) == (Whole.ABSENT, ())
