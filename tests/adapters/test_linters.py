"""Real linters on real workflows, and their absence."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests.review.repositories import STORY, on_path
from wholeship.adapters.linters import INSTALLABLE, Actionlint, Zizmor

BAD = """on: push
jobs:
  a:
    runs-on: ubuntu-latest
    steps:
      - run: echo ${{ github.event.head_commit.message }}
      - run: echo ${{ steps.nowhere.outputs.x }}
"""


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree with a bad workflow; programs of the test environment are found."""
    monkeypatch.setenv("PATH", on_path(Path(sys.executable).parent))
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    (folder / "bad.yml").write_text(BAD)
    return tmp_path


@pytest.mark.real
@pytest.mark.parametrize("linter", INSTALLABLE, ids=lambda linter: linter.name)
def test_a_real_linter_is_read(tree: Path, linter: Actionlint | Zizmor) -> None:
    """What the linter finds has file and line; a workflow without faults has no findings of that rule."""
    if shutil.which(linter.name) is None:
        pytest.skip(f"{linter.name} is not installed")
    ran = linter.lint(tree)
    assert ran.problem == ""
    assert ran.version[0].isdigit()
    rule, line = {"zizmor": ("template-injection", 6), "actionlint": ("expression", 7)}[linter.name]
    assert (rule, ".github/workflows/bad.yml", line) in {(f.rule, f.file, f.line) for f in ran.findings}
    shutil.copy(STORY / "merged.yml", tree / ".github/workflows/bad.yml")
    assert rule not in {finding.rule for finding in linter.lint(tree).findings}


@pytest.mark.parametrize("linter", INSTALLABLE, ids=lambda linter: linter.name)
def test_a_linter_that_is_not_there_says_so(
    tree: Path, linter: Actionlint | Zizmor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A linter that is not installed, or answers in riddles, is a problem and no clean bill."""
    monkeypatch.setenv("PATH", str(tree / "bin"))
    assert linter.lint(tree).problem == "not installed"
    (tree / "bin").mkdir()
    for answer in ("Segmentation fault", '{"a": 1}', '[{"x": 1}]'):
        (tree / "bin" / linter.name).write_text(f"#!/bin/sh\necho '{answer}'\n")
        (tree / "bin" / linter.name).chmod(0o755)
        assert "could not be read" in linter.lint(tree).problem
    assert os.environ["PATH"] == str(tree / "bin")
