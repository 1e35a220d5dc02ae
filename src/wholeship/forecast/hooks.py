"""What the rules of ``check`` ask the forecast: minutes of a wait, gigabytes over the guarantee."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wholeship.forecast.estimate import DiskRisk, Forecast, Shape, forecast_shape
from wholeship.forecast.figures import Figures
from wholeship.forecast.measure import Known
from wholeship.forecast.shape import shape_of
from wholeship.logic.schedule import Cycle
from wholeship.verdict.study import DiskRisks, Minutes, Study


def minutes_of(figures: Known) -> Minutes:
    """How many minutes a job's wait for another costs, in the scenario where it costs most.

    Only what is known in full counts: with a missing figure nobody knows, and nothing is said.
    """
    known: dict[str, list[tuple[Shape, Figures, Forecast]]] = {}

    def minutes(study: Study, job: str, need: str) -> float | None:
        if study.path not in known:
            known[study.path] = list(_complete(study, figures))
        saved = [
            (before.median - _without(shape, job, need, mine)) / 60
            for shape, mine, before in known[study.path]
        ]
        return max(saved, default=None)

    return minutes


def disks_of(figures: Known) -> DiskRisks:
    """Jobs whose peak is over what their runner guarantees, scenario by scenario."""

    def disks(study: Study) -> Iterator[tuple[str, str, float, float]]:
        for case in study.cases:
            try:
                mine = figures(study.path, case.instance.scenario.event)
                found = forecast_shape(shape_of(case.instance, case.facts), mine)
            except Cycle:
                continue
            for job in found.jobs:
                disk = job.disk
                if disk.risk is DiskRisk.OVER and disk.peak is not None and disk.guaranteed is not None:
                    yield case.name, job.id, disk.peak, disk.guaranteed

    return disks


def _complete(study: Study, figures: Known) -> Iterator[tuple[Shape, Figures, Forecast]]:
    for case in study.cases:
        shape = shape_of(case.instance, case.facts)
        mine = figures(study.path, case.instance.scenario.event)
        try:
            found = forecast_shape(shape, mine)
        except Cycle:
            continue
        if found.complete:
            yield shape, mine, found


def _without(shape: Shape, job: str, need: str, figures: Figures) -> float:
    """The median seconds of *shape* when *job* does not wait for *need*."""
    jobs = tuple(
        replace(each, needs=tuple(n for n in each.needs if n != need)) if each.id == job else each
        for each in shape.jobs
    )
    return forecast_shape(replace(shape, jobs=jobs), figures).median
