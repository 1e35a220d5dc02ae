"""Figures that people declare, checked: minutes and gigabytes of jobs, runners, the factor of emulation."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import field

from wholeship.core.errors import BadInput
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.forecast.figures import RUNNERS, Figure, Figures, JobFigures, Runner
from wholeship.logic.schedule import Duration

DECLARED = "declared"
MOST_MINUTES = 5 * 24 * 60
"""No job lasts longer than five days (GitHub docs, "Actions limits")."""
MOST_GB = 100_000

Amount = float | Mapping[str, float] | None


@dataclass(frozen=True, slots=True)
class Declared:
    """What the release file says. ``jobs``: minutes and GB by job; ``runners``: GB and platform by label."""

    jobs: Mapping[str, tuple[Amount, Amount]] = field(default_factory=dict)
    runners: Mapping[str, tuple[float | None, str | None]] = field(default_factory=dict)
    emulation: float | None = None
    queue: float | None = None
    concurrent: int | None = None


def figures_of(declared: Declared) -> Figures:
    """*declared* as figures; :class:`BadInput` names what is negative, absurd or misspelt."""
    jobs = {name: _job(name, *amounts) for name, amounts in declared.jobs.items()}
    runners = {label: _runner(label, *said) for label, said in declared.runners.items()}
    if declared.emulation is not None:
        _within("forecast.emulation", declared.emulation, 1000, least=0.1)
    if declared.queue is not None:
        _within("forecast.queue", declared.queue, 24 * 3600)
    if declared.concurrent is not None and declared.concurrent < 1:
        raise BadInput("forecast.concurrent: should be 1 or more")
    queue = None if declared.queue is None else Figure(Duration.exactly(declared.queue), DECLARED)
    return Figures(jobs, {**RUNNERS, **runners}, queue, declared.emulation, declared.concurrent)


def _job(name: str, minutes: Amount, disk: Amount) -> JobFigures:
    where = f"forecast.jobs.{name}"
    whole, fixed, each = _times(f"{where}.minutes", minutes)
    total, disk_fixed, disk_each = _disks(f"{where}.disk", disk)
    source = DECLARED if disk is not None else ""
    return JobFigures(
        whole=whole,
        fixed=fixed,
        each=each,
        disk=total,
        disk_fixed=disk_fixed,
        disk_each=disk_each,
        disk_source=source,
    )


def _times(where: str, minutes: Amount) -> tuple[Figure | None, Figure | None, dict[Platform, Figure]]:
    if minutes is None:
        return None, None, {}
    if not isinstance(minutes, Mapping):
        return _exactly(where, minutes), None, {}
    for key, value in minutes.items():
        _within(f"{where}.{key}", value, MOST_MINUTES)
    if "median" in minutes:
        median, p90 = minutes["median"], minutes.get("p90", minutes["median"])
        if set(minutes) - {"median", "p90"}:
            raise BadInput(f"{where}: either median and p90, or fixed and platforms")
        if p90 < median:
            raise BadInput(f"{where}: the p90 is below the median")
        return Figure(Duration.between(median * 60, p90 * 60), DECLARED), None, {}
    each = {_platform(where, key): _exactly(where, value) for key, value in minutes.items() if key != "fixed"}
    fixed = _exactly(where, minutes["fixed"]) if "fixed" in minutes else None
    return None, fixed, each


def _disks(where: str, disk: Amount) -> tuple[float | None, float, dict[Platform, float]]:
    if disk is None:
        return None, 0.0, {}
    if not isinstance(disk, Mapping):
        return _within(where, disk, MOST_GB), 0.0, {}
    for key, value in disk.items():
        _within(f"{where}.{key}", value, MOST_GB)
    each = {_platform(where, key): value for key, value in disk.items() if key != "fixed"}
    if not each:
        return disk.get("fixed", 0.0), 0.0, {}
    return None, disk.get("fixed", 0.0), each


def _runner(label: str, disk: float | None, platform: str | None) -> Runner:
    where = f"forecast.runners.{label}"
    known = RUNNERS.get(label)
    if disk is not None:
        _within(f"{where}.disk", disk, MOST_GB)
    native = _platform(where, platform) if platform else (known.native if known else None)
    return Runner(label, disk if disk is not None else (known.disk if known else None), None, native)


def _exactly(where: str, minutes: float) -> Figure:
    return Figure(Duration.exactly(_within(where, minutes, MOST_MINUTES) * 60), DECLARED)


def _within(where: str, value: float, most: float, *, least: float = 0.0) -> float:
    if not math.isfinite(value) or not least <= value <= most:
        raise BadInput(f"{where}: {value:g} is not between {least:g} and {most:g}")
    return value


def _platform(where: str, text: str) -> Platform:
    try:
        return Platform.parse(text)
    except BadInput as error:
        raise BadInput(
            f"{where}: {error.message}", advice="write fixed, or a platform as linux/amd64"
        ) from None
