"""A transport that does what it is told at one exchange, and passes on all the others."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import field
from urllib.parse import urlsplit

from wholeship.core.clock import Clock
from wholeship.core.http import Request, Response, Transport
from wholeship.core.values import dataclass

FOREVER = 1_000_000


class Killed(BaseException):
    """The process ends here, as by SIGKILL: nobody may catch it, nothing runs after it."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request under a fault. ``nth`` counts the exchanges that this fault has hit, from 0."""

    request: Request
    forward: Callable[[], Response]
    clock: Clock
    timeout: float
    nth: int


def everything(request: Request) -> bool:
    """Any exchange."""
    return True


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. ``row`` is its family: K kills, R replies, A logins, L listings and late
    readers, C other people.

    It hits exchange k and those that follow, up to ``times``, where they are exchanges it is ``on``.
    """

    name: str
    row: str
    what: str
    play: Callable[[Exchange], Response]
    times: int = 1
    on: Callable[[Request], bool] = everything


@dataclass(frozen=True, slots=True)
class Step:
    """One exchange as it went: what was asked, of whom, whether with a login, and what came of it."""

    number: int
    method: str
    host: str
    path: str
    signed: bool
    outcome: str


@dataclass(slots=True)
class FaultyTransport:
    """Passes exchanges on to ``inner``; plays ``fault`` from exchange ``at`` (the first is 1).

    With no fault it only counts. ``hits`` says whether the fault was met at all. Thread-safe; which
    exchange is the k-th is settled by who comes first, so drive it with one worker.
    A :class:`wholeship.core.http.Transport`."""

    inner: Transport
    clock: Clock
    fault: Fault | None = None
    at: int = 1
    count: int = 0
    hits: int = 0
    killed: bool = False
    steps: list[Step] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        fault = self.fault
        with self._lock:
            if self.killed:
                raise Killed("a dead process sends nothing")
            self.count += 1
            number, nth = self.count, self.hits
            struck = (
                fault is not None and number >= self.at and nth < fault.times and fault.on(request)
            ) and (nth > 0 or number == self.at)
            self.hits += struck

        def forward() -> Response:
            return self.inner.send(request, limit=limit, timeout=timeout)

        outcome = "killed"
        try:
            if fault is None or not struck:
                response = forward()
            else:
                response = fault.play(Exchange(request, forward, self.clock, timeout, nth))
            outcome = str(response.status)
            return response
        except Killed:
            self.killed = True
            raise
        except Exception as error:
            outcome = type(error).__name__
            raise
        finally:
            self._note(request, number, outcome)

    def _note(self, request: Request, number: int, outcome: str) -> None:
        parts = urlsplit(request.url)
        signed = "Authorization" in request.headers
        step = Step(number, request.method, parts.netloc, parts.path, signed, outcome)
        with self._lock:
            self.steps.append(step)
