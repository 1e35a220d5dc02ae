"""Several followed images: what nobody follows first, then they, in the written order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.release.world import HOST, World, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import BadConfig, CommitUnknown, HalfReleased
from wholeship.core.http import Request, Response
from wholeship.core.reference import Repository, Tag
from wholeship.release.config import Overrides, parse_config
from wholeship.release.deletion import delete
from wholeship.release.lifecycle import State, classify
from wholeship.release.order import Election, Opinion
from wholeship.release.record import fetch_record, home
from wholeship.release.repair import repair
from wholeship.release.repaired import Mended
from wholeship.release.stages.results import Promoted, Refused, Seen, Verified
from wholeship.release.stages.settings import PromoteSettings
from wholeship.release.status import Member, Whole, release_status
from wholeship.testing.faults import FAULTS, Fault, FaultyTransport
from wholeship.testing.registry import InProcess

TWO = """\
registry: 127.0.0.1:5000/shop
images: {app: {}, api: {}, worker: {}, embeddings: {}}
watched: [app, api]
gates: none
"""


FORBIDDEN = Fault("forbidden", "A", "the right to push is gone", lambda exchange: Response(403))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path, TWO)


def bound(world: World) -> list[str]:
    """Every deploy tag in the order in which it was written, from now on."""
    found: list[str] = []

    def note(request: Request, response: Response) -> None:
        name, _, tag = request.url.partition("/v2/shop/")[2].partition("/manifests/")
        if request.method == "PUT" and tag and not tag.startswith(("wholeship-", "sha256")):
            found.append(name)

    world.registry.observers.append(note)
    return found


def test_followed_images_come_last_in_the_written_order(world: World) -> None:
    """Also where their names would sort otherwise; the window between them is a part of the whole one."""
    order = bound(world)
    shipped = world.ship(world.plan())
    assert isinstance(shipped.outcome, Promoted)
    assert isinstance(shipped.proof, Verified)
    assert order == ["embeddings", "worker", "app", "api"]
    written = shipped.outcome.written
    assert shipped.outcome.followed_window == written["api"] - written["app"]


def test_every_policy_is_asked(world: World) -> None:
    """A policy that would not take the tag on one followed image holds all of them."""

    class Never:
        def opinion(self, tag: str, visible: object) -> Opinion:
            return Opinion(Election.FROZEN, "never")

    settings = PromoteSettings(workers=1, electors={"app": Never()})
    outcome = world.ship(world.plan(), settings).outcome
    assert isinstance(outcome, Refused)
    assert all(world.shown(image) == set() for image in world.config.images)


@pytest.mark.parametrize(
    ("fault", "error"), [(FORBIDDEN, HalfReleased), (FAULTS["reset-and-blind"], CommitUnknown)]
)
def test_what_stops_between_two_is_loud_and_is_finished(
    world: World, fault: Fault, error: type[Exception]
) -> None:
    """Partly out is half, or unknown where the answer was lost; status says so, and repair goes on."""
    plan = world.plan()
    line = FaultyTransport(InProcess({HOST: world.registry}), world.clock)
    world.client = world.new_client(line)  # type: ignore[arg-type]
    world.ship(plan)
    tail = f"shop/api/manifests/{plan.tag}"
    at = next(step.number for step in line.steps if step.method == "PUT" and step.path.endswith(tail))

    world = shop(world.root, TWO)
    line = FaultyTransport(InProcess({HOST: world.registry}), world.clock, fault, at)
    world.client = world.new_client(line)  # type: ignore[arg-type]
    world.builder.registry = world.new_client()
    with pytest.raises(error):
        world.ship(plan)
    members = [Member(image.name, image.repository) for image in plan.images]
    client = world.client = world.new_client()
    if error is HalfReleased:
        for kept in (home(plan, None), None):  # by its record, and without one
            found = release_status(client, members, plan.followed, plan.tag, record_home=kept)
            assert (found.answer, found.state) == (Whole.HALF, State.PARTLY_OUT)
    record = world.ship(plan).record if error is CommitUnknown else None
    if record is None:
        settings = world.settings(plan)
        assert settings.ports.home is not None
        record = fetch_record(client, settings.ports.home, plan.tag)
        assert record is not None
        answer = repair(record, settings)
        assert isinstance(answer, Mended)
        assert answer.before is State.PARTLY_OUT
    found = release_status(client, members, plan.followed, plan.tag)
    assert found.answer is Whole.WHOLE


def test_deleting_begins_with_the_last_one_written(world: World) -> None:
    """Both followed tags are seen gone before a sibling's is touched."""
    plan = world.plan()
    world.ship(plan)
    members = [Member(image.name, image.repository) for image in plan.images]
    deleted = delete(world.client, world.clock, members, plan.followed, plan.tag)
    assert [name.partition("shop/")[2].partition(":")[0] for name in deleted.tags][:2] == ["api", "app"]
    assert deleted.all_gone


def test_records_stay_out_of_followed_repositories(world: World) -> None:
    """Whatever a policy takes, no record is among the tags that it reads."""
    plan = world.plan()
    assert home(plan, None) == world.repository("embeddings")
    assert home(replace(plan, also_watched=("app", "embeddings", "worker"), watched="api"), None) is None


@pytest.mark.parametrize(
    ("watched", "message"),
    [
        ("[app, nobody]", "watched[1]: there is no image nobody"),
        ("[app, app]", "watched[1]: app is named twice"),
        ("[]", "watched: should name at least one image"),
    ],
)
def test_what_cannot_be_followed(watched: str, message: str) -> None:
    """A followed image that is none, or is named twice, is a mistake with its place."""
    with pytest.raises(BadConfig) as caught:
        parse_config(TWO.replace("[app, api]", watched), Path("wholeship.yaml"), Overrides())
    assert [problem.message for problem in caught.value.problems] == [message]


def seen(image: str, found: str, *, listed: bool = True) -> Seen:
    digest = {"": None, "ours": Digest.of(b"ours"), "theirs": Digest.of(b"theirs")}[found]
    return Seen(image, Repository("a.b", image), Tag("t"), Digest.of(b"ours"), digest, bool(found) and listed)


STATES: Mapping[tuple[str, str, str], State] = {
    ("", "", ""): State.NOT_STARTED,
    ("", "", "ours"): State.READY,
    ("ours", "", "ours"): State.PARTLY_OUT,
    ("", "ours", "ours"): State.PARTLY_OUT,
    ("ours", "ours", "ours"): State.PUBLISHED,
    ("ours", "", ""): State.BROKEN_VISIBLE,
    ("ours", "theirs", "ours"): State.MIXED,
    ("theirs", "theirs", "ours"): State.FOREIGN,
    ("theirs", "", ""): State.FOREIGN,
    ("ours", "ours", "theirs"): State.MIXED,
}


@pytest.mark.parametrize("shown", STATES)
def test_what_is_seen_of_two_followed_images(shown: tuple[str, str, str]) -> None:
    """What the followed images and a sibling show is one state."""
    app, api, worker = shown
    assert classify([seen("app", app), seen("api", api)], [seen("worker", worker)]) is STATES[shown]


def test_one_name_is_not_for_several_policies() -> None:
    """A name would choose one policy, and the others would not be asked: it is a mistake."""
    with pytest.raises(BadConfig) as caught:
        parse_config(TWO + "gitops: {policy: deploy, name: app}\n", Path("wholeship.yaml"), Overrides())
    assert [problem.message for problem in caught.value.problems] == [
        "gitops.name: one name for the policies of several images"
    ]
