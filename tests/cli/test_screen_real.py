"""The release screen on a real pseudo-terminal of 60, 80 and 120 columns."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from tests.cli.terminals import Sheet, Shown, run_on_terminal

TOP = Path(__file__).parents[2]
ROW = re.compile(
    r"^(.) (\S+…?) +(build|tag|commit|preflight|barrier|confirm|verify|login) +([0-9.]+ s)( .*)?$"
)
HIDDEN = ("CI", "GITHUB_ACTIONS", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR")


def released(folder: Path, width: int, *flags: str) -> Shown:
    environment = {key: value for key, value in os.environ.items() if key not in HIDDEN}
    argv = [sys.executable, "-m", "tests.cli.release_on_screen", str(folder), *flags]
    return run_on_terminal(argv, {**environment, "TERM": "xterm", "PYTHONPATH": str(TOP)}, width)


def rows(lines: list[str]) -> list[re.Match[str]]:
    """The lines of images, under the header."""
    top = next((number for number, line in enumerate(lines) if line.startswith("ships ")), len(lines))
    found = []
    for line in lines[top + 1 :]:
        match = ROW.match(line)
        if match is None:
            break
        found.append(match)
    return found


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_release_fits_its_terminal(tmp_path: Path, width: int) -> None:
    """Mark, stage and seconds are on every line of every screen; the header has the time and what is left."""
    shown = released(tmp_path, width)
    assert shown.code == 0, shown.lines
    building = [s for s in shown.screens if any(row[3] == "build" for row in rows(s))]
    assert building
    for screen in building:
        head = next(line for line in screen if line.startswith("ships "))
        assert len(head) <= width
        assert re.search(r"  [0-9.]+ s, (left: .+|[0-9]+ steps? left)$", head), head
        assert all(len(row[0]) <= width for row in rows(screen))
    last = rows(shown.lines)
    assert {(row[2], row[3]) for row in last} >= {("app", "commit"), ("worker", "tag"), ("release", "verify")}
    assert {row[1] for row in last} == {"✓"}
    notes = {row[5].strip() for s in building for row in rows(s) if row[5] and "step" in row[5]}
    assert notes == {"step 1/1: a small image" if width > 60 else "step 1/1: a smal…"}


def test_what_builders_say_runs_by_above(tmp_path: Path) -> None:
    """With --logs, and with -v, which is more; the screen stays below."""
    for flag in ("--logs", "-v"):
        folder = tmp_path / flag.strip("-")
        folder.mkdir()
        shown = released(folder, 80, flag)
        assert "build app | building app" in shown.lines
        assert shown.lines.index("build app | building app") < next(
            number for number, line in enumerate(shown.lines) if line.startswith("ships ")
        )


def test_the_sheet_does_what_a_terminal_does() -> None:
    """Up, erase, and over what was there."""
    sheet = Sheet()
    sheet.feed("one\r\ntwo\x1b[1A\r\x1b[2Kthree\r\n\x1b[1mf\x1b[0m")
    assert sheet.lines == ["three", "fwo"]
