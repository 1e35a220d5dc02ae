"""Output that is closed, full or narrow changes what is seen, never what the exit code says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

WORKFLOW = """\
on: push
jobs:
  wörker:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with: {push: true, tags: "ghcr.io/acme/worker:${{ github.sha }}"}
  app:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with: {push: true, tags: "ghcr.io/acme/app:${{ github.sha }}"}
"""
ASCII = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository whose one workflow can be half released; its name is no ASCII."""
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / ".github" / "workflows" / "née.yml").write_text(WORKFLOW, "utf-8")
    return tmp_path


def shell(line: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """*line*, with ``$W`` for wholeship."""
    command = f'W="{sys.executable} -m wholeship"; {line}'
    env = {**os.environ, **variables}
    return subprocess.run(
        ["sh", "-c", command], cwd=folder, env=env, capture_output=True, encoding="utf-8", check=False
    )


@pytest.mark.parametrize("form", ["text", "json", "markdown", "sarif", "github", "mermaid"])
def test_a_terminal_without_the_letters_gets_escapes(folder: Path, form: str) -> None:
    """Where the locale knows only ASCII, every format is printed, and the answer is the same."""
    done = shell(f"$W check --format {form}", folder, **ASCII)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.isascii()


def test_json_stays_json_on_a_narrow_stream(folder: Path) -> None:
    """What was escaped for the encoding's sake is read back as the letter it was."""
    done = shell("$W check --format json", folder, **ASCII)
    assert json.loads(done.stdout)["workflows"][0]["path"] == ".github/workflows/née.yml"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("$W check >&-", 1),
        ("$W check 2>&-", 1),
        ("$W check <&-", 1),
        ("$W check >&- 2>&- <&-", 1),
        ("$W plan 2>&-", 2),
        ("$W plan 2>/dev/full", 2),
        ("$W --version >&-", 0),
    ],
)
def test_a_closed_stream_is_no_answer_and_no_bug(folder: Path, line: str, code: int) -> None:
    """Closed or full streams: the exit code is what it would have been."""
    done = shell(line, folder)
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


@pytest.mark.parametrize("command", ["check", "plan", "status", "forecast", "diff main", "review"])
def test_a_folder_that_is_gone_is_no_bug(folder: Path, command: str) -> None:
    """Called in a folder that was deleted meanwhile, a command says so."""
    done = shell(f"mkdir gone && cd gone && rmdir ../gone && $W {command}", folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: the folder this was called in is gone\n")


@pytest.mark.parametrize("line", ["$W check >/dev/full", "$W schema >/dev/full"])
def test_an_answer_that_did_not_arrive_is_said_so(folder: Path, line: str) -> None:
    """A full disk under the output is exit code 3 and one clear line, not a bug and not a yes."""
    done = shell(line, folder)
    assert done.returncode == 3
    assert done.stderr.startswith("error: the answer could not be written: No space left on device\n")
    assert "Traceback" not in done.stderr


def test_a_file_name_stays_on_its_line(folder: Path) -> None:
    """A name with a line break, an escape or a byte that is no UTF-8 is shown as one plain word."""
    name = os.fsencode(folder / ".github" / "workflows") + b"/a\nb\x1b[2J\xff.yml"
    Path(os.fsdecode(name)).write_text(WORKFLOW, "utf-8")
    done = shell("$W check --format json", folder)
    paths = [each["path"] for each in json.loads(done.stdout)["workflows"]]
    assert paths == [r".github/workflows/a\nb\x1b[2J\xff.yml", ".github/workflows/née.yml"]
    assert "\x1b" not in shell("$W check", folder).stdout
