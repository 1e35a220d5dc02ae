"""Ctrl-C and SIGTERM, heard as one thing."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM is as Ctrl-C; the second of either ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, _end_at_once)
        raise KeyboardInterrupt

    before: dict[signal.Signals, Callable[..., object] | int | None] = {}
    try:
        for each in (signal.SIGINT, signal.SIGTERM):
            before[each] = signal.signal(each, stop)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _end_at_once(number: int, frame: FrameType | None) -> None:
    sys.stderr.write("\nstopped at once; to see what is out: wholeship status\n")
    sys.stderr.flush()
    os._exit(130)
