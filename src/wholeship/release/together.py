"""Long work side by side: all of it, or none of it for long."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from wholeship.core.errors import Stopped

Result = TypeVar("Result")
HEARTBEAT = 0.2
"""Seconds until Ctrl-C is seen, at the latest."""


def together(
    calls: Iterable[Callable[[], Result]],
    width: int,
    stop: Event,
    after: Sequence[Collection[int]] = (),
) -> list[Result]:
    """What *calls* give, *width* of them at a time, in their order.

    With *after*, each call begins only when those of these numbers are over: in a ring, none would.

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

    waiting_for = {n: set(after[n]) if after else set() for n in range(len(work))}
    futures: dict[int, Future[Result]] = {}
    threads = max(1, min(width, len(work)))
    with ThreadPoolExecutor(threads) as pool:
        try:
            _begun(pool, threads)
            waiting: set[Future[Result]] = set()
            while not stop.is_set():
                free = [n for n, others in waiting_for.items() if n not in futures and not others]
                futures.update({n: pool.submit(one, work[n]) for n in free})
                waiting |= {futures[n] for n in free}
                if not waiting:
                    break
                # In short waits: a signal that comes just before a long one would only be seen after it.
                done, waiting = wait(waiting, HEARTBEAT, return_when=FIRST_COMPLETED)
                over = {n for n, future in futures.items() if future in done and not future.exception()}
                waiting_for = {n: others - over for n, others in waiting_for.items()}
        except BaseException:  # Ctrl-C, be it before all have begun
            stop.set()
            raise
    errors = [error for future in futures.values() if (error := future.exception())]
    for error in sorted(errors, key=lambda e: isinstance(e, Stopped)):
        raise error
    if len(futures) < len(work):
        raise Stopped("not begun")
    return [futures[n].result() for n in range(len(work))]


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
