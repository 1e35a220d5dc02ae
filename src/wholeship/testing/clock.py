"""A clock that is told the time."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta


class FakeClock:
    """Sleeping moves it; nothing waits. ``jump`` moves the wall clock alone, as daylight saving does."""

    def __init__(self, now: datetime | None = None) -> None:
        self._now = now or datetime(2026, 5, 28, 18, 28, 33, tzinfo=UTC)
        self._monotonic = 1000.0
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def monotonic(self) -> float:
        with self._lock:
            return self._monotonic

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass at once."""
        with self._lock:
            self.slept.append(seconds)
            self._monotonic += max(0.0, seconds)
            self._now = _later(self._now, max(0.0, seconds))

    def jump(self, seconds: float) -> None:
        """Move the wall clock, forward or back."""
        with self._lock:
            self._now = _later(self._now, seconds)

    def set(self, now: datetime) -> None:
        """Set the wall clock."""
        with self._lock:
            self._now = now


def _later(now: datetime, seconds: float) -> datetime:
    """*now* and *seconds*; the end of time is where it stops."""
    try:
        return now + timedelta(seconds=seconds)
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC) if seconds > 0 else datetime.min.replace(tzinfo=UTC)
