"""Workflow files → reports, on one core or on all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from wholeship.app.checking import ENOUGH, report_on
from wholeship.app.workflow_files import named_workflows
from wholeship.app.world import World
from wholeship.core.progress import Silent
from wholeship.output.formats import View, printed_answer
from wholeship.verdict.options import Options

STORY = Path(__file__).parents[1] / "fixtures" / "story"


def test_many_files_on_many_cores_are_the_same_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Processes change the time, not the answer."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})  # also where there is one core
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    for number in range(ENOUGH + 2):
        name = ["before", "attempt-2", "merged"][number % 3]
        shutil.copy(STORY / f"{name}.yml", folder / f"w{number:02}.yml")
    monkeypatch.chdir(tmp_path)
    world = World(Silent())
    files = named_workflows([], world)
    together, alone = report_on(files, Options(), world), report_on(files, Options(), world, enough=1000)
    assert len(alone.workflows) == ENOUGH + 2
    assert printed_answer("check", "json", together, View()) == printed_answer("check", "json", alone, View())
