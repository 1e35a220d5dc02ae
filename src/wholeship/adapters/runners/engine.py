"""A container engine as a command: what to type before ``run`` so that it works on this machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from wholeship.adapters import process
from wholeship.adapters.builders import BUILDERS, docker_client
from wholeship.adapters.builders.containers import Containers
from wholeship.adapters.builders.work import SEEN
from wholeship.core.errors import ToolMissing
from wholeship.core.values import dataclass
from wholeship.release.ports import Builder

ALL = ("docker", "podman", "buildah")
"""The engines, in order of preference."""
PULL_TIME = 1800.0
"""Seconds that getting an image may take; not a part of the gate's own time limit."""


@dataclass(frozen=True, slots=True)
class Engine:
    """``command`` starts it; ``environment`` makes it work here, also when a script calls it by name."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)

    def pulling(self) -> dict[str, str]:
        """Variables for fetching an image: with the credentials."""
        return process.allowed_environment(SEEN, **self.environment)

    def running(self) -> dict[str, str]:
        """Variables for running one: where the engine is, and nothing that opens a door."""
        return process.allowed_environment(process.PLAIN | process.ENGINES, **self.environment)


def engine_of(builder: Builder | None) -> Engine:
    """The engine that *builder* belongs to; without one, the first on this machine that answers.

    buildx has none of its own: its images run on docker, else on what else there is. Raises
    :class:`ToolMissing`.
    """
    reasons = []
    names = ALL if builder is None or builder.name not in ALL else (builder.name,)
    for name in names:
        try:
            if name == "docker":
                return Engine(name, (docker_client.any_that_runs().program,))
            found = builder if isinstance(builder, Containers) else BUILDERS[name]({})
            assert isinstance(found, Containers)
            return _of_containers(found)
        except ToolMissing as error:
            reasons.append(f"{name}: {error.message}")
    raise ToolMissing(
        f"nothing here can run an image ({'; '.join(reasons)})",
        advice="install one, for example: apt-get install buildah; or start the docker daemon",
    )


def _of_containers(builder: Containers) -> Engine:
    isolation = builder.isolation
    if builder.name == "podman":
        return Engine("podman", (builder.program, *isolation.before))
    return Engine("buildah", (builder.program,), isolation.environment)
