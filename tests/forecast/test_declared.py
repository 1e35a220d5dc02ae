"""Declared figures, and those that nobody can have meant."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest

from wholeship.core.errors import BadInput
from wholeship.core.platform import Platform
from wholeship.forecast.declared import Amount, Declared, figures_of

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")


def job(minutes: Amount = None, disk: Amount = None) -> Declared:
    return Declared(jobs={"build": (minutes, disk)})


def test_minutes_in_all_or_as_two_figures_or_by_platform() -> None:
    """Minutes are one figure, a median with its p90, or a fixed part and one for each platform."""
    assert figures_of(job(8)).jobs["build"].whole.duration.at(0.5) == 480  # type: ignore[union-attr]
    skewed = figures_of(job({"median": 10, "p90": 20})).jobs["build"].whole
    assert skewed is not None
    assert (round(skewed.duration.at(0.5)), round(skewed.duration.at(0.9))) == (600, 1200)
    parts = figures_of(job({"fixed": 1, "linux/amd64": 7, "linux/arm64": 17})).jobs["build"]
    assert parts.whole is None
    assert parts.fixed is not None
    assert {p: f.duration.at(0.5) for p, f in parts.each.items()} == {AMD64: 420, ARM64: 1020}


def test_disk_in_all_or_by_platform() -> None:
    """Gigabytes are one figure, or a fixed part and one for each platform; the source is said."""
    assert figures_of(job(disk=6)).jobs["build"].disk == 6
    parts = figures_of(job(disk={"fixed": 2, "linux/amd64": 4})).jobs["build"]
    assert (parts.disk_fixed, parts.disk_each, parts.disk_source) == (2, {AMD64: 4}, "declared")


BAD: Mapping[str, Declared] = {
    "forecast.jobs.build.minutes: -1 is not between": job(-1),
    "forecast.jobs.build.minutes: nan is not": job(math.nan),
    "forecast.jobs.build.minutes: inf is not": job(math.inf),
    "forecast.jobs.build.minutes.p90: 1e\\+09 is not": job({"median": 1, "p90": 1e9}),
    "the p90 is below the median": job({"median": 10, "p90": 5}),
    "either median and p90, or fixed and platforms": job({"median": 10, "linux/amd64": 5}),
    "forecast.jobs.build.minutes: .*windoze": job({"windoze": 5}),
    "forecast.jobs.build.disk: -3 is not": job(disk=-3),
    "forecast.emulation: 0 is not": Declared(emulation=0),
    "forecast.queue: -5 is not": Declared(queue=-5),
    "forecast.concurrent": Declared(concurrent=0),
    "forecast.runners.big.disk": Declared(runners={"big": (-1, None)}),
}


@pytest.mark.parametrize("message", BAD)
def test_absurd_figures_are_refused(message: str) -> None:
    """A negative, endless or misspelt figure is refused, with the key it stands under."""
    with pytest.raises(BadInput, match=message):
        figures_of(BAD[message])


def test_runners_keep_what_is_not_declared() -> None:
    """Declaring a runner's disk keeps its platform; a new label has what was said of it."""
    figures = figures_of(Declared(runners={"ubuntu-24.04-arm": (100, None), "mine": (50, "linux/arm64")}))
    assert (figures.runners["ubuntu-24.04-arm"].disk, figures.runners["ubuntu-24.04-arm"].native) == (
        100,
        ARM64,
    )
    assert (figures.runners["mine"].disk, figures.runners["mine"].native) == (50, ARM64)
    assert figures.runners["ubuntu-latest"].disk == 14
