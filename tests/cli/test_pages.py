"""`--html FILE` of the commands that read workflows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from wholeship.cli.main import main

STORY = Path(__file__).parent.parent / "fixtures" / "story"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["check", str(STORY / "attempt-2.yml")], 1, "Can be half released."),
        (["diff", str(STORY / "before.yml"), str(STORY / "attempt-1.yml")], 1, "gate lost"),
        (["forecast", str(STORY / "merged.yml")], 3, "no figures yet"),
    ],
)
def test_the_page_says_what_the_answer_says(
    words: list[str], code: int, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same exit code, the same answer on standard output, and the page beside it."""
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--html", "answer.html"]) == code
    page = (tmp_path / "answer.html").read_text("utf-8")
    assert page.startswith("<!doctype html>")
    assert says in page


@pytest.mark.parametrize("words", [["check", str(STORY)], ["diff", str(STORY), str(STORY)], ["forecast"]])
def test_where_no_page_can_be_nothing_is_begun(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A folder that is not there is found out before the work."""
    monkeypatch.chdir(tmp_path)
    assert main([*words, "--html", "nowhere/answer.html"]) == 2
    assert "there is no folder nowhere" in capsys.readouterr().err


def test_without_a_page_nothing_of_it_is_loaded() -> None:
    """The template engine is for who wants a page."""
    code = (
        "import sys\nfrom wholeship.cli.main import main\n"
        f"main(['check', {str(STORY / 'merged.yml')!r}])\n"
        "page = ('jinja2', 'wholeship.output.page')\n"
        "sys.stderr.write(' '.join(name for name in sys.modules if name.startswith(page)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == ""
