"""Environments: what goes there is a release of its own, and nothing of it is ever half."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import pytest

from tests.release.world import HOST, MemoryJournal, World, shop
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.http import Request, Response
from wholeship.core.reference import Tag
from wholeship.release.attestation.referrers import Subject, attach, listing_of, stored_bundle, upload_bundles
from wholeship.release.earlier import going_on
from wholeship.release.environments import bring, in_environment, plan_in
from wholeship.release.order import Election, Opinion
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.ship import Shipped, begin, finish
from wholeship.release.stages.results import Promoted, Refusal, Refused, Verified
from wholeship.release.stages.settings import PromoteSettings
from wholeship.testing.faults import FAULTS, FaultyTransport, Killed
from wholeship.testing.images import image
from wholeship.testing.registry import EmbeddedRegistry, InProcess

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


def carried(world: World, record: Record, plan: Plan, promoting: PromoteSettings | None = None) -> Shipped:
    """What `promote --to` does, once the release is known to be whole."""
    ports, settings = world.ports(plan), world.settings(plan, promoting)
    began = begin(ports, plan)
    assert isinstance(began, Record)
    brought = bring(ports, record, began, settings.promoting)
    return Shipped(began, brought) if isinstance(brought, Refused) else finish(brought, settings)


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


def test_a_gate_there_keeps_all_that_it_asks(tmp_path: Path) -> None:
    """A gate of an environment is planned as it is written, also one that runs nothing and only demands."""
    demanding = TEXT.replace("{run: scripts/smoke}", "{sbom_without: [log4j], needs: [app]}")
    world = shop(tmp_path, demanding)
    record = world.ship(world.plan()).record
    (gate,) = there(world, record, "canary").gates
    assert (gate.asks, gate.needs, gate.run) == ("no log4j in it", ("app",), None)


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


def signed_by_others(world: World, record: Record) -> Tag:
    """Beside the app lie a stored bundle and a signature of cosign 2; the tag of that."""
    repository, digest = world.repository("app"), record.candidates["app"].digest
    manifest = world.client.manifest(repository, digest)
    assert manifest is not None
    subject = Subject(repository, digest, manifest.media_type, len(manifest.body))
    upload_bundles(world.client, repository, [b"proof"])
    attach(
        world.client,
        listing_of(world.client, subject),
        [stored_bundle(b"proof", "https://x.example", subject)],
    )
    proof, tag = image("a signature"), Tag(f"sha256-{digest.hex}.sig")
    proof.push(world.client, repository)
    world.client.bind(repository, tag, proof.manifest)
    return tag


@pytest.mark.parametrize("has_referrers", [True, False], ids=["listed", "by-tag"])
def test_what_others_signed_goes_there_too(tmp_path: Path, has_referrers: bool) -> None:
    """Referrers and cosign's tags are beside the image in the environment's own repository."""
    world = World(tmp_path, shop(tmp_path, TEXT).config, EmbeddedRegistry(has_referrers=has_referrers))
    record = world.ship(world.plan()).record
    tag, plan = signed_by_others(world, record), there(world, record)
    assert isinstance(carried(world, record, plan).outcome, Promoted)
    target, digest = plan.image("app").repository, record.candidates["app"].digest
    assert world.points_to("app", tag) == world.registry.tag(target, tag)
    for repository in (world.repository("app"), target):
        assert len(listing_of(world.client, Subject(repository, digest, "", 0)).referrers) == 1


def test_a_signature_that_the_controller_there_would_take_is_not_copied(tmp_path: Path) -> None:
    """Its tag is asked about before it is written: refused, and nothing is visible there."""

    class TakesAll:
        def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
            return Opinion(Election.ELECTED, tag, "it takes every tag")

    world, record = out(tmp_path)
    tag, plan = signed_by_others(world, record), there(world, record)
    refused = carried(world, record, plan, PromoteSettings(elector=TakesAll())).outcome
    assert isinstance(refused, Refused)
    assert refused.refusal is Refusal.NOT_ELECTED
    assert tag in refused.reason
    assert world.registry.listed(plan.image("app").repository) == ()


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
