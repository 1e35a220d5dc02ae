"""Which engine runs an image."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.adapters.builders.programs import program
from tests.adapters.builders.test_containers import FAKE
from tests.adapters.builders.test_docker_client import NO_DAEMON, docker
from wholeship.adapters.builders import choose_builder, docker_client
from wholeship.adapters.runners.engine import engine_of
from wholeship.core.errors import ToolMissing


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with a buildah that works and a podman that works, both by runc."""
    monkeypatch.setattr(docker_client, "USUAL", str(tmp_path / "nowhere"))
    monkeypatch.setattr(os, "get_exec_path", lambda: [str(tmp_path)])
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "fake.py").write_text(
        FAKE.replace('or "default"', 'or ("runc" if "--runtime" in flags else "")')
    )
    (tmp_path / "works").write_text("runc")
    for name in ("buildah", "podman"):
        program(tmp_path, name, f'exec {sys.executable} {tmp_path}/fake.py "$@"')
    return tmp_path


def test_an_image_runs_on_the_engine_that_built_it(path: Path) -> None:
    """podman's by flag, buildah's by variable: so that it works here, also from a script."""
    podman, buildah = engine_of(choose_builder("podman")), engine_of(choose_builder("buildah"))
    assert podman.command == (str(path / "podman"), "--runtime=runc")
    assert (buildah.command, dict(buildah.environment)) == (
        (str(path / "buildah"),),
        {"BUILDAH_RUNTIME": "runc"},
    )
    assert buildah.running()["BUILDAH_RUNTIME"] == "runc"


def test_without_a_builder_the_first_that_answers(path: Path) -> None:
    """docker comes first where a daemon answers; where none does, the next."""
    program(path, "docker", NO_DAEMON)
    assert engine_of(None).name == "podman"
    program(path, "docker", docker("28.2.2"))
    assert engine_of(None).command == (str(path / "docker"),)


def test_what_buildx_built_runs_on_what_there_is(path: Path) -> None:
    """buildx may have no docker daemon: then another engine runs its images."""
    program(path, "docker", NO_DAEMON)
    assert engine_of(choose_builder("buildx")).name == "podman"


def test_no_engine_is_told_with_every_reason(path: Path) -> None:
    """Without any, each is named with what is wrong."""
    (path / "podman").unlink()
    (path / "works").write_text("none")
    with pytest.raises(ToolMissing) as caught:
        engine_of(None)
    for words in (
        "docker: docker cannot run here",
        "podman: podman is not installed",
        "buildah: buildah cannot run",
    ):
        assert words in caught.value.message


def test_credentials_are_for_fetching_only(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the credentials are is known while the image is fetched, and not while it runs."""
    monkeypatch.setenv("DOCKER_CONFIG", "/somewhere")
    engine = engine_of(choose_builder("buildah"))
    assert "DOCKER_CONFIG" in engine.pulling()
    assert "DOCKER_CONFIG" not in engine.running()
