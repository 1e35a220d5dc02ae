"""The table of stages is what runs: the order, what a slice takes from the record, where a no stops it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.release.world import TAG, World, shop
from wholeship.core.errors import Bug, Unfinished
from wholeship.release.record import Record
from wholeship.release.repair import repair
from wholeship.release.repaired import NeedsPerson
from wholeship.release.ship import begin, finish, put_out
from wholeship.release.stages import table
from wholeship.release.stages.results import Held, Promoted, Verified
from wholeship.release.stages.settings import StageSettings
from wholeship.release.stages.table import STAGES, run_stages, stand_before
from wholeship.release.stages.underway import Stage, Underway

IMAGES = ("app", "worker", "embeddings")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def begun(world: World) -> Record:
    plan = world.plan()
    record = begin(world.ports(plan), plan)
    assert isinstance(record, Record)
    return record


def gated(world: World) -> tuple[Record, StageSettings]:
    record = begun(world)
    settings = world.settings(record.plan)
    return run_stages(Underway(record), settings, last="gate").record, settings


def with_a_stage(monkeypatch: pytest.MonkeyPatch, stage: Stage) -> None:
    """*stage* right before promote."""
    before = [each for each in STAGES if each.name not in ("promote", "verify")]
    after = [replace(each, needs=stage.name) if each.name == "promote" else each for each in STAGES[-2:]]
    monkeypatch.setattr(table, "STAGES", (*before, stage, *after))


def signed_by_nobody(state: Underway, settings: StageSettings) -> Underway:
    """Says no."""
    assert state.cleared is not None
    return replace(state, ended=Held(state.cleared.built, (), ("nobody signed it",)))


def test_each_stage_needs_one_that_stands_before_it() -> None:
    """The first needs none; what the others need comes before them, and no two have one name."""
    names = [stage.name for stage in STAGES]
    assert len(set(names)) == len(names)
    assert [stage.name for stage in STAGES if not stage.needs] == [names[0]]
    assert all(stage.needs in names[: names.index(stage.name)] for stage in STAGES[1:])


def test_a_release_runs_every_stage_of_the_table(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is put into the table runs where it stands, without another line anywhere."""
    at = [stage.name for stage in STAGES].index("promote")
    seen = []

    def sign(state: Underway, settings: StageSettings) -> Underway:
        seen.append((sorted(state.done), world.shown("worker")))
        return state

    with_a_stage(monkeypatch, Stage("sign", needs="gate", run=sign))
    shipped = world.ship(world.plan())
    assert isinstance(shipped.proof, Verified)
    assert seen == [(sorted(stage.name for stage in STAGES[:at]), set())]
    timed = [[stage.name for stage in stages if stage.timed] for stages in (STAGES[:at], STAGES[at:])]
    assert list(shipped.seconds) == [*timed[0], "sign", *timed[1]]


def test_no_way_leads_around_a_stage_that_says_no(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Release, promotion alone, the way on from the gates, and repair: each stops where the stage stands."""
    record, settings = gated(world)
    no = Stage("sign", needs="gate", run=signed_by_nobody, recall=signed_by_nobody)
    with_a_stage(monkeypatch, no)
    outcomes = [
        world.ship(record.plan).outcome,
        put_out(record, settings).outcome,
        finish(record, settings).outcome,
    ]
    assert [type(outcome) for outcome in outcomes] == [Held, Held, Held]
    assert isinstance(repair(record, settings), NeedsPerson)
    assert [world.points_to(image, TAG) for image in IMAGES] == [None, None, None]


def test_a_stage_is_not_run_without_what_it_needs(world: World) -> None:
    """Promotion of what nobody gated is a bug of ours, and writes nothing."""
    record, settings = gated(world)
    needs = next(stage.needs for stage in STAGES if stage.name == "promote")
    with pytest.raises(Bug, match=f"promote was to run without {needs}"):
        run_stages(Underway(record), settings, first="promote")
    assert world.points_to("app", TAG) is None


def test_a_slice_takes_from_the_record_what_the_stages_before_left(world: World) -> None:
    """Promotion alone runs no gate again: the receipts of the record are checked, and nothing is run."""
    record, settings = gated(world)
    world.runner.trials.clear()
    shipped = put_out(record, replace(settings, building=None, gating=None))
    assert isinstance(shipped.outcome, Promoted)
    assert isinstance(shipped.proof, Verified)
    assert world.runner.trials == []
    assert list(shipped.seconds) == ["promote", "verify"]


def test_a_record_that_lacks_a_candidate_is_said_before_anything_is_run(world: World) -> None:
    """Whoever begins after the build needs every image."""
    record = begun(world)
    for name in ("gate", "promote", "verify"):
        with pytest.raises(Unfinished, match="has no candidate yet for"):
            stand_before(name, record, world.settings(record.plan))


def test_a_promotion_without_receipts_is_held(world: World) -> None:
    """What nobody gated is not promoted, and the gates are not run for it."""
    record = begun(world)
    settings = world.settings(record.plan)
    built = run_stages(Underway(record), settings, last="join").record
    shipped = put_out(built, settings)
    assert isinstance(shipped.outcome, Held)
    assert world.runner.trials == []
    assert dict(shipped.seconds) == {}


@pytest.mark.parametrize(("stage", "most"), [("gate", 3), ("promote", 9), ("verify", 5)])
def test_requests_for_an_image(tmp_path: Path, stage: str, most: int) -> None:
    """What one more image costs: promotion looks, writes, reads back and looks again, in nine requests."""
    counts = [requests_of(stage, tmp_path / str(images), images) for images in (4, 9)]
    assert (counts[1] - counts[0]) / 5 <= most


def test_requests_for_an_image_and_tag(tmp_path: Path) -> None:
    """A promotion from its record, candidates checked before and all read back after, is nine requests for
    each image: what the command has seen of content a moment ago is not asked for again."""
    counts = []
    for images in (4, 9):
        world, record, settings = scene_of(tmp_path / str(images), images)
        cleared = run_stages(Underway(record), settings, last="gate").record
        asked = watched(world)
        assert isinstance(put_out(cleared, settings).proof, Verified)
        counts.append(len(asked))
    assert (counts[1] - counts[0]) / 5 <= 9


def scene_of(folder: Path, images: int) -> tuple[World, Record, StageSettings]:
    """A release of so many images that has begun."""
    names = "\n".join(f"  i{number}: {{}}" for number in range(images))
    folder.mkdir()
    world = shop(folder, f"registry: 127.0.0.1:5000/shop\nimages:\n{names}\nwatched: i0\ngates: none\n")
    record = begun(world)
    return world, record, world.settings(record.plan)


def requests_of(stage: str, folder: Path, images: int) -> int:
    """All requests of *stage* in a release of so many images."""
    world, record, settings = scene_of(folder, images)
    before = [each.name for each in STAGES]
    state = run_stages(Underway(record), settings, last=before[before.index(stage) - 1])
    asked = watched(world)
    run_stages(state, settings, first=stage, last=stage)
    return len(asked)


def watched(world: World) -> list[str]:
    """What the registry is asked from now on."""
    asked: list[str] = []
    world.registry.observers.append(lambda request, response: asked.append(request.url))
    return asked
