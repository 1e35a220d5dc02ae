"""A controller's policy between a release and its tag, end to end in memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release.world import SHOP, World, shop, watch
from wholeship.app import world as ports
from wholeship.app.election import PolicyElector, following
from wholeship.core.errors import BadInput
from wholeship.core.http import Request, Response
from wholeship.core.progress import Silent
from wholeship.gitops.elector import Elector
from wholeship.gitops.flux import Scan, parse_policy
from wholeship.release.ship import begin
from wholeship.release.stages.results import Promoted, Refusal, Refused, Verified
from wholeship.release.stages.settings import PromoteSettings

STAMPS = PolicyElector(
    Elector(parse_policy(alphabetical="", pattern=r"^\d{8}-\d{6}-\d{6}$"), Scan.parse(), "flux-system/app")
)
STORY = PolicyElector(Elector(parse_policy(numerical="", pattern=r"^(\d{8})-(\d{6})$", extract="$1$2")))
NUMBERS = PolicyElector(Elector(parse_policy(numerical="")))
NEWER = "20990101-000000-000009"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def seeded(world: World, *tags: str) -> None:
    """The watched image has *tags* already, of some other release."""
    app = world.repository("app")
    from tests.contracts.images import image

    digest = image("an older app").push(world.client, app)
    for tag in tags:
        world.registry.rebind(app, tag, digest)


def test_an_elected_tag_ships(world: World) -> None:
    """When the policy would take the tag, the release goes out as without one."""
    seeded(world, "20200101-000000-000001", "latest")
    shipped = world.ship(world.plan(), PromoteSettings(elector=STAMPS, workers=1))
    assert isinstance(shipped.proof, Verified)


@pytest.mark.parametrize(
    ("elector", "there", "refusal", "says"),
    [
        (STORY, [], Refusal.NOT_ELECTED, "does not match the filter"),
        (STAMPS, [NEWER], Refusal.NOT_NEWEST, "not newer"),
        (NUMBERS, ["1", "latest"], Refusal.NOT_ELECTED, "cannot choose"),
        (NUMBERS, ["1"], Refusal.NOT_ELECTED, "would stop working"),
    ],
)
def test_a_tag_that_would_not_roll_out_is_refused(
    world: World, elector: PolicyElector, there: list[str], refusal: Refusal, says: str
) -> None:
    """Frozen, older, broken already or broken by it: refused before anything is built or tagged."""
    seeded(world, *there)
    plan = world.plan()
    observer = watch(world, plan)
    shipped = world.ship(plan, PromoteSettings(elector=elector, workers=1))
    assert isinstance(shipped.outcome, Refused)
    assert shipped.outcome.refusal is refusal
    assert says in shipped.outcome.reason
    assert world.builder.built == []
    assert observer.tags_in_watched == set(there)
    assert not any(plan.tag in world.registry.listed(world.repository(name)) for name in ("app", "worker"))


def test_a_newer_release_that_comes_out_meanwhile(world: World) -> None:
    """The policy is asked again at the barrier: what was newest when it began is refused if it is not now."""
    plan = world.plan()
    seeded(world, "20200101-000000-000001")
    digest = world.points_to("app", "20200101-000000-000001")
    assert digest is not None

    def another(request: Request, response: Response) -> None:
        if request.method == "PUT" and request.url.endswith(f"worker/manifests/{plan.tag}"):
            world.registry.rebind(
                world.repository("app"),
                NEWER,
                world.registry.tag(world.repository("app"), "20200101-000000-000001"),
            )

    world.registry.observers.append(another)
    shipped = world.ship(plan, PromoteSettings(elector=STAMPS, workers=1))
    assert isinstance(shipped.outcome, Refused)
    assert shipped.outcome.refusal is Refusal.NOT_NEWEST
    assert plan.tag not in world.registry.listed(world.repository("app"))


BARE = PolicyElector(Elector(parse_policy(alphabetical=""), Scan.parse()))


def test_a_candidate_that_would_be_rolled_out_is_never_pushed(world: World) -> None:
    """Where a builder needs a tag for its candidates, a policy that would take it stops the release.

    By digest there is nothing to elect, and the same policy is no danger.
    """
    world.builder.pushes_by_digest = False
    plan = world.plan()
    shipped = world.ship(plan, PromoteSettings(elector=BARE, workers=1))
    assert isinstance(shipped.outcome, Refused)
    assert "candidates" in shipped.outcome.reason
    assert world.builder.built == []
    assert isinstance(world.ship(plan, PromoteSettings(elector=STAMPS, workers=1)).outcome, Promoted)
    other = shop(world.root)
    assert isinstance(other.ship(other.plan(), PromoteSettings(elector=BARE, workers=1)).outcome, Promoted)


def test_older_on_purpose(world: World) -> None:
    """Somebody may insist on an older tag, but not on one the controller would never take."""
    seeded(world, NEWER)
    insisting = PromoteSettings(elector=STAMPS, force_older=True, workers=1)
    assert isinstance(world.ship(world.plan(), insisting).outcome, Promoted)
    never = PromoteSettings(elector=STORY, force_older=True, workers=1)
    other = world.fresh_machine()
    assert isinstance(other.ship(other.plan(sequence=2), never).outcome, Refused)


def test_a_release_that_is_out_is_not_asked_about_again(world: World) -> None:
    """Running again after something newer came out finds the release in place, and refuses nothing."""
    plan = world.plan()
    assert isinstance(world.ship(plan, PromoteSettings(elector=STAMPS, workers=1)).outcome, Promoted)
    seeded(world, NEWER)
    again = world.ship(plan, PromoteSettings(elector=STAMPS, workers=1))
    assert isinstance(again.outcome, Promoted)
    assert again.outcome.already


def test_a_refusal_is_on_record(world: World) -> None:
    """The next machine sees that the release was refused, and why."""
    seeded(world, NEWER)
    plan = world.plan()
    world.ship(plan, PromoteSettings(elector=STAMPS, workers=1))
    other = world.fresh_machine()
    record = begin(other.ports(plan), plan)
    assert not isinstance(record, Refused)
    assert [event["refusal"] for event in record.events if event["event"] == "refused"] == ["not-newest"]


POLICY = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {name: app}
spec: {image: 127.0.0.1:5000/shop/IMAGE}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {name: app}
spec: {imageRepositoryRef: {name: app}, policy: {alphabetical: {}}}
"""


def test_what_follows_is_read_from_the_manifests(tmp_path: Path) -> None:
    """The policy that is named must follow the watched image: another's is an error, not a pass."""
    world = shop(tmp_path, SHOP + "gitops: {policy: p.yaml}\n")
    (tmp_path / "p.yaml").write_text(POLICY.replace("IMAGE", "app"))
    found = following(ports.World(Silent()), world.config)
    assert found is not None
    assert found.elector is not None
    assert found.elector.opinion("2", ["1"]).wins == "2"
    (tmp_path / "p.yaml").write_text(POLICY.replace("IMAGE", "worker"))
    with pytest.raises(BadInput) as caught:
        following(ports.World(Silent()), world.config)
    assert "follows 127.0.0.1:5000/shop/worker" in caught.value.advice
