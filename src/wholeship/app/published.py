"""What the workflows of a repository publish, as `check` finds it, for those that start from it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from wholeship.app.world import World
from wholeship.release.init.published import CALLED, PublishedRun, scenario_of
from wholeship.verdict.check import Memory, Options, study_of
from wholeship.verdict.watched import Watched

_CALLS = re.compile(r"uses:\s*[\"']?\./\.github/workflows/([\w.-]+)")


def published_runs(
    workflows: Mapping[str, str], root: Path, watched: Watched, world: World
) -> Iterator[PublishedRun]:
    """Every scenario of *workflows* (path from *root* → text); a workflow that others call, in theirs."""
    options = Options(watched=watched)
    memory = Memory(world.files_below(root), options)
    called = {name for text in workflows.values() for name in _CALLS.findall(text)}
    for path, text in workflows.items():
        study = study_of(text, path, memory, options)
        for case in study.cases:
            if scenario_of(case.instance.scenario) == CALLED and Path(path).name in called:
                continue
            yield PublishedRun(path, study.name, case.instance, case.facts, case.images)
