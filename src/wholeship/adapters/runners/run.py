"""A gate by ``docker run`` or ``podman run``: sealed off, and gone afterwards."""

from __future__ import annotations

import resource
import uuid
from functools import partial
from signal import SIGKILL
from threading import Event

from wholeship.adapters import process
from wholeship.adapters.runners.engine import PULL_TIME, Engine
from wholeship.core.errors import CommandFailed
from wholeship.core.progress import Progress, Task
from wholeship.core.values import dataclass
from wholeship.release.ports import Trial, TrialResult

NOT_RUN = 125
"""The exit code of ``run`` when it is the engine that failed (Docker documentation, "Exit status")."""
PROCESSES = 4096


@dataclass(frozen=True)
class RunRunner:
    """See :class:`wholeship.release.ports.Runner`."""

    engine: Engine

    @property
    def name(self) -> str:
        """``docker`` or ``podman``."""
        return self.engine.name

    def check(self) -> None:
        """It was found by asking it."""

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        container = f"wholeship-gate-{uuid.uuid4().hex[:12]}"
        progress.advanced(Task("gate", trial.name), "pulling")
        self._pull(trial, stop)
        progress.advanced(Task("gate", trial.name), "running")
        command = [*self.engine.command, "run", f"--name={container}", *_flags(trial)]
        command += _limits() if self.name == "podman" else []
        try:
            ended = process.run(
                [*command, str(trial.image), *trial.command],
                environment=self.engine.running(),
                log=trial.log,
                timeout=trial.timeout,
                stop=stop,
                heard=partial(progress.printed, Task("gate", trial.name)),
                ending=partial(process.end, goodbye=SIGKILL),
            )
        finally:
            # The client is ended at once, and this ends the container: its first process ignores TERM.
            remove = ["rm", "--force", *(["--time=0"] if self.name == "podman" else []), container]
            process.run([*self.engine.command, *remove], environment=self.engine.running(), timeout=60)
        if ended.exit_code == NOT_RUN:
            raise _not_run(trial, "could not be run", ended)
        return TrialResult(ended.exit_code, ended.seconds, ended.tail)

    def _pull(self, trial: Trial, stop: Event) -> None:
        tls = ["--tls-verify=false"] if trial.insecure and self.name == "podman" else []
        ended = process.run(
            [*self.engine.command, "pull", *tls, *_platform_flags(trial), str(trial.image)],
            environment=self.engine.pulling(),
            log=trial.log,
            timeout=PULL_TIME,
            stop=stop,
        )
        if not ended.well:
            raise _not_run(trial, "could not be fetched", ended)


def _flags(trial: Trial) -> list[str]:
    sealed = ["--rm", "--read-only", "--tmpfs=/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    network = [] if trial.network == "default" else [f"--network={trial.network}"]
    variables = [f"--env={key}={value}" for key, value in trial.environment.items()]
    return [*sealed, f"--pids-limit={PROCESSES}", *network, *_platform_flags(trial), *variables]


def _limits() -> list[str]:
    """podman asks for a million open files, which root in a container may not give itself."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return [f"--ulimit=nofile={hard}:{hard}", f"--ulimit=nproc={PROCESSES}:{PROCESSES}"]


def _platform_flags(trial: Trial) -> list[str]:
    return [f"--platform={trial.platform}"] if trial.platform else []


def _not_run(trial: Trial, what: str, ended: process.Ended) -> CommandFailed:
    return CommandFailed(
        f"{trial.name}: {trial.image} {what}",
        advice="the gate has not answered; run the same command again",
        tail=ended.tail,
        log=str(trial.log),
    )
