"""A gate that is a script of the repository's own, on this machine.

It gets ``IMAGE_NAME=repository@digest`` for every image it needs, and the engine to run them with.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from threading import Event

from wholeship.adapters import process
from wholeship.adapters.runners.engine import Engine
from wholeship.core.errors import BadInput, ToolMissing
from wholeship.core.progress import Progress, Task
from wholeship.core.values import dataclass
from wholeship.release.ports import Trial, TrialResult

WHERE = frozenset(["DOCKER_CONFIG", "REGISTRY_AUTH_FILE"])
"""Paths, not secrets: without them the script's engine could not fetch the candidates."""


@dataclass(frozen=True)
class ScriptRunner:
    """See :class:`wholeship.release.ports.Runner`. ``engine`` finds the engine that built the images."""

    engine: Callable[[], Engine]
    name: str = "script"

    def check(self) -> None:
        """Always there."""

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        script = Path(trial.script)
        if not script.is_file():
            raise BadInput(f"{trial.name}: there is no script {script}")
        if not os.access(script, os.X_OK):
            raise BadInput(f"{trial.name}: {script} is not executable", advice=f"chmod +x {script}")
        ended = process.run(
            [str(script)],
            environment=self._environment(trial),
            cwd=trial.root or script.parent,
            log=trial.log,
            timeout=trial.timeout,
            stop=stop,
            heard=partial(progress.printed, Task("gate", trial.name)),
        )
        return TrialResult(ended.exit_code, ended.seconds, ended.tail)

    def _environment(self, trial: Trial) -> dict[str, str]:
        found = process.allowed_environment(process.PLAIN | process.ENGINES | process.PROXIES | WHERE)
        try:
            engine = self.engine()
        except ToolMissing:
            pass  # it may need none
        else:
            found |= engine.environment
            found["WHOLESHIP_ENGINE"] = shlex.join(engine.command)
        found |= {variable(name): str(pinned) for name, pinned in trial.images.items()}
        found["WHOLESHIP_INSECURE"] = "1" if trial.insecure else "0"
        return found | dict(trial.environment)


def variable(image: str) -> str:
    """The variable of *image*: ``IMAGE_`` and its name in capitals, ``_`` for what a shell cannot take."""
    return "IMAGE_" + re.sub(r"[^A-Z0-9]", "_", image.upper())
