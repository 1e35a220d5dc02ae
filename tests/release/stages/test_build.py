"""Building: parallel and bounded, checked in the registry, and nothing visible to anybody."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event

import pytest

from tests.contracts.images import Image, image, image_index
from tests.release.world import COMMIT, World, built_of, shop
from wholeship.core.errors import (
    BadInput,
    CommandFailed,
    Stopped,
    ToolMissing,
    Unfinished,
    WholeshipError,
)
from wholeship.core.platform import Platform
from wholeship.core.progress import Outcome, Progress, Silent, Task
from wholeship.core.wording import megabytes
from wholeship.release.ports import BuildRequest, BuiltImage
from wholeship.release.record import Record, fold_entries, planned
from wholeship.release.stages.build import assemble, build_candidates, check_candidate
from wholeship.release.stages.results import CandidateGone
from wholeship.release.stages.settings import BuildSettings

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
MANY = """\
registry: 127.0.0.1:5000/many
images: {a: {}, b: {}, c: {}, d: {}, e: {}, f: {}}
watched: a
gates: none
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return shop(tmp_path)


@dataclass
class Watching(Silent):
    """Keeps what it is told."""

    told: list[tuple[Task, Outcome, str]] = field(default_factory=list)

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        self.told.append((task, outcome, note))


@dataclass
class Own:
    """A builder that does what a test says; the rest is the world's."""

    world: World
    make: Callable[[BuildRequest, Event], BuiltImage | None]
    missing: str = ""
    requests: list[BuildRequest] = field(default_factory=list)
    name: str = "own"
    pushes_by_digest: bool = True

    def check(self) -> None:
        if self.missing:
            raise ToolMissing(self.missing, advice="install it")

    def runnable_platforms(self) -> frozenset[Platform]:
        return frozenset({AMD64})

    def storage(self) -> Path | None:
        return None

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        self.requests.append(request)
        made = self.make(request, stop)
        return made or self.world.builder.build(request, progress=progress, stop=stop)


def building(world: World, builder: object, **more: object) -> BuildSettings:
    return replace(world.building, builder=builder, **more)  # type: ignore[arg-type]


def run(world: World, builder: object, **more: object) -> Record:
    plan = world.plan()
    return built_of(build_candidates(plan, Record(plan, {}), building(world, builder, **more)))


def visible(world: World) -> set[str]:
    return {tag for one in world.config.images for tag in world.shown(one)}


def test_builds_run_side_by_side_and_not_too_many(tmp_path: Path) -> None:
    """As many at a time as the width says: never more, and no fewer."""
    world = shop(tmp_path, MANY)
    lock, now, most = threading.Lock(), [0], [0]
    together = threading.Barrier(3)

    def make(request: BuildRequest, stop: Event) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        together.wait(10)  # passes only when three run at the same time
        with lock:
            now[0] -= 1

    record = run(world, Own(world, make), parallel=3)
    assert most[0] == 3
    assert set(record.candidates) == set("abcdef")


def test_one_that_fails_stops_the_rest(tmp_path: Path) -> None:
    """The others are told to stop, those that wait never start, and the failure is what is raised."""
    world = shop(tmp_path, MANY)
    started = threading.Event()

    def make(request: BuildRequest, stop: Event) -> None:
        if request.image == "b":
            started.wait(10)
            raise CommandFailed("b: step 2 failed", tail=("no space left on device",))
        started.set()
        if not stop.wait(10):
            raise AssertionError("was not told to stop")
        raise Stopped(f"{request.image} was stopped")

    builder, seen = Own(world, make), Watching()
    with pytest.raises(CommandFailed, match="b: step 2 failed"):
        run(world, builder, parallel=2, progress=seen)
    assert len(builder.requests) == 2
    assert visible(world) == set()
    outcomes = {task.name: outcome for task, outcome, _ in seen.told}
    assert outcomes["b"] is Outcome.FAILED
    assert Outcome.STOPPED in outcomes.values()


def test_what_was_finished_is_kept(tmp_path: Path) -> None:
    """A candidate that was ready before another failed is in the journal, and is not built again."""
    world = shop(tmp_path, MANY)

    def make(request: BuildRequest, stop: Event) -> None:
        if request.image == "f":
            raise CommandFailed("f failed")

    builder = Own(world, make)
    with pytest.raises(CommandFailed):
        run(world, builder, parallel=1)
    kept = {entry["candidate"]["image"] for entry in world.journal.kept if entry["kind"] == "built"}  # type: ignore[index]
    assert kept
    plan = world.plan()
    record = fold_entries([planned(plan), *world.journal.kept], "test")
    assert record is not None
    again = Own(world, lambda request, stop: None)
    whole = built_of(build_candidates(plan, record, building(world, again)))
    assert {r.image for r in again.requests} == set("abcdef") - kept
    assert set(whole.candidates) == set("abcdef")


def test_ctrl_c_stops_the_builders(tmp_path: Path) -> None:
    """An interrupt in the main thread reaches builds that run."""
    world = shop(tmp_path, MANY)
    stopped: list[str] = []
    both = threading.Barrier(2)

    def make(request: BuildRequest, stop: Event) -> None:
        both.wait(10)
        if request is builder.requests[0]:
            os.kill(os.getpid(), signal.SIGINT)
        if stop.wait(10):
            stopped.append(request.image)
        raise Stopped("stopped")

    builder = Own(world, make)
    with pytest.raises(KeyboardInterrupt):
        run(world, builder, parallel=2)
    assert len(stopped) == len(builder.requests) == 2
    assert visible(world) == set()


def test_what_a_builder_is_asked(world: World) -> None:
    """Absolute paths, the release's annotations, no deploy tag; the candidate tag is one nobody elects."""
    builder = Own(world, lambda request, stop: None)
    record = run(world, builder, insecure=frozenset({"127.0.0.1:5000"}), cache={"app": "ref"})
    request = next(r for r in builder.requests if r.image == "app")
    assert request.dockerfile == world.root / "docker/app/Dockerfile"
    assert request.context == world.root
    assert request.annotations["org.opencontainers.image.revision"] == COMMIT
    assert str(request.candidate_tag).startswith("wholeship-candidate-")
    assert (request.insecure, dict(request.cache)) == (True, {"ref": "ref"})
    assert request.log.name == "build-app.log"
    assert visible(world) == set()
    assert record.candidates["app"].builder == "own"


def test_everything_is_known_before_the_first_build(world: World) -> None:
    """Missing Dockerfiles and contexts are told together, and nothing is built."""
    (world.root / "docker/app/Dockerfile").unlink()
    (world.root / "docker/worker/Dockerfile").unlink()
    builder = Own(world, lambda request, stop: None)
    with pytest.raises(BadInput) as caught:
        run(world, builder)
    assert "app: there is no docker/app/Dockerfile to build from" in caught.value.message
    assert "worker: there is no docker/worker/Dockerfile to build from" in caught.value.message
    assert builder.requests == []


def test_a_builder_that_does_not_answer(world: World) -> None:
    """Is found out before anything is built."""
    builder = Own(world, lambda request, stop: None, missing="the docker daemon does not answer")
    with pytest.raises(ToolMissing, match="daemon"):
        run(world, builder)
    assert builder.requests == []


def test_a_platform_that_was_not_planned(world: World) -> None:
    """A leg can only be of the planned platforms."""
    plan = world.plan()
    with pytest.raises(BadInput, match="not planned for linux/arm64"):
        build_candidates(plan, Record(plan, {}), replace(world.building, platforms=(ARM64,)))


def test_a_push_that_did_not_arrive(world: World) -> None:
    """A digest that the registry does not have is no candidate; the log is named."""
    never = BuiltImage(image("never").digest)
    with pytest.raises(CandidateGone) as caught:
        run(world, Own(world, lambda request, stop: never))
    assert "build-" in caught.value.advice
    assert world.journal.kept == []


@pytest.mark.parametrize(
    ("made", "kind", "told"),
    [
        (image("x", ARM64, revision=COMMIT), Unfinished, "was built without linux/amd64"),
        (image_index("x", ARM64, revision=COMMIT), Unfinished, "was built without linux/amd64"),
        (image("x", AMD64, revision="f" * 40), Unfinished, "is of commit ffffffffffff"),
    ],
)
def test_the_wrong_image_is_no_candidate(
    world: World, made: Image, kind: type[WholeshipError], told: str
) -> None:
    """Short of a platform, or of another commit: refused before anything is tagged."""

    def make(request: BuildRequest, stop: Event) -> BuiltImage:
        return BuiltImage(made.push(world.client, request.repository))

    with pytest.raises(kind, match=told):
        run(world, Own(world, make))
    assert visible(world) == set()


def test_an_index_with_a_part_missing_is_no_candidate(world: World) -> None:
    """Every child is looked for."""
    plan = world.plan()
    whole = image_index("x", AMD64, ARM64, revision=COMMIT)
    worker = plan.image("worker")
    whole.push(world.client, worker.repository)
    assert check_candidate(world.client, plan, worker, whole.digest).flaws == ()
    world.registry.forget(worker.repository, whole.children[1].digest)
    with pytest.raises(CandidateGone, match="linux/arm64"):
        check_candidate(world.client, plan, worker, whole.digest)


def test_assembling_checks_anew(world: World) -> None:
    """What a record claims is looked up again, and a record without all candidates is not enough."""
    plan = world.plan()
    with pytest.raises(Unfinished, match="no candidate yet for embeddings, worker, app"):
        assemble(Record(plan, {}), world.client)
    record = built_of(build_candidates(plan, Record(plan, {}), world.building))
    built = assemble(record, world.client)
    assert str(built.pinned("app")).endswith(record.candidates["app"].digest)
    world.registry.forget(world.repository("app"), record.candidates["app"].digest)
    with pytest.raises(CandidateGone):
        assemble(record, world.client)


def test_only_some_images(world: World) -> None:
    """One job can build one image."""
    plan = world.plan()
    record = built_of(build_candidates(plan, Record(plan, {}), replace(world.building, only=("worker",))))
    assert set(record.candidates) == {"worker"}
    assert world.builder.built == ["worker"]


def test_sizes_for_people() -> None:
    """Decimal, as disks are sold."""
    assert [megabytes(n) for n in (0, 1_234_567, 9_999_999, 10_000_000, 123_456_789)] == [
        "0.0 MB", "1.2 MB", "10.0 MB", "10 MB", "123 MB",
    ]  # fmt: skip
