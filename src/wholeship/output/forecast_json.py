"""The answers of ``forecast`` as JSON; each has a published schema (``wholeship schema forecast``)."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from wholeship.forecast.better import Better
from wholeship.forecast.estimate import Forecast, JobForecast
from wholeship.forecast.ledger import Entry, TrackRecord

VERSION = 1


class DiskJson(msgspec.Struct, frozen=True):
    """Gigabytes: the peak, and what the runner guarantees and is usually seen to have."""

    peak: float | None
    guaranteed: float | None
    usual: list[float] | None
    risk: str
    source: str


class JobJson(msgspec.Struct, frozen=True):
    """One job. Seconds; ``share`` is the part of all simulated runs in which it decides the end."""

    id: str
    median: float | None
    p90: float | None
    start: float
    end: float
    share: float
    slack: float
    source: str
    emulated: list[str]
    disk: DiskJson


class MissingJson(msgspec.Struct, frozen=True):
    """A figure nobody has given."""

    job: str
    what: str
    advice: str


class ScenarioJson(msgspec.Struct, frozen=True):
    """One scenario of one workflow. Seconds. With ``missing`` durations the times are lower bounds."""

    workflow: str
    scenario: str
    median: float
    p90: float
    complete: bool
    critical_path: list[str]
    billed_minutes: int
    peak_disk: float | None
    jobs: list[JobJson]
    missing: list[MissingJson]
    remarks: list[str]


class ComparedJson(msgspec.Struct, frozen=True):
    """Forecast and actual of one job; ``job`` is empty for the whole run. Seconds."""

    job: str
    said_median: float
    said_p90: float
    actual: float
    error: float


class ActualJson(msgspec.Struct, frozen=True):
    """A forecast beside the run that answered it."""

    workflow: str
    scenario: str
    run: int
    compared: list[ComparedJson]


class RecordJson(msgspec.Struct, frozen=True):
    """How good earlier forecasts were. Errors are fractions: 0.25 is a quarter longer than forecast."""

    forecasts: int
    typical_error: float
    bias: float
    within_p90: float


class BetterJson(msgspec.Struct, frozen=True):
    """The same release in the better shape. Where ``patch`` is empty, ``reason`` says why a person has to."""

    workflow: str
    done: list[str]
    patch: str
    reason: str
    scenarios: list[ScenarioJson]


class ForecastJson(msgspec.Struct, frozen=True, kw_only=True):
    """What ``forecast`` answers."""

    version: int = VERSION
    scenarios: list[ScenarioJson]
    actual: list[ActualJson] = []
    better: list[BetterJson] = []
    track_record: RecordJson
    remarks: list[str] = []
    exit_code: int


def forecast_json(
    forecasts: list[Forecast],
    record: TrackRecord,
    exit_code: int,
    *,
    actual: list[Entry] | None = None,
    better: Iterable[Better] = (),
    remarks: list[str] | None = None,
) -> ForecastJson:
    """Everything ``forecast`` found out."""
    return ForecastJson(
        scenarios=[_scenario(forecast) for forecast in forecasts],
        actual=[_actual(entry) for entry in actual or []],
        better=[
            BetterJson(b.workflow, list(b.done), b.patch, b.reason, [_scenario(f) for f in b.forecasts])
            for b in better
        ],
        track_record=RecordJson(
            record.forecasts,
            round(record.typical_error, 4),
            round(record.bias, 4),
            round(record.within_p90, 4),
        ),
        remarks=remarks or [],
        exit_code=exit_code,
    )


def _scenario(forecast: Forecast) -> ScenarioJson:
    return ScenarioJson(
        workflow=forecast.workflow,
        scenario=forecast.scenario,
        median=round(forecast.median, 1),
        p90=round(forecast.p90, 1),
        complete=forecast.complete,
        critical_path=list(forecast.path),
        billed_minutes=forecast.billed_minutes,
        peak_disk=forecast.peak_disk,
        jobs=[_job(job) for job in forecast.jobs],
        missing=[MissingJson(m.job, m.what, m.advice) for m in forecast.missing],
        remarks=list(forecast.remarks),
    )


def _job(job: JobForecast) -> JobJson:
    disk = job.disk
    return JobJson(
        id=job.id,
        median=_round(job.median),
        p90=_round(job.p90),
        start=round(job.start, 1),
        end=round(job.end, 1),
        share=round(job.share, 3),
        slack=round(job.slack, 1),
        source=job.source,
        emulated=[str(platform) for platform in job.emulated],
        disk=DiskJson(
            disk.peak, disk.guaranteed, list(disk.usual) if disk.usual else None, str(disk.risk), disk.source
        ),
    )


def _actual(entry: Entry) -> ActualJson:
    compared = [
        ComparedJson(
            c.job, round(c.said_median, 1), round(c.said_p90, 1), round(c.actual, 1), round(c.error, 4)
        )
        for c in entry.compared
    ]
    return ActualJson(entry.workflow, entry.scenario, entry.run, compared)


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
