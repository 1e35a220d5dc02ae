"""The release record: a fold over entries, left beside the images, trusted as far as it can be checked."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contracts.images import image
from tests.release.world import TAG, World, shop
from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import Damaged, RegistryDenied
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag
from wholeship.release.plan import Plan
from wholeship.release.ports import Manifest, Write, WriteResult
from wholeship.release.record import (
    Record,
    TwoReleases,
    built_entry,
    entries_of,
    fetch_record,
    fold_entries,
    gated,
    home,
    home_among,
    leave_record,
    merge_records,
    planned,
    recorded,
    revisions,
    tidy,
)
from wholeship.release.stages.results import Candidate, Receipt

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def candidate(image: str, number: int = 1, platforms: tuple[Platform, ...] = (AMD64,)) -> Candidate:
    digest = Digest.of(f"{image}{number}".encode())
    return Candidate(
        image, digest, "application/vnd.oci.image.manifest.v1+json", 100 * number, platforms, "b", 1.5
    )


def receipt(plan: Plan, number: int = 0, *, passed: bool = True) -> Receipt:
    gate = plan.gates[number]
    digests = {name: candidate(name).digest for name in gate.needs}
    return Receipt(
        gate.name, gate.fingerprint, digests, "linux/amd64", passed, 2.5, "2026-05-28T18:30:00+00:00"
    )


def story(plan: Plan) -> list[dict[str, Any]]:
    return [
        planned(plan),
        *(built_entry(candidate(image.name)) for image in plan.images),
        gated(receipt(plan, 0)),
        gated(receipt(plan, 1)),
        {"kind": "event", "event": "published", "at": "2026-05-28T18:31:00+00:00"},
    ]


def test_entries_fold_and_unfold(world: World) -> None:
    """A record gives entries that fold to the same record, also through canonical JSON."""
    record = fold_entries(story(world.plan()), "test")
    assert record is not None
    through = jsons.parse_json(jsons.canonical(entries_of(record)))
    assert fold_entries(through, "test") == record
    assert jsons.canonical(entries_of(record)) == jsons.canonical(through)


def test_nothing_folds_to_nothing() -> None:
    """No entries, no record."""
    assert fold_entries([], "test") is None


def test_a_new_candidate_voids_the_receipts_it_had(world: World) -> None:
    """Other bytes were gated: the receipts of that image go, the others stay."""
    plan = world.plan()
    record = fold_entries(story(plan), "test")
    assert record is not None
    changed = record.with_candidate(candidate("worker", 2))
    assert [r.gate for r in changed.receipts] == []
    assert {r.gate for r in record.with_candidate(candidate("worker")).receipts} == {"self-check", "boots"}
    only_boots = record.with_candidate(candidate("app", 2))
    assert [r.gate for r in only_boots.receipts] == ["self-check"]


def test_a_part_of_the_platforms_is_a_leg(world: World) -> None:
    """A build for some platforms only does not count as the candidate."""
    record = Record(world.plan("release", version="1.2.3"), {})
    one = record.with_candidate(candidate("worker", 1))
    assert one.candidates == {}
    assert [leg.image for leg in one.legs] == ["worker"]
    both = one.with_candidate(candidate("worker", 2, (ARM64,))).with_candidate(candidate("worker", 3))
    assert [(leg.platforms, leg.size) for leg in both.legs] == [((ARM64,), 200), ((AMD64,), 300)]
    whole = both.with_candidate(candidate("worker", 4, (AMD64, ARM64)))
    assert whole.candidates["worker"].size == 400


def test_two_machines_add_up(world: World) -> None:
    """Records of build jobs that ran side by side make one; events are not doubled."""
    plan = world.plan()
    one = fold_entries(story(plan)[:2], "test")
    other = fold_entries([*story(plan)[:1], *story(plan)[2:]], "test")
    assert one is not None
    assert other is not None
    both = merge_records(merge_records(one, other), other)
    assert set(both.candidates) == {"app", "worker", "embeddings"}
    assert len(both.events) == 1


def test_two_plans_are_two_releases(world: World) -> None:
    """Under one tag there is one release; a second plan is told, not merged."""
    one, other = world.plan(), world.plan(sequence=2)
    with pytest.raises(TwoReleases):
        merge_records(Record(one, {}), Record(other, {}))
    with pytest.raises(Damaged, match="two releases"):
        fold_entries([planned(one), planned(other)], "test")


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda e: e[1:], "does not begin with a plan"),
        (lambda e: [{**e[0], "format": 2}, *e[1:]], "format 2"),
        (lambda e: [{**e[0], "id": "sha256:" + "0" * 64}, *e[1:]], "not the one it says it is"),
        (lambda e: [*e, {"kind": "later"}], "newer wholeship"),
        (lambda e: [*e, {**e[1], "candidate": {**e[1]["candidate"], "image": "other"}}], "not in its plan"),
        (
            lambda e: [*e, {**e[1], "candidate": {**e[1]["candidate"], "digest": "sha256:short"}}],
            "expected form",
        ),
        (lambda e: [*e, {"kind": "built"}], "expected form"),
        (lambda e: [*e, {"kind": "gated", "receipt": {"gate": "x"}}], "expected form"),
    ],
)
def test_a_doubtful_record_is_refused(world: World, damage: Any, told: str) -> None:
    """Cut, edited, newer or about something else: each is refused with its reason."""
    with pytest.raises(Damaged) as caught:
        fold_entries(damage(story(world.plan())), "the journal")
    assert told in caught.value.message
    assert "the journal" in caught.value.message


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_edit_of_the_plan_shows(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever is changed in a recorded plan, it is no longer the plan with that identity."""
    world = shop(tmp_path_factory.mktemp("w"))
    entry = jsons.parse_json(jsons.canonical(planned(world.plan())))
    edited = copy.deepcopy(entry)
    key = data.draw(st.sampled_from(sorted(edited["plan"])))
    edited["plan"][key] = data.draw(
        st.text(max_size=5) | st.integers() | st.booleans() | st.none() | st.just([])
    )
    if edited == entry:
        return
    with pytest.raises(Damaged):
        fold_entries([edited], "test")


# -- beside the images -------------------------------------------------------------------------


def test_what_is_left_is_fetched(world: World) -> None:
    """The stored record is the record; news adds a revision, and none is overwritten."""
    record = fold_entries(story(world.plan()), "test")
    assert record is not None
    beside = world.repository("embeddings")
    leave_record(world.client, beside, Record(record.plan, {}))
    leave_record(world.client, beside, record)
    leave_record(world.client, beside, record)
    assert fetch_record(world.client, beside, TAG) == record
    assert [number for number, _ in revisions(world.client.tags(beside), TAG)] == [1, 2]
    assert recorded(world.client.tags(beside)) == (TAG,)
    assert fetch_record(world.client, beside, "20260528-182833-000002") is None


def test_a_stored_record_is_canonical(world: World) -> None:
    """The same record is the same bytes, whoever stores it."""
    record = fold_entries(story(world.plan()), "test")
    assert record is not None
    tags = [leave_record(world.client, world.repository(name), record) for name in ("worker", "embeddings")]
    assert str(tags[0]) == str(tags[1])


def test_something_else_under_the_name_of_a_record(world: World) -> None:
    """An image pushed under a record's tag is not taken for one."""
    beside = world.repository("embeddings")
    digest = image("x").push(world.client, beside)
    manifest = world.client.manifest(beside, digest)
    assert manifest is not None
    world.client.bind(beside, Tag(f"wholeship-record-{TAG}.001-{'0' * 12}"), manifest)
    with pytest.raises(Damaged, match="is not a release record"):
        fetch_record(world.client, beside, TAG)


def test_a_record_about_another_release(world: World) -> None:
    """A record copied to another release's tag is refused."""
    beside = world.repository("embeddings")
    tag = leave_record(world.client, beside, Record(world.plan(), {}))
    manifest = world.client.manifest(beside, tag)
    assert manifest is not None
    other = Tag(str(tag).replace("000001", "000002"))
    world.client.bind(beside, other, manifest)
    with pytest.raises(Damaged, match="is about"):
        fetch_record(world.client, beside, "20260528-182833-000002")


def test_where_records_go() -> None:
    """The first sibling's repository, never the watched one; or where the file says."""
    images = {name: Repository("r.example", name) for name in ("app", "zoo", "bee")}
    assert home_among(images, ("app",)) == images["bee"]
    assert home_among({"app": images["app"]}, ("app",)) is None
    assert home_among(images, ("app",), images["zoo"]) == images["zoo"]


def test_not_allowed_is_told(world: World) -> None:
    """A registry that refuses the record says so with the repository's name."""
    beside = world.repository("embeddings")

    class Denying:
        def __getattr__(self, name: str) -> Any:
            return getattr(world.client, name)

        def bind(self, repository: Repository, tag: Tag, manifest: Manifest) -> Write:
            return Write(WriteResult.REFUSED, 403, "denied")

    with pytest.raises(RegistryDenied, match="shop/embeddings"):
        leave_record(Denying(), beside, Record(world.plan(), {}))


def records_of(world: World) -> list[str]:
    """The record tags beside the images."""
    plan = world.plan()
    found = home(plan, None)
    assert found is not None
    return [tag for tag in world.registry.listed(found) if tag.startswith("wholeship-record-")]


def test_a_finished_release_leaves_one_record_tag(world: World) -> None:
    """What was left on the way is taken away at the end; all of it is in the one that stays."""
    shipped = world.ship(world.plan())
    assert len(records_of(world)) == 1
    plan = world.plan()
    place = home(plan, None)
    assert place is not None
    kept = fetch_record(world.client, place, plan.tag)
    assert kept is not None
    assert entries_of(kept) == entries_of(shipped.record)


def test_a_registry_that_deletes_no_tag_keeps_every_revision(world: World) -> None:
    """Nothing is lost there, nothing is warned of, and the release is as good."""
    world.registry.can_delete = False
    shipped = world.ship(world.plan())
    assert shipped.record.finished
    assert len(records_of(world)) > 1


def test_what_another_machine_left_is_not_taken_away(world: World) -> None:
    """A revision that holds something which the last one does not hold stays."""
    plan = world.plan()
    world.ship(plan)
    place = home(plan, None)
    kept = fetch_record(world.client, place, plan.tag) if place else None
    assert place is not None
    assert kept is not None
    event = {"kind": "event", "event": "elsewhere", "at": "2026-01-01T00:00:00+00:00"}
    stranger = leave_record(world.client, place, Record(plan, {}, events=(event,)))
    newest = leave_record(world.client, place, kept.with_event({**event, "event": "later"}))
    tidy(world.client, place, kept.with_event({**event, "event": "later"}), newest)
    assert set(records_of(world)) == {stranger, newest}
    again = fetch_record(world.client, place, plan.tag)
    assert again is not None
    assert {"elsewhere", "later"} <= {str(e["event"]) for e in again.events}


def test_a_revision_that_goes_while_it_is_read_is_no_damage(world: World) -> None:
    """Who finishes a release takes earlier records away: a reader with an older listing looks again."""
    plan = world.plan()
    place = home(plan, None)
    assert place is not None
    first = leave_record(world.client, place, Record(plan, {}))
    world.ship(plan)
    assert records_of(world) != [first]
    found = fetch_record(world.client, place, plan.tag, listed=[first])
    assert found is not None
    assert found.finished


@pytest.mark.parametrize("finished", [True, False])
def test_a_revision_that_is_listed_and_gone(world: World, finished: bool) -> None:
    """Once a release is finished readers may be late; before, or where the last is gone, it is damage."""
    plan = world.plan()
    place = home(plan, None)
    assert place is not None
    first = leave_record(world.client, place, Record(plan, {}))
    event = {"kind": "event", "event": "finished", "whole": finished, "at": "2026-01-01T00:00:00+00:00"}
    last = leave_record(world.client, place, Record(plan, {}, events=(event,)))
    world.registry.rebind(place, first, Digest.of(b"nothing"))
    if finished:
        found = fetch_record(world.client, place, plan.tag)
        assert found is not None
        assert found.finished
        world.registry.rebind(place, last, Digest.of(b"nothing"))
    with pytest.raises(Damaged, match="is listed but cannot be read"):
        fetch_record(world.client, place, plan.tag)


def test_nothing_is_taken_away_before_the_last_record_was_read_back(world: World) -> None:
    """A registry that says yes and keeps nothing costs no record."""
    plan = world.plan()
    place = home(plan, None)
    assert place is not None
    first = leave_record(world.client, place, Record(plan, {}))
    event = {"kind": "event", "event": "finished", "whole": True, "at": "2026-01-01T00:00:00+00:00"}
    never = Tag(f"wholeship-record-{plan.tag}.002-{'0' * 12}")
    tidy(world.client, place, Record(plan, {}, events=(event,)), never)
    assert records_of(world) == [first]
