"""Ctrl-C and SIGTERM: how they are heard for the time of a block, and that all is as before after it."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType

Handler = Callable[[int, FrameType | None], object]
STOPPING = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def handling(handler: Handler, numbers: Sequence[signal.Signals] = STOPPING) -> Iterator[None]:
    """*handler* hears *numbers* for the time of the block; only the main thread hears signals at all.

    A handler that was not set from Python cannot be set from it again: the system's default takes its place.
    """
    if current_thread() is not main_thread():
        yield
        return
    before: dict[signal.Signals, Callable[..., object] | int | None] = {}
    try:
        for each in numbers:
            before[each] = signal.signal(each, handler)
        yield
    finally:
        for each, former in before.items():
            signal.signal(each, signal.SIG_DFL if former is None else former)


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM is as Ctrl-C; the second of either ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in STOPPING:
            signal.signal(each, _end_at_once)
        raise KeyboardInterrupt

    with handling(stop):
        yield


@contextmanager
def sigterm_as_interrupt() -> Iterator[None]:
    """SIGTERM is as Ctrl-C."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    with handling(stop, (signal.SIGTERM,)):
        yield


@contextmanager
def kept_back() -> Iterator[list[int]]:
    """Both wait for the end of the block; the list has those that came meanwhile, for the caller to raise."""
    heard: list[int] = []
    with handling(lambda number, _: heard.append(number)):
        yield heard


def _end_at_once(number: int, frame: FrameType | None) -> None:
    sys.stderr.write("\nstopped at once; to see what is out: wholeship status\n")
    sys.stderr.flush()
    os._exit(130)
