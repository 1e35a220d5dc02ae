"""Environments: what goes there is a release of its own, and nothing of it is ever half."""

from __future__ import annotations

import contextlib
from functools import partial
from pathlib import Path

import pytest

from tests.release.world import HOST, MemoryJournal, World, shop
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.http import Request, Response
from wholeship.release.earlier import going_on
from wholeship.release.environments import bring, in_environment, plan_in
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.ship import Shipped, begin, finish
from wholeship.release.stages.results import Promoted, Verified
from wholeship.testing.faults import FAULTS, FaultyTransport, Killed
from wholeship.testing.registry import InProcess

TEXT = """\
registry: 127.0.0.1:5000/shop
images: {app: {}, worker: {}, embeddings: {}}
watched: app
gates: none
environments:
  production: {registry: 127.0.0.1:5000/production, tag: "prod-{tag}", policy: none, gates: none}
  canary: {tag: "canary-{tag}", policy: none, gates: {boots: {run: scripts/smoke}}}
"""


def out(root: Path) -> tuple[World, Record]:
    """A world in which a release is out."""
    world = shop(root, TEXT)
    return world, world.ship(world.plan()).record


def there(world: World, record: Record, name: str = "production") -> Plan:
    world.journal = MemoryJournal()  # an environment has a state of its own
    return plan_in(in_environment(world.config, name), record.plan)


def carried(world: World, record: Record, plan: Plan) -> Shipped:
    """What `promote --to` does, once the release is known to be whole."""
    ports = world.ports(plan)
    began = begin(ports, plan)
    assert isinstance(began, Record)
    return finish(bring(ports, record, began), world.settings(plan))


def test_the_plan_there_is_the_same_release(tmp_path: Path) -> None:
    """Other repositories, tag and gates; the same commit, order and platforms, and another identity."""
    world, record = out(tmp_path)
    plan = there(world, record)
    assert plan.tag == f"prod-{record.plan.tag}"
    assert {str(image.repository) for image in plan.images} == {
        f"127.0.0.1:5000/production/{name}" for name in ("app", "worker", "embeddings")
    }
    assert (plan.commit, plan.watched, plan.created) == (
        record.plan.commit,
        record.plan.watched,
        record.plan.created,
    )
    assert plan.id != record.plan.id
    assert plan.id == there(world, record).id  # the next try is the same release
    canary = there(world, record, "canary")
    assert [gate.name for gate in canary.gates] == ["boots"]
    assert canary.tag_pattern == "canary-{timestamp}-{sequence}"


def test_a_try_elsewhere_is_not_gone_on_with_here(tmp_path: Path) -> None:
    """The record of an environment is no earlier try of the release that it was made from."""
    world, record = out(tmp_path)
    shipped = carried(world, record, there(world, record))
    assert going_on(record.plan, [shipped.record]) is None
    assert going_on(shipped.record.plan, [record]) is None


def test_an_image_that_is_unknown_by_now_is_told(tmp_path: Path) -> None:
    """A release whose images the file does not know any more is promoted with the file of its commit."""
    _, record = out(tmp_path)
    smaller = shop(tmp_path, TEXT.replace(", embeddings: {}", "").replace("{app: {}, ", "{app: {}, "))
    with pytest.raises(BadInput, match="has embeddings, which the release file does not know"):
        plan_in(in_environment(smaller.config, "production"), record.plan)


def note_half(world: World, plan: Plan, half: list[str], request: Request, response: Response) -> None:
    """What is missing while the followed tag is there."""
    if world.registry.tag(plan.commit_image.repository, plan.tag) is not None:
        half += [i.name for i in plan.images if world.registry.tag(i.repository, plan.tag) is None]


@pytest.mark.parametrize("name", ["kill-before", "kill-after", "status-503-forever"])
def test_nothing_is_half_whatever_fails(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The N-th request fails on the way to another registry, for every N: nobody sees half there, the release
    it comes from stays as it is, and the next run goes on."""

    def struck(world: World, record: Record, plan: Plan, transport: FaultyTransport) -> int:
        world.client = world.new_client(transport)  # type: ignore[arg-type]
        with contextlib.suppress(WholeshipError, Killed):
            carried(world, record, plan)
        return transport.count

    world, record = out(tmp_path_factory.mktemp(name))
    inner = InProcess({HOST: world.registry})
    length = struck(world, record, there(world, record), FaultyTransport(inner, world.clock))
    for at in range(1, length + 1):
        world, record = out(tmp_path_factory.mktemp(f"{name}-{at}"))
        plan = there(world, record)
        half: list[str] = []
        world.registry.observers.append(partial(note_half, world, plan, half))
        inner = InProcess({HOST: world.registry})
        struck(world, record, plan, FaultyTransport(inner, world.clock, FAULTS[name], at))
        world.client = world.new_client()
        shipped = carried(world, record, plan)
        assert isinstance(shipped.outcome, Promoted), f"{name}@{at}"
        assert isinstance(shipped.proof, Verified), f"{name}@{at}"
        assert half == [], f"{name}@{at}"
        assert world.points_to("app", record.plan.tag) == record.candidates["app"].digest
