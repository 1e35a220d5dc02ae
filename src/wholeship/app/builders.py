"""Which program builds, and which runs a gate."""

from __future__ import annotations

from importlib import import_module

from wholeship.release.config import ReleaseConfig
from wholeship.release.plan import PlannedGate
from wholeship.release.ports import Builder, Runner


def builder_for(config: ReleaseConfig) -> Builder:
    """The builder that *config* names; for ``auto``, the first that is installed and answers."""
    builders = import_module("wholeship.adapters.builders")
    chosen: Builder = builders.choose(config.builder, nodes=config.raw.builder.nodes)
    return chosen


def runner_for(config: ReleaseConfig, gate: PlannedGate, builder: Builder | None) -> Runner:
    """Who runs *gate*: the engine of *builder* for an image, this machine for a script, which is told it."""
    runners = import_module("wholeship.adapters.runners")
    chosen: Runner = runners.choose(gate, builder)
    return chosen
