"""Shape + figures → how long a scenario takes, what decides it, and whether the disk holds.

Minutes are simulated (``logic/schedule``): runners in parallel up to the plan's limit, matrices up to
``max-parallel``, the queue in front of each job. Billing rounds every job up to a whole minute (GitHub
docs, "About billing for GitHub Actions").
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import StrEnum

from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.forecast.figures import Figure, Figures, JobFigures, Missing, disk_of, time_of
from wholeship.logic.schedule import Activity, Duration, estimate


@dataclass(frozen=True, slots=True)
class JobShape:
    """One job of a scenario, as far as time and disk go.

    ``names`` are what history may call it, best first; ``patterns`` are regular expressions of names that are
    only partly known before the run. ``legs`` is how many matrix legs run; ``group``
    a concurrency group it shares with other jobs of the run. ``call``: it only calls another workflow, and
    takes no time of its own. ``open``: which platforms it builds is only known in the run.
    """

    id: str
    needs: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    legs: int = 1
    max_parallel: int | None = None
    runner: str = ""
    platforms: frozenset[Platform] = frozenset()
    group: str = ""
    call: bool = False
    open: bool = False
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """What runs in one scenario of one workflow."""

    workflow: str
    scenario: str
    jobs: tuple[JobShape, ...]
    remarks: tuple[str, ...] = ()


class DiskRisk(StrEnum):
    """What the peak means on the runner the job asks for."""

    FITS = "fits"
    TIGHT = "tight"  # fits the guarantee with less than a tenth to spare
    OVER = "over"  # more than is guaranteed: works on some machines, fails on others
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DiskForecast:
    """Gigabytes: the peak (None: nobody has said), and what the runner guarantees and usually has."""

    peak: float | None
    guaranteed: float | None
    usual: tuple[float, float] | None
    risk: DiskRisk
    source: str


@dataclass(frozen=True, slots=True)
class JobForecast:
    """One job's part. Seconds; ``share`` is the part of all runs in which it is critical.

    ``names`` and ``patterns`` say what a run shows it as, as in :class:`JobShape`.
    """

    id: str
    median: float | None
    p90: float | None
    start: float
    end: float
    share: float
    slack: float
    source: str
    emulated: tuple[Platform, ...]
    disk: DiskForecast
    names: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Forecast:
    """A scenario's time, path, money and disk. With ``missing`` figures the times are lower bounds."""

    workflow: str
    scenario: str
    median: float
    p90: float
    path: tuple[str, ...]
    jobs: tuple[JobForecast, ...]
    billed_minutes: int
    missing: tuple[Missing, ...]
    remarks: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether every duration was known."""
        return not any(m.what != "disk" for m in self.missing)

    @property
    def peak_disk(self) -> float | None:
        """The largest known peak of any one job (jobs do not share a disk)."""
        return max((j.disk.peak for j in self.jobs if j.disk.peak is not None), default=None)

    def job(self, id: str) -> JobForecast | None:
        """The part of job *id*."""
        return next((j for j in self.jobs if j.id == id), None)


def forecast_shape(shape: Shape, figures: Figures, *, seed: int = 0) -> Forecast:
    """The forecast of *shape*; raises :class:`wholeship.logic.schedule.Cycle` when jobs wait in a circle."""
    known = {job.id: _figures_of(job, figures) for job in shape.jobs}
    times = {job.id: _time(job, known[job.id], figures) for job in shape.jobs}
    missing = [t for t in times.values() if isinstance(t, Missing)]
    activities, limits = _activities(shape, times, figures)
    found = estimate(activities, limits, seed=seed)
    legs = {job.id: [_leg(job.id, i, job.legs) for i in range(max(job.legs, 1))] for job in shape.jobs}
    owner = {leg: job for job, all_legs in legs.items() for leg in all_legs}
    billed = 0
    jobs = []
    for job in shape.jobs:
        time = times[job.id]
        figure = time if isinstance(time, Figure) else None
        timings = [found.timings[leg] for leg in legs[job.id]]
        if figure is not None:
            billed += math.ceil(figure.duration.at(0.5) / 60) * max(job.legs, 1)
        jobs.append(
            JobForecast(
                id=job.id,
                median=figure.duration.at(0.5) if figure else None,
                p90=figure.duration.at(0.9) if figure else None,
                start=min(t.start for t in timings),
                end=max(t.end for t in timings),
                share=min(1.0, sum(found.share[leg] for leg in legs[job.id])),
                slack=min(found.slack[leg] for leg in legs[job.id]),
                source=figure.source if figure else "missing",
                emulated=_emulated(job, figures),
                disk=_disk(job, known[job.id], figures),
                names=job.names,
                patterns=job.patterns,
            )
        )
    return Forecast(
        workflow=shape.workflow,
        scenario=shape.scenario,
        median=found.median,
        p90=found.p90,
        path=tuple(dict.fromkeys(owner[a] for a in found.path)),
        jobs=tuple(jobs),
        billed_minutes=billed,
        missing=tuple(missing),
        remarks=shape.remarks,
    )


def is_shown_as(job: JobShape | JobForecast, name: str) -> bool:
    """Whether a run shows *job*, or a leg of it, as *name*."""
    names = (*job.names, job.id)
    # GitHub shows a leg as "name (value, …)" where the name says nothing of the matrix.
    return name in names or any(name.startswith(f"{each} (") for each in names) or _fits(job, name)


def _fits(job: JobShape | JobForecast, name: str) -> bool:
    return any(re.fullmatch(pattern, name) for pattern in job.patterns)


def _figures_of(job: JobShape, figures: Figures) -> JobFigures | None:
    if job.id in figures.jobs:
        return figures.jobs[job.id]
    own = [name for name in figures.jobs if name in job.names or _fits(job, name)]
    # The last name is the bare id, which a job of another workflow may have too.
    legs = [name for name in own if name not in job.names[1:][-1:]] or own
    legs = legs or [name for name in figures.jobs if is_shown_as(job, name)]
    # The slowest leg speaks for the others: the job ends with it.
    return max((figures.jobs[name] for name in legs), key=_length, default=None)


def _length(known: JobFigures) -> float:
    return known.whole.duration.at(0.5) if known.whole else 0.0


def _time(job: JobShape, known: JobFigures | None, figures: Figures) -> Figure | Missing:
    if job.call:
        return Figure(Duration.exactly(0.0), "a call")
    runner = figures.runners.get(job.runner)
    native = runner.native if runner else None
    platforms = job.platforms
    if known is not None and known.each:
        if job.open:
            advice = "give a scenario in which the platforms are known, or declare the minutes in all"
            return Missing(job.id, "platforms", advice)
        # A build that names no platform builds for the machine it is on.
        platforms = platforms or frozenset({native} if native else ())
    return time_of(job.id, known, platforms, native, figures.emulation)


def _activities(
    shape: Shape, times: Mapping[str, Figure | Missing], figures: Figures
) -> tuple[list[Activity], dict[str, int]]:
    limits: dict[str, int] = {}
    if figures.concurrent is not None:
        limits["runners"] = figures.concurrent
    legs = {job.id: max(job.legs, 1) for job in shape.jobs}
    activities: list[Activity] = []
    for job in shape.jobs:
        counted = ["runners"] if figures.concurrent is not None else []
        if job.max_parallel is not None and job.legs > 1:
            limits[f"matrix {job.id}"] = max(job.max_parallel, 1)
            counted.append(f"matrix {job.id}")
        if job.group:
            limits[f"group {job.group}"] = 1
            counted.append(f"group {job.group}")
        needs = tuple(_leg(n, i, legs[n]) for n in job.needs if n in legs for i in range(legs[n]))
        time = times[job.id]
        duration = time.duration if isinstance(time, Figure) else Duration.exactly(0.0)
        delay = figures.queue.duration if figures.queue else Duration.exactly(0.0)
        activities += [
            Activity(_leg(job.id, i, legs[job.id]), needs, duration, tuple(counted), delay)
            for i in range(legs[job.id])
        ]
    return activities, limits


def _leg(job: str, index: int, legs: int) -> str:
    return job if legs <= 1 else f"{job}#{index}"


def _emulated(job: JobShape, figures: Figures) -> tuple[Platform, ...]:
    runner = figures.runners.get(job.runner)
    if runner is None or runner.native is None:
        return ()
    return tuple(sorted(p for p in job.platforms if p != runner.native))


def _disk(job: JobShape, known: JobFigures | None, figures: Figures) -> DiskForecast:
    runner = figures.runners.get(job.runner)
    native = frozenset({runner.native} if runner and runner.native else ())
    by_platform = known is not None and bool(known.disk_each)
    peak = None if by_platform and job.open else disk_of(known, job.platforms or native)
    guaranteed = runner.disk if runner else None
    if peak is None or guaranteed is None:
        risk = DiskRisk.UNKNOWN
    elif peak >= guaranteed:
        risk = DiskRisk.OVER
    else:
        risk = DiskRisk.TIGHT if peak > 0.9 * guaranteed else DiskRisk.FITS
    source = (known.disk_source or "declared") if known and peak is not None else ""
    return DiskForecast(peak, guaranteed, runner.usual if runner else None, risk, source)
