"""A gate by buildah: a working container of the candidate, thrown away afterwards.

buildah has no read-only root: what the command writes goes into a layer that nobody keeps. ``buildah run``
also knows no entry point, so that the image's own is put before the command, as other engines do.
"""

from __future__ import annotations

import uuid
from functools import partial
from threading import Event

from wholeship.adapters import process
from wholeship.adapters.runners.engine import PULL_TIME, Engine
from wholeship.core import jsons
from wholeship.core.errors import CommandFailed
from wholeship.core.progress import Progress, Task
from wholeship.core.values import dataclass
from wholeship.release.ports import Trial, TrialResult


@dataclass(frozen=True)
class BuildahRunner:
    """See :class:`wholeship.release.ports.Runner`."""

    engine: Engine
    name: str = "buildah"

    def check(self) -> None:
        """It was found by asking it."""

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        assert trial.image is not None
        container = f"wholeship-gate-{uuid.uuid4().hex[:12]}"
        progress.advanced(Task("gate", trial.name), "pulling")
        try:
            self._pull(trial, container, stop)
            progress.advanced(Task("gate", trial.name), "running")
            ended = process.run(
                [*self._run(trial), container, "--", *self._words(trial, container)],
                environment=self.engine.running(),
                log=trial.log,
                timeout=trial.timeout,
                stop=stop,
                heard=partial(progress.printed, Task("gate", trial.name)),
            )
        finally:
            self._remove(container)
        return TrialResult(ended.exit_code, ended.seconds, ended.tail)

    def _pull(self, trial: Trial, container: str, stop: Event) -> None:
        tls = ["--tls-verify=false"] if trial.insecure else []
        platform = [f"--platform={trial.platform}"] if trial.platform else []
        ended = process.run(
            [
                *self.engine.command,
                "from",
                "--quiet",
                f"--name={container}",
                *tls,
                *platform,
                str(trial.image),
            ],
            environment=self.engine.pulling(),
            log=trial.log,
            timeout=PULL_TIME,
            stop=stop,
        )
        if not ended.well:
            raise CommandFailed(
                f"{trial.name}: {trial.image} could not be fetched",
                advice="the gate was not run; run the same command again",
                tail=ended.tail,
                log=str(trial.log),
            )

    def _run(self, trial: Trial) -> list[str]:
        """The words before the container's name."""
        command = [*self.engine.command, "run", "--cap-drop=ALL", "--mount=type=tmpfs,destination=/tmp"]
        command += [f"--env={key}={value}" for key, value in trial.environment.items()]
        if self._in_chroot() and trial.network == "none":
            # A chroot has the network of whoever makes it: so it is made where there is none.
            apart = process.program_path("unshare", advice="apt-get install util-linux, or set network: host")
            return [apart, "--net", *command]
        return command if trial.network == "default" else [*command, f"--network={trial.network}"]

    def _in_chroot(self) -> bool:
        return self.engine.running().get("BUILDAH_ISOLATION") == "chroot"

    def _words(self, trial: Trial, container: str) -> list[str]:
        """The image's entry point and the gate's command; without a command, the image's own."""
        said = process.ask_program(
            [*self.engine.command, "inspect", "--type=container", container],
            environment=self.engine.running(),
        )
        config = jsons.parse_json(said, what="the image's configuration")["OCIv1"].get("config") or {}
        return [*(config.get("Entrypoint") or ()), *(trial.command or config.get("Cmd") or ())]

    def _remove(self, container: str) -> None:
        process.run([*self.engine.command, "rm", container], environment=self.engine.running(), timeout=60)
