"""The history file: a cache that can be lost, and never lies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from wholeship.adapters.history import HistoryStore
from wholeship.core.errors import WholeshipError
from wholeship.forecast import ledger
from wholeship.forecast.estimate import JobShape, Shape, forecast_shape
from wholeship.forecast.figures import Figure, Figures, JobFigures
from wholeship.forecast.history import History, JobRun
from wholeship.logic.schedule import Duration

NOON = datetime(2026, 5, 28, 12, tzinfo=UTC)


def ran(job: str, seconds: float, run: int = 1) -> JobRun:
    return JobRun(
        "publish.yml", job, run, 1, "push", "main", "success", NOON, seconds, 0.0, ("ubuntu-latest",)
    )


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    """Jobs, forecasts and ledger entries read back as they were written; the same job counts once."""
    store = HistoryStore(tmp_path / "deep" / "history.sqlite")
    assert store.history().jobs == ()
    assert store.entries() == ()
    assert store.add(History((ran("app", 480), ran("app", 480), ran("worker", 420)))) == 2
    assert set(store.history().jobs) == {ran("app", 480), ran("worker", 420)}
    assert store.known_runs() == {1}

    figures = Figures({"app": JobFigures(whole=Figure(Duration.exactly(400), "declared"))})
    said = forecast_shape(Shape("publish.yml", "push", (JobShape("app"),)), figures)
    store.remember(said, NOON)
    assert store.newest_forecast("publish.yml", "push", NOON - timedelta(1)) is None
    assert store.newest_forecast("publish.yml", "push", NOON) == said

    entry = ledger.compare_forecast(said, store.history().jobs[:1], when=NOON)
    store.answer(entry)
    store.answer(entry)
    assert store.entries() == (entry,)


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be one" * 50, b"SQLite format 3\0" + b"\xff" * 500]
)
def test_a_damaged_file_is_said(tmp_path: Path, content: bytes) -> None:
    """A damaged file is an error that says what to do; it is never taken for an empty history."""
    path = tmp_path / "history.sqlite"
    path.write_bytes(content)
    with pytest.raises(WholeshipError, match=r"history\.sqlite") as caught:
        HistoryStore(path).history()
    assert "delete" in caught.value.advice


def test_another_format_is_refused(tmp_path: Path) -> None:
    """A file of a newer format is not misread."""
    store = HistoryStore(tmp_path / "history.sqlite")
    store.add(History((ran("app", 1),)))
    with store._open() as db:
        db.execute("pragma user_version = 99")
    with pytest.raises(WholeshipError, match="another version"):
        store.history()


def test_the_store_stays_out_of_git(tmp_path: Path) -> None:
    """A forecast does not make the work tree dirty: its folder ignores itself."""
    store = HistoryStore(tmp_path / ".wholeship" / "forecast.db")
    store.add(History(()))
    assert (tmp_path / ".wholeship" / ".gitignore").read_text() == "*\n"
