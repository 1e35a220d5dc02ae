"""Long work side by side: all of it, or none of it for long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from wholeship.core.errors import Stopped

Result = TypeVar("Result")
HEARTBEAT = 0.2
"""Seconds until Ctrl-C is seen, at the latest."""


def together(calls: Iterable[Callable[[], Result]], width: int, stop: Event) -> list[Result]:
    """What *calls* give, *width* of them at a time, in their order.

    When one raises, or the caller is interrupted, *stop* is set: those under way are to end soon (with
    ``Stopped``) and are waited for, the others never begin. The error that is raised is the one that
    started it.
    """
    work = list(calls)

    def one(call: Callable[[], Result]) -> Result:
        if stop.is_set():
            raise Stopped("not begun")
        try:
            return call()
        except BaseException:
            stop.set()  # here, so that this thread does not begin the next first
            raise

    futures: list[Future[Result]] = []
    threads = max(1, min(width, len(work)))
    with ThreadPoolExecutor(threads) as pool:
        try:
            _begun(pool, threads)
            futures.extend(pool.submit(one, call) for call in work)
            waiting = set(futures)
            # In short waits: a signal that comes just before a long one would only be seen after it.
            while waiting and not stop.is_set():
                waiting = wait(waiting, HEARTBEAT, return_when=FIRST_EXCEPTION).not_done
        except BaseException:  # Ctrl-C, be it before all have begun
            stop.set()
            raise
    errors = [error for future in futures if (error := future.exception())]
    for error in sorted(errors, key=lambda e: isinstance(e, Stopped)):
        raise error
    return [future.result() for future in futures]


def _begun(pool: ThreadPoolExecutor, threads: int) -> None:
    """All threads of *pool*, before there is work for them.

    An interrupt while one is being started makes the pool lose sight of it, and it would not be waited for.
    """
    go = Event()
    try:
        for _ in range(threads):
            pool.submit(go.wait)
    finally:
        go.set()
