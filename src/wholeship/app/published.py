"""What the workflows of a repository publish, as `check` finds it, for those that start from it."""

from __future__ import annotations

import collections.abc
import re
from collections.abc import Iterator
from pathlib import Path

from wholeship.app.world import World
from wholeship.core.errors import Problem
from wholeship.core.patterns import lazy_pattern
from wholeship.core.yamls import Mapping, Node, Scalar, Sequence
from wholeship.github.actions.fetches import own_folders
from wholeship.pipeline.run import Scenario
from wholeship.release.init.published import CALLED, PublishedRun, scenario_of
from wholeship.verdict.check import Memory, Options, study_of
from wholeship.verdict.watched import Watched

_CALLS = lazy_pattern(r"uses:\s*[\"']?\./\.github/workflows/([\w.-]+)")


def published_runs(
    workflows: collections.abc.Mapping[str, str],
    root: Path,
    watched: Watched,
    world: World,
    unread: list[Problem],
) -> Iterator[PublishedRun]:
    """Every scenario of *workflows* (path from *root* → text); a workflow that others call, in theirs.

    What is wrong with one that cannot be read is added to *unread*.
    """
    options = Options(watched=watched)
    memory = Memory(world.files_below(root), options, as_written=True)
    called = {name for text in workflows.values() for name in _CALLS.findall(text)}
    for path, text in workflows.items():
        is_called = Path(path).name in called

        def wanted(scenario: Scenario, is_called: bool = is_called) -> bool:
            word = scenario_of(scenario)
            return bool(word) and not (word == CALLED and is_called)

        study = study_of(text, path, memory, options, wanted)
        if study.root is None:
            unread += study.problems[:1]
        for case in study.cases:
            yield PublishedRun(
                path,
                study.name,
                case.instance,
                case.facts,
                case.images,
                _tag_heads(study.root),
                own_folders(case.instance),
            )


def _tag_heads(root: Node | None) -> tuple[str, ...]:
    """How the git tags begin that a workflow starts on: ``api-`` of ``api-v*``, nothing of ``v*``."""
    on = root.get("on") if isinstance(root, Mapping) else None
    push = on.get("push") if isinstance(on, Mapping) else None
    tags = push.get("tags") if isinstance(push, Mapping) else None
    given = tags.items if isinstance(tags, Sequence) else (tags,)
    texts = (item.text for item in given if isinstance(item, Scalar) and not item.text.startswith("!"))
    heads = {re.split(r"[*?+\[\]!\\\d]", text)[0].removesuffix("v") for text in texts}
    return tuple(sorted(heads - {""}))
