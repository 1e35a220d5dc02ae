"""What a release will take, from what earlier ones took."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.release.world import World, shop
from wholeship.release.forecast import Forecast, forecast_plan, longest_first
from wholeship.release.record import Record


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def record(world: World, sequence: int = 1, *, storage: int = 100, **seconds: float) -> Record:
    """A finished release whose builds took *seconds* by image (default 10), its gates half a second."""
    world.journal.kept.clear()
    shipped = world.ship(world.plan(sequence=sequence))
    candidates = {
        name: replace(
            c,
            built_seconds=seconds.get(name, 10.0),
            pushed_seconds=1.0,
            storage_bytes=storage,
            reused_from="",
        )
        for name, c in shipped.record.candidates.items()
    }
    return replace(shipped.record, candidates=candidates)


@pytest.mark.parametrize(("width", "seconds"), [(1, 63.5), (2, 41.5), (3, 41.5), (0, 63.5)])
def test_builds_then_gates(world: World, width: int, seconds: float) -> None:
    """Three builds of 41, 11 and 11 seconds, so many at a time; then both gates side by side."""
    known = record(world, app=40.0)
    assert forecast_plan(world.plan(sequence=2), [known], width) == Forecast(
        seconds, 300, str(known.plan.tag)
    )


def test_what_takes_longest_begins_first(world: World) -> None:
    """New images before known ones, then by length; equal ones keep the plan's order."""
    known = record(world, app=40.0, worker=50.0)
    images = world.plan(sequence=2).images
    assert [i.name for i in longest_first(images, [known])] == ["worker", "app", "embeddings"]
    without = replace(known, candidates={k: v for k, v in known.candidates.items() if k != "embeddings"})
    assert [i.name for i in longest_first(images, [without])] == ["embeddings", "worker", "app"]
    assert longest_first(images, []) == list(images)


def test_nothing_is_said_without_history(world: World) -> None:
    """No figure is better than an invented one."""
    assert forecast_plan(world.plan(), [], 2) == Forecast()
    known = record(world)
    assert forecast_plan(world.plan(), [replace(known, receipts=())], 2) == Forecast()
    without = replace(known, candidates={k: v for k, v in known.candidates.items() if k != "app"})
    assert forecast_plan(world.plan(), [without], 2) == Forecast()


def test_the_newest_figures_count(world: World) -> None:
    """Records come newest first; a reused image says nothing about building."""
    old, new = record(world, app=100.0), record(world, 2, app=20.0)
    assert forecast_plan(world.plan(sequence=3), [new, old], 3).seconds == 21.5
    reused = {name: replace(c, reused_from="x", built_seconds=0.0) for name, c in new.candidates.items()}
    assert forecast_plan(world.plan(sequence=3), [replace(new, candidates=reused), old], 3).seconds == 101.5


def test_what_is_built_already_takes_no_time(world: World) -> None:
    """Images of an earlier try are left out, of time and of disk."""
    known = record(world, app=40.0)
    found = forecast_plan(world.plan(sequence=2), [known], 2, done=["app", "worker"])
    assert (found.seconds, found.disk_bytes) == (11.5, 100)


def test_unknown_storage_is_not_nought(world: World) -> None:
    """A builder that cannot tell its disk gives no forecast of it."""
    known = record(world, storage=0)
    assert forecast_plan(world.plan(sequence=2), [known], 2).disk_bytes is None
