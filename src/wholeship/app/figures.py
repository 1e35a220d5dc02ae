"""Figures of how long jobs take and what they fill, from wherever there are any."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from wholeship.app.world import World
from wholeship.forecast.declared import Declared, figures_of
from wholeship.forecast.figures import GB, Figure, Figures, JobFigures
from wholeship.forecast.history import figures as observed
from wholeship.forecast.measure import Known
from wholeship.logic.schedule import Duration
from wholeship.release.record import Record
from wholeship.release.schema import RawForecast


def known_figures(world: World, root: Path, raw: RawForecast | None) -> Known | None:
    """Figures for ``check`` and ``diff``: declared ones, then kept history; None when there are neither."""
    declared = declared_figures(raw)
    history = world.open_history(world.history_file(root)).history()
    if not declared.jobs and not history.jobs:
        return None
    return lambda workflow, event: declared.over(observed(history, workflow=workflow, event=event))


def declared_figures(raw: RawForecast | None) -> Figures:
    """The figures of the release file's ``forecast`` section."""
    if raw is None:
        return figures_of(Declared())
    return figures_of(
        Declared(
            {name: (job.minutes, job.disk) for name, job in raw.jobs.items()},
            {label: (runner.disk, runner.platform) for label, runner in raw.runners.items()},
            raw.emulation,
            raw.queue,
            raw.concurrent,
        )
    )


def recorded_figures(records: Iterable[Record]) -> Figures:
    """What releases made here took, under the names that an exported workflow gives its jobs."""
    found: dict[str, JobFigures] = {}
    for record in records:
        source = f"the release {record.plan.tag}"
        for candidate in record.candidates.values():
            if candidate.reused_from or not candidate.built_seconds:
                continue
            seconds = Duration.exactly(candidate.built_seconds + candidate.pushed_seconds)
            figures = JobFigures(
                whole=Figure(seconds, source),
                platforms=frozenset(candidate.platforms),
                disk=round(candidate.storage_bytes / GB, 3) if candidate.storage_bytes else None,
                disk_source=source,
            )
            found.setdefault(f"build-{candidate.image}", figures)
    return Figures(found)
