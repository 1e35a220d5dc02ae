"""Who runs a gate: the engine that built the image, or this machine itself for a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wholeship.adapters.runners.buildah import BuildahRunner
from wholeship.adapters.runners.engine import Engine, engine_of
from wholeship.adapters.runners.run import RunRunner
from wholeship.adapters.runners.script import ScriptRunner
from wholeship.release.gates import PlannedGate
from wholeship.release.ports import Builder, Runner

RUNNERS: Mapping[str, Callable[[Engine], Runner]] = {"buildah": BuildahRunner}
"""How an image is run, by engine; the others are all told in the same words."""


def choose_runner(gate: PlannedGate, builder: Builder | None) -> Runner:
    """The runner for *gate*; an image is run by the engine of *builder*, or by the first that answers."""
    if gate.image is None:
        return ScriptRunner(lambda: engine_of(builder))
    engine = engine_of(builder)
    return RUNNERS.get(engine.name, RunRunner)(engine)
