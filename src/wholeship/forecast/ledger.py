"""How good earlier forecasts were: what was said, what came, and the record over all of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from wholeship.core.values import dataclass
from wholeship.forecast.estimate import Forecast, is_shown_as
from wholeship.forecast.history import JobRun


@dataclass(frozen=True, slots=True)
class Compared:
    """One figure, forecast and actual, in seconds. ``job`` is empty for the whole run."""

    job: str
    said_median: float
    said_p90: float
    actual: float

    @property
    def error(self) -> float:
        """(actual - said) / said: +0.25 is a quarter longer than forecast."""
        return (self.actual - self.said_median) / self.said_median if self.said_median > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Entry:
    """One forecast that a run has answered."""

    when: datetime
    workflow: str
    scenario: str
    run: int
    compared: tuple[Compared, ...]

    @property
    def total(self) -> Compared:
        """The line of the whole run."""
        return next(c for c in self.compared if not c.job)


@dataclass(frozen=True, slots=True)
class TrackRecord:
    """What all entries say about the next forecast."""

    forecasts: int
    typical_error: float
    bias: float
    within_p90: float

    def __str__(self) -> str:
        if not self.forecasts:
            return "no forecast has been compared with a run yet"
        side = "longer" if self.bias >= 0 else "shorter"
        return (
            f"{self.forecasts} compared so far: typically off by {self.typical_error:.0%}, runs took "
            f"{abs(self.bias):.0%} {side} than forecast, {self.within_p90:.0%} stayed within the p90"
        )


def compare_forecast(said: Forecast, jobs: Sequence[JobRun], *, when: datetime) -> Entry:
    """*said* beside what *jobs* (all of one run) took; jobs of several attempts count once, the last."""
    last: dict[str, JobRun] = {}
    for job in sorted(jobs, key=lambda j: j.attempt):
        last[job.job] = job
    compared = []
    for part in said.jobs:
        runs = [j for name, j in last.items() if is_shown_as(part, name)]
        if runs and part.median is not None and part.p90 is not None:
            compared.append(Compared(part.id, part.median, part.p90, max(r.seconds for r in runs)))
    begin = min(j.started.timestamp() - j.queued for j in last.values())
    end = max(j.started.timestamp() + j.seconds for j in last.values())
    compared.append(Compared("", said.median, said.p90, end - begin))
    run = next(iter(last.values())).run
    return Entry(when, said.workflow, said.scenario, run, tuple(compared))


def track_record(entries: Sequence[Entry]) -> TrackRecord:
    """The record of *entries*: median absolute error, median error, share within the p90."""
    totals = [entry.total for entry in entries]
    if not totals:
        return TrackRecord(0, 0.0, 0.0, 0.0)
    errors = [t.error for t in totals]
    within = sum(t.actual <= t.said_p90 for t in totals) / len(totals)
    return TrackRecord(len(totals), median(abs(e) for e in errors), median(errors), within)
