"""Several registries at once: one is the truth that is followed, the others hold siblings of it."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.release.world import HOST, World, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import BadConfig, WholeshipError
from wholeship.core.http import Request, Response
from wholeship.core.reference import Repository
from wholeship.release.config import Overrides, parse_config
from wholeship.release.deletion import delete
from wholeship.release.grounds import on_other_grounds
from wholeship.release.plan import Plan
from wholeship.release.record import home
from wholeship.release.repair import repair
from wholeship.release.repaired import Mended
from wholeship.release.stages.results import Promoted, Verified
from wholeship.release.status import Member, Whole, release_status
from wholeship.testing.faults import FAULTS, FaultyTransport, Killed
from wholeship.testing.registry import EmbeddedRegistry, InProcess

HUB = "127.0.0.1:6000"
BOTH = """\
registry: 127.0.0.1:5000/shop
mirrors: [127.0.0.1:6000/hub]
images: {app: {mirrors: [127.0.0.1:5000/other/app]}, worker: {}}
watched: app
gates: none
"""
COPIES = ("app@127.0.0.1:6000", "worker@127.0.0.1:6000", "app@127.0.0.1:5000")


def pair(root: Path) -> tuple[World, EmbeddedRegistry]:
    world, hub = shop(root, BOTH), EmbeddedRegistry()
    ready(world, line(world, hub))
    return world, hub


def line(world: World, hub: EmbeddedRegistry) -> InProcess:
    return InProcess({HOST: world.registry, HUB: hub})


def ready(world: World, transport: InProcess | FaultyTransport) -> None:
    world.client = world.new_client(transport)  # type: ignore[arg-type]
    world.builder.registry = world.client


def members(plan: Plan) -> list[Member]:
    return [Member(image.name, image.repository) for image in plan.images]


def shown(world: World, hub: EmbeddedRegistry, repository: Repository, tag: str) -> str | None:
    return (hub if repository.host == HUB else world.registry).tag(repository, tag)


def test_an_image_is_the_same_bytes_everywhere(tmp_path: Path) -> None:
    """Under one tag in every repository, written before the one that is followed; nobody ever sees less."""
    world, hub = pair(tmp_path)
    plan = world.plan()
    assert {image.name for image in plan.images if image.copy_of} == set(COPIES)
    assert plan.images[-1].name == "app"
    bound: list[str] = []

    def note(request: Request, response: Response) -> None:
        if request.method == "PUT" and request.url.endswith(f"manifests/{plan.tag}"):
            bound.append(request.url.partition("/v2/")[2].partition("/manifests")[0])

    world.registry.observers.append(note)
    hub.observers.append(note)
    shipped = world.ship(plan)
    assert isinstance(shipped.proof, Verified)
    assert bound[-1] == "shop/app"
    assert sorted(bound) == ["hub/app", "hub/worker", "other/app", "shop/app", "shop/worker"]
    for image in plan.images:
        original = plan.image(image.copy_of or image.name)
        assert shown(world, hub, image.repository, plan.tag) == world.points_to(original.name, plan.tag)
    assert home(plan, None) == world.repository("worker")
    assert sorted(world.builder.built) == ["app", "worker"]


def test_blobs_are_mounted_or_carried_once(tmp_path: Path) -> None:
    """Within a registry nothing is downloaded; into another each blob goes once."""
    world, hub = pair(tmp_path)
    asked: list[str] = []
    for registry in (world.registry, hub):
        registry.observers.append(lambda request, response: asked.append(f"{request.method} {request.url}"))
    world.ship(world.plan())
    assert any("POST" in one and "other/app" in one and "mount=" in one for one in asked)
    fetched = [one for one in asked if one.startswith("GET") and "/blobs/" in one and "hub" not in one]
    carried = [one for one in fetched if "shop/app/blobs" in one or "shop/worker/blobs" in one]
    blobs = set(hub.shelves["hub/app"].blobs) | set(hub.shelves["hub/worker"].blobs)
    assert len([one for one in asked if one.startswith("PUT") and HUB in one and "uploads" in one]) == len(
        blobs
    )
    assert carried
    again = len(asked)
    world.ship(world.plan(sequence=1))
    assert not [one for one in asked[again:] if "uploads" in one and "PUT" in one]


def test_what_a_mirror_lacks_is_told_and_mended(tmp_path: Path) -> None:
    """A tag that is gone from a mirror makes the release half; repair puts the same bytes back."""
    world, hub = pair(tmp_path)
    plan = world.plan()
    record = world.ship(plan).record
    image = plan.image("worker@127.0.0.1:6000")
    hub.rebind(image.repository, plan.tag, None)
    found = release_status(world.client, members(plan), plan.followed, plan.tag)
    assert found.answer is Whole.HALF
    answer = repair(record, world.settings(plan))
    assert isinstance(answer, Mended)
    assert answer.did == (f"wrote {image.repository}:{plan.tag}",)
    assert release_status(world.client, members(plan), plan.followed, plan.tag).answer is Whole.WHOLE


@pytest.mark.parametrize("lost", ["worker@127.0.0.1:6000", "worker", "app"])
def test_what_one_registry_lost_comes_from_another(tmp_path: Path, lost: str) -> None:
    """Bytes that are gone from one repository are copied back from another that has them, whichever it is."""
    world, hub = pair(tmp_path)
    plan = world.plan()
    record = world.ship(plan).record
    image = plan.image(lost)
    registry = hub if image.repository.host == HUB else world.registry
    registry.rebind(image.repository, plan.tag, None)
    registry.forget(image.repository, record.candidates[lost].digest)
    answer = repair(record, world.settings(plan))
    assert isinstance(answer, Mended)
    assert answer.did[0].startswith("copied ")
    assert shown(world, hub, image.repository, plan.tag) == record.candidates[lost].digest
    assert release_status(world.client, members(plan), plan.followed, plan.tag).answer is Whole.WHOLE


def test_taking_back_takes_all_of_it(tmp_path: Path) -> None:
    """The followed tag goes first, then every other, the mirrors' too."""
    world, hub = pair(tmp_path)
    plan = world.plan()
    world.ship(plan)
    deleted = delete(world.client, world.clock, members(plan), plan.followed, plan.tag)
    assert deleted.all_gone
    assert all(shown(world, hub, image.repository, plan.tag) is None for image in plan.images)


def test_another_image_in_a_mirror_does_not_ship(tmp_path: Path) -> None:
    """A copy that is not the image it is a copy of is no release."""
    world, _ = pair(tmp_path)
    record = world.ship(world.plan()).record
    other = replace(record.candidates[COPIES[0]], digest=Digest.of(b"another"))
    assert on_other_grounds(record.with_candidate(other)) == (f"{COPIES[0]} is not the app that would ship",)


def test_a_scratch_registry_gets_no_mirrors(tmp_path: Path) -> None:
    """With --registry all of it goes there, and nothing into anybody's mirror."""
    config = parse_config(BOTH, tmp_path / "wholeship.yaml", Overrides(registry="localhost:1/x"))
    assert set(config.repositories) == {"app", "worker"}


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ("{app: {mirrors: [a.b/shop/worker]}, worker: {}}", "images.worker: worker and app go to the same"),
        ("{app: {mirrors: [a.b/shop/app]}, worker: {}}", "images.app: app goes to a.b/shop/app already"),
        ("{app: {mirrors: ['A B']}, worker: {}}", "images.app.mirrors: "),
    ],
)
def test_mirrors_that_cannot_be(images: str, message: str) -> None:
    """Two images in one repository, and what is no repository, are mistakes with their place."""
    text = f"registry: a.b/shop\nimages: {images}\nwatched: app\ngates: none\n"
    with pytest.raises(BadConfig) as caught:
        parse_config(text, Path("wholeship.yaml"), Overrides())
    assert any(problem.message.startswith(message) for problem in caught.value.problems)


def note_half(
    world: World, hub: EmbeddedRegistry, plan: Plan, half: list[str], request: Request, response: Response
) -> None:
    """What is missing anywhere while the followed tag is there."""
    if world.points_to("app", plan.tag) is not None:
        half += [i.name for i in plan.images if shown(world, hub, i.repository, plan.tag) is None]


@pytest.mark.parametrize("name", ["kill-before", "kill-after", "status-503-forever"])
def test_nothing_is_half_whatever_fails(name: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The N-th request fails, wherever it goes, for every N: nobody sees half, and the next run ships."""

    def struck(world: World, plan: Plan, transport: FaultyTransport) -> int:
        ready(world, transport)
        with contextlib.suppress(WholeshipError, Killed):
            world.ship(plan)
        return transport.count

    world, hub = pair(tmp_path_factory.mktemp(name))
    length = struck(world, world.plan(), FaultyTransport(line(world, hub), world.clock))
    for at in range(1, length + 1):
        world, hub = pair(tmp_path_factory.mktemp(f"{name}-{at}"))
        plan = world.plan()
        half: list[str] = []

        look = partial(note_half, world, hub, plan, half)
        world.registry.observers.append(look)
        struck(world, plan, FaultyTransport(line(world, hub), world.clock, FAULTS[name], at))
        ready(world, line(world, hub))
        shipped = world.ship(plan)
        assert isinstance(shipped.outcome, Promoted), f"{name}@{at}"
        assert isinstance(shipped.proof, Verified), f"{name}@{at}"
        assert half == [], f"{name}@{at}"
