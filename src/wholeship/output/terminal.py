"""Progress for people: live lines on a terminal, plain lines everywhere else. Always on stderr.

One line per image and per gate, with its stage, elapsed time and newest remark, and the
release's own line below. Without a terminal each start and end is one line, so that a log
reads from top to bottom.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from wholeship.core.progress import Outcome, Task
from wholeship.core.text import Redactor, printable
from wholeship.core.wording import elapsed
from wholeship.output.ink import Ink

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.live import Live

NAME, REMARK = 28, 8
"""Columns: the most that a name takes, and the fewest in which a remark says something."""
_LINKING_VARIABLES = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "WEZTERM_PANE")
_LINKING_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio")
_LINKING_TERMS = ("xterm-kitty", "xterm-ghostty", "alacritty", "foot", "foot-extra", "contour")
_MARKS = {
    Outcome.DONE: ("✓", "green"),
    Outcome.REUSED: ("=", "green"),
    Outcome.SKIPPED: ("-", "dim"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.STOPPED: ("■", "yellow"),
}
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


class Plain:
    """Progress as a log: one line per start, end and warning."""

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        redact: Callable[[str], str] | None = None,
    ) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._redact = redact or Redactor()
        self._began: dict[Task, float] = {}
        self._lock = threading.Lock()

    def started(self, task: Task, note: str = "") -> None:
        """A line that says so."""
        with self._lock:
            self._began[task] = self._clock()
            self._write(f"{task.stage} {task.name}" + (f": {note}" if note else ""))

    def advanced(self, task: Task, note: str) -> None:
        """Nothing: a log is not the place for ticks."""

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        """A line with the outcome and the time it took."""
        with self._lock:
            began = self._began.pop(task, None)
            took = f" in {elapsed(self._clock() - began)}" if began is not None else ""
            self._write(f"{task.stage} {task.name}: {_WORDS[outcome]}{took}" + (f" ({note})" if note else ""))

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


@dataclass(frozen=True, slots=True)
class _Line:
    stage: str
    began: float
    note: str = ""
    ended: float | None = None
    outcome: Outcome | None = None


class Terminal:
    """Progress as live lines. Use as a context manager: the last state stays on the screen."""

    def __init__(self, stream: TextIO | None = None, *, clock: Callable[[], float] = time.monotonic) -> None:
        from rich.console import Console

        self._console = Console(
            file=stream or sys.stderr,
            highlight=False,
            no_color=not wants_colour(stream or sys.stderr),
            emoji=False,
        )
        self._clock = clock
        self._redact = Redactor()
        self._lines: dict[str, _Line] = {}
        self._own = ""
        self._lock = threading.Lock()
        self._live: Live | None = None

    def __enter__(self) -> Terminal:
        from rich.live import Live

        self._live = Live(self, console=self._console, refresh_per_second=8, transient=False)
        self._live.__enter__()
        return self

    def __exit__(self, *exc: object) -> None:
        if self._live is not None:
            self._live.__exit__(None, None, None)
            self._live = None

    def started(self, task: Task, note: str = "") -> None:
        """A new line, or the next stage on the line of the same name."""
        with self._lock:
            self._lines[task.name] = _Line(task.stage, self._clock(), self._clean(note))

    def advanced(self, task: Task, note: str) -> None:
        """A new remark on its line."""
        with self._lock:
            line = self._lines.get(task.name)
            if line is not None and line.stage == task.stage:
                self._lines[task.name] = replace(line, note=self._clean(note))

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        """The line stops counting and shows how it ended."""
        with self._lock:
            line = self._lines.get(task.name) or _Line(task.stage, self._clock())
            self._lines[task.name] = replace(
                line,
                stage=task.stage,
                ended=self._clock(),
                outcome=outcome,
                note=self._clean(note) or line.note,
            )

    def said(self, text: str) -> None:
        """The release's own line."""
        with self._lock:
            self._own = self._clean(text)

    def warned(self, text: str) -> None:
        """Stays above the live lines."""
        from rich.text import Text

        self._console.print(Text(f"warning: {self._clean(text)}", style="yellow"))

    def _clean(self, text: str) -> str:
        return self._redact(printable(text, limit=400))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The screen as it should be now."""
        from rich.table import Table
        from rich.text import Text

        with self._lock:
            lines, own, now = dict(self._lines), self._own, self._clock()
        times = [
            elapsed((each.ended if each.ended is not None else now) - each.began) for each in lines.values()
        ]
        stage = max((len(line.stage) for line in lines.values()), default=0)
        clock = max(map(len, times), default=0)
        name, note = _shares(options.max_width - (stage + clock + 5), max(map(len, lines), default=0))
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(no_wrap=True, overflow="ellipsis", width=name)
        table.add_column(no_wrap=True, width=stage)
        table.add_column(justify="right", no_wrap=True, width=clock)
        if note:
            table.add_column(overflow="ellipsis", no_wrap=True, ratio=1)
        for (title, line), took in zip(lines.items(), times, strict=True):
            mark, style = _MARKS[line.outcome] if line.outcome else (_spin(now), "cyan")
            cells = [
                Text(mark, style),
                Text(title),
                Text(line.stage, "bold" if line.outcome is None else ""),
                Text(took, "dim"),
                Text(line.note, "dim"),
            ]
            table.add_row(*cells if note else cells[:-1])
        yield table
        if own:
            yield Text(own, style="bold", overflow="ellipsis", no_wrap=True)


def _shares(room: int, longest: int) -> tuple[int, bool]:
    """How wide the name is in *room* columns, and whether a remark fits beside it.

    The stage and its time are never cut: on a narrow screen the remark goes first, then the name's end.
    """
    name = max(1, min(NAME, longest, room))
    return name, room - name > REMARK


def _spin(now: float) -> str:
    return "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(now * 10) % 10]
