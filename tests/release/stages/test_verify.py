"""Reading everything back, and the ways to look."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from tests.contracts.images import image, image_index
from tests.release.world import TAG, World, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryUnreachable, Unfinished
from wholeship.core.platform import Platform
from wholeship.core.reference import Tag
from wholeship.release.observe import each_at_once, survey
from wholeship.release.plan import Plan
from wholeship.release.stages.results import Drifted, Verified
from wholeship.release.stages.verify import verify

AMD64 = Platform("linux", "amd64")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def out(world: World, scenario: str = "manual") -> tuple[Plan, dict[str, Digest]]:
    plan = world.plan(scenario, version="1.2.3" if scenario == "release" else "")
    shipped = world.ship(plan)
    return plan, {name: c.digest for name, c in shipped.record.candidates.items()}


def test_a_whole_release_is_verified(world: World) -> None:
    """Every image: listed, resolved, at the released digest."""
    plan, digests = out(world, "release")
    answer = verify(world.client, plan, digests, aliases=(Tag("1.2.3"), Tag("latest")))
    assert isinstance(answer, Verified)
    assert all(seen.listed and seen.found == digests[seen.image] for seen in answer.seen)


@pytest.mark.parametrize(
    ("image_", "what", "half", "told"),
    [
        ("worker", "remove", True, f"shop/worker:{TAG} is not there"),
        ("worker", "change", True, f"shop/worker:{TAG} is"),
        ("worker", "unlist", False, "resolves but is not listed"),
        ("app", "remove", False, f"shop/app:{TAG} is not there"),
        ("app", "change", True, f"shop/app:{TAG} is"),
    ],
)
def test_what_does_not_hold(world: World, image_: str, what: str, half: bool, told: str) -> None:
    """Each drift is named; it is half when the watched tag is visible all the same."""
    plan, digests = out(world)
    repository = world.repository(image_)
    if what == "remove":
        world.registry.rebind(repository, TAG, None)
    elif what == "unlist":
        world.registry.unlist(repository, TAG)
    else:
        other = image("other")
        other.push(world.client, repository)
        world.client.bind(repository, Tag(TAG), other.manifest)
    answer = verify(world.client, plan, digests)
    assert isinstance(answer, Drifted)
    assert answer.half is half
    assert told in " ".join(answer.problems)


def test_bytes_that_are_gone(world: World) -> None:
    """A digest that was collected is a drift, with its tag."""
    plan, digests = out(world)
    world.registry.forget(world.repository("worker"), digests["worker"])
    answer = verify(world.client, plan, digests)
    assert isinstance(answer, Drifted)
    assert "is gone" in " ".join(answer.problems)


def test_a_platform_short(world: World) -> None:
    """The right digests can still lack a planned platform, when the record says so."""
    plan, digests = out(world, "release")
    only = image_index("w", AMD64)
    only.push(world.client, world.repository("worker"))
    world.client.bind(world.repository("worker"), plan.tag, only.manifest)
    answer = verify(world.client, plan, {**digests, "worker": only.digest})
    assert isinstance(answer, Drifted)
    assert "worker lacks linux/arm64" in answer.problems


def test_an_alias_that_lags(world: World) -> None:
    """Aliases are looked at when asked for."""
    plan, digests = out(world, "release")
    world.registry.rebind(world.repository("worker"), "latest", None)
    assert isinstance(verify(world.client, plan, digests), Verified)
    answer = verify(world.client, plan, digests, aliases=(Tag("latest"),))
    assert isinstance(answer, Drifted)
    assert "shop/worker:latest is not there" in answer.problems[0]


def test_no_answer_is_no_verdict(world: World) -> None:
    """A registry that cannot be asked is neither verified nor drifted."""
    plan, digests = out(world)

    class Down:
        def __getattr__(self, name: str) -> object:
            def fail(*args: object, **more: object) -> None:
                raise RegistryUnreachable("connection refused")

            return fail

    with pytest.raises(Unfinished, match="connection refused"):
        verify(Down(), plan, digests)  # type: ignore[arg-type]


# -- each, survey -------------------------------------------------------------------------------------


def test_each_keeps_the_order_and_runs_together() -> None:
    """Results in the items' order, calls at the same time."""
    together = threading.Barrier(3)

    def call(number: int) -> int:
        together.wait(10)
        return number * number

    assert each_at_once(call, (3, 1, 2)) == [9, 1, 4]
    assert each_at_once(call, ()) == []


def test_each_raises_the_first_error_after_all_have_ended() -> None:
    """Nothing runs on behind the caller's back."""
    ended: list[int] = []

    def call(number: int) -> int:
        if number < 2:
            raise ValueError(number)
        time.sleep(0.05)
        ended.append(number)
        return number

    with pytest.raises(ValueError, match="0"):
        each_at_once(call, range(4))
    assert sorted(ended) == [2, 3]


def test_a_survey_tells_trouble_by_image(world: World) -> None:
    """One question that fails is a problem of its image; the others are answered."""
    plan, digests = out(world)

    class Flaky:
        def __getattr__(self, name: str) -> object:
            return getattr(world.client, name)

        def tags(self, repository: object) -> tuple[str, ...]:
            if repository == world.repository("worker"):
                raise RegistryUnreachable("no answer")
            return world.client.tags(repository)  # type: ignore[arg-type]

    now = survey(Flaky(), plan, digests)  # type: ignore[arg-type]
    assert {seen.image: seen.problem for seen in now.seen} == {
        "app": "",
        "embeddings": "",
        "worker": "no answer",
    }
    assert set(now.tags) == {"app", "embeddings"}


def test_a_survey_looks_for_parts(world: World) -> None:
    """A candidate whose child was collected is gone, though its index is served."""
    plan, digests = out(world, "release")
    manifest = world.client.manifest(world.repository("worker"), digests["worker"])
    assert manifest is not None
    assert survey(world.client, plan, digests, candidates={"worker": manifest}).gone == ()
    from wholeship.release.content import content_of

    world.registry.forget(world.repository("worker"), content_of(manifest, "x").children[1].digest)
    assert survey(world.client, plan, digests, candidates={"worker": manifest}).gone == ("worker",)
