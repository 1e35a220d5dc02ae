"""Looking again and again: live on a terminal, line by line everywhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from wholeship.core.clock import Clock
from wholeship.core.errors import ExitCode, Unfinished
from wholeship.core.values import dataclass

INTERVAL = 5.0
"""Seconds between looks when nobody says."""
SHORTEST = 1.0

Show = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Sight:
    """One look: what is shown, what it amounts to, and whether there is nothing more to wait for."""

    text: str
    code: int
    settled: bool = False


def watch(look: Callable[[], Sight], show: Show, clock: Clock, interval: float) -> int:
    """Look every *interval* seconds until it is settled, or a person interrupts; what the last look gave.

    A look that fails is shown as such, and is tried again.
    """
    code: int = ExitCode.UNFINISHED
    try:
        while True:
            try:
                sight = look()
            except Unfinished as error:
                sight = Sight(f"could not look: {error.message}\n", error.exit_code)
            code = sight.code
            show(sight.text)
            if sight.settled:
                return code
            clock.sleep(max(interval, SHORTEST))
    except KeyboardInterrupt:
        # The one way to end a watch by hand is no failure of what was watched.
        return code


@contextmanager
def screen(clock: Clock, stream: TextIO | None = None, *, live: bool, raw: bool = False) -> Iterator[Show]:
    """Where looks are shown: redrawn in place, cut to the height of the terminal; or, without one, the
    lines that are new since the last look, after the time; *raw*, each look that is another, as it is."""
    stream = stream or sys.stdout
    if not live:
        yield _Log(clock, stream, stamped=not raw).show
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    console = Console(file=stream, highlight=False, emoji=False)
    with Live(console=console, auto_refresh=False, vertical_overflow="ellipsis") as drawing:

        def show(text: str) -> None:
            stamp = clock.now().strftime("%H:%M:%S UTC")
            drawing.update(Text.from_ansi(f"{text.rstrip()}\n{stamp}, Ctrl-C to end"), refresh=True)

        yield show


class _Log:
    """The same look is not written twice."""

    def __init__(self, clock: Clock, stream: TextIO, *, stamped: bool) -> None:
        self._clock, self._stream, self._stamped = clock, stream, stamped
        self._last: str | None = None

    def show(self, text: str) -> None:
        """Write *text* when it is new."""
        if text == self._last:
            return
        if not self._stamped:
            self._last = text
            print(text, end="", file=self._stream, flush=True)
            return
        stamp = self._clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        before = set((self._last or "").splitlines())
        for line in text.splitlines():
            if line.strip() and line not in before:
                print(f"{stamp} {line}", file=self._stream, flush=True)
        self._last = text
