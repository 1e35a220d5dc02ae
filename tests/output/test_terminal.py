"""Progress on a terminal and in a log."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from wholeship.core.progress import Outcome, Progress, Silent, Task
from wholeship.core.wording import elapsed
from wholeship.output.showing import showing
from wholeship.output.terminal import Plain, Terminal, is_terminal, wants_colour

BUILD = Task("build", "app")


class Ticks:
    """A clock that is told the time."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (12.4, "12 s"),
        (185, "3 min 05 s"),
        (3725, "1 h 02 min"),
    ],
)
def test_duration_is_short(seconds: float, text: str) -> None:
    """Times read at a glance, from tenths of a second to hours."""
    assert elapsed(seconds) == text


def test_log_reads_from_top_to_bottom() -> None:
    """Without a terminal every start and end is one line, with the time between them."""
    clock, stream = Ticks(), io.StringIO()
    log = Plain(stream, clock=clock)
    log.started(BUILD, "3 steps")
    clock.time = 12
    log.advanced(BUILD, "step 2")
    log.finished(BUILD, Outcome.DONE, "24 MB")
    log.warned("the work tree is dirty")
    log.said("released 20260528-182833-000042")
    assert stream.getvalue().splitlines() == [
        "build app: 3 steps",
        "build app: done in 12 s (24 MB)",
        "warning: the work tree is dirty",
        "released 20260528-182833-000042",
    ]


def test_log_hides_tokens_and_escapes() -> None:
    """Nothing a registry says can steer the terminal, and no token reaches the log."""
    stream = io.StringIO()
    Plain(stream).said("\x1b]0;owned\x07denied for ghp_0123456789abcdefghij0123456789abcd\u202e")
    assert stream.getvalue() == "denied for ***\n"


def screen(terminal: Terminal, width: int = 80) -> str:
    """What a reader of *width* columns sees now."""
    console = Console(width=width, file=io.StringIO(), color_system=None, emoji=False)
    console.print(terminal)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return "\n".join(line.rstrip() for line in text.splitlines())


def test_screen_has_one_line_per_image() -> None:
    """Each image keeps its line through all stages; the release's own line is last."""
    clock = Ticks()
    live = Terminal(io.StringIO(), clock=clock)
    live.started(BUILD, "STEP 2/5")
    live.started(Task("gate", "self-check"))
    clock.time = 4
    live.finished(BUILD, Outcome.DONE)
    live.started(Task("push", "app"), "12 MB")
    clock.time = 5
    live.finished(Task("gate", "self-check"), Outcome.FAILED, "exit code 1")
    live.said("release 20260528-182833-000042: building")
    assert screen(live).splitlines() == [
        "⠋ app        push 1.0 s 12 MB",
        "✗ self-check gate 5.0 s exit code 1",
        "release 20260528-182833-000042: building",
    ]


@pytest.mark.parametrize("width", [80, 40, 30])
def test_stage_and_time_are_never_cut(width: int) -> None:
    """On a narrow screen the remark goes, then the end of the name; each line stays one."""
    clock = Ticks()
    live = Terminal(io.StringIO(), clock=clock)
    live.started(Task("build", "embeddings-with-a-long-name"), "STEP 2/5: COPY src /app")
    live.started(Task("preflight", "20261125-203309-000001"))
    clock.time = 185
    lines = screen(live, width).splitlines()
    assert len(lines) == 2
    assert all("3 min 05 s" in line and len(line) <= width for line in lines)
    assert " build " in lines[0]
    assert " preflight " in lines[1]
    assert ("STEP" in lines[0]) == (width == 80)


def test_remark_of_an_earlier_stage_is_dropped() -> None:
    """A late remark about the build does not overwrite the push that follows it."""
    live = Terminal(io.StringIO(), clock=Ticks())
    live.started(Task("push", "app"), "12 MB")
    live.advanced(BUILD, "STEP 5/5")
    assert "STEP" not in screen(live)


def test_colour_is_a_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """NO_COLOR wins over everything; a pipe gets no colour unless it is forced."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert not wants_colour(io.StringIO())
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert wants_colour(io.StringIO())
    monkeypatch.setenv("NO_COLOR", "1")
    assert not wants_colour(io.StringIO())


def test_progress_fits_its_reader() -> None:
    """A pipe gets plain lines, a quiet command gets nothing."""
    shown: list[Progress] = []
    for quiet in (False, True):
        with showing(io.StringIO(), quiet=quiet) as progress:
            shown.append(progress)
    assert isinstance(shown[0], Plain)
    assert isinstance(shown[1], Silent)
    assert not is_terminal(io.StringIO())
