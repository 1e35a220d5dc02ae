"""The answers of ``forecast`` as JSON; each has a published schema (``wholeship schema forecast``)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from wholeship.forecast.better import Better
from wholeship.forecast.estimate import Forecast, JobForecast
from wholeship.forecast.ledger import Entry, TrackRecord
from wholeship.output.encoding import struct_of

VERSION = 1
S = TypeVar("S", bound=msgspec.Struct)


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
            struct_of(BetterJson, each, scenarios=[_scenario(f) for f in each.forecasts]) for each in better
        ],
        track_record=_rounded(RecordJson, record, 4, ("typical_error", "bias", "within_p90")),
        remarks=remarks or [],
        exit_code=exit_code,
    )


def _scenario(forecast: Forecast) -> ScenarioJson:
    jobs, path = [_job(job) for job in forecast.jobs], forecast.path
    return _rounded(ScenarioJson, forecast, 1, ("median", "p90"), jobs=jobs, critical_path=path)


def _job(job: JobForecast) -> JobJson:
    disk = struct_of(DiskJson, job.disk, usual=job.disk.usual or None)
    share = round(job.share, 3)
    return _rounded(JobJson, job, 1, ("median", "p90", "start", "end", "slack"), share=share, disk=disk)


def _actual(entry: Entry) -> ActualJson:
    times = ("said_median", "said_p90", "actual")
    compared = [_rounded(ComparedJson, each, 1, times, error=round(each.error, 4)) for each in entry.compared]
    return struct_of(ActualJson, entry, compared=compared)


def _rounded(kind: type[S], value: object, digits: int, names: Iterable[str], **computed: object) -> S:
    """A *kind* with the attributes of *value*; those of *names*, where they are numbers, in *digits*."""
    numbers = {name: getattr(value, name) for name in names}
    known = {name: number if number is None else round(number, digits) for name, number in numbers.items()}
    return struct_of(kind, value, **known, **computed)
