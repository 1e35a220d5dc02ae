"""Minutes and gigabytes of two versions of a workflow, side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from wholeship.forecast.declared import DECLARED
from wholeship.forecast.estimate import DiskRisk, Forecast, JobForecast, Shape, forecast_shape
from wholeship.forecast.figures import Figures
from wholeship.forecast.shape import shape_of
from wholeship.logic.schedule import Cycle
from wholeship.verdict.diff import Measure
from wholeship.verdict.study import Study

Known = Callable[[str, str], Figures]
"""The figures for a workflow file and an event."""
SAME = 0.05
"""Minutes; a smaller difference is none."""


def measures(before: Iterable[Study], after: Iterable[Study], known: Known) -> tuple[Measure, ...]:
    """What changes, by scenario of each file that is in both versions.

    Figures of past runs were measured for the platforms of *before*. A scenario whose figures are not
    complete on both sides has no times; nothing is made up.
    """
    old = {study.path: study for study in before}
    found: list[Measure] = []
    for study in after:
        if study.path in old:
            found += _file(old[study.path], study, known)
    return tuple(found)


def _file(before: Study, after: Study, known: Known) -> Iterator[Measure]:
    shapes = {case.name: shape_of(case.instance, case.facts) for case in before.cases}
    for case in after.cases:
        if case.name not in shapes:
            continue
        old = shapes[case.name]
        figures = measured_for(old, known(after.path, case.instance.scenario.event))
        try:
            pair = forecast_shape(old, figures), forecast_shape(shape_of(case.instance, case.facts), figures)
        except Cycle:
            continue
        yield from _scenario(case.name, *pair)


def measured_for(shape: Shape, figures: Figures) -> Figures:
    """*figures*, with what past runs took said to be for the platforms that *shape* builds."""
    platforms = {name: job.platforms for job in shape.jobs for name in (*job.names, job.id)}
    jobs = {
        name: replace(job, platforms=platforms[name])
        if job.whole is not None
        and job.whole.source != DECLARED
        and not job.platforms
        and platforms.get(name)
        else job
        for name, job in figures.jobs.items()
    }
    return replace(figures, jobs=jobs)


def _scenario(name: str, before: Forecast, after: Forecast) -> Iterator[Measure]:
    if before.complete and after.complete:
        yield from _jobs(name, before, after)
        yield _minutes(name, "critical path", before.median, after.median)
        old, new = before.billed_minutes, after.billed_minutes
        yield Measure(name, "runner minutes", str(old), str(new), _less(old, new))
    yield from _disks(name, before, after)


def _jobs(name: str, before: Forecast, after: Forecast) -> Iterator[Measure]:
    old: Mapping[str, JobForecast] = {job.id: job for job in before.jobs}
    for job in after.jobs:
        one = old.get(job.id)
        if one is None or one.median is None or job.median is None:
            continue
        if abs(one.median - job.median) / 60 >= SAME:
            yield _minutes(name, job.id, one.median, job.median)


def _disks(name: str, before: Forecast, after: Forecast) -> Iterator[Measure]:
    old, new = before.peak_disk, after.peak_disk
    if old is None or new is None:
        return
    yield Measure(name, "peak disk", f"{old:g} GB", f"{new:g} GB", _less(old, new))
    risks = _risk(before), _risk(after)
    if any(risks):
        better = _less(bool(risks[0]), bool(risks[1]))
        yield Measure(name, "disk-full risk", risks[0] or "none", risks[1] or "none", better)


def _risk(found: Forecast) -> str:
    """The jobs that are over what their runner guarantees."""
    over = [job.id for job in found.jobs if job.disk.risk is DiskRisk.OVER]
    return f"{', '.join(over)}: over the guarantee" if over else ""


def _minutes(scenario: str, what: str, before: float, after: float) -> Measure:
    better = _less(before, after) if abs(before - after) / 60 >= SAME else None
    return Measure(scenario, what, f"{before / 60:.1f} min", f"{after / 60:.1f} min", better)


def _less(before: float, after: float) -> bool | None:
    return None if before == after else after < before
