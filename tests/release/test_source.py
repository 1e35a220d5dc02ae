"""One release is made from one source: continued from there, or not at all."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from tests.release.world import COMMIT, World, built_of, shop
from wholeship.core.digest import Digest
from wholeship.core.errors import HalfReleased, Unfinished
from wholeship.core.progress import Progress
from wholeship.release.gates import to_plain
from wholeship.release.inputs.fingerprint import Inputs
from wholeship.release.memory import known_release
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import BuildRequest, BuiltImage
from wholeship.release.record import Record, fold_entries, planned
from wholeship.release.repair import repair
from wholeship.release.repaired import NeedsPerson
from wholeship.release.source import Source, mixed, other_source
from wholeship.release.stages.build import SourceMoved, assemble, build_candidates
from wholeship.release.stages.gate import clear
from wholeship.release.stages.results import (
    Candidate,
    Drifted,
    Failed,
    Held,
    Promoted,
    Refusal,
    Refused,
    Verified,
)
from wholeship.release.stages.verify import verify
from wholeship.release.status import Member, Whole, release_status
from wholeship.testing.builder import MemoryBuilder

OTHER = "c2" * 20
HERE, THERE = Source(COMMIT), Source(OTHER)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def of(plan: Plan, source: Source) -> Plan:
    """*plan*, made from *source*."""
    return replace(plan, commit=source.commit, changes=source.changes, dirty=bool(source.changes))


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [
        (HERE, HERE, ""),
        (HERE, THERE, f"is a release of commit {COMMIT[:12]}, and this work tree is at {OTHER[:12]}"),
        (HERE, Source(COMMIT, "sha256:aa", ("app/pages.py",)), "has uncommitted changes: app/pages.py"),
        (Source(COMMIT, "sha256:aa"), Source(COMMIT, "sha256:aa"), ""),
        (Source(COMMIT, "sha256:aa"), Source(COMMIT, "sha256:bb"), "they are not the same now"),
        (Source(COMMIT, "sha256:aa"), HERE, "they are not the same now"),
        (Source(), THERE, f"is a release of no known commit, and this work tree is at {OTHER[:12]}"),
        (Source(), Source(), ""),
        (Source("", "sha256:aa"), Source("", "sha256:aa"), ""),
    ],
)
def test_a_release_is_gone_on_with_from_its_own_source(
    world: World, was: Source, now: Source, told: str
) -> None:
    """The same commit with the same changes, or it is refused, with both named and what to do."""
    refused = other_source(of(world.plan(), was), now)
    if not told:
        assert refused is None
    else:
        assert refused is not None
        assert refused.refusal is Refusal.OTHER_SOURCE
        assert told in refused.reason
        assert "release" in refused.advice


def test_a_source_that_nobody_can_tell_is_no_same_source(world: World) -> None:
    """Without git there is no yes and no no; and changes of which no digest was kept are never the same."""
    with pytest.raises(Unfinished, match="nothing says which commit this is"):
        other_source(world.plan(), Source())
    assert other_source(replace(world.plan(), dirty=True), HERE) is not None


def test_plans_of_older_releases_keep_their_identity(world: World) -> None:
    """A field that plans did not have does not make an older record look damaged; one with changes counts."""
    plan = world.plan()
    entry = planned(plan)
    older = to_plain(plan)
    del older["changes"]
    assert fold_entries([{**entry, "plan": older}], "the journal") == Record(plan, {})
    assert replace(plan, changes="sha256:aa").id != plan.id


def failed_at_worker(world: World, source: Source = HERE) -> Plan:
    """A release of which all but the worker was built from *source*."""
    plan = of(world.plan(), source)
    world.source = source
    world.builder.failing = {"worker"}
    assert isinstance(world.ship(plan).outcome, Failed)
    world.builder.failing = set()
    world.builder.built.clear()
    return plan


def test_a_second_commit_does_not_finish_the_first_ones_release(world: World) -> None:
    """Nothing is built, nothing is visible; back at the first commit it goes on, whole and of one commit."""
    plan = failed_at_worker(world)
    world.source = THERE
    world.builder.inputs = {"app": "C2", "worker": "C2", "embeddings": "C2"}
    shipped = world.ship(plan)
    assert isinstance(shipped.outcome, Refused)
    assert shipped.outcome.refusal is Refusal.OTHER_SOURCE
    assert COMMIT[:12] in shipped.outcome.reason
    assert OTHER[:12] in shipped.outcome.reason
    assert world.builder.built == []
    assert world.shown("app") == set()
    world.source, world.builder.inputs = HERE, {}
    again = world.ship(plan)
    assert isinstance(again.proof, Verified)
    assert {c.source for c in again.record.candidates.values()} == {COMMIT}


def test_a_release_that_is_out_is_not_said_to_be_of_another_commit(world: World) -> None:
    """Asked for by its tag from a later commit, a finished release is no yes: that commit is not out."""
    world.source = HERE
    plan = world.plan()
    assert isinstance(world.ship(plan).outcome, Promoted)
    world.source = THERE
    assert isinstance(world.ship(plan).outcome, Refused)


def test_half_is_louder_than_another_commit(world: World) -> None:
    """A refused release that is visible and not whole is said to be half, first."""
    world.source = HERE
    plan = world.plan()
    world.ship(plan)
    world.registry.rebind(world.repository("worker"), plan.tag, None)
    world.source = THERE
    with pytest.raises(HalfReleased, match="visible and not whole"):
        world.ship(plan)


def test_a_tree_that_changes_under_a_build_makes_no_candidate(world: World) -> None:
    """What was built while somebody switched commits is not kept: nobody knows what went in."""
    world.source = HERE
    plan = world.plan()

    class Switching(MemoryBuilder):
        def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
            world.source = THERE
            return super().build(request, progress=progress, stop=stop)

    world.builder = Switching(world.client)
    with pytest.raises(SourceMoved, match="changed while"):
        world.ship(plan)
    record = known_release(world.ports(plan), plan.tag)
    assert record is not None
    assert record.candidates == {}


def test_a_job_of_another_checkout_is_refused(world: World) -> None:
    """`build --tag` on a second machine at another commit builds nothing."""
    plan = failed_at_worker(world)
    other = world.fresh_machine()
    other.source = THERE
    record = known_release(other.ports(plan), plan.tag)
    assert record is not None
    assert isinstance(build_candidates(plan, record, replace(other.building, only=("worker",))), Refused)
    assert other.builder.built == []


def test_scripts_are_gates_of_their_own_commit(world: World) -> None:
    """A script may read anything of the work tree: at another commit its receipt would be of other files."""
    world.source = HERE
    plan = world.plan()
    record = build_candidates(plan, Record(plan, {}), world.building)
    assert isinstance(record, Record)
    world.source = THERE
    answer = clear(assemble(record, world.client), record, world.gating)
    assert isinstance(answer, Held)
    assert [reason.partition(":")[0] for reason in answer.reasons] == ["boots"]
    assert world.runner.trials == []


def test_without_a_commit_the_files_are_compared(world: World) -> None:
    """Outside git a release goes on with the same files only; what base images mean is no part of that."""
    text = {"context": "one", "base images": "old"}
    world.inputs = lambda image: Inputs(dict(text))
    world.source, plan = Source(), of(world.plan(), Source())
    record = built_of(build_candidates(plan, Record(plan, {}), replace(world.building, only=("embeddings",))))
    text["base images"] = "new"
    assert set(built_of(build_candidates(plan, record, world.building)).candidates) == {
        "app",
        "worker",
        "embeddings",
    }
    text["context"] = "two"
    refused = build_candidates(plan, record, world.building)
    assert isinstance(refused, Refused)
    assert "built from other files (context)" in refused.reason
    world.inputs = lambda image: Inputs({}, "cannot be told")
    refused = build_candidates(plan, record, world.building)
    assert isinstance(refused, Refused)
    assert "nothing tells whether" in refused.reason


def test_a_mixed_release_is_said_to_be_mixed(world: World) -> None:
    """However a record came to hold two sources: verify and status say mixed, nothing is promoted."""
    world.source = HERE
    plan = world.plan()
    record = world.ship(plan).record
    candidates = {**record.candidates, "worker": replace(record.candidates["worker"], source=OTHER)}
    astray = replace(record, candidates=candidates)
    digests = {name: candidate.digest for name, candidate in candidates.items()}
    proof = verify(world.client, plan, digests, candidates=candidates)
    assert isinstance(proof, Drifted)
    assert (proof.mixed, proof.half) == (True, True)
    told = f"mixed: worker was built from {OTHER[:12]}, the release is of {COMMIT[:12]}"
    assert proof.problems == (told,)
    members = [Member(image.name, image.repository) for image in plan.images]
    found = release_status(world.client, members, ("app",), plan.tag, record=astray)
    assert (found.answer, str(found.state)) == (Whole.HALF, "mixed")
    assert told in found.remarks
    answer = repair(astray, world.settings(plan))
    assert isinstance(answer, NeedsPerson)
    assert (answer.half, answer.reason) == (True, told)
    with pytest.raises(SourceMoved, match="mixed"):
        assemble(astray, world.client)


def test_mixed_is_told_by_the_images_own_word_too(world: World) -> None:
    """A recorded revision that is not the release's is mixed, unless the image was reused."""
    plan = world.plan()
    image: PlannedImage = plan.image("app")
    made = Candidate("app", Digest.of(b"x"), "", 1, image.platforms, revision=OTHER)
    assert mixed(plan, {"app": made}) == (
        f"mixed: app is of commit {OTHER[:12]}, the release of {COMMIT[:12]}",
    )
    assert mixed(plan, {"app": replace(made, reused_from="20260101-000000-000001")}) == ()
