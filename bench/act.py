"""Runs of an exported workflow on this machine: act in host mode, every line timed as it arrives.

Nothing is fetched: the actions that the workflow uses are replaced by ones that do nothing, so that what a
job takes is what its own commands take.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

INPUTS = ("persist-credentials", "registry", "username", "password", "platforms")
STAND_IN = """\
name: {name}
description: stands in
inputs: {{{inputs}}}
runs: {{using: composite, steps: [{{run: 'true', shell: bash}}]}}
"""


@dataclass(slots=True)
class Job:
    """One job as it was seen: from its first line to its result."""

    name: str
    started: datetime
    completed: datetime | None = None
    conclusion: str = ""
    steps: dict[str, list[datetime]] = field(default_factory=dict)


@dataclass(frozen=True)
class Pipeline:
    """The workflow *path* of the repository *folder*; *scratch* is for stand-ins and output."""

    folder: Path
    path: str
    scratch: Path

    def run(self, number: int, event: str = "push") -> dict[str, Any]:
        """Run it once; what GitHub's API would answer for that run. ``SystemExit`` when it fails."""
        began = datetime.now(UTC)
        jobs: dict[str, Job] = {}
        for moment, line in self._lines([event, "--json", *self._flags(number)]):
            _heard(jobs, moment, line)
        run = {"id": number, "run_attempt": 1, "path": self.path, "event": event, "head_branch": "main"}
        told = [_as_github(number, began, job) for job in jobs.values() if job.completed]
        return {"workflow_runs": [{**run, "created_at": began.isoformat()}], "jobs": told}

    def _lines(self, words: list[str]) -> Iterator[tuple[datetime, dict[str, Any]]]:
        path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
        with subprocess.Popen(
            ["act", *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            env={**os.environ, "PATH": path},
        ) as process:  # fmt: skip
            assert process.stdout is not None
            kept: list[str] = []
            for line in process.stdout:
                kept.append(line)
                try:
                    yield datetime.now(UTC), json.loads(line)
                except ValueError:
                    continue
        if process.returncode:
            raise SystemExit(f"act failed with exit code {process.returncode}:\n{''.join(kept[-30:])}")

    def _flags(self, number: int) -> list[str]:
        flags = ["-P", "ubuntu-24.04=-self-hosted", "--concurrent-jobs", "8", "-W", self.path]
        flags += ["--env", f"GITHUB_RUN_NUMBER={number}", "--env", f"GITHUB_RUN_ID={number}"]
        flags += ["-s", "REGISTRY_USERNAME=nobody-here", "-s", "REGISTRY_PASSWORD=nothing-secret"]
        text = (self.folder / self.path).read_text(encoding="utf-8")
        inputs = ", ".join(f"{name}: {{required: false}}" for name in INPUTS)
        for action in sorted(set(re.findall(r"uses: (\S+)", text))):
            stand_in = self.scratch / "actions" / action.partition("@")[0]
            stand_in.mkdir(parents=True, exist_ok=True)
            (stand_in / "action.yml").write_text(STAND_IN.format(name=stand_in.name, inputs=inputs))
            flags += ["--local-repository", f"{action}={stand_in}"]
        return flags


def _heard(jobs: dict[str, Job], moment: datetime, line: dict[str, Any]) -> None:
    name = str(line.get("job", "")).partition("/")[2].strip()  # after the workflow's own name
    if not name:
        return
    job = jobs.setdefault(name, Job(name, moment))
    if line.get("step"):
        job.steps.setdefault(str(line["step"]), [moment, moment])[1] = moment
    if line.get("jobResult"):
        job.completed, job.conclusion = moment, str(line["jobResult"])


def _as_github(run: int, created: datetime, job: Job) -> dict[str, Any]:
    """As "List jobs for a workflow run" answers; act has no queue, so created is started."""
    assert job.completed is not None
    return {
        "id": abs(hash((run, job.name))) % 2**31,
        "run_id": run,
        "run_attempt": 1,
        "name": job.name,
        "status": "completed",
        "conclusion": job.conclusion,
        "created_at": job.started.isoformat(),
        "started_at": job.started.isoformat(),
        "completed_at": job.completed.isoformat(),
        "labels": ["ubuntu-24.04"],
        "steps": [
            {"name": name, "number": number, "started_at": a.isoformat(), "completed_at": b.isoformat()}
            for number, (name, (a, b)) in enumerate(job.steps.items(), 1)
        ],
    }
