"""What happens to a release later leaves the proofs of the others, and what is proved of it, as they are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.release.stages.test_attest import (
    beside,
    cleared_of,
    recorded,
    settings,
    shipped,
    subjects,
    working,
)
from tests.release.test_prune import IMAGES, PATTERN, shelves
from tests.release.world import World, shop
from wholeship.core.progress import Silent
from wholeship.release.attestation.referrers import Subject, listing_of
from wholeship.release.deletion import delete
from wholeship.release.order import PatternElector
from wholeship.release.plan import Plan
from wholeship.release.prune import PruneSettings, find_prunable, prune
from wholeship.release.repair import repair
from wholeship.release.stages.attest import attested
from wholeship.release.stages.results import Attested
from wholeship.release.status import Member, Whole, overview, release_status
from wholeship.testing.registry import EmbeddedRegistry


@pytest.fixture(params=[True, False], ids=["listed", "by-tag"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> World:
    """A registry with a list of referrers, or without."""
    return World(tmp_path, shop(tmp_path).config, EmbeddedRegistry(has_referrers=request.param))


def out(world: World, number: int, inputs: str) -> tuple[World, Plan]:
    """One more attested release, of images made from *inputs*."""
    later = world.fresh_machine()
    later.builder.inputs = dict.fromkeys(IMAGES, inputs)
    plan = later.plan(sequence=number)
    shipped(later, plan)
    later.clock.sleep(86400.0)
    return later, plan


def is_attested(world: World, plan: Plan) -> bool:
    answer = attested(cleared_of(world, plan), world.client, settings(), world.clock, Silent())
    return isinstance(answer, Attested)


def listed(world: World, about: list[Subject]) -> Mapping[Subject, list[str]]:
    return {one: [r.digest for r in listing_of(world.client, one).referrers] for one in about}


def test_pruning_takes_no_proof_of_a_release_that_stays(world: World) -> None:
    """Not even where the release that goes has the same images: all that lay beside them still lies there."""
    world, _ = out(world, 1, "the same")
    world, plan = out(world, 2, "the same")
    before = listed(world, subjects(world, plan))
    pruning = find_prunable(shelves(world), PatternElector(PATTERN), PruneSettings(keep=1), world.clock.now())
    assert [tag[-1] for tag in pruning.releases] == ["1"]
    prune(shelves(world), pruning, world.clock, Silent())
    assert all(before.values())
    assert listed(world, subjects(world, plan)) == before
    assert is_attested(world, plan)


def test_taking_a_release_back_leaves_what_was_stated(world: World) -> None:
    """Its tags go; statements stay, and are no release to anybody; out again, it signs nothing anew."""
    world, plan = out(world, 1, "one")
    before = listed(world, subjects(world, plan))
    members = [Member(name, world.repository(name)) for name in IMAGES]
    delete(world.client, world.clock, members, ("app",), plan.tag, progress=Silent())
    assert overview(world.client, members, ("app",), pattern=PATTERN).newest_whole is None
    assert listed(world, list(before)) == before
    shipped(world, plan)
    assert release_status(world.client, members, ("app",), plan.tag).answer is Whole.WHOLE
    assert listed(world, list(before)) == before


def test_a_half_release_is_made_whole_with_its_proofs(world: World) -> None:
    """A sibling that lost its tag gets it back, and everything is still stated."""
    world, plan = out(world, 1, "one")
    world.registry.rebind(world.repository("worker"), plan.tag, None)
    repair(recorded(world, plan), working(world, plan, settings()))
    assert world.points_to("worker", plan.tag) is not None
    assert is_attested(world, plan)
    assert beside(world, subjects(world, plan)[0])
