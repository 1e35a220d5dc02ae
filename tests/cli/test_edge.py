"""Where exceptions end: the right exit code, the advice, and never an answer by accident."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wholeship.cli.edge import guarded
from wholeship.core.errors import (
    BadConfig,
    BadInput,
    CommandFailed,
    CommitUnknown,
    HalfReleased,
    Problem,
    RegistryDenied,
    WholeshipError,
)
from wholeship.core.place import Place


def raising(error: BaseException) -> Callable[[], int]:
    def call() -> int:
        raise error

    return call


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BadInput("x"), 2),
        (BadConfig((Problem("x", Place("wholeship.yaml", 1, 1)),)), 2),
        (RegistryDenied("x"), 3),
        (CommandFailed("x"), 3),
        (CommitUnknown("x"), 5),
        (HalfReleased("x"), 6),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("x"), 4),
        (RecursionError("x"), 4),
    ],
)
def test_every_way_to_stop_has_its_code(error: BaseException, code: int) -> None:
    """The exit code says what happened, for every kind of stop."""
    assert guarded(raising(error)) == code


def test_no_error_ends_in_yes() -> None:
    """No class of error carries the exit code of success."""

    def classes(kind: type[WholeshipError]) -> set[type[WholeshipError]]:
        return {kind} | {c for sub in kind.__subclasses__() for c in classes(sub)}

    assert all(kind.exit_code != 0 for kind in classes(WholeshipError))


def test_people_are_told_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """The message comes with place, last lines, log and advice, all on stderr."""
    failed = CommandFailed(
        "building worker failed", advice="free some disk", tail=("no space left",), log="w.log"
    )
    guarded(raising(failed))
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "error: building worker failed",
        "  | no space left",
        "  log: w.log",
        "  help: free some disk",
    ]


def test_all_mistakes_of_a_file_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    """Every mistake in the release file is one line with its place."""
    place = Place("wholeship.yaml", 3, 5)
    guarded(
        raising(
            BadConfig((Problem("unknown key imagse", place, "did you mean images?"), Problem("y", place)))
        )
    )
    assert capsys.readouterr().err.splitlines() == [
        "wholeship.yaml:3:5: unknown key imagse (did you mean images?)",
        "wholeship.yaml:3:5: y",
    ]


def test_a_bug_leaves_a_report_without_secrets(capsys: pytest.CaptureFixture[str]) -> None:
    """An unexpected exception is called a bug, and its report holds the traceback but no token."""
    token = "ghp_0123456789abcdefghij0123456789abcdef"
    assert guarded(raising(ValueError(f"boom {token}"))) == 4
    err = capsys.readouterr().err
    assert "a bug in wholeship: ValueError: boom ***" in err
    found = re.search(r"details are in (\S+)", err)
    assert found is not None
    report = Path(found[1])
    text = report.read_text()
    report.unlink()
    assert "Traceback" in text
    assert token not in text


def test_strangers_cannot_paint_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Escape sequences inside an error message do not reach the terminal."""
    guarded(raising(RegistryDenied("denied \x1b[2J\u202e")))
    assert "\x1b" not in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_bug() -> None:
    """`wholeship --help | head -1` ends quietly."""
    command = f"{sys.executable} -m wholeship --help | head -1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("usage: wholeship")
    assert "Traceback" not in done.stderr


def test_a_child_ends_with_us(tmp_path: Path) -> None:
    """SIGTERM ends the command with exit code 130, and the git that it had started with it."""
    program, started = tmp_path / "git", tmp_path / "started"
    program.write_text(f"#!/bin/sh\necho $$ > {started}.new && mv {started}.new {started}\nexec sleep 60\n")
    program.chmod(0o755)
    (tmp_path / ".git").mkdir()
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "wholeship", "diff", "main"],
        cwd=tmp_path,
        env=environment,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while not started.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    child = int(started.read_text())
    process.terminate()
    assert process.wait(30) == 130
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not Path(f"/proc/{child}").exists()
