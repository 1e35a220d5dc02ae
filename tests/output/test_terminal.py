"""Progress on a terminal and in a log."""

from __future__ import annotations

import io
import threading

import pytest
from rich.console import Console

from wholeship.core.progress import Outcome, Progress, Silent, Task
from wholeship.core.wording import elapsed
from wholeship.output import terminal
from wholeship.output.live import Terminal
from wholeship.output.showing import showing
from wholeship.output.terminal import Logs, Plain, is_terminal, wants_colour

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
    """Without a terminal a step is one line, with the time that it took."""
    clock, stream = Ticks(), io.StringIO()
    log = Plain(stream, clock=clock)
    log.started(BUILD, "3 steps")
    clock.time = 12
    log.advanced(BUILD, "step 2")
    log.finished(BUILD, Outcome.DONE, "24 MB")
    log.warned("the work tree is dirty")
    log.said("released 20260528-182833-000042")
    assert stream.getvalue().splitlines() == [
        "build app: done in 12 s (24 MB)",
        "warning: the work tree is dirty",
        "released 20260528-182833-000042",
    ]


def test_a_log_is_heard_of_while_nothing_ends() -> None:
    """A step that takes long has a line every minute, with its newest remark; a short one has none."""
    clock, stream = Ticks(), io.StringIO()
    log = Plain(stream, clock=clock)
    log.started(BUILD)
    log.advanced(BUILD, "STEP 2/5: RUN make")
    for clock.time in (59, 61, 62, 119, 125):
        log.beat()
    log.finished(BUILD, Outcome.DONE)
    for clock.time in (200, 300):
        log.beat()
    assert stream.getvalue().splitlines() == [
        "build app: still running after 61 s: STEP 2/5: RUN make",
        "build app: still running after 2 min 05 s: STEP 2/5: RUN make",
        "build app: done in 2 min 05 s",
    ]


def test_the_heart_beats_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to ask: while the block runs, long steps are said."""
    monkeypatch.setattr(terminal, "BEAT", 0.01)
    said, stream = threading.Event(), io.StringIO()
    clock = Ticks()
    with Plain(stream, clock=clock) as log:
        log.started(BUILD)
        monkeypatch.setattr(log, "_write", lambda text: said.set())
        clock.time = 75
        assert said.wait(10)


@pytest.mark.parametrize(
    ("logs", "lines"),
    [
        (Logs.NONE, ["build app: done in 0.0 s"]),
        (Logs.LIVE, ["build app | one", "build app | two", "build app: done in 0.0 s"]),
        (Logs.GROUPED, ["build app said:", "  one", "  two", "build app: done in 0.0 s"]),
    ],
)
def test_what_builders_say_is_shown_as_asked(logs: Logs, lines: list[str]) -> None:
    """Not at all, as it comes, or together when it has ended."""
    stream = io.StringIO()
    log = Plain(stream, clock=Ticks(), logs=logs)
    log.started(BUILD)
    log.printed(BUILD, "one")
    log.printed(BUILD, "two")
    log.finished(BUILD, Outcome.DONE)
    assert stream.getvalue().splitlines() == lines


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
    """Each image keeps its line through all stages; what is done, and for how long, stands above."""
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
        "release 20260528-182833-000042: building  5.0 s",
        "⠋ app        push 1.0 s 12 MB",
        "✗ self-check gate 5.0 s exit code 1",
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


STEPS = [
    *(Task("build", name) for name in ("app", "worker")),
    *(Task("tag", name) for name in ("worker",)),
    Task("commit", "app"),
    Task("verify"),
]


@pytest.mark.parametrize(
    ("width", "header"),
    [
        (
            120,
            "ships 20260528-182833-000042: worker, app  3 min 05 s, left: 1 build, 1 tag, 1 commit, 1 verify",
        ),
        (84, "ships 20260528-182833-000042:…  3 min 05 s, left: 1 build, 1 tag, 1 commit, 1 verify"),
        (80, "ships 20260528-182833-000042: worker, app  3 min 05 s, 4 steps left"),
        (60, "ships 20260528-182833-000042: wor…  3 min 05 s, 4 steps left"),
        (40, "ships 20260528-182833-00004…  3 min 05 s"),
    ],
)
def test_header_says_what_is_left(width: int, header: str) -> None:
    """The total time is never cut; what is left is said shorter, then the end of the title goes."""
    clock = Ticks()
    live = Terminal(io.StringIO(), clock=clock)
    live.said("ships 20260528-182833-000042: worker, app")
    live.expected(STEPS)
    live.started(BUILD)
    clock.time = 185
    live.finished(BUILD, Outcome.DONE)
    assert screen(live, width).splitlines()[0] == header


def test_what_was_skipped_is_not_left() -> None:
    """Tags that are there already are written by nobody: once a later stage runs they are over."""
    live = Terminal(io.StringIO(), clock=Ticks())
    live.expected(STEPS)
    live.started(Task("verify"))
    assert "left: 1 verify" in screen(live)
    live.finished(Task("verify"), Outcome.DONE)
    assert "left" not in screen(live)


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
