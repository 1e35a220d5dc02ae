"""Programs are read safely and ended as a whole."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from wholeship.adapters import process
from wholeship.core.errors import CommandFailed, Stopped, ToolMissing

HERE = process.allowed_environment()


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def gone(pid: int) -> bool:
    """Dead within ten seconds: a KILL is sent at once and takes effect a moment later."""
    for _ in range(500):
        if not alive(pid):
            return True
        time.sleep(0.02)
    return False


def test_both_streams_reach_log_and_listener(tmp_path: Path) -> None:
    """What a program says on either stream is in the log, in the tail, and heard line by line."""
    heard: list[str] = []
    ended = process.run(
        ["/bin/sh", "-c", "echo one; echo two >&2; printf three; exit 7"],
        environment=HERE,
        log=tmp_path / "deep" / "a.log",
        heard=heard.append,
    )
    assert (ended.exit_code, ended.well) == (7, False)
    assert heard == ["one", "two", "three"]
    assert ended.tail == ("one", "two", "three")
    assert (tmp_path / "deep" / "a.log").read_text().splitlines()[1:] == [*heard, "$ exit code 7"]
    assert (tmp_path / "deep" / "a.log").stat().st_mode & 0o777 == 0o600


def test_time_limit_ends_grandchildren(tmp_path: Path) -> None:
    """A program over its time is ended together with everything it started, even if it ignores TERM."""
    child = tmp_path / "pid"
    ended = process.run(
        ["/bin/sh", "-c", f"(trap '' TERM; sleep 60) & echo $! > {child}; sleep 60"],
        environment=HERE,
        timeout=0.5,
    )
    assert ended.exit_code is None
    assert gone(int(child.read_text()))


def test_stop_is_heard_at_once() -> None:
    """A set stop event ends the program long before its time, and says so with Stopped."""
    stop = threading.Event()
    began = time.monotonic()
    threading.Timer(0.2, stop.set).start()
    with pytest.raises(Stopped, match="sleep was stopped"):
        process.run(["/bin/sleep", "60"], environment=HERE, stop=stop)
    assert time.monotonic() - began < 30


def test_a_child_that_keeps_the_pipe_open_does_not_hold_us(tmp_path: Path) -> None:
    """The program's end is the end, also when a daemon it left behind holds its output open."""
    ended = process.run(["/bin/sh", "-c", "sleep 60 & echo done"], environment=HERE, timeout=30)
    assert (ended.exit_code, ended.tail) == (0, ("done",))


def test_closing_the_output_early_is_not_the_end() -> None:
    """A program that closes its output still has its exit code waited for."""
    ended = process.run(
        python("import os,time; os.close(1); os.close(2); time.sleep(0.3); os._exit(5)"), environment=HERE
    )
    assert ended.exit_code == 5


def test_no_input_and_no_secrets_inherited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program reads nothing from us, and sees none of the variables that were not allowed."""
    monkeypatch.setenv("GITHUB_TOKEN", "ghp_" + "x" * 36)
    monkeypatch.setenv("DOCKER_AUTH_CONFIG", "{}")
    ended = process.run(
        python(
            "import os,sys; print(repr(sys.stdin.read()), sorted(set(os.environ) & "
            "{'GITHUB_TOKEN','DOCKER_AUTH_CONFIG','PATH','MINE'}))"
        ),
        environment=process.allowed_environment(MINE="1"),
    )
    assert ended.tail == ("'' ['MINE', 'PATH']",)


def test_output_is_made_fit_to_print(tmp_path: Path) -> None:
    """Escape sequences, bad bytes and token shapes of a stranger's output stay out of log and tail."""
    token = "ghp_" + "A" * 36
    code = f"import sys; sys.stdout.buffer.write(b'\\x1b[2Jred\\x1b[0m \\xff {token}\\n')"
    ended = process.run(python(code), environment=HERE, log=tmp_path / "log")
    assert ended.tail == ("red � ***",)
    assert "\x1b" not in (tmp_path / "log").read_text()


def test_endless_line_is_cut_and_memory_stays_small() -> None:
    """Megabytes without a line end arrive in bounded pieces, and only the last lines are kept."""
    sizes: list[int] = []
    process.run(
        python("import sys; sys.stdout.write('x' * 3_000_000)"),
        environment=HERE,
        heard=lambda line: sizes.append(len(line)),
    )
    assert max(sizes) <= process.LINE_LIMIT
    ended = process.run(python("print(*range(1000), sep='\\n')"), environment=HERE)
    assert ended.tail == tuple(str(n) for n in range(1000 - process.TAIL, 1000))


def test_progress_bars_are_lines() -> None:
    """A carriage return ends a line, so that a progress bar is read as it moves."""
    ended = process.run(["/bin/sh", "-c", r"printf '1%%\r2%%\r3%%'"], environment=HERE)
    assert ended.tail == ("1%", "2%", "3%")


def test_a_log_is_not_written_through_a_link(tmp_path: Path) -> None:
    """A log path that is a symbolic link is refused: it could point at anything."""
    (tmp_path / "log").symlink_to(tmp_path / "victim")
    with pytest.raises(OSError, match="symbolic"):
        process.run(["/bin/true"], environment=HERE, log=tmp_path / "log")
    assert not (tmp_path / "victim").exists()


def test_missing_program_or_folder_is_named() -> None:
    """What cannot be started is named: the program, or the folder it should run in."""
    with pytest.raises(ToolMissing, match="/no/such does not exist"):
        process.run(["/no/such"], environment=HERE)
    with pytest.raises(ToolMissing, match="/no/folder does not exist"):
        process.run(["/bin/true"], environment=HERE, cwd=Path("/no/folder"))
    with pytest.raises(ToolMissing, match="no-such-program is not installed"):
        process.program_path("no-such-program", advice="install it")


def test_ask_answers_or_says_why(tmp_path: Path) -> None:
    """A short question gives standard output; a failure gives exit code and the last words."""
    assert process.ask_program(["/bin/echo", "hi"], environment=HERE) == "hi\n"
    with pytest.raises(CommandFailed, match="exit code 3: no idea") as caught:
        process.ask_program(["/bin/sh", "-c", "echo no idea >&2; exit 3"], environment=HERE)
    assert caught.value.tail == ("no idea",)
    with pytest.raises(CommandFailed, match=r"no answer in 0\.2 s"):
        process.ask_program(["/bin/sleep", "9"], environment=HERE, timeout=0.2)
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        process.ask_program(["/bin/true"], environment=HERE, stop=stop)


def test_an_interrupt_leaves_nothing_running(tmp_path: Path) -> None:
    """Ctrl-C while a program runs ends the program too."""
    pid = tmp_path / "pid"
    code = (
        "import sys; from wholeship.adapters import process; "
        f"process.run(['/bin/sh','-c','echo $$ > {pid}; sleep 60'], "
        "environment=process.allowed_environment())"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL) as ours:
        while not (pid.exists() and pid.read_text()):
            assert ours.poll() is None, "it ended before it started anything"
            time.sleep(0.02)
        ours.send_signal(2)
        ours.wait(20)
    assert gone(int(pid.read_text()))


def test_an_interrupt_while_a_program_is_started_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signal that comes between the fork and our knowing of it ends it all the same."""
    started: list[subprocess.Popen[bytes]] = []
    popen: Any = subprocess.Popen

    def interrupted(*words: Any, **options: Any) -> subprocess.Popen[bytes]:
        started.append(popen(*words, **options))
        signal.raise_signal(signal.SIGINT)
        return started[0]

    monkeypatch.setattr(subprocess, "Popen", interrupted)
    with pytest.raises(KeyboardInterrupt):
        process.ask_program(["/bin/sleep", "60"], environment=HERE)
    assert gone(started[0].pid)
