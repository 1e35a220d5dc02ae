"""Run history as GitHub's API tells it, with the holes it has."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.core.errors import BadInput
from wholeship.forecast import history, ledger
from wholeship.forecast.estimate import JobShape, Shape, forecast_shape


def job(name: str, start: str, end: str | None, **more: Any) -> dict[str, Any]:
    created = more.pop("created", start)
    return {
        "run_id": 7,
        "name": name,
        "conclusion": "success",
        "created_at": f"2026-05-28T{created}Z",
        "started_at": f"2026-05-28T{start}Z",
        "completed_at": f"2026-05-28T{end}Z" if end else None,
    } | more


GOOD = job("build-app", "18:00:30", "18:08:30", created="18:00:00")


def read(*documents: Any) -> history.History:
    return history.read_history("\n".join(json.dumps(d) for d in documents))


def test_pages_in_any_grouping() -> None:
    """One object, a list of pages, and documents one after another hold the same jobs."""
    one = read({"jobs": [GOOD]})
    assert one == read([{"jobs": [GOOD]}]) == read({"jobs": []}, {"jobs": [GOOD]})
    assert one.jobs[0].seconds == 480
    assert one.jobs[0].queued == 30


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (job("x", "18:00:00", None), "not finished"),
        (job("x", "18:08:00", "18:00:00"), "clocks disagree"),
        (job("x", "18:00:00", "18:01:00", run_id=None), "no name or run id"),
        (job("x", "18:00:00", "18:01:00", started_at="yesterday"), "without times"),
        (job("x", "18:00:00", "18:01:00", completed_at="2027-05-28T18:00:00Z"), "lasted for weeks"),
    ],
)
def test_what_cannot_be_used_is_counted(bad: dict[str, Any], why: str) -> None:
    """A hole in the history is said, and the rest is still used."""
    found = read({"jobs": [GOOD, bad]})
    assert [j.job for j in found.jobs] == ["build-app"]
    assert why in found.remarks[0]


@pytest.mark.parametrize("text", ["", "{}", "[]", "{", "nonsense", '{"jobs": []}', "[" * 100_000])
def test_no_history_is_an_error(text: str) -> None:
    """A file without jobs is refused; it never becomes a forecast of zero minutes."""
    with pytest.raises(BadInput):
        history.read_history(text)


@given(
    st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists, max_leaves=5).map(json.dumps)
)
def test_noise_is_refused(text: str) -> None:
    """Anything that is no history is refused, and nothing else happens."""
    with pytest.raises(BadInput):
        history.read_history(text)


def test_only_successes_make_figures() -> None:
    """A cancelled job's two seconds do not make the forecast quicker."""
    cancelled = job("build-app", "19:00:00", "19:00:02", conclusion="cancelled")
    found = history.figures(read({"jobs": [GOOD, cancelled]}))
    figure = found.jobs["build-app"].whole
    assert figure is not None
    assert figure.duration.samples == (480,)
    assert figure.source == "1 run since 2026-05-28"


def test_forecast_meets_a_run() -> None:
    """A forecast and the run that came are put side by side, and the record adds up."""
    past = read({"jobs": [GOOD]})
    said = forecast_shape(Shape("publish.yml", "push", (JobShape("build-app"),)), history.figures(past))
    came = read({"jobs": [job("build-app", "20:00:00", "20:10:00", run_id=8)]})
    entry = ledger.compare_forecast(said, came.jobs, when=datetime(2026, 5, 28, tzinfo=UTC))
    assert entry.compared[0].error == pytest.approx(0.25)
    record = ledger.track_record([entry])
    assert record.forecasts == 1
    assert "typically off by" in str(record)
    assert str(ledger.track_record([])) == "no forecast has been compared with a run yet"
