"""Figures: how long a job takes, how much disk it fills, and who says so.

A figure is declared (by a person), observed (in the history of runs) or recorded (by a release
that wholeship ran). None is ever invented: a job without a figure is reported as missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field

from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.logic.schedule import Duration

GB = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Runner:
    """What a hosted runner has. Gigabytes.

    ``disk`` is what GitHub guarantees, ``usual`` the free space commonly seen at the start of a job
    (lowest and highest): two machine shapes live under one label, so a plan may only rely on ``disk``.
    """

    label: str
    disk: float | None
    usual: tuple[float, float] | None = None
    native: Platform | None = None


_AMD64, _ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
RUNNERS: Mapping[str, Runner] = {
    runner.label: runner
    for runner in (
        *(
            Runner(label, 14, (14, 90), _AMD64)
            for label in ("ubuntu-latest", "ubuntu-26.04", "ubuntu-24.04", "ubuntu-22.04")
        ),
        *(
            Runner(label, 14, (14, 90), _ARM64)
            for label in ("ubuntu-24.04-arm", "ubuntu-22.04-arm", "ubuntu-26.04-arm")
        ),
        Runner("ubuntu-slim", 14, None, _AMD64),
    )
}
"""GitHub docs, "GitHub-hosted runners reference"; the usual free space from actions/runner-images#14492."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A duration and where it comes from, in words (``declared``, ``42 runs since 2026-05-01``)."""

    duration: Duration
    source: str


@dataclass(frozen=True, slots=True)
class JobFigures:
    """The figures of one job.

    ``whole`` is the time of the job as it ran or runs; ``platforms`` are those it was measured for
    (empty: does not matter). ``fixed`` plus one entry of ``each`` per platform is the same time taken
    apart, as people declare it. Disk is in gigabytes: ``disk_fixed`` plus ``disk_each`` per platform,
    or the one figure ``disk``.
    """

    whole: Figure | None = None
    platforms: frozenset[Platform] = frozenset()
    fixed: Figure | None = None
    each: Mapping[Platform, Figure] = field(default_factory=dict)
    disk: float | None = None
    disk_fixed: float = 0.0
    disk_each: Mapping[Platform, float] = field(default_factory=dict)
    disk_source: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """Everything known about a repository's jobs. ``queue`` is waited before each job."""

    jobs: Mapping[str, JobFigures] = field(default_factory=dict)
    runners: Mapping[str, Runner] = field(default_factory=lambda: RUNNERS)
    queue: Figure | None = None
    emulation: float | None = None
    concurrent: int | None = None

    def over(self, other: Figures) -> Figures:
        """These figures, with *other*'s where these have none."""
        return Figures(
            {**other.jobs, **self.jobs},
            {**other.runners, **self.runners},
            self.queue or other.queue,
            self.emulation if self.emulation is not None else other.emulation,
            self.concurrent if self.concurrent is not None else other.concurrent,
        )


@dataclass(frozen=True, slots=True)
class Missing:
    """A figure that nobody has given, and how to give it."""

    job: str
    what: str
    advice: str


def time_of(
    job: str,
    figures: JobFigures | None,
    platforms: frozenset[Platform],
    native: Platform | None,
    emulation: float | None,
) -> Figure | Missing:
    """How long *job* takes when it builds for *platforms*.

    Declared parts are added up. A whole figure measured for the same platforms is used as it is; one
    measured for others is taken apart with the *emulation* factor, which then has to be known.
    """
    if figures is None:
        return Missing(
            job, "duration", f"declare forecast.jobs.{job}.minutes, or give run history with --history"
        )
    if figures.each or figures.fixed:
        lacking = [str(p) for p in sorted(platforms) if p not in figures.each] if figures.each else []
        if lacking:
            return Missing(job, "duration", f"declare forecast.jobs.{job}.minutes for {', '.join(lacking)}")
        parts = ([figures.fixed] if figures.fixed else []) + [
            figures.each[p] for p in sorted(platforms) if figures.each
        ]
        return Figure(_sum([part.duration for part in parts]), _sources(part.source for part in parts))
    if figures.whole is None:
        return Missing(job, "duration", f"declare forecast.jobs.{job}.minutes")
    if not platforms or not figures.platforms or platforms == figures.platforms:
        return figures.whole
    if emulation is None:
        return Missing(
            job,
            "emulation factor",
            f"{job} was measured for {_names(figures.platforms)} and will build {_names(platforms)}: "
            "declare forecast.emulation (how many times slower an emulated build is)",
        )
    before, after = (_weight(p, native, emulation) for p in (figures.platforms, platforms))
    return Figure(
        figures.whole.duration.scaled(after / before),
        f"{figures.whole.source}, scaled from {_names(figures.platforms)} with emulation × {emulation:g}",
    )


def disk_of(figures: JobFigures | None, platforms: frozenset[Platform]) -> float | None:
    """Peak gigabytes of a job that builds for *platforms*; None when nobody has said."""
    if figures is None:
        return None
    if figures.disk_each:
        if any(p not in figures.disk_each for p in platforms):
            return None
        return figures.disk_fixed + sum(figures.disk_each[p] for p in platforms)
    if figures.disk is not None and (
        not figures.platforms or not platforms or platforms == figures.platforms
    ):
        return figures.disk
    return None


def _sum(durations: list[Duration]) -> Duration:
    if not durations:
        return Duration.exactly(0.0)
    total = durations[0]
    for more in durations[1:]:
        # Adding quantiles assumes that slow parts are slow together: the careful side for a p90.
        total = Duration.between(total.at(0.5) + more.at(0.5), total.at(0.9) + more.at(0.9))
    return total


def _weight(platforms: frozenset[Platform], native: Platform | None, emulation: float) -> float:
    native = native or _AMD64
    return sum(1.0 if p == native else emulation for p in platforms) or 1.0


def _names(platforms: frozenset[Platform]) -> str:
    return " and ".join(str(p) for p in sorted(platforms))


def _sources(sources: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(sources))
