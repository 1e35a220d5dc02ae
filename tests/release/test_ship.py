"""A release from plan to proof, and on any machine."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

import wholeship
from tests.release.world import HOST, TAG, World, shop, watch
from wholeship.core.errors import ToolMissing
from wholeship.core.http import Headers, Request, Response
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository
from wholeship.release.earlier import going_on, is_over
from wholeship.release.memory import known_release, save
from wholeship.release.record import fetch_record, recorded
from wholeship.release.ship import begin, finish, ship
from wholeship.release.stages.build import assemble, build_candidates
from wholeship.release.stages.join import join_legs
from wholeship.release.stages.results import Failed, Fate, Held, Promoted, Refusal, Refused, Verified
from wholeship.release.stages.table import STAGES
from wholeship.testing.registry import InProcess, Manner


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


def test_a_release_ships_every_image_under_one_tag(world: World) -> None:
    """Every image has the deploy tag, at the digest that was gated, and nobody ever saw half of it."""
    plan = world.plan()
    observer = watch(world, plan)
    shipped = world.ship(plan)
    assert isinstance(shipped.outcome, Promoted)
    assert isinstance(shipped.proof, Verified)
    assert plan.tag == TAG
    gated = {name: digest for trial in world.runner.trials for name, digest in trial.images.items()}
    for image in ("app", "worker", "embeddings"):
        assert world.points_to(image, TAG) == gated[image].digest
    assert observer.half == []
    assert observer.changed == []
    assert observer.tags_in_watched == {TAG}


def test_the_watched_image_is_written_last(world: World) -> None:
    """The deploy tag of the watched image is the last tag that is bound."""
    plan = world.plan()
    observer = watch(world, plan)
    world.ship(plan)
    bound = [write for write in observer.writes if write.endswith(TAG)]
    assert bound == [
        f"PUT shop/embeddings/manifests/{TAG}",
        f"PUT shop/worker/manifests/{TAG}",
        f"PUT shop/app/manifests/{TAG}",
    ]


def test_shipping_twice_writes_nothing_the_second_time(world: World) -> None:
    """A release that is out is found and left alone: no build, no gate, no tag written."""
    plan = world.plan()
    world.ship(plan)
    built, tried = list(world.builder.built), len(world.runner.trials)
    observer = watch(world, plan)
    again = world.ship(plan)
    assert isinstance(again.outcome, Promoted)
    assert again.outcome.already
    assert world.builder.built == built
    assert len(world.runner.trials) == tried
    assert [w for w in observer.writes if "wholeship-record" not in w] == []


def test_one_failing_build_shows_nothing(world: World) -> None:
    """When one image does not build, no image has the tag, and what was built is not built again."""
    world.builder.failing = {"worker"}
    plan = world.plan()
    failed = world.ship(plan).outcome
    assert isinstance(failed, Failed)
    assert (failed.image, failed.last_words) == ("worker", ("the step said no",))
    assert all(world.shown(image) == set() for image in ("app", "worker", "embeddings"))
    world.builder.failing = set()
    finished = {e["candidate"]["image"] for e in world.journal.kept if e["kind"] == "built"}  # type: ignore[index]
    world.builder.built.clear()
    assert isinstance(world.ship(plan).outcome, Promoted)
    assert set(world.builder.built) == {"app", "worker", "embeddings"} - finished


def test_a_gate_that_fails_holds_the_release(world: World) -> None:
    """A gate that says no is an answer: held, with its reason, and nothing is visible."""
    world.runner.failing = {"self-check": 3, "boots": None}
    shipped = world.ship(world.plan())
    assert isinstance(shipped.outcome, Held)
    assert sorted(shipped.outcome.reasons) == [
        "boots: stopped at its time limit after 0 s",
        "self-check: exit code 3",
    ]
    assert all(world.shown(image) == set() for image in ("app", "worker", "embeddings"))


def test_a_gate_runs_on_digests_not_names(world: World) -> None:
    """What a gate gets is pinned to the candidate's digest; the container has no network."""
    world.ship(world.plan())
    trial = next(t for t in world.runner.trials if t.name == "self-check")
    assert str(trial.image).startswith("127.0.0.1:5000/shop/worker@sha256:")
    assert trial.network == "none"
    assert set(trial.images) == {"worker"}


def test_another_machine_finishes_what_the_first_began(world: World) -> None:
    """With the journal gone, the record beside the images is enough: nothing is built or gated again."""
    plan = world.plan()
    ports = world.ports(plan)
    record = begin(ports, plan)
    assert not isinstance(record, Refused)
    build_candidates(plan, record, world.building)
    save(ports)
    other = world.fresh_machine()
    found = known_release(other.ports(plan), plan.tag)
    assert found is not None
    shipped = finish(found, other.settings(plan))
    assert isinstance(shipped.proof, Verified)
    assert other.builder.built == []


def test_the_record_is_not_in_the_watched_repository(world: World) -> None:
    """Records are left beside a sibling; the watched repository only ever shows the deploy tag."""
    plan = world.plan()
    world.ship(plan)
    assert world.registry.listed(world.repository("app")) == (TAG,)
    assert recorded(world.client.tags(world.repository("embeddings"))) == (TAG,)


def test_a_tag_planned_by_someone_else_is_refused(world: World) -> None:
    """Two releases under one tag: the second is refused before it builds anything."""
    world.ship(world.plan())
    other = world.fresh_machine()
    other.builder.inputs = {"app": "changed"}
    rival = replace(other.plan(), branch="feature")
    shipped = other.ship(rival)
    assert isinstance(shipped.outcome, Refused)
    assert shipped.outcome.refusal is Refusal.TAG_TAKEN
    assert other.builder.built == []


def test_foreign_platforms_are_known_before_any_build(world: World) -> None:
    """A platform whose programs cannot be run here stops the release before the first build."""
    world.builder.runnable = frozenset({Platform("linux", "amd64")})
    for image in world.config.images.values():
        image.dockerfile.write_text("FROM alpine\nRUN true\n")
    with pytest.raises(ToolMissing, match="linux/arm64"):
        world.ship(world.plan("release", version="1.2.3"))
    assert world.builder.built == []


def test_a_foreign_platform_that_is_only_copied_needs_no_emulation(world: World) -> None:
    """Where no build step runs on the foreign platform, nothing has to emulate it."""
    world.builder.runnable = frozenset({Platform("linux", "amd64")})
    for image in world.config.images.values():
        image.dockerfile.write_text("FROM scratch\nCOPY . /\n")
    assert isinstance(world.ship(world.plan("release", version="1.2.3")).outcome, Promoted)


def test_legs_from_several_machines_become_one_image(world: World) -> None:
    """Builds by platform on different machines, left in any order, add up to the planned image."""
    plan = world.plan("release", version="1.2.3")
    begin(world.ports(plan), plan)
    for platform in plan.images[0].platforms:
        for image in plan.images:
            machine = world.fresh_machine()
            ports = machine.ports(plan)
            record = known_release(ports, plan.tag)
            assert record is not None
            leg = replace(machine.building, only=(image.name,), platforms=(platform,))
            build_candidates(plan, record, leg)
            save(ports)
    last = world.fresh_machine()
    ports = last.ports(plan)
    record = known_release(ports, plan.tag)
    assert record is not None
    assert record.candidates == {}
    record = join_legs(record, last.client, last.journal, ports.progress)
    built = assemble(record, last.client)
    assert all(set(c.platforms) == set(plan.images[0].platforms) for c in built.candidates.values())
    shipped = finish(record, last.settings(plan))
    assert isinstance(shipped.proof, Verified)


def test_an_unfinished_release_of_the_same_commit_is_gone_on_with(world: World) -> None:
    """The same clean commit and intent resume; a finished release, a dirty tree or another commit do not."""
    world.builder.failing = {"worker"}
    plan = world.plan()
    assert isinstance(world.ship(plan).outcome, Failed)
    record = known_release(world.ports(plan), plan.tag)
    assert record is not None
    later = world.plan(sequence=2)
    assert going_on(later, [record]) is record
    assert going_on(replace(later, dirty=True), [record]) is None
    assert going_on(replace(later, commit="0" * 40), [record]) is None
    world.builder.failing = set()
    world.ship(plan)
    record = known_release(world.ports(plan), plan.tag)
    assert record is not None
    assert is_over(record)
    assert going_on(later, [record]) is None


def test_a_rerun_of_the_same_ci_run_is_the_same_release(world: World) -> None:
    """A re-run keeps its run's address, so it finds the release, finished or not."""
    plan = replace(world.plan(), run_url="https://ci.example/runs/7")
    world.ship(plan)
    record = known_release(world.ports(plan), plan.tag)
    assert record is not None
    later = replace(world.plan(sequence=7), run_url="https://ci.example/runs/7")
    assert going_on(later, [record]) is record


def test_a_release_without_siblings_keeps_its_record_here(tmp_path: Path) -> None:
    """One image alone has no sibling's repository: the record stays in the journal, and it still ships."""
    text = "registry: 127.0.0.1:5000/one\nimages: {app: {}}\ngates: none\n"
    world = shop(tmp_path, text)
    shipped = world.ship(world.plan())
    assert isinstance(shipped.proof, Verified)
    assert world.registry.listed(Repository("127.0.0.1:5000", "one/app")) == (TAG,)


def test_the_last_record_tells_the_whole_release(world: World) -> None:
    """The stored record carries commit, digests, platforms, receipts and the end of the story."""
    plan = world.plan()
    world.ship(plan)
    record = fetch_record(world.client, world.repository("embeddings"), plan.tag)
    assert record is not None
    assert record.plan == plan
    assert set(record.candidates) == {"app", "worker", "embeddings"}
    assert {receipt.gate for receipt in record.receipts} == {"self-check", "boots"}
    assert is_over(record)


def test_times_are_kept(world: World) -> None:
    """The journal says how long each stage took, and when each image's build began, after what wait."""
    world.builder.seconds = 0.05
    plan = world.plan()
    one_by_one = replace(world.building, parallel=1)
    shipped = ship(plan, replace(world.settings(plan), building=one_by_one))
    (timings,) = [e for e in world.journal.kept if e.get("event") == "timings"]
    assert set(timings["seconds"]) == {s.name for s in STAGES if s.timed}  # type: ignore[call-overload]
    assert all(candidate.started for candidate in shipped.record.candidates.values())
    again = world.ship(plan)
    assert isinstance(again.outcome, Promoted)
    assert [e.get("event") for e in world.journal.kept].count("timings") == 1


def test_the_stages_are_run_through_their_table_alone() -> None:
    """Outside `release`, nobody runs a bare stage: a command and the drill run a slice of the table."""
    home = Path(wholeship.__file__).parent
    bare = {
        "wholeship.release.stages.build": {"build", "assemble", "run_build"},
        "wholeship.release.stages.join": {"join", "run_join"},
        "wholeship.release.stages.gate": {"clear", "cleared", "run_gate", "recall_gate"},
        "wholeship.release.stages.promote": {"promote", "run_promote"},
        "wholeship.release.stages.verify": {"prove", "run_verify"},
    }
    astray = [
        f"{path.relative_to(home)}: {name.name}"
        for path in sorted(home.rglob("*.py"))
        if path.relative_to(home).parts[0] != "release"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module in bare
        for name in node.names
        if name.name in bare[node.module]
    ]
    assert astray == []


@pytest.mark.parametrize("manner", [Manner.ECR, Manner.HARBOR, Manner.CONFLICT])
def test_an_alias_that_cannot_move_is_told_and_ends_nothing(world: World, manner: Manner) -> None:
    """Where tags are written once, `latest` stays; the release is out, and no other run is asked for."""
    world.registry.manner = manner
    world.ship(world.plan("push", sequence=1))
    later = world.fresh_machine()
    later.builder.inputs = {"app": "changed"}
    shipped = later.ship(later.plan("push", sequence=2))
    assert isinstance(shipped.outcome, Promoted)
    fate = shipped.outcome.aliases["latest"]
    assert fate.fate is Fate.FIXED
    assert shipped.outcome.finished
    assert is_over(shipped.record)


def test_an_alias_that_is_still_to_move_is_gone_on_with(world: World) -> None:
    """A release whose alias could not be moved for now is not over: the same commit goes on with it."""
    plan = world.plan("push")
    refusing = True

    class Unavailable(InProcess):
        def send(self, request: Request, *, limit: int, timeout: float) -> Response:
            if refusing and request.method == "PUT" and request.url.endswith("/manifests/latest"):
                return Response(503, Headers(), b"")
            return super().send(request, limit=limit, timeout=timeout)

    world.client = world.new_client(Unavailable({HOST: world.registry}))
    first = world.ship(plan)
    assert isinstance(first.outcome, Promoted)
    assert first.outcome.unmoved == ("latest",)
    assert going_on(world.plan("push", sequence=2), [first.record]) == first.record
    refusing = False
    again = world.ship(plan)
    assert isinstance(again.outcome, Promoted)
    assert again.outcome.aliases["latest"].fate is Fate.MOVED
    assert is_over(again.record)
    assert going_on(world.plan("push", sequence=2), [again.record]) is None
