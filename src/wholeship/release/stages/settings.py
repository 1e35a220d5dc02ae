"""What each stage works with beside the release itself: one frozen value a stage, and all of them in one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field
from pathlib import Path

from wholeship.core.clock import Clock
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress, Silent
from wholeship.core.values import dataclass
from wholeship.release.attestation.terms import Contents
from wholeship.release.gates import PlannedGate
from wholeship.release.inputs.fingerprint import Inputs
from wholeship.release.observe import WORKERS, lag_budget
from wholeship.release.order import Elector
from wholeship.release.plan import PlannedImage
from wholeship.release.ports import Builder, Journal, Ports, Registry, Runner, SbomScanner, Signer, Verifier
from wholeship.release.record import Record
from wholeship.release.room import Free
from wholeship.release.source import LookAtSource

ATTEMPTS = 6


Looking = Callable[[PlannedImage], Inputs]
"""Finds what an image would be made from now."""


@dataclass(frozen=True, slots=True)
class BuildSettings:
    """What building needs beside the plan. ``root`` is the folder of the release file.

    ``inputs`` is None when nothing is to be reused; ``earlier`` gives the records to reuse from, newest
    first, and is asked only when needed. ``source`` finds the commit that the work tree is at; None: the
    plan's is taken on trust. ``only``: these images; None: all. With ``platforms`` an image is built for
    those of its platforms alone: a leg of it, for ``join``. ``sbom``: BuildKit lists what each contains.
    """

    builder: Builder
    registry: Registry
    journal: Journal
    clock: Clock
    root: Path
    logs: Path
    progress: Progress = field(default_factory=Silent)
    parallel: int | None = None
    insecure: frozenset[str] = frozenset()
    cache: Mapping[str, str] = field(default_factory=dict)
    inputs: Looking | None = None
    earlier: Callable[[], Iterable[Record]] = field(default=lambda: ())
    free: Free = field(default=lambda _path: 0)
    discard: bool = False
    source: LookAtSource | None = None
    only: tuple[str, ...] | None = None
    platforms: tuple[Platform, ...] | None = None
    sbom: bool = False

    @property
    def width(self) -> int:
        """Builds at a time: as told, or one for each core."""
        return self.parallel or len(os.sched_getaffinity(0))


@dataclass(frozen=True, slots=True)
class GateSettings:
    """What gating needs beside the candidates. ``runner_for`` finds who can run a gate; ``source`` the commit
    that the work tree is at, to which scripts belong; None: the plan's is taken on trust."""

    runner_for: Callable[[PlannedGate], Runner]
    journal: Journal
    clock: Clock
    logs: Path
    root: Path
    progress: Progress = field(default_factory=Silent)
    insecure: frozenset[str] = frozenset()
    parallel: int = 4
    source: LookAtSource | None = None


@dataclass(frozen=True, slots=True)
class AttestSettings:
    """How a release is attested. ``signer`` None: what lies there is only checked; ``scanner`` None: what
    images contain is not listed, or BuildKit has done it. Without ``required`` a
    release whose statements cannot be made or stored goes out all the same."""

    verifier: Verifier
    signer: Signer | None = None
    contents: Contents = field(default_factory=Contents)
    scanner: SbomScanner | None = None
    required: bool = True
    elector: Elector | None = None
    electors: Mapping[str, Elector] = field(default_factory=dict)
    """By image, where several are followed."""


@dataclass(frozen=True, slots=True)
class PromoteSettings:
    """How a promotion is done; the defaults are for everybody."""

    elector: Elector | None = None
    force_older: bool = False
    lag_budget: float = field(default_factory=lag_budget)
    attempts: int = ATTEMPTS
    workers: int = WORKERS
    electors: Mapping[str, Elector] = field(default_factory=dict)
    """By image, where several are followed, each by a policy of its own."""

    def elector_for(self, image: str) -> Elector | None:
        """The policy that follows *image*; None: the tag pattern decides."""
        return self.electors.get(image, self.elector)


@dataclass(frozen=True, slots=True)
class StageSettings:
    """What the stages of one release work with; a stage that is not run needs none of its own.

    ``attesting`` (None: it is not asked for) and ``promoting`` are asked only when something gets so far.
    """

    ports: Ports
    building: BuildSettings | None = None
    gating: GateSettings | None = None
    promoting: Callable[[], PromoteSettings] = PromoteSettings
    attesting: Callable[[], AttestSettings | None] = field(default=lambda: None)
