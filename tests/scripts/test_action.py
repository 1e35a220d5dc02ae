"""The action, step by step, as a runner takes it; and whole, with act."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
ACT = os.environ.get("WHOLESHIP_ACT", "")
HALF = """\
on: push
jobs:
  app:
    runs-on: ubuntu-latest
    steps: [{run: docker push ghcr.io/acme/app:$GITHUB_SHA}]
  worker:
    runs-on: ubuntu-latest
    steps: [{run: docker push ghcr.io/acme/worker:$GITHUB_SHA}]
"""


@dataclass(frozen=True)
class Runner:
    """Runs single steps of the action in *folder*, with *inputs* over the defaults."""

    folder: Path
    inputs: dict[str, str]

    def step(self, name: str, steps: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """The step *name*; ``steps`` are outputs of earlier ones, as ``python.folder``."""
        step = next(each for each in ACTION["runs"]["steps"] if each["name"] == name)
        known = {f"inputs.{k}": v.get("default", "") for k, v in ACTION["inputs"].items()}
        known |= {f"inputs.{k}": v for k, v in self.inputs.items()} | {"github.action_path": str(ROOT)}
        known |= {f"steps.{k.replace('.', '.outputs.', 1)}": v for k, v in (steps or {}).items()}

        def filled(text: str) -> str:
            return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: known[found[1]], text)

        given = {name: filled(value) for name, value in step["env"].items()}
        files = {f"GITHUB_{n}": str(self.folder / n.lower()) for n in ("OUTPUT", "STEP_SUMMARY")}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step["run"]],
            cwd=self.folder,
            env={
                "PATH": os.environ["PATH"],
                "RUNNER_TEMP": str(self.folder / "temp"),
                **RUNNER,
                **files,
                **given,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def outputs(self) -> dict[str, str]:
        """What the steps gave on."""
        lines = (self.folder / "output").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines)


CALL = """\
on: push
jobs:
  check:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - {uses: ./ship, with: {watched: app, cache: 'false', paths: .github/workflows/ci.yml}}
"""
STAND_IN = """\
name: nothing
description: stands in for an action that cannot be fetched
inputs: {path: {}, key: {}}
runs: {using: composite, steps: [{run: 'true', shell: bash}]}
"""
RUNNER = {"RUNNER_OS": "Linux", "RUNNER_ARCH": "X64"}


def runner(folder: Path, **inputs: str) -> Runner:
    """A runner with a repository of one workflow that can be half released."""
    (folder / ".github/workflows").mkdir(parents=True)
    (folder / ".github/workflows/ci.yml").write_text(HALF)
    (folder / "temp").mkdir()
    return Runner(folder, inputs)


def test_a_python_is_found(tmp_path: Path) -> None:
    """The newest Python of the runner is taken, and the key names it with the code that is installed."""
    own = runner(tmp_path)
    done = own.step("Find Python")
    assert done.returncode == 0, done.stderr
    given = own.outputs()
    assert shutil.which(given["python"])
    assert re.fullmatch(r"wholeship-Linux-X64-3\.\d+\.\d+-[0-9a-f]{16}", given["key"])


def test_a_python_that_is_too_old_is_named(tmp_path: Path) -> None:
    """Where Python is older than 3.11 the error says what to do, instead of failing somewhere in pip."""
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\nexit 1\n")
    old.chmod(0o755)
    done = runner(tmp_path / "x", python=str(old)).step("Find Python")
    assert done.returncode == 3
    assert "::error title=wholeship::" in done.stdout
    assert "actions/setup-python" in done.stdout


@pytest.mark.parametrize(("watched", "code"), [("app", 1), ("nobody", 2)])
def test_one_check_gives_every_format(tmp_path: Path, watched: str, code: int) -> None:
    """Annotations, the summary and SARIF are of one run of `check`, and its exit code is the step's."""
    own = runner(tmp_path, watched=watched, sarif="found.sarif", **{"fail-on": "error"})
    folder = tmp_path / "installed"
    (folder / "bin").mkdir(parents=True)
    calls = tmp_path / "calls"
    program = folder / "bin/wholeship"
    program.write_text(f'#!/bin/sh\necho call >> {calls}\nexec {sys.executable} -m wholeship "$@"\n')
    program.chmod(0o755)
    done = own.step("Check", {"python.folder": str(folder)})
    assert done.returncode == code, done.stderr
    assert own.outputs()["exit-code"] == str(code)
    assert calls.read_text() == "call\n"
    if code == 1:
        assert "::error file=.github/workflows/ci.yml" in done.stdout
        assert "half-release" in (tmp_path / "step_summary").read_text()
        assert json.loads((tmp_path / "found.sarif").read_text())["version"] == "2.1.0"


def test_what_it_uses_is_pinned() -> None:
    """Every action that it calls is named by a commit."""
    uses = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    assert uses
    assert all(re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", each) for each in uses)


@pytest.mark.extended
def test_it_runs_with_act(tmp_path: Path) -> None:
    """act takes the action as GitHub would: installed from the lock, and the job ends with our answer."""
    if not ACT:
        pytest.skip("no WHOLESHIP_ACT: go install github.com/nektos/act@v0.2.89 makes one")
    top = tmp_path / "repository"
    ship = top / "ship"
    for name in ("src", "requirements", "docs"):  # the wheel has the pages of the rules in it
        shutil.copytree(ROOT / name, ship / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("action.yml", "pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, ship / name)
    stand_in = tmp_path / "nothing"
    stand_in.mkdir()
    (stand_in / "action.yml").write_text(STAND_IN)
    flows = top / ".github/workflows"
    flows.mkdir(parents=True)
    (flows / "ci.yml").write_text(HALF)
    (top / "call.yml").write_text(CALL)
    for words in (["init", "-q", "-b", "main"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=top, check=True)
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", *who, "commit", "-qm", "all"], cwd=top, check=True)
    used = [step["uses"] for step in ACTION["runs"]["steps"] if "uses" in step]
    stand_ins = [word for each in used for word in ("--local-repository", f"{each}={stand_in}")]
    done = subprocess.run(
        [ACT, "push", "-W", "call.yml", "-P", "ubuntu-latest=-self-hosted", *stand_ins],
        cwd=top,
        capture_output=True,
        text=True,
        timeout=280,
        env={**os.environ, "HOME": str(tmp_path / "home")},
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "half-release" in done.stdout
    assert "exit-code=1" in done.stdout or "exitcode '1'" in done.stdout
