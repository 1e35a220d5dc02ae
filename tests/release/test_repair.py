"""Repair tells the truth about every state a release can be in, and moves no bound tag unasked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.contracts.images import image as small_image
from tests.release.world import TAG, World, shop, watch
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.http import Request, Response
from wholeship.core.reference import Repository, Tag
from wholeship.release.earlier import is_over
from wholeship.release.lifecycle import State
from wholeship.release.memory import known_release
from wholeship.release.record import Record, fold_entries
from wholeship.release.repair import repair, repair_steps, without_record
from wholeship.release.repaired import Mended, NeedsPerson
from wholeship.release.stages.results import Foreseen, Refused, Seen
from wholeship.release.status import Member, Status, release_status

IMAGES = ("app", "worker", "embeddings")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def out(world: World) -> Record:
    """A release that is out, and its record."""
    plan = world.plan()
    world.ship(plan)
    record = known_release(world.ports(plan), plan.tag)
    assert record is not None
    return record


def mend(world: World, record: Record, *move: str) -> Mended | NeedsPerson | Refused | Foreseen:
    return repair(record, world.settings(record.plan), move=move)


def whole(world: World, record: Record) -> bool:
    return all(world.points_to(i, TAG) == record.candidates[i].digest for i in IMAGES)


def other(world: World, image: str) -> Digest:
    """Another image that the repository has."""
    return small_image(f"another {image}").push(world.client, world.repository(image))


def name(world: World, image: str) -> str:
    return f"{world.repository(image)}:{TAG}"


def test_a_whole_release_is_left_alone(world: World) -> None:
    """Nothing to do, nothing written."""
    record = out(world)
    observer = watch(world, record.plan)
    assert mend(world, record) == Mended(TAG, State.PUBLISHED, ())
    assert observer.writes == []


@pytest.mark.parametrize("image", ["worker", "embeddings"])
def test_a_missing_sibling_is_put_back(world: World, image: str) -> None:
    """The bytes are there: the tag is bound to them again, and no other tag is touched."""
    record = out(world)
    world.registry.rebind(world.repository(image), TAG, None)
    observer = watch(world, record.plan)
    answer = mend(world, record)
    assert isinstance(answer, Mended)
    assert (answer.before, answer.did) == (State.BROKEN_VISIBLE, (f"wrote {name(world, image)}",))
    assert [w for w in observer.writes if w.endswith(TAG)] == [f"PUT shop/{image}/manifests/{TAG}"]
    assert whole(world, record)


def test_a_ghost_is_bound_again(world: World) -> None:
    """The watched tag is listed and does not resolve: controllers see it, so it is made true."""
    record = out(world)
    world.registry.rebind(world.repository("app"), TAG, Digest.of(b"never pushed"))
    answer = mend(world, record)
    assert isinstance(answer, Mended)
    assert answer.before is State.GHOST
    assert whole(world, record)


@pytest.mark.parametrize("visible", [True, False])
def test_bytes_that_are_gone_need_a_person(world: World, visible: bool) -> None:
    """Nothing can be put back; what is visible all the same is half, and the steps say what to do."""
    record = out(world)
    world.registry.rebind(world.repository("worker"), TAG, None)
    world.registry.forget(world.repository("worker"), record.candidates["worker"].digest)
    if not visible:
        world.registry.rebind(world.repository("app"), TAG, None)
    answer = mend(world, record)
    assert isinstance(answer, NeedsPerson)
    assert answer.half is visible
    assert "worker" in answer.reason
    assert any(f"wholeship withdraw {TAG}" in step for step in answer.steps) is visible


def test_a_platform_that_is_gone_needs_a_person(tmp_path: Path) -> None:
    """Every tag is right, and one index has lost a child: not whole, and said so."""
    world = shop(tmp_path)
    plan = world.plan("release", version="1.2.3")
    world.ship(plan)
    record = known_release(world.ports(plan), plan.tag)
    assert record is not None
    repository = world.repository("worker")
    manifests = world.registry.shelves[repository.path].manifests
    child = next(d for d, (kind, body) in manifests.items() if "index" not in kind and b"arm64" not in body)
    world.registry.forget(repository, child)
    answer = mend(world, record)
    assert isinstance(answer, NeedsPerson)
    assert answer.half
    assert answer.reason == "parts of worker are gone from the registry"


@pytest.mark.parametrize("image", IMAGES)
def test_a_tag_that_somebody_moved_is_not_moved_back(world: World, image: str) -> None:
    """Mixed or foreign: half, named, and not one write."""
    record = out(world)
    world.registry.rebind(world.repository(image), TAG, other(world, image))
    observer = watch(world, record.plan)
    answer = mend(world, record)
    assert isinstance(answer, NeedsPerson)
    assert answer.half
    assert name(world, image) in answer.reason
    assert any(f"--move-tag {name(world, image)}" in step for step in answer.steps)
    assert observer.writes == []


@pytest.mark.parametrize("image", IMAGES)
def test_a_named_tag_is_moved_back(world: World, image: str) -> None:
    """By its full name, and no other: then the release is whole."""
    record = out(world)
    world.registry.rebind(world.repository(image), TAG, other(world, image))
    observer = watch(world, record.plan)
    answer = mend(world, record, name(world, image))
    assert isinstance(answer, Mended)
    assert answer.did[0].startswith(f"moved {name(world, image)} from ")
    assert [w for w in observer.writes if w.endswith(TAG)] == [f"PUT shop/{image}/manifests/{TAG}"]
    assert whole(world, record)


def test_of_two_moved_tags_naming_one_is_not_enough(world: World) -> None:
    """The other one stays where it is, and it stays half."""
    record = out(world)
    strangers = {image: other(world, image) for image in ("worker", "embeddings")}
    for image, digest in strangers.items():
        world.registry.rebind(world.repository(image), TAG, digest)
    with pytest.raises(Exception, match="mixed"):
        mend(world, record, name(world, "worker"))
    assert world.points_to("worker", TAG) == record.candidates["worker"].digest
    assert world.points_to("embeddings", TAG) == strangers["embeddings"]


@pytest.mark.parametrize(
    "named", ["worker", f"127.0.0.1:5000/shop/app:{TAG}", "127.0.0.1:5000/shop/worker:latest"]
)
def test_names_that_are_not_astray_are_refused(world: World, named: str) -> None:
    """A short name, a tag that is right, an alias: nothing is moved."""
    record = out(world)
    world.registry.rebind(world.repository("worker"), TAG, other(world, "worker"))
    observer = watch(world, record.plan)
    with pytest.raises(BadInput, match="is not a tag to move"):
        mend(world, record, named)
    assert observer.writes == []


def test_a_taken_tag_that_nobody_sees(world: World) -> None:
    """A sibling's tag is something else's, and nothing is out: a new tag is needed, and no hurry."""
    record = out(world)
    world.registry.rebind(world.repository("worker"), TAG, other(world, "worker"))
    world.registry.rebind(world.repository("app"), TAG, None)
    answer = mend(world, record)
    assert isinstance(answer, NeedsPerson)
    assert (answer.state, answer.half) == (State.TAG_TAKEN, False)
    assert answer.steps == ("The tag is used by something else and nothing is out: release under a new tag.",)


@pytest.mark.parametrize(
    ("absent", "before"),
    [
        (IMAGES, State.NOT_STARTED),
        (("app", "worker"), State.HIDDEN_PARTIAL),
        (("app",), State.READY),
    ],
)
def test_what_is_hidden_is_finished(world: World, absent: tuple[str, ...], before: State) -> None:
    """Built and gated, and not out: repair goes on where it stopped."""
    record = out(world)
    for image in absent:
        world.registry.rebind(world.repository(image), TAG, None)
    answer = mend(world, record)
    assert isinstance(answer, Mended)
    assert answer.before is before
    assert whole(world, record)


def test_a_late_listing_is_waited_for(world: World) -> None:
    """Everything resolves and one listing is late: out, and nothing is written."""
    record = out(world)
    world.registry.unlist(world.repository("app"), TAG)
    observer = watch(world, record.plan)
    answer = mend(world, record)
    assert isinstance(answer, Mended)
    assert answer.before is State.LAG
    assert [w for w in observer.writes if w.endswith(TAG)] == []


def test_without_its_gates_it_is_not_finished(world: World) -> None:
    """A release that was never gated is not put out by repairing it."""
    record = out(world)
    world.registry.rebind(world.repository("app"), TAG, None)
    answer = mend(world, replace(record, receipts=()))
    assert isinstance(answer, NeedsPerson)
    assert not answer.half
    assert "its gates have not passed" in answer.reason


def test_a_record_that_is_not_whole_tells_what_it_lacks(world: World) -> None:
    """Visible, and the record does not know one image: only a person knows what belongs there."""
    record = out(world)
    known_ones = {name: c for name, c in record.candidates.items() if name != "worker"}
    answer = mend(world, replace(record, candidates=known_ones))
    assert isinstance(answer, NeedsPerson)
    assert answer.half
    assert answer.reason == "the record has no candidate of worker"


def test_repairing_twice_changes_nothing(world: World) -> None:
    """The second repair finds it whole, and the run after it writes nothing."""
    record = out(world)
    world.registry.rebind(world.repository("worker"), TAG, None)
    assert isinstance(mend(world, record), Mended)
    observer = watch(world, record.plan)
    assert mend(world, record) == Mended(TAG, State.PUBLISHED, ())
    world.ship(record.plan)
    assert observer.writes == []


# -- releases that something else made ----------------------------------------------------------------


def seen(world: World) -> Status:
    members = [Member(image, world.repository(image)) for image in IMAGES]
    return release_status(world.client, members, ("app",), Tag(TAG))


@pytest.mark.parametrize(
    ("missing", "state", "half", "told"),
    [
        (("worker",), State.BROKEN_VISIBLE, True, f"worker has no {TAG}"),
        (("worker", "embeddings"), State.BROKEN_VISIBLE, True, f"worker, embeddings has no {TAG}"),
        (("app",), State.READY, False, f"missing: 127.0.0.1:5000/shop/app:{TAG}"),
        (IMAGES, State.NOT_STARTED, False, "missing"),
    ],
)
def test_half_a_release_of_others(
    world: World, missing: tuple[str, ...], state: State, half: bool, told: str
) -> None:
    """Nobody left a record: what is missing is named, and only its builder can complete it."""
    out(world)
    for image in missing:
        world.registry.rebind(world.repository(image), TAG, None)
    answer = without_record(seen(world))
    assert isinstance(answer, NeedsPerson)
    assert (answer.state, answer.half) == (state, half)
    assert told in answer.reason
    assert any("Or push the missing images" in step for step in answer.steps) is half


def test_a_tag_that_nobody_knows_is_not_offered_as_a_new_one(world: World) -> None:
    """A mistyped tag: spelling first, and no command that would make a release of that name."""
    answer = without_record(seen(world))
    assert isinstance(answer, NeedsPerson)
    assert "spelt" in " ".join(answer.steps)
    assert TAG not in " ".join(answer.steps)
    planned = without_record(seen(world), planned=True)
    assert isinstance(planned, NeedsPerson)
    assert f"wholeship release --tag {TAG}" in planned.steps[1]


def test_moving_back_names_just_what_was_overwritten() -> None:
    """The third step of a mixed release is one command, to be copied."""
    mine, other = Digest.of(b"mine"), Digest.of(b"other")
    found = tuple(
        Seen(name, Repository("r.io", name), Tag(TAG), mine, digest, True)
        for name, digest in (("app", mine), ("worker", other), ("cron", other))
    )
    third = repair_steps(State.MIXED, TAG, found)[2]
    assert f"`wholeship repair {TAG} --move-tag r.io/worker:{TAG} --move-tag r.io/cron:{TAG}`" in third
    assert "r.io/app" not in third


def test_a_whole_release_of_others_needs_nobody(world: World) -> None:
    """Nothing speaks against it: there is nothing to do, record or not."""
    out(world)
    assert without_record(seen(world)) == Mended(TAG, State.PUBLISHED, ())


def test_the_steps_of_a_mixed_release() -> None:
    """The whole text, as the person on call reads it."""
    assert repair_steps(State.MIXED, TAG) == (
        (
            "Stop the controller from acting on it: `flux suspend image update "
            "NAME`. If the version before is "
            "to run meanwhile, revert the commit in which it wrote the tag."
        ),
        (
            "Find out what else writes this tag, and stop it. Then publish a newer tag with one coherent "
            f"set: `wholeship release` on a good commit, or `wholeship withdraw {TAG}` to put the last whole "
            "release out again."
        ),
        (
            "Pods that wait for a missing image recover by themselves within 5 "
            "minutes of its arrival; delete "
            "them to have it at once."
        ),
        (
            "A HelmRelease that timed out meanwhile stays failed until `flux "
            "reconcile helmrelease NAME --reset "
            "--force`."
        ),
        (
            "`kubectl rollout undo` does not help: the controller puts the tag from Git back. Deleting the "
            "watched tag makes Flux go back to the next older one."
        ),
        "Then `flux resume image update NAME`.",
    )


@pytest.mark.parametrize("state", State)
def test_every_state_has_steps(state: State) -> None:
    """No state leaves the person on call without a word."""
    assert repair_steps(state, TAG)


def test_mended_is_only_said_after_reading_back(world: World) -> None:
    """Repair ends with the proof: what is broken again by then is half, and left to a person."""
    record = out(world)
    world.registry.rebind(world.repository("worker"), TAG, None)
    stranger, published = other(world, "worker"), len(world.journal.kept)

    def meddle(request: Request, response: Response) -> None:
        if any(entry.get("event") == "published" for entry in world.journal.kept[published:]):
            world.registry.rebind(world.repository("worker"), TAG, stranger)

    world.registry.observers.append(meddle)
    answer = mend(world, record)
    assert isinstance(answer, NeedsPerson)
    assert (answer.half, answer.state) == (True, State.MIXED)
    assert world.journal.kept[-1].get("whole") is False


def test_what_was_mended_is_over(world: World) -> None:
    """A repair is the end of the release: its record says so, and the next release is a new one."""
    plan = world.plan()
    world.ship(plan)
    world.journal.kept = [e for e in world.journal.kept if e.get("event") != "finished"]
    record = fold_entries(world.journal.kept, "the journal")
    assert record is not None
    assert not is_over(record)
    world.registry.rebind(world.repository("worker"), TAG, None)
    assert isinstance(mend(world, record), Mended)
    mended = fold_entries(world.journal.kept, "the journal")
    assert mended is not None
    assert is_over(mended)
