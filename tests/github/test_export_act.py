"""The exported workflow, really run: by act, in host mode, against a real registry."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contracts.conftest import distribution
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.cli.main import main
from wholeship.core.reference import Repository, Tag

__all__ = ["distribution"]

pytestmark = [pytest.mark.real, pytest.mark.extended]
RELEASE = """\
registry: {host}/act
images:
  app: {{dockerfile: Dockerfile, args: {{NAME: app}}}}
  worker: {{dockerfile: Dockerfile, args: {{NAME: worker}}}}
watched: app
platforms: {{default: [linux/amd64]}}
gates: {{says-hello: {{image: worker, command: [/bin/busybox, echo, hello]}}, looks: {{run: ./look}}}}
builder: {{type: buildah}}
export: {{install: wholeship --version}}
"""
DOCKERFILE = (
    'FROM scratch\nARG NAME\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "true"]\nLABEL name=$NAME\n'
)
STAND_IN = """\
name: {name}
description: stands in
inputs: {{{inputs}}}
runs: {{using: composite, steps: [{{run: 'true', shell: bash}}]}}
"""
INPUTS = ("persist-credentials", "registry", "username", "password", "platforms")


def test_act_runs_the_whole_pipeline(
    tmp_path: Path, distribution: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plan, builds, gate and promote run as jobs, hand the record on, and the release is whole."""
    for program in ("act", "buildah", "git"):
        if shutil.which(program) is None:
            pytest.skip(f"no {program}")
    repository(tmp_path / "repository", distribution)
    monkeypatch.chdir(tmp_path / "repository")
    assert main(["export", "github"]) == 0
    git("add", "-A")
    git("commit", "-qm", "all")
    done = act(tmp_path, Path(".github/workflows/release.yml").read_text())
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    client = RegistryClient(HttpTransport(), SystemClock())
    app, worker = (Repository(distribution, f"act/{name}") for name in ("app", "worker"))
    (tag,) = client.tags(app)
    assert re.fullmatch(r"[0-9]{8}-[0-9]{6}-000077", tag)
    assert tag in client.tags(worker)
    shipped = client.manifest(worker, Tag(tag))
    assert shipped is not None
    # What the gate ran is what has the tag: the digest stands in the gate's own output.
    assert f"worker@{shipped.digest}" in done.stdout


def repository(folder: Path, host: str) -> None:
    folder.mkdir()
    shutil.copy("/bin/busybox", folder / "busybox")
    (folder / "wholeship.yaml").write_text(RELEASE.format(host=host))
    (folder / "Dockerfile").write_text(DOCKERFILE)
    look = folder / "look"
    look.write_text('#!/bin/sh\necho "worker is $IMAGE_WORKER"\ntest -n "$IMAGE_APP"\n')
    look.chmod(0o755)
    subprocess.run(["git", "init", "-q", "-b", "main", str(folder)], check=True)


def act(folder: Path, workflow: str) -> subprocess.CompletedProcess[str]:
    flags = ["push", "-P", "ubuntu-24.04=-self-hosted", "--env", "GITHUB_RUN_NUMBER=77"]
    flags += ["-s", "REGISTRY_USERNAME=nobody-here", "-s", "REGISTRY_PASSWORD=nothing-secret"]
    for action in sorted(set(re.findall(r"uses: (\S+)", workflow))):
        name = action.partition("@")[0]
        stand_in = folder / "actions" / name
        stand_in.mkdir(parents=True)
        inputs = ", ".join(f"{name}: {{required: false}}" for name in INPUTS)
        (stand_in / "action.yml").write_text(STAND_IN.format(name=name, inputs=inputs))
        flags += ["--local-repository", f"{action}={stand_in}"]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["act", *flags], capture_output=True, text=True, timeout=250, env={**os.environ, "PATH": path}
    )


def git(*words: str) -> None:
    subprocess.run(["git", *words], check=True)
