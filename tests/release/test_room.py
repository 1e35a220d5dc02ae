"""Whether the images fit on the builder's disk, and what is done when they do not."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.release.world import World, shop
from wholeship.release.record import Record
from wholeship.release.room import RESERVE, Need, NoRoom, Room, needs_of, room
from wholeship.release.ship import begin
from wholeship.release.stages.build import build_candidates

GB = 10**9
WHERE = Path("/var/lib/containers")
NEEDS = (Need("app", 6 * GB, "measured"), Need("worker", 3 * GB, "measured"), Need("small", GB, "measured"))


def test_plenty_of_room_changes_nothing() -> None:
    """Where everything fits at once, builds stay as parallel as asked, and layers stay as a cache."""
    assert room(11 * GB, NEEDS, 3, WHERE) == Room(3)


def test_tight_room_builds_fewer_at_a_time() -> None:
    """Where not all fit, fewer are built at a time, layers go once pushed, and the figure is said."""
    found = room(8 * GB, NEEDS, 3, WHERE)
    assert (found.width, found.discard) == (1, True)
    assert found.said == (
        "10 GB needed for all images, 8.00 GB free in /var/lib/containers: building 1 at a time, "
        "and freeing layers as soon as they are pushed"
    )


def test_no_room_is_refused_with_the_figure() -> None:
    """Where not even the largest fits, nothing is started, and the figures are in the message."""
    with pytest.raises(NoRoom, match=r"building app takes about 6\.00 GB \(measured\).* has 5\.00 GB free"):
        room(5 * GB, NEEDS, 3, WHERE)


@given(
    st.integers(1, 50 * GB),
    st.lists(st.integers(1, 20 * GB), max_size=8),
    st.integers(1, 8),
)
def test_what_is_allowed_fits(free: int, sizes: list[int], width: int) -> None:
    """The largest images that may be built at one time never need more than is free beyond the reserve."""
    needs = [Need(str(i), size, "") for i, size in enumerate(sizes)]
    try:
        found = room(free, needs, width, WHERE)
    except NoRoom:
        assert max(sizes) > free - RESERVE
        return
    assert 1 <= found.width <= width
    at_once = sorted(sizes, reverse=True)[: found.width] if found.discard else sizes
    assert not sizes or sum(at_once) <= free - RESERVE


def test_nothing_known_is_nothing_assumed() -> None:
    """Without a figure, or a disk that can be looked at, nothing is lowered or refused."""
    assert room(0, NEEDS, 3, None) == Room(3)
    assert room(1, (), 3, WHERE) == Room(3)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def test_needs_come_from_earlier_releases(world: World) -> None:
    """The newest build that was measured counts; a reused image says nothing."""
    plan = world.plan()
    shipped = world.ship(plan)
    record = shipped.record
    candidates = dict(record.candidates)
    candidates["app"] = replace(candidates["app"], storage_bytes=5 * GB)
    candidates["worker"] = replace(candidates["worker"], reused_from="x")
    found = {need.image: need for need in needs_of(plan.images, [replace(record, candidates=candidates)])}
    assert found["app"] == Need("app", 5 * GB, f"measured for {plan.tag}")
    assert "worker" not in found
    assert found["embeddings"].bytes == 3 * candidates["embeddings"].size


def test_a_full_disk_refuses_before_any_build(world: World) -> None:
    """With too little room no build starts and nothing is visible."""
    earlier = world.ship(world.plan()).record
    measured = {n: replace(c, storage_bytes=5 * GB) for n, c in earlier.candidates.items()}
    world.builder.built.clear()
    world.journal.kept.clear()
    plan = world.plan(sequence=2)
    record = begin(world.ports(plan), plan)
    assert isinstance(record, Record)
    building = replace(
        world.building,
        earlier=lambda: [replace(earlier, candidates=measured)],
        free=lambda _path: 4 * GB,
    )
    with pytest.raises(NoRoom):
        build_candidates(plan, record, building)
    assert world.builder.built == []
    assert world.points_to("worker", plan.tag) is None


def test_the_peak_is_recorded(world: World) -> None:
    """The journal says how much was free before, and how much the builds took at the worst moment."""
    left = iter([10 * GB, 10 * GB, 4 * GB])
    plan = world.plan()
    record = begin(world.ports(plan), plan)
    assert isinstance(record, Record)
    build_candidates(plan, record, replace(world.building, free=lambda _path: next(left, 4 * GB)))
    (event,) = [e for e in world.journal.kept if e.get("event") == "disk"]
    assert (event["free"], event["peak"]) == (10 * GB, 6 * GB)
