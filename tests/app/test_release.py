"""The release use cases, asked in a world in memory: a question in, an answer out, nothing printed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.release.world import COMMIT, HOST, SHOP, SmallRunner
from wholeship.adapters.git import WorkTree
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.app.build import BuildQuestion, build_candidates
from wholeship.app.gate import GateQuestion, run_gates
from wholeship.app.plan import PlanAnswer, PlanQuestion, make_release_plan
from wholeship.app.promote import PromoteQuestion, promote_release
from wholeship.app.release import ReleaseAnswer, ReleaseQuestion, ship_release
from wholeship.app.repair import RepairQuestion, repair_release
from wholeship.app.status import StatusQuestion, status_looks
from wholeship.app.target import ReleaseTarget
from wholeship.app.verify import VerifyQuestion, verify_release
from wholeship.app.world import World
from wholeship.core.errors import RegistryError
from wholeship.core.progress import Silent
from wholeship.core.reference import Tag
from wholeship.release.record import Record
from wholeship.release.repaired import Mended
from wholeship.release.source import Source
from wholeship.release.stages.results import Held, Promoted, Verified
from wholeship.release.status import Overview, Whole
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.clock import FakeClock
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.registry.embedded import InProcess


@dataclass
class Memory:
    """A registry, a builder and a runner in memory, and the notices that were sent."""

    root: Path
    registry: EmbeddedRegistry = field(default_factory=EmbeddedRegistry)
    clock: FakeClock = field(default_factory=FakeClock)
    runner: SmallRunner = field(default_factory=SmallRunner)
    environment: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.client = self.open_registry(frozenset(), frozenset())
        self.builder = MemoryBuilder(self.client)

    def open_registry(self, insecure: frozenset[str], inside: frozenset[str]) -> RegistryClient:
        quick = Patience(attempts=2, jitter=lambda: 0.5)
        return RegistryClient(InProcess({HOST: self.registry}), self.clock, patience=quick)

    def post_notice(self, url: str, body: object) -> str:
        self.notices.append(str(body))
        return ""

    @property
    def world(self) -> World:
        return replace(
            World(Silent()),
            environment=self.environment,
            clock=self.clock,
            open_registry=self.open_registry,
            glance_at_registry=self.open_registry,
            choose_builder=lambda config: self.builder,
            choose_runner=lambda gate, builder: self.runner,
            look_at_git=lambda root, version: WorkTree(COMMIT, "main"),
            look_at_source=lambda root: Source(COMMIT),
            post_notice=self.post_notice,
        )

    @property
    def target(self) -> ReleaseTarget:
        return ReleaseTarget(file=str(self.root / "wholeship.yaml"))

    def named(self, tag: str) -> ReleaseTarget:
        return replace(self.target, tag=tag, sources={"tag": "--tag"})


@pytest.fixture
def memory(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Iterator[Memory]:
    (tmp_path / "wholeship.yaml").write_text(SHOP)
    for name in ("app", "worker", "embeddings"):
        (tmp_path / "docker" / name).mkdir(parents=True)
        (tmp_path / "docker" / name / "Dockerfile").write_text("FROM scratch\n")
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "smoke").write_text("#!/bin/sh\n")
    (tmp_path / "scripts" / "smoke").chmod(0o755)
    yield Memory(tmp_path)
    out, err = capfd.readouterr()
    assert (out, err) == ("", ""), "a use case printed"


def shipped(memory: Memory) -> tuple[ReleaseAnswer, Tag]:
    answer = ship_release(ReleaseQuestion(memory.target), memory.world)
    return answer, Tag(str(answer.shipped.record.plan.tag))


def test_a_release_and_what_is_known_of_it(memory: Memory) -> None:
    """Promoted and verified; status, verify and repair agree, and nobody is told of a yes."""
    answer, tag = shipped(memory)
    assert isinstance(answer.shipped.outcome, Promoted)
    look = status_looks(StatusQuestion(memory.target), memory.world)
    found = look().found
    assert isinstance(found, Overview)
    assert found.newest_whole is not None
    assert found.newest_whole.tag == tag
    assert isinstance(verify_release(VerifyQuestion(memory.target), memory.world).proof, Verified)
    repaired = repair_release(RepairQuestion(tag, memory.target), memory.world)
    assert isinstance(repaired, Mended)
    assert repaired.did == ()
    assert memory.notices == []
    memory.registry.rebind("shop/worker", tag, None)
    assert look().found.answer is Whole.HALF  # each look is a new one


def test_the_stages_one_by_one(memory: Memory) -> None:
    """Plan, build, gate and promote hand on nothing but the tag, and come to the same as a release."""
    planned = make_release_plan(PlanQuestion(memory.target, save=True), memory.world)
    assert isinstance(planned, PlanAnswer)
    target = memory.named(str(planned.plan.tag))
    built = build_candidates(BuildQuestion(target), memory.world)
    assert isinstance(built, Record)
    assert set(built.candidates) == {image.name for image in planned.plan.images}
    assert run_gates(GateQuestion(target), memory.world).held is None
    answer = promote_release(PromoteQuestion(target), memory.world)
    assert isinstance(answer.shipped.outcome, Promoted)


def test_a_gate_that_says_no(memory: Memory) -> None:
    """The answer is "held", and the webhook hears of it; without its variable it hears nothing."""
    memory.runner.failing = dict.fromkeys(("self-check", "smoke", "boots", "worker-self-check"), 1)
    answer, _ = shipped(memory)
    assert isinstance(answer.shipped.outcome, Held)
    assert memory.notices == []
    memory.environment["WHOLESHIP_WEBHOOK"] = "https://chat.example/hook"
    answer, tag = shipped(memory)
    assert isinstance(answer.shipped.outcome, Held)
    assert len(memory.notices) == 1
    assert tag in memory.notices[0]


def test_a_release_that_comes_to_no_answer(memory: Memory) -> None:
    """Who waits for it hears what the journal knows and what ended it, before it is raised."""
    memory.registry.read_only = {"shop/worker"}
    heard: list[tuple[Record, BaseException]] = []
    with pytest.raises(RegistryError) as caught:
        ship_release(
            ReleaseQuestion(memory.target), memory.world, lambda record, error: heard.append((record, error))
        )
    ((record, error),) = heard
    assert error is caught.value
    assert [image.name for image in record.plan.images] == ["embeddings", "worker", "app"]


def test_what_is_said_on_top_of_the_file(memory: Memory) -> None:
    """Another registry is where the images go, and who said so is named; the file itself is as it was."""
    other = replace(memory.target, registry=f"{HOST}/elsewhere", sources={"registry": "--registry"})
    planned = make_release_plan(PlanQuestion(other), memory.world)
    assert isinstance(planned, PlanAnswer)
    assert {str(image.repository).split("/")[1] for image in planned.plan.images} == {"elsewhere"}
    assert planned.config.sources["registry"] == "--registry"
    same = make_release_plan(PlanQuestion(memory.target), memory.world)
    assert isinstance(same, PlanAnswer)
    assert {str(image.repository).split("/")[1] for image in same.plan.images} == {"shop"}
