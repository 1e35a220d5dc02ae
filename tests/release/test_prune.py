"""Pruning: what nobody needs goes, and nothing that somebody may need."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import pytest

from tests.release.world import World, shop
from wholeship.core.digest import Digest
from wholeship.core.progress import Silent
from wholeship.core.reference import Tag
from wholeship.release.order import Election, Opinion, PatternElector
from wholeship.release.plan import CANDIDATE
from wholeship.release.prune import PruneSettings, Pruning, Shelves, find_prunable, prune
from wholeship.release.record import home, revisions
from wholeship.release.status import Member, Whole, release_status

IMAGES = ("app", "worker", "embeddings")
PATTERN = "{timestamp}-{sequence}"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Six releases, one after the other, with an alias on the newest."""
    made = shop(tmp_path)
    for number in range(1, 7):
        made.builder.inputs = {name: str(number) for name in IMAGES}
        made = made.fresh_machine()
        made.ship(made.plan(sequence=number))
        made.clock.sleep(86400.0)
    return made


def tag(number: int, world: World) -> str:
    return next(t for t in world.shown("app") if t.endswith(f"-{number:06d}"))


def shelves(world: World) -> Shelves:
    members = [Member(image, world.repository(image)) for image in IMAGES]
    return Shelves(world.client, members, ("app",), PATTERN, home(world.plan(), None))


def found(world: World, settings: PruneSettings) -> Pruning:
    return find_prunable(shelves(world), PatternElector(PATTERN), settings, world.clock.now())


def numbers(tags: Iterable[str]) -> list[int]:
    return [int(t[-6:]) for t in tags]


def test_old_releases_go_and_the_newest_stay(world: World) -> None:
    """By count; every image's tag and every record of them, and of the others one record each."""
    pruning = found(world, PruneSettings(keep=2))
    assert numbers(pruning.releases) == [1, 2, 3, 4]
    kept = [tag(5, world), tag(6, world)]
    before = {image: world.shown(image) for image in IMAGES}
    assert found(world, PruneSettings(keep=2)) == pruning
    assert before == {image: world.shown(image) for image in IMAGES}
    done = prune(shelves(world), pruning, world.clock, Silent())
    assert done.stays == {}
    for image in IMAGES:
        assert world.shown(image) == set(kept)
    there = world.repository("embeddings")
    assert [len(revisions(world.client.tags(there), t)) for t in kept] == [1, 1]
    members = shelves(world).members
    for one in kept:
        seen = release_status(world.client, members, ("app",), Tag(one), record_home=shelves(world).home)
        assert (seen.answer, seen.by_record) == (Whole.WHOLE, True)
    assert found(world, PruneSettings(keep=2)).nothing


def test_what_is_newer_than_the_newest_whole_release_stays(world: World) -> None:
    """With the two newest half, the newest whole one is the fourth: none from there on is touched."""
    for number in (5, 6):
        world.registry.rebind(world.repository("worker"), tag(number, world), None)
    assert numbers(found(world, PruneSettings(keep=1)).releases) == [1, 2, 3]


def test_nothing_whole_nothing_pruned(world: World) -> None:
    """Where no release is whole nobody knows what is in use."""
    for one in world.shown("worker"):
        world.registry.rebind(world.repository("worker"), one, None)
    pruning = found(world, PruneSettings(keep=1))
    assert pruning.releases == ()
    assert "no whole release" in pruning.remarks[0]


def test_what_is_elected_or_named_stays(world: World) -> None:
    """By the controller, a manifest, or an alias on it; each with its reason."""
    first, second, third = (tag(number, world) for number in (1, 2, 3))

    class Elector(PatternElector):
        def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
            return Opinion(Election.OLDER, "", first)

    digest = Digest(world.points_to("app", third) or "")
    world.registry.rebind(world.repository("app"), "stable", digest)
    named = {second: "deploy/app.yaml"}
    settings = PruneSettings(keep=1, named=lambda t: named.get(t, ""))
    pruning = find_prunable(shelves(world), Elector(PATTERN), settings, world.clock.now())
    assert numbers(pruning.releases) == [4, 5]
    assert pruning.kept == {
        first: "the controller elects it",
        second: "it is named in deploy/app.yaml",
        third: "the alias stable names it",
    }


def test_age_counts_where_it_is_asked(world: World) -> None:
    """Older than so many days, by the record."""
    pruning = found(world, PruneSettings(keep=1, older_than=timedelta(days=4)))
    assert numbers(pruning.releases) == [1, 2, 3]
    assert set(pruning.kept.values()) == {"it is not old enough"}


def test_candidates_of_old_releases_go(world: World) -> None:
    """Tags that a builder needed; not those of a release that is not out yet."""
    digest = Digest(world.points_to("app", tag(6, world)) or "")
    for name in (tag(2, world), "20990101-000000-000099"):
        world.registry.rebind(world.repository("app"), f"{CANDIDATE}{name}", digest)
    pruning = found(world, PruneSettings(keep=10))
    assert [str(name) for _, name in pruning.candidates] == [f"{CANDIDATE}{tag(2, world)}"]


def test_a_registry_that_deletes_nothing_says_so(world: World) -> None:
    """What was to go stays, whole, and each is told."""
    world.registry.can_delete = False
    done = prune(shelves(world), found(world, PruneSettings(keep=5)), world.clock, Silent())
    assert done.deleted == ()
    assert set(done.stays.values()) == {"the registry does not delete tags"}
    assert all(len(world.shown(image)) == 6 for image in IMAGES)


def test_where_nobody_can_tell_what_is_elected_nothing_goes(world: World) -> None:
    """A policy that does not consider the newest whole release elects something else, which may be any."""

    class Frozen(PatternElector):
        def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
            return Opinion(Election.FROZEN, "it does not match")

    pruning = find_prunable(shelves(world), Frozen(PATTERN), PruneSettings(keep=1), world.clock.now())
    assert pruning.releases == ()
    assert "what the controller elects cannot be told" in pruning.remarks[0]
