"""What a push needs is made once, where that was asked for."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest

from tests.release.world import World, shop
from wholeship.core.errors import ExitCode, RegistryDenied, RegistryLacks
from wholeship.core.progress import Silent
from wholeship.core.reference import Repository
from wholeship.release.making import make_lacking
from wholeship.release.ports import Making
from wholeship.release.record import Record
from wholeship.release.ship import begin


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Three repositories, each of which has to be made first."""
    found = shop(tmp_path)
    found.registry.unmade = {image.repository.path for image in found.config.images.values()}
    return found


@dataclass
class SmallMaker:
    """Makes what the registry of *world* wants made; *together*: one thing for all of them."""

    world: World
    together: str = ""
    works: bool = True
    made: list[str] = field(default_factory=list)

    def lacking(self, repository: Repository) -> Making | None:
        make = partial(self.make, repository.path)
        lacks = repository.path in self.world.registry.unmade
        return Making(self.together or repository.path, make) if lacks else None

    def make(self, path: str) -> None:
        self.made.append(path)
        if self.works:
            self.world.registry.unmade -= set(self.world.registry.unmade) if self.together else {path}


def make(world: World, maker: SmallMaker) -> None:
    places = [image.repository for image in world.config.images.values()]
    make_lacking(maker, world.client, [*places, *places], world.clock, Silent())


def test_each_is_made_once_and_then_a_release_begins(world: World) -> None:
    """Each repository once; one thing that is for all of them, once."""
    maker = SmallMaker(world)
    make(world, maker)
    assert sorted(maker.made) == ["shop/app", "shop/embeddings", "shop/worker"]
    plan = world.plan()
    assert isinstance(begin(world.ports(plan), plan), Record)
    make(world, maker)
    assert len(maker.made) == 3


def test_one_project_for_all(world: World) -> None:
    """What is for all of them is made once."""
    maker = SmallMaker(world, together="the project shop")
    make(world, maker)
    assert len(maker.made) == 1


def test_where_nobody_asked_for_it_all_that_lacks_is_told(world: World) -> None:
    """At once, with what makes it; nothing is made, and another run does not help."""
    plan = world.plan()
    with pytest.raises(RegistryLacks) as caught:
        begin(world.ports(plan), plan)
    assert "--create-repositories" in caught.value.advice
    assert all(path in caught.value.message for path in world.registry.unmade)
    assert caught.value.exit_code is ExitCode.NO


def test_a_missing_right_is_not_made_good(world: World) -> None:
    """What is refused and does not lack is told by the release, as ever."""
    world.registry.unmade, world.registry.read_only = set(), {"shop/worker"}
    maker = SmallMaker(world)
    make(world, maker)
    assert maker.made == []
    plan = world.plan()
    with pytest.raises(RegistryDenied, match="shop/worker"):
        begin(world.ports(plan), plan)


def test_a_registry_that_is_slow_to_know_what_it_made_is_waited_for(world: World) -> None:
    """It is made once, and looked at again for a while."""
    maker = SmallMaker(world, works=False)
    make(world, maker)
    assert len(maker.made) == 3
    assert world.clock.monotonic() > 10
