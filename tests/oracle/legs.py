"""One job on one runner: its steps are carried out for real, in a folder of their own."""

from __future__ import annotations

import os
import re
import select
import signal
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from tests.oracle import actions, yaml12
from tests.oracle.expressions import ExpressionError, Scope, holds, interpolate, text, truthy
from tests.oracle.programs import Unplayable, Write
from tests.oracle.stand_ins import Fault, Noted, StandIns, emptied

SECONDS = 20
"""A step that takes longer is taken as one that hangs; the workflow is not judged."""

SHELLS = {
    "": ("bash", "-e", "{0}"),
    "bash": ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "{0}"),
    "sh": ("sh", "-e", "{0}"),
    "python": ("python3", "{0}"),
}


Artifact = Mapping[str, str]
"""Files by their paths in the artifact."""


@dataclass(frozen=True)
class LegResult:
    """How a leg ended: its result, what it put out, and what it made visible."""

    result: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    writes: tuple[Write, ...] = ()
    calls: tuple[Noted, ...] = ()
    cancelled: bool = False
    """Was the run cancelled while it ran?"""
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    """What it uploaded."""


@dataclass
class LegRequest:
    """What a leg is given: the job as written, the values in reach, and what goes wrong."""

    job: Mapping[str, Any]
    contexts: dict[str, Any]
    workflow: Mapping[str, Any]
    fault: Fault | None = None
    clock: int = 0
    artifacts: Mapping[str, Artifact] = field(default_factory=dict)
    """What was uploaded before it starts."""
    taken: tuple[str, ...] = ()
    """The names of those that this attempt of the run has uploaded: nobody can use them again."""


class Runner:
    """A machine that carries out legs, one after the other, below the folder *root*."""

    def __init__(self, root: Path):
        self.root = root
        self.files: Mapping[str, str] = {}
        """What the checkout action gives: the repository of the world that is played."""
        self.stand_ins = StandIns(root)
        self.workspace, self.home, self.temporary = root / "work", root / "home", root / "tmp"
        for folder in (self.workspace, self.home, self.temporary):
            folder.mkdir()

    def play(self, request: LegRequest) -> LegResult:
        """Carry out one leg."""
        self.stand_ins.begin(request.fault, request.clock)
        for folder in (self.workspace, self.home, self.temporary):
            emptied(folder)
        return _Leg(self, request).play()

    def checkout(self, below: str) -> None:
        """The repository's files, as the checkout action puts them."""
        for path, body in self.files.items():
            target = self.workspace / below / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(body)
            if path.endswith(".sh") or body.startswith("#!"):
                target.chmod(0o755)


@dataclass
class _Level:
    """The steps of a job, or those of a composite action: their outputs and their status."""

    contexts: dict[str, Any]
    environment: dict[str, str]
    steps: dict[str, Any] = field(default_factory=dict)
    failed: bool = False
    composite: bool = False
    defaults: Mapping[str, Any] = field(default_factory=dict)


class _Leg:
    def __init__(self, runner: Runner, request: LegRequest):
        self.runner, self.request = runner, request
        self.cancelled = False  # a job that starts in a cancelled run starts as any other
        self.environment: dict[str, str] = {}
        self.path: list[str] = []
        self.counter = 0
        self.job: _Level | None = None
        self.uploaded: dict[str, Artifact] = {}

    def play(self) -> LegResult:
        request = self.request
        contexts = dict(request.contexts)
        base = Scope(contexts)
        try:
            self.environment |= _texts(request.workflow.get("env"), base)
            self.environment |= _texts(request.job.get("env"), Scope(contexts | {"env": self.environment}))
        except ExpressionError:
            return LegResult("failure")
        level = self.job = _Level(contexts, {}, defaults=self._defaults())
        self._steps(level, request.job.get("steps") or ())
        outputs, broken = self._outputs(level)
        noted = tuple(self.runner.stand_ins.noted())
        result = "cancelled" if self.cancelled else "failure" if level.failed or broken else "success"
        return LegResult(
            result,
            outputs,
            _visible(noted, request.fault),
            noted,
            self.runner.stand_ins.cancelled,
            self.uploaded,
        )

    def _defaults(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for place in (self.request.workflow, self.request.job):
            found |= ((place.get("defaults") or {}).get("run")) or {}
        return found

    def _outputs(self, level: _Level) -> tuple[dict[str, str], bool]:
        found: dict[str, str] = {}
        for name, body in (self.request.job.get("outputs") or {}).items():
            try:
                value = text(interpolate(body, self._scope(level)))
            except ExpressionError:
                return found, True
            if value:
                found[name] = value
        return found, False

    def _scope(self, level: _Level, own: Mapping[str, str] | None = None) -> Scope:
        status: dict[str, Callable[[], bool]] = {
            "success": lambda: not level.failed and not self.cancelled,
            "failure": lambda: level.failed and not self.cancelled,
            "cancelled": lambda: self.cancelled,
            "always": lambda: True,
        }
        names = self.environment | level.environment | dict(own or {})
        failed = self.job is not None and self.job.failed  # of the job, also inside a composite action
        job = {"status": "cancelled" if self.cancelled else "failure" if failed else "success"}
        return Scope(
            level.contexts | {"steps": level.steps, "env": names, "job": job, "runner": _RUNNER}, status
        )

    def _steps(self, level: _Level, steps: Any) -> None:
        for step in steps:
            outcome = self._step(level, step)
            conclusion = outcome[0]
            if outcome[0] == "failure" and outcome[2]:
                conclusion = "success"
            if conclusion == "failure":
                level.failed = True
            if "id" in step:
                level.steps[step["id"]] = {
                    "outcome": outcome[0],
                    "conclusion": conclusion,
                    "outputs": outcome[1],
                }

    def _step(self, level: _Level, step: Mapping[str, Any]) -> tuple[str, dict[str, str], bool]:
        """The outcome, the outputs, and whether a failure is tolerated."""
        try:
            own = _texts(step.get("env"), self._scope(level))
            if not holds(step.get("if"), self._scope(level, own)):
                return "skipped", {}, False
        except ExpressionError:
            return "failure", {}, False
        scope = self._scope(level, own)
        try:
            outcome, outputs = self._done(level, step, scope, own)
        except ExpressionError:
            outcome, outputs = "failure", {}
        try:
            tolerated = truthy(interpolate(step.get("continue-on-error", False), scope))
        except ExpressionError:
            tolerated = False
        return outcome, outputs, tolerated

    def _done(
        self, level: _Level, step: Mapping[str, Any], scope: Scope, own: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        if "run" in step:
            return self._run(level, step, scope, own)
        given = {name: text(interpolate(value, scope)) for name, value in (step.get("with") or {}).items()}
        used = str(step["uses"])
        if used.startswith("./"):
            return self._composite(level, used, given, own)
        return self._action(used, given, scope, own)

    def _run(
        self, level: _Level, step: Mapping[str, Any], scope: Scope, own: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        body = text(interpolate(step["run"], scope))
        shell = text(interpolate(step.get("shell", level.defaults.get("shell", "")), scope))
        folder = text(
            interpolate(step.get("working-directory", level.defaults.get("working-directory", "")), scope)
        )
        where = self.runner.workspace / folder
        if not where.is_dir():
            return "failure", {}
        return self._execute(body, SHELLS.get(shell) or tuple(shell.split()), where, self._names(level, own))

    def _names(self, level: _Level, own: Mapping[str, str]) -> dict[str, str]:
        return self.environment | level.environment | dict(own)

    def _execute(
        self, body: str, shell: tuple[str, ...], where: Path, names: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        self.counter += 1
        script = self.runner.temporary / f"step{self.counter}.sh"
        script.write_text(body)
        files = {name: self.runner.temporary / f"{name}{self.counter}" for name in ("ENV", "OUTPUT", "PATH")}
        for file in files.values():
            file.touch()
        around = self._around(names) | {f"GITHUB_{name}": str(file) for name, file in files.items()}
        code = _launch([word.replace("{0}", str(script)) for word in shell], where, around)
        if self.runner.stand_ins.stopped and not self.cancelled:
            self.cancelled = True
            return "cancelled", {}
        try:
            self.environment |= {
                name: value
                for name, value in _pairs(files["ENV"].read_text()).items()
                if not name.startswith(("GITHUB_", "RUNNER_"))
            }
            outputs = _pairs(files["OUTPUT"].read_text())
        except ValueError:
            return "failure", {}
        self.path = [*reversed(files["PATH"].read_text().split("\n")[:-1]), *self.path]
        return ("success" if code == 0 else "failure"), outputs

    def _around(self, names: Mapping[str, str]) -> dict[str, str]:
        github = self.request.contexts["github"]
        stem = [str(self.runner.stand_ins.bin), "/usr/bin", "/bin"]
        return {
            "CI": "true",
            "LANG": "C.UTF-8",
            "npm_config_update_notifier": "false",
            "HOME": str(self.runner.home),
            **names,
            "PATH": ":".join([*self.path, names["PATH"]] if "PATH" in names else [*self.path, *stem]),
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.runner.workspace),
            "GITHUB_STEP_SUMMARY": "/dev/null",
            "GITHUB_STATE": "/dev/null",
            "RUNNER_TEMP": str(self.runner.temporary),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            **{f"GITHUB_{name.upper()}": github[name] for name in _VARIABLES},
        }

    def _composite(
        self, level: _Level, used: str, given: dict[str, str], own: dict[str, str]
    ) -> tuple[str, dict[str, str]]:
        folder = self.runner.workspace / used
        found = next(
            (folder / name for name in ("action.yml", "action.yaml") if (folder / name).is_file()), None
        )
        if found is None:
            return "failure", {}
        document = yaml12.load(found.read_text())
        inputs = {}
        for name, said in (document.get("inputs") or {}).items():
            inputs[name] = given.get(name, text((said or {}).get("default", "")))
        contexts = level.contexts | {"inputs": inputs}
        inner = _Level(contexts, level.environment | own, composite=True)
        self._steps(inner, document["runs"]["steps"])
        scope = self._scope(inner)
        outputs = {
            name: text(interpolate(said["value"], scope))
            for name, said in (document.get("outputs") or {}).items()
        }
        outcome = (
            "cancelled" if self.cancelled and not inner.failed else "failure" if inner.failed else "success"
        )
        return outcome, outputs

    def _action(
        self, used: str, given: dict[str, str], scope: Scope, own: Mapping[str, str]
    ) -> tuple[str, dict[str, str]]:
        name = used.split("@", maxsplit=1)[0]
        if name == "actions/upload-artifact":
            return self._upload(given), {}
        if name == "actions/download-artifact":
            return self._download(given), {}
        played = actions.play(name, given, self.request.contexts["github"])
        if played.checkout is not None:
            self.runner.checkout(played.checkout)
        self.environment |= played.environment
        if played.failed:
            return "failure", dict(played.outputs)
        for script in played.scripts:
            names = self.environment | dict(own)
            outcome, _ = self._execute(script, SHELLS[""], self.runner.workspace, names)
            if outcome != "success":
                return outcome, {}
        return "success", dict(played.outputs)

    def _upload(self, given: Mapping[str, str]) -> str:
        """A file or a folder under a name that nobody has used yet."""
        name, path = given.get("name", "artifact"), self.runner.workspace / given["path"]
        if name in self.request.taken or name in self.uploaded:
            return "failure"
        base = path if path.is_dir() else path.parent
        files = [each for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file()]
        if files:
            self.uploaded[name] = {str(each.relative_to(base)): each.read_text() for each in files}
        return "success" if files or given.get("if-no-files-found") != "error" else "failure"

    def _download(self, given: Mapping[str, str]) -> str:
        """The artifact of a name; without one, each in a folder of its name."""
        there = {**self.request.artifacts, **self.uploaded}
        if "name" in given and given["name"] not in there:
            return "failure"
        for name, files in there.items():
            if given.get("name", name) == name:
                own = "" if "name" in given or given.get("merge-multiple") == "true" else name
                for path, body in files.items():
                    target = self.runner.workspace / given.get("path", "") / own / path
                    target.parent.mkdir(parents=True, exist_ok=True)
                    target.write_text(body)
        return "success"


_RUNNER = {"os": "Linux", "arch": "X64", "temp": "/tmp", "name": "r1"}
_VARIABLES = (
    *(
        "sha",
        "ref",
        "ref_name",
        "ref_type",
        "event_name",
        "run_id",
        "run_number",
        "run_attempt",
        "repository",
    ),
    *("repository_owner", "actor", "workflow", "server_url", "head_ref", "base_ref"),
)


def _texts(names: Any, scope: Scope) -> dict[str, str]:
    return {name: text(interpolate(value, scope)) for name, value in (names or {}).items()}


def _launch(words: list[str], where: Path, names: Mapping[str, str]) -> int:
    """The exit code of *words*; what it leaves behind in its process group is stopped."""
    with subprocess.Popen(
        words,
        cwd=where,
        env=dict(names),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        if not _ends(process.pid):
            _stop(process.pid)
            raise Unplayable("a step that does not end")
        code = process.wait()
        _stop(process.pid)
        return code


def _ends(pid: int) -> bool:
    """Waits for the process; False if it takes longer than it may. (``Popen.wait`` polls, and is slow.)"""
    watched = os.pidfd_open(pid)
    try:
        return bool(select.select([watched], [], [], SECONDS)[0])
    finally:
        os.close(watched)


def _stop(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def _pairs(body: str) -> dict[str, str]:
    """The lines of ``GITHUB_OUTPUT`` or ``GITHUB_ENV``: ``name=value``, or ``name<<END`` and lines."""
    found: dict[str, str] = {}
    lines = body.split("\n")
    while lines:
        line = lines.pop(0)
        if not line:
            continue
        heredoc = re.match(r"^([^=]+?)<<(.+)$", line)
        if heredoc:
            end = lines.index(heredoc.group(2))
            found[heredoc.group(1)] = "\n".join(lines[:end])
            lines = lines[end + 1 :]
        elif "=" in line:
            name, _, value = line.partition("=")
            found[name] = value
        else:
            raise ValueError(line)
    return found


def _visible(noted: tuple[Noted, ...], fault: Fault | None) -> tuple[Write, ...]:
    found: list[Write] = []
    for note in noted:
        if note.mode == "fail":
            continue
        done = note.effects
        if note.mode.startswith("part") and fault:
            part = (
                done.groups[fault.part : fault.part + 1]
                if len(done.groups) > 1
                else (done.writes[: fault.part],)
            )
            done = replace(done, groups=part)
        found += done.writes
    return tuple(found)
