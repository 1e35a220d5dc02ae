"""Run history, forecasts and their answers, kept in one SQLite file of the work tree."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TypeVar

import msgspec

from wholeship.adapters.files import State
from wholeship.core.errors import BadInput, Unfinished
from wholeship.forecast.estimate import Forecast
from wholeship.forecast.history import History, JobRun
from wholeship.forecast.ledger import Entry

SCHEMA = 1
_TABLES = """
create table if not exists jobs (
  run integer, attempt integer, job text, body blob, primary key (run, attempt, job));
create table if not exists forecasts (
  id integer primary key, made text, workflow text, scenario text, body blob);
create table if not exists entries (
  run integer, workflow text, scenario text, body blob, primary key (run, workflow, scenario));
"""

_Kept = TypeVar("_Kept", JobRun, Forecast, Entry)


class HistoryStore:
    """The file at *path*; made when first written, safe with several processes (SQLite locks it)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, history: History) -> int:
        """Keep every job of *history*; a job already known is replaced. Returns how many there are now."""
        rows = [(j.run, j.attempt, j.job, msgspec.json.encode(j)) for j in history.jobs]
        with self._open() as db:
            db.executemany("insert or replace into jobs values (?, ?, ?, ?)", rows)
            return int(db.execute("select count(*) from jobs").fetchone()[0])

    def history(self) -> History:
        """Every job kept; empty when there is no file yet."""
        if not self.path.exists():
            return History(())
        with self._open() as db:
            rows = db.execute("select body from jobs order by run, attempt, job").fetchall()
        return History(tuple(self._decode(row[0], JobRun) for row in rows))

    def known_runs(self) -> frozenset[int]:
        """Runs that need not be fetched again."""
        return frozenset(job.run for job in self.history().jobs)

    def remember(self, forecast: Forecast, made: datetime) -> None:
        """Keep *forecast*, so that a later run can answer it."""
        with self._open() as db:
            db.execute(
                "insert into forecasts (made, workflow, scenario, body) values (?, ?, ?, ?)",
                (made.isoformat(), forecast.workflow, forecast.scenario, msgspec.json.encode(forecast)),
            )

    def newest_forecast(self, workflow: str, scenario: str, before: datetime) -> Forecast | None:
        """The last forecast made for a scenario before a moment; None when there was none."""
        if not self.path.exists():
            return None
        with self._open() as db:
            row = db.execute(
                "select body from forecasts where workflow = ? and scenario = ? and made <= ? "
                "order by made desc limit 1",
                (workflow, scenario, before.isoformat()),
            ).fetchone()
        return self._decode(row[0], Forecast) if row else None

    def answer(self, entry: Entry) -> None:
        """Keep a forecast and the run that answered it; once per run and scenario."""
        with self._open() as db:
            db.execute(
                "insert or replace into entries values (?, ?, ?, ?)",
                (entry.run, entry.workflow, entry.scenario, msgspec.json.encode(entry)),
            )

    def entries(self) -> Sequence[Entry]:
        """The ledger, oldest run first."""
        if not self.path.exists():
            return ()
        with self._open() as db:
            rows = db.execute("select body from entries order by run").fetchall()
        return tuple(self._decode(row[0], Entry) for row in rows)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            if not self.path.parent.exists():
                State(self.path.parent).prepare()
            with closing(sqlite3.connect(self.path, timeout=10)) as db, db:
                found = db.execute("pragma user_version").fetchone()[0]
                if found not in (0, SCHEMA):
                    raise BadInput(
                        f"{self.path} was written by another version of wholeship (format {found})",
                        advice="delete it: it is a cache, and is fetched again",
                    )
                # A cache: what a crash loses is fetched again, and no answer waits for the disk.
                db.execute("pragma synchronous = off")
                db.executescript(_TABLES)
                db.execute(f"pragma user_version = {SCHEMA}")
                yield db
        except sqlite3.DatabaseError as error:
            raise Unfinished(
                f"{self.path}: {error}",
                advice="if it is damaged, delete it: it is a cache, and is fetched again",
            ) from None
        except OSError as error:
            raise Unfinished(f"{self.path}: {error.strerror}") from None

    def _decode(self, body: bytes, kind: type[_Kept]) -> _Kept:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.ValidationError as error:
            raise Unfinished(
                f"{self.path} holds an entry that cannot be read: {error}",
                advice="delete the file: it is a cache",
            ) from None
