"""What the program says of itself: `docs`, `man` and `completion`."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from wholeship.cli.main import main
from wholeship.output.commands import COMMANDS
from wholeship.verdict.rules import RULES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_has_a_page(rule: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`wholeship docs RULE` prints the very page; findings name this command."""
    assert main(["docs", rule]) == 0
    assert capsys.readouterr().out == (DOCS / "rules" / f"{rule}.md").read_text(encoding="utf-8")


def test_pages_are_listed_and_misspelt_names_answered(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a name every page is named; a name that no page has is exit code 2, with the nearest one."""
    assert main(["docs"]) == 0
    listed = capsys.readouterr().out
    assert all(f"- {name}\n" in listed for name in (*RULES, "checking", "security"))
    assert main(["docs", "half-relase"]) == 2
    assert "did you mean half-release?" in capsys.readouterr().err
    assert main(["docs", "../README"]) == 2


def test_on_a_terminal_the_page_is_set(capsys: pytest.CaptureFixture[str]) -> None:
    """With colours the page is set for reading; the words are the same."""
    assert main(["docs", "half-release", "--color", "always"]) == 0
    said = capsys.readouterr().out
    assert "\x1b[" in said
    assert "## Why" not in said


def test_the_wheel_takes_the_pages_along() -> None:
    """The pages and the manual page are named in the package's recipe under the names they are read by."""
    recipe = (DOCS.parent / "pyproject.toml").read_text(encoding="utf-8")
    assert 'force-include = {"docs" = "wholeship/docs"}' in recipe
    assert '"docs/wholeship.1" = "share/man/man1/wholeship.1"' in recipe


def test_man_shows_the_page(capsys: pytest.CaptureFixture[str]) -> None:
    """The manual page has every command, and nothing in it is unknown to the formatter."""
    assert main(["docs", "man"]) == 0
    page = capsys.readouterr().out
    for name in COMMANDS:
        assert f".SS wholeship {name}\n" in page
    if groff := shutil.which("groff"):
        done = subprocess.run([groff, "-man", "-Tutf8", "-ww"], input=page, capture_output=True, text=True)
        assert (done.returncode, done.stderr) == (0, "")
        assert "--fail-on" in re.sub(".\b", "", done.stdout).replace("−", "-")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "tcsh"])
def test_completion_names_commands_and_flags(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every shell gets every command; where the shell is here, it takes the script."""
    pytest.importorskip("shtab")
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    for name in COMMANDS:
        assert name in script
    assert "fail-on" in script
    if shell in ("bash", "zsh", "fish") and (program := shutil.which(shell)):
        done = subprocess.run([program, "-n"], input=script, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
