"""A small world to release in: an embedded registry, a builder that keeps the port's promise, an observer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event

from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.http import Request, Response
from wholeship.core.progress import Progress, Silent
from wholeship.core.reference import Repository, Tag
from wholeship.release.config import Overrides, ReleaseConfig, parse_config
from wholeship.release.gates import PlannedGate
from wholeship.release.plan import Plan, make_plan
from wholeship.release.ports import Builder, Ports, Runner, Trial, TrialResult
from wholeship.release.record import Record, home
from wholeship.release.scenario import Origin
from wholeship.release.ship import Shipped, ship
from wholeship.release.source import LookAtSource, Source
from wholeship.release.stages.results import Refused
from wholeship.release.stages.settings import (
    BuildSettings,
    GateSettings,
    Looking,
    PromoteSettings,
    StageSettings,
)
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.clock import FakeClock
from wholeship.testing.registry import EmbeddedRegistry, InProcess

HOST = "127.0.0.1:5000"
COMMIT = "5f3a9c1e7b2d4860a1b2c3d4e5f60718293a4b5c"
SHOP = """\
registry: 127.0.0.1:5000/shop
images:
  app: {dockerfile: docker/app/Dockerfile}
  worker: {dockerfile: docker/worker/Dockerfile}
  embeddings: {dockerfile: docker/embeddings/Dockerfile}
watched: app
aliases: {release: ["{semver}", "{minor}", latest], push: [latest]}
platforms: {default: [linux/amd64], release: [linux/amd64, linux/arm64]}
gates:
  self-check: {image: worker, command: [self-check]}
  boots: {run: scripts/smoke}
"""


class MemoryJournal:
    """A journal that does not outlive the test."""

    def __init__(self) -> None:
        self.kept: list[Mapping[str, object]] = []

    def append(self, entry: Mapping[str, object]) -> None:
        self.kept.append(dict(entry))

    def entries(self) -> tuple[Mapping[str, object], ...]:
        return tuple(self.kept)


@dataclass
class SmallRunner:
    """Passes every gate but those in ``failing``; remembers what it was given."""

    failing: dict[str, int | None] = field(default_factory=dict)
    trials: list[Trial] = field(default_factory=list)
    name: str = "small"

    def check(self) -> None:
        """Always there."""

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        self.trials.append(trial)
        return TrialResult(self.failing.get(trial.name, 0), 0.5, ("the last words",))


@dataclass
class World:
    """Everything a release needs, in memory; ``seen`` is what an observer saw after every request."""

    root: Path
    config: ReleaseConfig
    registry: EmbeddedRegistry = field(default_factory=EmbeddedRegistry)
    clock: FakeClock = field(default_factory=FakeClock)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    runner: SmallRunner = field(default_factory=SmallRunner)
    source: Source | None = None
    """What the work tree is at; None: nobody looks."""
    inputs: Looking | None = None
    client: RegistryClient = field(init=False)
    builder: MemoryBuilder = field(init=False)

    def __post_init__(self) -> None:
        self.client = self.new_client()
        self.builder = MemoryBuilder(self.client)

    def new_client(self, transport: InProcess | None = None) -> RegistryClient:
        quick = Patience(attempts=3, jitter=lambda: 0.5)
        return RegistryClient(transport or InProcess({HOST: self.registry}), self.clock, patience=quick)

    def plan(
        self, scenario: str = "manual", *, sequence: int = 1, version: str = "", tag: str | None = None
    ) -> Plan:
        origin = Origin(scenario, COMMIT, "main", version)
        return make_plan(self.config, origin, now=self.clock.now(), sequence=sequence, tag=tag)

    def ports(self, plan: Plan, progress: Progress | None = None) -> Ports:
        return Ports(self.client, self.journal, self.clock, home(plan, None), progress or Silent())

    @property
    def building(self) -> BuildSettings:
        builder: Builder = self.builder
        return BuildSettings(
            builder,
            self.client,
            self.journal,
            self.clock,
            self.root,
            self.root / "logs",
            inputs=self.inputs,
            source=self.looking,
        )

    @property
    def looking(self) -> LookAtSource | None:
        """How to look at what the work tree is at, however often that changes."""
        return None if self.source is None else lambda: self.source or Source()

    @property
    def gating(self) -> GateSettings:
        runner: Runner = self.runner
        chosen: Callable[[PlannedGate], Runner] = lambda gate: runner  # noqa: E731
        logs = self.root / "logs"
        return GateSettings(chosen, self.journal, self.clock, logs, self.root, source=self.looking)

    def ship(self, plan: Plan, settings: PromoteSettings | None = None) -> Shipped:
        return ship(plan, self.settings(plan, settings))

    def settings(self, plan: Plan, promoting: PromoteSettings | None = None) -> StageSettings:
        """What the stages of *plan* work with."""
        how = promoting or PromoteSettings(workers=1)
        return StageSettings(self.ports(plan), self.building, self.gating, lambda: how)

    def fresh_machine(self) -> World:
        """The same registry and builder inputs, seen from a machine that knows nothing."""
        other = World(self.root, self.config, self.registry, self.clock)
        other.builder.inputs = self.builder.inputs
        return other

    def repository(self, image: str) -> Repository:
        return self.config.images[image].repository

    def shown(self, image: str) -> set[str]:
        """The tags of *image* that are not records."""
        return {t for t in self.registry.listed(self.repository(image)) if not t.startswith("wholeship-")}

    def points_to(self, image: str, tag: str) -> str | None:
        return self.registry.tag(self.repository(image), tag)


def built_of(made: Record | Refused) -> Record:
    """What was *made*, which was not refused."""
    assert isinstance(made, Record)
    return made


def shop(root: Path, text: str = SHOP) -> World:
    """A world with the shop's release file and the files that it names."""
    config = parse_config(text, root / "wholeship.yaml", Overrides())
    for image in config.images.values():
        image.dockerfile.parent.mkdir(parents=True, exist_ok=True)
        image.dockerfile.touch()
    return World(root, config)


@dataclass
class Observer:
    """Looks after every registry step: is the watched tag visible while a sibling's is not right?"""

    world: World
    plan: Plan
    digests: Callable[[], Mapping[str, str]]
    half: list[str] = field(default_factory=list)
    tags_in_watched: set[str] = field(default_factory=set)
    changed: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    _known: dict[tuple[str, str], str] = field(default_factory=dict)

    def __call__(self, request: Request, response: Response) -> None:
        path = request.url.partition("/v2/")[2]
        if request.method in ("PUT", "DELETE") and "/manifests/" in path:
            self.writes.append(f"{request.method} {path}")
        plan, registry = self.plan, self.world.registry
        watched = plan.commit_image.repository
        self.tags_in_watched |= set(registry.listed(watched))
        if registry.tag(watched, plan.tag) is not None:
            for image in plan.images:
                wanted = self.digests().get(image.name)
                if registry.tag(image.repository, plan.tag) != wanted:
                    self.half.append(f"{image.name} after {request.method} {request.url}")
        for image in plan.images:
            found = registry.tag(image.repository, plan.tag)
            before = self._known.setdefault((image.name, plan.tag), found or "")
            if before and found != before:
                self.changed.append(image.name)
            if found:
                self._known[(image.name, plan.tag)] = found


def watch(world: World, plan: Plan) -> Observer:
    """An observer of *plan*, which learns the digests from the journal."""

    def digests() -> Mapping[str, str]:
        found: dict[str, str] = {}
        for entry in world.journal.kept:
            candidate = entry.get("candidate")
            if isinstance(candidate, dict):
                found[candidate["image"]] = candidate["digest"]
        return found

    observer = Observer(world, plan, digests)
    world.registry.observers.append(observer)
    return observer


TAG = Tag("20260528-182833-000001")
