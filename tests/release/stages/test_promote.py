"""One write of a tag: what the registry serves counts, never what the reply said, or did not say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.images import AMD64, ARM64, image
from tests.release.world import HOST, TAG, World, shop
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.errors import RegistryDenied, Unfinished
from wholeship.core.http import Request, Response
from wholeship.core.reference import Tag
from wholeship.release.content import content_of
from wholeship.release.ports import Manifest
from wholeship.release.stages.promote import Binding, bind
from wholeship.release.stages.results import Refusal, Refused
from wholeship.release.stages.settings import PromoteSettings
from wholeship.testing.faults import FAULTS, FaultyTransport
from wholeship.testing.registry import InProcess, Manner

IMMUTABLE = [Manner.ECR, Manner.HARBOR, Manner.CONFLICT, Manner.FORBIDDEN]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def binding(world: World, name: str = "ours") -> Binding:
    made = image(name)
    made.push(world.client, world.repository("worker"))
    return Binding(world.repository("worker"), Tag(TAG), made.manifest)


def faulty(world: World, fault: str) -> FaultyTransport:
    return FaultyTransport(InProcess({HOST: world.registry}), world.clock, FAULTS[fault], 1)


def through(world: World, line: FaultyTransport) -> RegistryClient:
    return RegistryClient(line, world.clock, patience=Patience(attempts=3, jitter=lambda: 0.5))


@pytest.mark.parametrize("manner", IMMUTABLE)
def test_a_refusal_is_not_success(world: World, manner: Manner) -> None:
    """400, 409, 412, 403: the tag has other content, so it was not written, and that is said."""
    wanted, other = binding(world), binding(world, "another's")
    world.registry.rebind(wanted.repository, TAG, other.manifest.digest)
    world.registry.manner = manner
    with pytest.raises((Unfinished, RegistryDenied), match=r"someone else has written it|not allowed"):
        bind(world.client, world.clock, wanted, PromoteSettings())
    assert world.registry.tag(wanted.repository, TAG) == other.manifest.digest


@pytest.mark.parametrize("manner", [Manner.ECR, Manner.HARBOR, Manner.CONFLICT])
def test_a_refusal_of_the_same_content_is_no_failure(world: World, manner: Manner) -> None:
    """Refused because it is there already, byte for byte: that is what was wanted."""
    wanted = binding(world)
    world.registry.rebind(wanted.repository, TAG, wanted.manifest.digest)
    world.registry.manner = manner
    bind(world.client, world.clock, wanted, PromoteSettings())
    assert world.registry.tag(wanted.repository, TAG) == wanted.manifest.digest


@pytest.mark.parametrize("fault", ["reset-after", "gateway-502-after", "late-after"])
def test_a_lost_reply_is_no_failure(world: World, fault: str) -> None:
    """The write was applied and nobody heard: found by looking, and not written twice."""
    wanted = binding(world)
    line = faulty(world, fault)
    bind(through(world, line), world.clock, wanted, PromoteSettings())
    assert [step.method for step in line.steps].count("PUT") == 1


@pytest.mark.parametrize("fault", ["reset-before", "status-503", "throttled-2"])
def test_a_lost_write_is_written_again(world: World, fault: str) -> None:
    """Looked for, not there, written once more."""
    wanted = binding(world)
    line = faulty(world, fault)
    bind(through(world, line), world.clock, wanted, PromoteSettings())
    assert [step.method for step in line.steps if step.method != "HEAD"][:3] == ["PUT", "GET", "PUT"]
    assert world.registry.tag(wanted.repository, TAG) == wanted.manifest.digest


def test_a_lie_is_found_out(world: World) -> None:
    """201 without effect: looked for until the time for late readers is over, and not believed."""
    wanted = binding(world)
    line = faulty(world, "lying-201")
    with pytest.raises(Unfinished, match="accepted, and not visible after 60 s"):
        bind(through(world, line), world.clock, wanted, PromoteSettings())


def test_a_refusal_because_parts_are_gone_says_how_to_go_on(world: World) -> None:
    """A layer that a collector took: writing again cannot help, building anew can, and that is said."""
    lost = Binding(world.repository("worker"), Tag(TAG), image("its layers were collected").manifest)
    with pytest.raises(Unfinished, match="no longer has all that this image is made of") as broken:
        bind(world.client, world.clock, lost, PromoteSettings())
    assert "--no-reuse" in broken.value.advice


def test_a_platform_that_is_collected_meanwhile_is_missed_before_the_commit(world: World) -> None:
    """The barrier asks for every part once more: a sibling's tag resolves, and it cannot be pulled."""
    plan = world.plan()
    plan = replace(plan, images=tuple(replace(each, platforms=(AMD64, ARM64)) for each in plan.images))
    worker = world.repository("worker")

    def collect(request: Request, response: Response) -> None:
        if request.method == "PUT" and request.url.endswith(f"{worker.path}/manifests/{plan.tag}"):
            written = Manifest(request.headers.get("Content-Type", ""), request.body)
            world.registry.forget(worker, content_of(written, "").children[0].digest)

    world.registry.observers.append(collect)
    outcome = world.ship(plan).outcome
    assert isinstance(outcome, Refused)
    assert outcome.refusal is Refusal.CANDIDATE_GONE
    assert world.points_to("worker", plan.tag)
    assert world.points_to("app", plan.tag) is None
