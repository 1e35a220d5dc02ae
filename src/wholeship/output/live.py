"""Progress on a terminal: lines that stand still and change.

Above, what is being done, for how long, and what is left of it; then one line per image and per gate,
with its stage, elapsed time and newest remark.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TextIO

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from wholeship.core.progress import Outcome, Task
from wholeship.core.text import Redactor, printable
from wholeship.core.values import dataclass
from wholeship.core.wording import counted, elapsed
from wholeship.output.terminal import wants_colour

NAME, REMARK, SHORTEST_TITLE = 28, 8, 29
"""Columns: the most that a name takes, and the fewest in which a remark, and a header, say something."""
WHOLE = "release"
"""The line of what is about all images."""
FRAMES = 8
"""Times a second that the screen is drawn anew."""
_MARKS = {
    Outcome.DONE: ("✓", "green"),
    Outcome.REUSED: ("=", "green"),
    Outcome.SKIPPED: ("-", "dim"),
    Outcome.FAILED: ("✗", "bold red"),
    Outcome.STOPPED: ("■", "yellow"),
}


@dataclass(frozen=True, slots=True)
class _Line:
    stage: str
    began: float
    note: str = ""
    ended: float | None = None
    outcome: Outcome | None = None


class Terminal:
    """Progress as live lines. Use as a context manager: the last state stays on the screen.

    With *logs*, what builders and gates say themselves runs by above them.
    """

    def __init__(
        self,
        stream: TextIO | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        logs: bool = False,
    ) -> None:
        self._console = Console(
            file=stream or sys.stderr,
            highlight=False,
            no_color=not wants_colour(stream or sys.stderr),
            emoji=False,
        )
        self._clock = clock
        self._redact = Redactor()
        self._logs = logs
        self._lines: dict[str, _Line] = {}
        self._own = ""
        self._began = clock()
        self._expected: list[Task] = []
        self._lock = threading.Lock()
        self._above: list[Text] = []
        self._over = threading.Event()
        self._live: Live | None = None
        self._drawing: threading.Thread | None = None

    def __enter__(self) -> Terminal:
        # Everything is drawn by one thread: rich does not keep apart what two of them print above a screen.
        self._live = Live(self, console=self._console, auto_refresh=False, transient=False)
        self._live.__enter__()
        self._drawing = threading.Thread(target=self._keep_drawing, name="screen", daemon=True)
        self._drawing.start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._over.set()
        if self._drawing is not None:
            self._drawing.join()
        if self._live is not None:
            self._draw()
            self._live.__exit__(None, None, None)
            self._live = None

    def _keep_drawing(self) -> None:
        while not self._over.wait(1 / FRAMES):
            self._draw()

    def _draw(self) -> None:
        """What came in to stand above, and the screen as it is now."""
        with self._lock:
            above, self._above = self._above, []
        for text in above:
            self._console.print(text, soft_wrap=True)
        if not above and self._live is not None:
            self._live.refresh()

    def expected(self, tasks: Sequence[Task]) -> None:
        """They are counted in the header until they have ended."""
        with self._lock:
            self._expected = list(tasks)

    def _reached(self, task: Task, *, ended: bool) -> None:
        """*task* is under way, or has *ended*: what stands before its stage is over."""
        if task in self._expected:
            first = next(i for i, each in enumerate(self._expected) if each.stage == task.stage)
            self._expected = [each for each in self._expected[first:] if not (ended and each == task)]

    def started(self, task: Task, note: str = "") -> None:
        """A new line, or the next stage on the line of the same name."""
        with self._lock:
            self._reached(task, ended=False)
            self._lines[task.name] = _Line(task.stage, self._clock(), self._clean(note))

    def advanced(self, task: Task, note: str) -> None:
        """A new remark on its line."""
        with self._lock:
            line = self._lines.get(task.name)
            if line is not None and line.stage == task.stage:
                self._lines[task.name] = replace(line, note=self._clean(note))

    def printed(self, task: Task, line: str) -> None:
        """The line, above, where that was asked for."""
        if self._logs:
            self._put_above(Text(self._clean(f"{task} | {line}"), style="dim"))

    def finished(self, task: Task, outcome: Outcome, note: str = "") -> None:
        """The line stops counting and shows how it ended."""
        with self._lock:
            self._reached(task, ended=outcome in (Outcome.DONE, Outcome.REUSED, Outcome.SKIPPED))
            line = self._lines.get(task.name) or _Line(task.stage, self._clock())
            self._lines[task.name] = replace(
                line,
                stage=task.stage,
                ended=self._clock(),
                outcome=outcome,
                note=self._clean(note) or line.note,
            )

    def said(self, text: str) -> None:
        """The header."""
        with self._lock:
            self._own = self._clean(text)

    def warned(self, text: str) -> None:
        """Stays above the live lines."""
        self._put_above(Text(f"warning: {self._clean(text)}", style="yellow"))

    def _put_above(self, text: Text) -> None:
        if self._live is None:
            self._console.print(text, soft_wrap=True)
            return
        with self._lock:
            self._above.append(text)

    def _clean(self, text: str) -> str:
        return self._redact(printable(text, limit=400))

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """The screen as it should be now."""
        with self._lock:
            lines, own, now = dict(self._lines), self._own, self._clock()
            left = list(self._expected)
        lines = {title or WHOLE: line for title, line in lines.items()}
        if own or left:
            head = _header(own, elapsed(now - self._began), left, options.max_width)
            yield Text(head, style="bold", overflow="ellipsis", no_wrap=True)
        times = [
            elapsed((each.ended if each.ended is not None else now) - each.began) for each in lines.values()
        ]
        stage = max((len(line.stage) for line in lines.values()), default=0)
        clock = max(map(len, times), default=0)
        # Columns of a fixed width: rich would take from all of them alike where one asks for too much.
        room = options.max_width - (stage + clock + 4)
        name = _name_width(room, max(map(len, lines), default=0))
        note = room - name - 1 if room - name > REMARK else 0
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(no_wrap=True, overflow="ellipsis", width=name)
        table.add_column(no_wrap=True, width=stage)
        table.add_column(justify="right", no_wrap=True, width=clock)
        if note:
            table.add_column(overflow="ellipsis", no_wrap=True, width=note)
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


def _header(own: str, took: str, left: Sequence[Task], width: int) -> str:
    """What is done, for how long, and what is left, in *width* columns; the time is never cut.

    Where it is narrow, the end of what is done goes, then what is left is said shorter, then not at all.
    """
    counts = Counter(task.stage for task in left)
    long = ", ".join(counted(number, stage) for stage, number in counts.items())
    ways = [f"  {took}, left: {long}", f"  {took}, {counted(len(left), 'step')} left"] if left else []
    fits = [way for way in ways if width - len(way) >= min(len(own), SHORTEST_TITLE)]
    rest = fits[0] if fits else f"  {took}"
    room = width - len(rest)
    return (own if len(own) <= room else own[: max(0, room - 1)] + "…") + rest


def _name_width(room: int, longest: int) -> int:
    """How wide the name is in *room* columns, which its remark shares.

    The stage and its time are never cut: on a narrow screen the remark goes first, then the name's end.
    """
    return max(1, min(NAME, longest, room))


def _spin(now: float) -> str:
    return "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"[int(now * 10) % 10]
