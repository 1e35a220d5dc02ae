"""Progress for people in a log, and what a stream can show. Progress goes to stderr, always.

Each step is one line, said when it ends, so that a log reads from top to bottom; a step that takes long is
heard of every minute. ``live.py`` is for terminals.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Self, TextIO

from wholeship.core.progress import Outcome, Task
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass
from wholeship.core.wording import elapsed
from wholeship.output.ink import Ink

MINUTE, BEAT = 60.0, 1.0
"""Seconds after which a step that still runs is heard of, and between looks whether it is time."""
KEPT = 500
"""Most lines of what a program said that are kept until its task has ended."""
_LINKING_VARIABLES = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "WEZTERM_PANE")
_LINKING_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio")
_LINKING_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "contour")
_WORDS = {
    Outcome.DONE: "done",
    Outcome.REUSED: "reused",
    Outcome.SKIPPED: "skipped",
    Outcome.FAILED: "FAILED",
    Outcome.STOPPED: "stopped",
}


def is_terminal(stream: TextIO) -> bool:
    """Whether *stream* can show live lines: a terminal, and nobody asked for plain output."""
    return stream.isatty() and os.environ.get("TERM", "") != "dumb" and "CI" not in os.environ


def on_terminal() -> bool:
    """Whether somebody sits there who can read and answer."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def agreed(tag: str, would: Sequence[str]) -> bool:
    """What a person says to taking back *tag*, which *would* do these things; anything but yes is no."""
    steps = "".join(f"  would {printable(step)}\n" for step in would)
    sys.stderr.write(f"taking back {tag}:\n{steps}go on? [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() in ("y", "yes"):
        return True
    sys.stderr.write("nothing was written\n")
    return False


def wants_colour(stream: TextIO) -> bool:
    """Whether to colour *stream*: ``NO_COLOR`` (any non-empty value) and pipes say no."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def ink_for(stream: TextIO) -> Ink:
    """The colours and links of *stream*; none where it shows none."""
    links = shows_links(stream)
    return Ink(wants_colour(stream), links, str(_top()) if links else "")


def shows_links(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether *stream* is a terminal that is known to make text a link (OSC 8).

    No terminal can be asked, so this goes by what each leaves in the environment; ``FORCE_HYPERLINK`` decides
    for the others, with ``0`` against it. Inside tmux and screen nobody knows.
    """
    if forced := environment.get("FORCE_HYPERLINK"):
        return forced != "0"
    if not wants_colour(stream) or not is_terminal(stream) or environment.get("TMUX"):
        return False
    if any(environment.get(name) for name in _LINKING_VARIABLES):
        return True
    if environment.get("VTE_VERSION", "0").isdecimal() and int(environment.get("VTE_VERSION", "0")) >= 5000:
        return True
    return environment.get("TERM_PROGRAM") in _LINKING_PROGRAMS or environment.get("TERM") in _LINKING_TERMS


def _top() -> Path:
    """The top of the repository, which the names of files start from; else this folder."""
    here = Path.cwd()
    return next((each for each in (here, *here.parents) if (each / ".git").exists()), here)


class Logs(Enum):
    """What is shown of what builders and gates say themselves."""

    NONE = "none"
    LIVE = "live"  # each line as it comes, after the name of its task
    GROUPED = "grouped"  # those of a task together, when it has ended


@dataclass(slots=True)
class _Running:
    began: float
    note: str = ""
    minutes: int = 0
    """How many were told of."""


class Plain:
    """Progress as a log: one line for a step, and one for a warning. As a context manager it is also heard of
    while nothing ends."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        redact: Callable[[str], str] | None = None,
        logs: Logs = Logs.NONE,
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._redact = redact or Redactor()
        self._logs = logs
        self._running: dict[Task, _Running] = {}
        self._kept: dict[Task, deque[str]] = {}
        self._lock = threading.Lock()
        self._over = threading.Event()

    def __enter__(self) -> Self:
        threading.Thread(target=self._keep_beating, name="heartbeat", daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        with self._lock:
            for task in list(self._kept):
                self._write_kept(task)

    def expected(self, tasks: Sequence[Task]) -> None:
        """Nothing: a log says what was done."""

    def started(self, task: Task, note: str = "") -> None:
        """Nothing yet: its line comes when it ends."""
        with self._lock:
            self._running[task] = _Running(self._clock(), note)

    def advanced(self, task: Task, note: str) -> None:
        """Nothing: a log is not the place for ticks."""
        with self._lock:
            if task in self._running:
                self._running[task].note = note

    def printed(self, task: Task, line: str) -> None:
        """The line, where that was asked for: now, or when the task ends."""
        with self._lock:
            if self._logs is Logs.LIVE:
                self._write(f"{task} | {line}")
            elif self._logs is Logs.GROUPED:
                self._kept.setdefault(task, deque(maxlen=KEPT)).append(line)

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        """A line with the outcome and the time it took."""
        with self._lock:
            running = self._running.pop(task, None)
            took = f" in {elapsed(self._clock() - running.began)}" if running is not None else ""
            self._write_kept(task)
            self._write(f"{task}: {_WORDS[outcome]}{took}" + (f" ({note})" if note else ""))

    def beat(self) -> None:
        """A line for each task that has run for another full minute."""
        with self._lock:
            for task, running in self._running.items():
                took = self._clock() - running.began
                if took // MINUTE > running.minutes:
                    running.minutes = int(took // MINUTE)
                    about = f": {running.note}" if running.note else ""
                    self._write(f"{task}: still running after {elapsed(took)}{about}")

    def _keep_beating(self) -> None:
        while not self._over.wait(BEAT):
            self.beat()

    def _write_kept(self, task: Task) -> None:
        lines = self._kept.pop(task, None)
        if lines:
            self._write_group(str(task), lines)

    def _write_group(self, title: str, lines: Sequence[str]) -> None:
        self._write(f"{title} said:")
        for line in lines:
            self._write(f"  {line}")

    def said(self, text: str) -> None:
        """The text, on its line."""
        with self._lock:
            self._write(text)

    def warned(self, text: str) -> None:
        """The text, marked."""
        with self._lock:
            self._write(f"warning: {text}")

    def _write(self, text: str) -> None:
        with suppress(OSError):  # a log that nobody takes any more stops no release
            print(self._redact(printable(text)), file=self._stream, flush=True)
