"""Deleting a release's tags: a sibling goes only when nobody can find the watched image any more."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.release.world import TAG, World, shop
from wholeship.core.errors import HalfReleased, RegistryUnreachable, Unfinished
from wholeship.core.reference import Repository, Tag
from wholeship.release.deletion import QUIET, Deleted, delete
from wholeship.release.memory import known_release
from wholeship.release.observe import LAG_BUDGET
from wholeship.release.record import Record
from wholeship.release.repair import repair
from wholeship.release.repaired import NeedsPerson
from wholeship.release.ship import promotable
from wholeship.release.stages.results import Refusal, Refused
from wholeship.release.status import Member
from wholeship.release.withdraw import take_away

IMAGES = ("app", "worker", "embeddings")


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = shop(tmp_path)
    made.ship(made.plan())
    return made


def members(world: World) -> list[Member]:
    return [Member(image, world.repository(image)) for image in IMAGES]


@dataclass
class Late:
    """A registry whose readers see the watched tag for ``seconds`` after its deletion, or for ever; it loses
    the answers of the first ``lost`` deletions, and is ``blind`` from the first of them on."""

    world: World
    seconds: float
    lost: int = 0
    blind: bool = False
    deleted_at: dict[str, float] = field(default_factory=dict)
    too_early: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> object:
        return getattr(self.world.client, name)

    def _late(self, repository: Repository) -> bool:
        if self.blind and self.deleted_at:
            raise RegistryUnreachable("no answer")
        at = self.deleted_at.get(str(repository))
        return at is not None and self.world.clock.monotonic() - at < self.seconds

    def tags(self, repository: Repository) -> tuple[str, ...]:
        found = self.world.client.tags(repository)
        return (*found, TAG) if self._late(repository) else found

    def manifest(self, repository: Repository, reference: Tag) -> object:
        late = self._late(repository) and reference == TAG
        return object() if late else self.world.client.manifest(repository, reference)

    def unbind(self, repository: Repository, tag: Tag) -> bool:
        if repository != self.world.repository("app") and self._late(self.world.repository("app")):
            self.too_early.append(str(repository))
        gone = self.world.client.unbind(repository, tag)
        self.deleted_at.setdefault(str(repository), self.world.clock.monotonic())
        self.lost -= 1
        if self.lost >= 0:
            raise RegistryUnreachable("the answer was lost")
        return gone


def deleted(world: World, registry: object) -> Deleted:
    return delete(registry, world.clock, members(world), ("app",), TAG)  # type: ignore[arg-type]


@pytest.mark.parametrize("seconds", [0.0, 0.3, 5.0, 30.0, LAG_BUDGET - 1])
def test_siblings_stay_while_the_watched_tag_can_be_read(world: World, seconds: float) -> None:
    """However late the readers are, within the lag budget: no sibling goes before the last of them."""
    registry = Late(world, seconds)
    assert deleted(world, registry).all_gone
    assert registry.too_early == []
    assert all(world.points_to(image, TAG) is None for image in IMAGES)
    assert world.clock.monotonic() >= seconds + QUIET


def test_a_tag_that_does_not_go_keeps_its_siblings(world: World) -> None:
    """Past the budget it is not finished, and nothing else was touched."""
    with pytest.raises(Unfinished, match="can still be seen"):
        deleted(world, Late(world, 1e9))
    assert all(world.points_to(image, TAG) for image in ("worker", "embeddings"))


def test_a_lost_answer_is_no_answer(world: World) -> None:
    """The tag is looked for; where it is gone all goes on, and the same command finishes what is left."""
    assert deleted(world, Late(world, 0.0, lost=1)).all_gone
    assert all(world.points_to(image, TAG) is None for image in IMAGES)


def test_what_cannot_be_seen_is_not_gone(world: World) -> None:
    """No answer at all is no proof that nobody sees it."""
    with pytest.raises(Unfinished, match="cannot be asked about"):
        deleted(world, Late(world, 0.0, blind=True))
    assert all(world.points_to(image, TAG) for image in ("worker", "embeddings"))


def test_somebody_who_writes_it_again_is_told(world: World) -> None:
    """Before a sibling was touched: not finished. Afterwards: half, with the way out."""
    digest = world.points_to("app", TAG)

    class Rewritten(Late):
        when = "embeddings"

        def unbind(self, repository: Repository, tag: Tag) -> bool:
            gone = super().unbind(repository, tag)
            if repository == world.repository(self.when):
                world.registry.rebind(world.repository("app"), TAG, digest)  # type: ignore[arg-type]
            return gone

    with pytest.raises(HalfReleased, match="is there again") as caught:
        deleted(world, Rewritten(world, 0.0))
    assert f"wholeship repair {TAG}" in caught.value.advice
    world.registry.rebind(world.repository("app"), TAG, digest)  # type: ignore[arg-type]
    Rewritten.when = "app"
    with pytest.raises(Unfinished, match="can still be seen"):
        deleted(world, Rewritten(world, 0.0))


def test_a_withdrawn_release_is_not_put_out_again(world: World) -> None:
    """Neither by going on, nor by promoting, nor by repair, on this machine or another."""
    plan = world.plan()
    ports = world.ports(plan)
    record = known_release(ports, TAG)
    assert take_away(record, ports, members(world), ("app",), TAG).all_gone
    other = world.fresh_machine()
    kept = known_release(other.ports(plan), TAG)
    assert isinstance(kept, Record)
    assert kept.withdrawn
    for answer in (other.ship(plan).outcome, promotable(kept, other.settings(plan)).ended):
        assert isinstance(answer, Refused)
        assert answer.refusal is Refusal.WITHDRAWN
    mended = repair(kept, other.settings(plan))
    assert isinstance(mended, NeedsPerson)
    assert "withdrawn" in mended.reason
    assert not mended.half
    assert all(world.points_to(image, TAG) is None for image in IMAGES)


def test_where_nothing_is_deleted_nothing_is_withdrawn(world: World) -> None:
    """A registry that deletes no tags: the release stays what it was, and can be repaired."""
    plan = world.plan()
    ports = world.ports(plan)
    world.registry.can_delete = False
    assert not take_away(known_release(ports, TAG), ports, members(world), ("app",), TAG).all_gone
    record = known_release(world.fresh_machine().ports(plan), TAG)
    assert record is not None
    assert not record.withdrawn
