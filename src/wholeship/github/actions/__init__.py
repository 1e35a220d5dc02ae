"""Actions that build, tag, push, log in or test: one family a file, found by name or by their inputs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wholeship.github.actions import (
    attestations,
    bakes,
    builds,
    bystanders,
    deleters,
    helpers,
    metadata,
    pushers,
    remote,
    scanners,
    starters,
    unknown,
)
from wholeship.github.actions.call import Call
from wholeship.pipeline.effects import Done

Reader = Callable[[Call], Done]

ALL_ACTIONS: Mapping[str, Reader] = {
    **bystanders.ACTIONS,
    **metadata.ACTIONS,
    **builds.ACTIONS,
    **bakes.ACTIONS,
    **pushers.ACTIONS,
    **remote.ACTIONS,
    **starters.ACTIONS,
    **helpers.ACTIONS,
    **attestations.ACTIONS,
    **scanners.ACTIONS,
    **deleters.ACTIONS,
}


def read_action(call: Call) -> Done:
    """What one action does. Forks are recognised by the inputs they are given."""
    reader = ALL_ACTIONS.get(call.action)
    if reader is not None:
        return reader(call)
    for shape, family in ((builds.shaped_build, builds.build_push), (bakes.shaped_bake, bakes.bake_action)):
        if shape(call):
            return family(call)
    judged = unknown.judge_action(call)
    if not judged.effects and deleters.deletes_images(call.action):
        return deleters.deletes(call)
    return judged
