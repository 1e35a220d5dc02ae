"""Taking a release back is an act of its own: forward by default, and deleting only watched image first."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.release.world import TAG, World, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.reference import Tag
from wholeship.release.deletion import delete
from wholeship.release.memory import adopted, known_release
from wholeship.release.order import Election, PatternElector
from wholeship.release.ship import finish
from wholeship.release.stages.results import Promoted, Verified
from wholeship.release.status import Member
from wholeship.release.withdraw import (
    Follower,
    NothingNewer,
    adopt,
    before,
    followers,
    going_along,
    newest_over,
    release_again,
)

IMAGES = ("app", "worker", "embeddings")
PATTERN = "{timestamp}-{sequence}"
NEWER = Tag("20260601-090000-000002")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def members(world: World) -> list[Member]:
    return [Member(image, world.repository(image)) for image in IMAGES]


def writes(world: World) -> list[str]:
    found: list[str] = []
    world.registry.observers.append(
        lambda request, response: (
            found.append(f"{request.method} {request.url.partition('/v2/')[2]}")
            if request.method in ("PUT", "DELETE") and "/manifests/" in request.url
            else None
        )
    )
    return found


def test_what_came_before_is_told_by_the_pattern() -> None:
    """Newest first, strangers left out; a pattern without an order is refused."""
    tags = ["20260101-000000-000001", "20260102-000000-000002", "latest", "20270101-000000-000009"]
    assert before(TAG, PATTERN, tags) == ("20260102-000000-000002", "20260101-000000-000001")
    with pytest.raises(BadInput, match="does not say what came before"):
        before("abc", "{short_sha}", tags)


def test_an_earlier_release_comes_out_again(world: World) -> None:
    """The very digests, with the receipts they have, under a newer tag; nothing built, nothing gated anew."""
    plan = world.plan()
    world.ship(plan)
    earlier = known_release(world.ports(plan), plan.tag)
    assert earlier is not None
    world.builder.built.clear()
    world.runner.trials.clear()
    machine = world.fresh_machine()
    record = release_again(earlier, NEWER, machine.clock.now())
    ports = machine.ports(record.plan)
    adopted(ports, record)
    shipped = finish(record, machine.settings(record.plan))
    assert isinstance(shipped.outcome, Promoted)
    assert isinstance(shipped.proof, Verified)
    assert world.builder.built == machine.builder.built == []
    assert world.runner.trials == machine.runner.trials == []
    for image in IMAGES:
        assert world.points_to(image, NEWER) == world.points_to(image, TAG)


def withdrawn(world: World, first: str, second: str) -> tuple[World, tuple[Follower, ...]]:
    """A world in which version *second* came out after *first*, and was withdrawn; and what followed it."""
    old = world.plan("release", version=first)
    world.ship(old)
    earlier = known_release(world.ports(old), old.tag)
    assert earlier is not None
    world.builder.inputs = {"app": "broken"}
    machine = world.fresh_machine()
    bad = machine.plan("release", version=second, sequence=2)
    machine.ship(bad)
    digests = {image: Digest(machine.points_to(image, bad.tag) or "") for image in IMAGES}
    aliases = zip(bad.alias_patterns, bad.aliases, strict=True)
    found = followers(machine.client, members(machine), digests, aliases, earlier.plan.fields)
    back = world.fresh_machine()
    record = release_again(earlier, NEWER, back.clock.now())
    record = replace(record, plan=going_along(record.plan, found))
    ports = back.ports(record.plan)
    adopted(ports, record)
    assert isinstance(finish(record, back.settings(record.plan)).proof, Verified)
    return back, found


def test_aliases_go_back_with_it(world: World) -> None:
    """What named the withdrawn release names the one before, siblings first; a version's own name stays."""
    done = writes(world)
    back, found = withdrawn(world, "1.4.1", "1.4.2")
    assert {(f.alias, bool(f.stays)) for f in found} == {("1.4.2", True), ("1.4", False), ("latest", False)}
    for image in IMAGES:
        assert back.points_to(image, "latest") == back.points_to(image, "1.4") == back.points_to(image, TAG)
    assert back.points_to("app", "1.4.2") != back.points_to("app", "1.4.1")
    moved = [line.split()[1] for line in done if line.endswith("/latest")][-1]
    assert moved == "shop/app/manifests/latest"


def test_a_line_of_versions_does_not_cross_over(world: World) -> None:
    """Back from 2.0.0 to 1.4.1: latest goes back, and nobody who asked for 2.0 gets 1.4."""
    back, found = withdrawn(world, "1.4.1", "2.0.0")
    assert {f.alias for f in found if f.stays} == {"2.0.0", "2.0"}
    assert back.points_to("app", "latest") == back.points_to("app", TAG) == back.points_to("app", "1.4")


def test_an_alias_that_has_moved_on_is_left_alone(world: World) -> None:
    """Only what names the withdrawn release, on every image, goes back with it."""
    world.ship(world.plan("release", version="1.4.2"))
    digests = {image: Digest(world.points_to(image, TAG) or "") for image in IMAGES}
    aliases = [("latest", Tag("latest")), ("absent", Tag("absent"))]
    assert [f.alias for f in followers(world.client, members(world), digests, aliases)] == ["latest"]
    world.builder.inputs = {"worker": "newer"}
    newer = world.fresh_machine()
    newer.ship(newer.plan(sequence=2))
    worker = Digest(newer.points_to("worker", newer.plan(sequence=2).tag) or "")
    world.registry.rebind(world.repository("worker"), "latest", worker)
    assert followers(world.client, members(world), digests, aliases) == ()


def test_a_release_without_a_record_is_gated_anew(world: World) -> None:
    """What its tags point to is taken; its receipts are not known, so the gates run."""
    world.ship(world.plan())
    machine = world.fresh_machine()
    record = adopt(machine.client, machine.plan(tag=NEWER), Tag(TAG))
    ports = machine.ports(record.plan)
    adopted(ports, record)
    shipped = finish(record, machine.settings(record.plan))
    assert isinstance(shipped.proof, Verified)
    assert {trial.name for trial in machine.runner.trials} == {"self-check", "boots"}


def test_half_a_release_cannot_be_gone_back_to(world: World) -> None:
    """An image without the tag: refused, with its name."""
    world.ship(world.plan())
    world.registry.rebind(world.repository("worker"), TAG, None)
    with pytest.raises(BadInput, match=f"shop/worker has no {TAG}"):
        adopt(world.client, world.plan(tag=NEWER), Tag(TAG))


def test_deleting_begins_with_the_watched_image(world: World) -> None:
    """From then on nobody new is led to the others: half is never visible, and only tags are deleted."""
    world.ship(world.plan())
    done = writes(world)
    answer = delete(world.client, world.clock, members(world), ("app",), Tag(TAG))
    assert answer.all_gone
    assert done == [f"DELETE shop/{image}/manifests/{TAG}" for image in IMAGES]
    assert all(world.points_to(image, TAG) is None for image in IMAGES)


def test_where_tags_cannot_be_deleted_nothing_is(world: World) -> None:
    """The watched tag stays, so its siblings have to stay."""
    world.ship(world.plan())
    world.registry.can_delete = False
    done = writes(world)
    answer = delete(world.client, world.clock, members(world), ("app",), Tag(TAG))
    assert not answer.all_gone
    assert done == [f"DELETE shop/app/manifests/{TAG}"]
    assert all(world.points_to(image, TAG) for image in IMAGES)


def test_nothing_newer_is_put_in_the_shade() -> None:
    """What takes back release 1 is older than whatever came out after 1, though its own tag is the newest."""
    usual = PatternElector(PATTERN)
    elector, third = NothingNewer(usual, TAG), "20260530-120000-000004"
    assert elector.opinion(NEWER, [TAG, NEWER, "latest"]).election is Election.ELECTED
    found = elector.opinion(NEWER, [TAG, NEWER, third])
    assert (found.election, found.wins) == (Election.OLDER, third)
    assert newest_over(usual, TAG, [third, NEWER, "strange"]) == NEWER
    assert newest_over(PatternElector("{short_sha}"), "abc1234", ["abc1235"]) == ""
