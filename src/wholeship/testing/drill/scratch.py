"""The drill on a real registry, in repositories made for it.

Every run is a release under a tag of its own in ``PLACE/wholeship-drill-IMAGE``; after the run its tags are
deleted, where the registry can do that. Faults are played at our end of the line, so the registry sees
what it would see. Nothing else in the registry is touched, and repositories that hold anything that no
drill has made are refused.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from random import Random

from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, RegistryError
from wholeship.core.http import Transport
from wholeship.core.patterns import lazy_pattern
from wholeship.core.reference import Repository, Tag
from wholeship.core.text import Redactor
from wholeship.core.values import dataclass
from wholeship.release.plan import Plan
from wholeship.release.ports import Registry
from wholeship.testing.drill.campaign import Choice, Report, Tally, scratch_folder
from wholeship.testing.drill.engine import Case, Run, Step, played, sampled
from wholeship.testing.drill.families import CASES
from wholeship.testing.drill.machine import Machine
from wholeship.testing.drill.observer import Observer
from wholeship.testing.drill.parts import Parts
from wholeship.testing.drill.stage import Stage, plan_for, released_bytes, watched_from_outside

PREFIX = "wholeship-drill-"
PLAYED = tuple(
    """
    K1/kill K2/kill K2/kill-elsewhere K4/interrupt-after R1/status-503 R3/reset-before R4/reset-after
    R5/reset-and-blind R6/gateway-502-after R8/cut-short
""".split()
)
"""Cases that need nothing of the registry but that it is one, and wait for nobody."""
POINTS = 3
"""Requests at which each is played beside every write of a tag; with ``--full`` all of them."""
_OURS = lazy_pattern(r"(?:wholeship-record-)?[0-9]{8}-[0-9]{6}-[0-9]{6}(?:\.[0-9]{3,6}-[0-9a-f]{12})?")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a registry holds, found out by asking it.
    A :class:`wholeship.testing.drill.observer.Truth`."""

    client: Registry

    def tag(self, repository: Repository, tag: str) -> Digest | None:
        found = self.client.manifest(repository, Tag(tag))
        return found.digest if found else None

    def resolves(self, repository: Repository, tag: str) -> bool:
        return self.client.manifest(repository, Tag(tag)) is not None

    def listed(self, repository: Repository) -> tuple[str, ...]:
        return self.client.tags(repository)

    def has(self, repository: Repository, digest: Digest) -> bool:
        return self.client.exists(repository, digest)


@dataclass(slots=True)
class Scratch:
    """A place in a registry to drill in. ``place`` is ``HOST/PATH``, ``environment`` has the credentials."""

    parts: Parts
    place: str
    transport: Transport
    clock: Clock
    environment: Mapping[str, str]
    insecure: frozenset[str] = frozenset()
    cleans: bool = True
    _number: int = 0

    @property
    def repositories(self) -> tuple[Repository, ...]:
        """Those that are written to."""
        return tuple(image.repository for image in self._plan(Tag("any")).images)

    def client(self) -> Registry:
        """A client without faults."""
        return self.parts.registry(
            self.transport, self.clock, self.environment, Redactor(), insecure_hosts=self.insecure
        )

    def check(self) -> None:
        """:class:`BadInput` when something is there that no drill has made."""
        client = self.client()
        for repository in self.repositories:
            strange = [tag for tag in client.tags(repository) if not _OURS.fullmatch(tag)]
            if strange:
                raise BadInput(
                    f"{repository} holds {strange[0]}, which no drill has made",
                    advice="name a scratch path of its own, for example HOST/PATH/drill",
                )

    def play(self, choice: Choice, done: Callable[[Run], None]) -> Report:
        """Every case of ``PLAYED``, at every write of a tag and at some other requests."""
        began = time.perf_counter()
        tallies: dict[str, Tally] = {}
        with scratch_folder() as folder:
            steps, writes = self._steps(folder)
            for case in (case for case in CASES if case.id in PLAYED and case.family in choice.families):
                random = Random(f"{choice.seed} {case.id}")  # noqa: S311 - which steps, no secret
                others = steps if choice.full else sampled(steps, POINTS, random)
                for step in sorted({*others, *writes}, key=str):
                    started = time.perf_counter()
                    run = self._run(case, step, folder)
                    tallies.setdefault(case.family, Tally()).add(run, time.perf_counter() - started)
                    done(run)
        return Report(choice, tallies, time.perf_counter() - began)

    def _steps(self, folder: Path) -> tuple[tuple[Step, ...], tuple[Step, ...]]:
        """The requests of a run without faults, and those that bind the deploy tag."""
        stage = self.stage(folder)
        machine = Machine(stage)
        machine.run()
        self._clean(stage.plan.tag)
        steps = machine.line.steps
        writes = tuple(s.number for s in steps if s.method == "PUT" and s.path.endswith(stage.plan.tag))
        return tuple(s.number for s in steps), writes

    def _run(self, case: Case, step: Step, folder: Path) -> Run:
        stage = self.stage(folder)
        assert isinstance(step, int)
        try:
            return played(case, step, stage)
        finally:
            self._clean(stage.plan.tag)

    def stage(self, folder: Path) -> Stage:
        """A stage for one run, with a tag of its own."""
        self._number += 1
        own = folder / str(self._number)
        own.mkdir()
        (own / "Dockerfile").touch()
        plan = self._plan(Tag(f"{self.clock.now():%Y%m%d-%H%M%S}-{self._number:06d}"))
        observer = Observer(plan, Asked(self.client()), [released_bytes(plan)], only=frozenset({plan.tag}))
        line = watched_from_outside(observer, self.transport)
        return Stage(
            self.parts,
            own,
            plan,
            observer.truth,
            line,
            observer,
            self.clock,
            environment=self.environment,
            insecure=self.insecure,
        )

    def _plan(self, tag: Tag) -> Plan:
        plan = plan_for(tag, self.place, name_prefix=PREFIX)
        return replace(plan, aliases=(), alias_patterns=())

    def _clean(self, tag: Tag) -> None:
        """Delete the tags of one run, the watched image's first; what is refused stays."""
        client = self.client()
        with suppress(RegistryError):
            for repository in reversed(self.repositories):
                for name in client.tags(repository):
                    if tag in name and not client.unbind(repository, Tag(name)):
                        self.cleans = False
                        return


def left_behind(scratch: Scratch) -> Iterator[str]:
    """What the drill could not take away again."""
    names = ", ".join(str(repository) for repository in scratch.repositories)
    if not scratch.cleans:
        yield f"this registry deletes no tags: those of the drill are still in {names}"
    yield f"manifests and layers in {names} stay until the registry collects them; delete these repositories"
