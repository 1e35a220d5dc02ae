"""Which docker client is taken, when there are several and not all work."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.adapters.builders.programs import program
from wholeship.adapters.builders import docker_client
from wholeship.core.errors import ToolMissing
from wholeship.core.platform import Platform

NO_DAEMON = 'echo "Cannot connect to the Docker daemon at unix:///var/run/docker.sock." >&2; exit 1'
PODMAN = """case $1 in version) echo '{"Client": {"Version": "4.3.1"}}';; *) exit 125;; esac"""


def docker(version: str, buildx: str = "", os_: str = "linux") -> str:
    """A client with a daemon; *buildx* is what its plug-in says."""
    answer = {
        "Client": {"Version": version},
        "Server": {"Version": "24.0.7", "Os": os_, "Arch": "arm64"},
    }
    plugin = f"echo '{buildx}'" if buildx else "echo \"docker: 'buildx' is not a docker command\" >&2; exit 1"
    return f"case $1 in version) echo '{json.dumps(answer)}';; buildx) {plugin};; *) exit 1;; esac"


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty PATH but for the folders a, b, c; and nothing at the usual place."""
    folders = [str(tmp_path / name) for name in "abc"]
    monkeypatch.setenv("PATH", os.pathsep.join([*folders, "/usr/bin", "/bin"]))
    monkeypatch.setattr(docker_client, "USUAL", str(tmp_path / "nowhere"))
    monkeypatch.setattr(os, "get_exec_path", lambda: folders)
    return tmp_path


def test_the_first_that_builds_is_taken_and_named(path: Path) -> None:
    """Another program of that name, and a client without BuildKit, are passed over."""
    program(path / "a", "docker", PODMAN)
    program(path / "b", "docker", docker("28.2.2"))
    program(path / "c", "docker", docker("20.10.24+dfsg1"))
    found = docker_client.find_client()
    assert found.program == str(path / "c" / "docker")
    assert str(found) == f"{path}/c/docker 20.10.24+dfsg1 with the daemon 24.0.7"
    assert found.platform == Platform("linux", "arm64")
    assert docker_client.any_that_runs().program == str(path / "b" / "docker")


def test_a_new_client_builds_through_its_plug_in(path: Path) -> None:
    """From version 23 on BuildKit is a plug-in: with it, the client is good."""
    program(path / "a", "docker", docker("28.2.2", "github.com/docker/buildx v0.24.0 abc"))
    assert docker_client.find_client().program == str(path / "a" / "docker")


def test_every_client_that_does_not_do_is_told(path: Path) -> None:
    """When none works, each is named with what is wrong; the advice is about the commonest cause."""
    program(path / "a", "docker", NO_DAEMON)
    with pytest.raises(ToolMissing) as caught:
        docker_client.find_client()
    assert f"{path}/a/docker: docker version failed" in caught.value.message
    assert "start the daemon" in caught.value.advice
    program(path / "b", "docker", docker("28.2.2"))
    with pytest.raises(ToolMissing) as caught:
        docker_client.find_client()
    assert "has no buildx plug-in" in caught.value.message


def test_no_docker_at_all(path: Path) -> None:
    """Without any program of that name, it is not installed."""
    with pytest.raises(ToolMissing, match="it is not installed"):
        docker_client.find_client()
    with pytest.raises(ToolMissing, match="docker is not installed"):
        docker_client.find_buildx((0, 12))


def test_a_socket_that_is_not_ours_comes_with_its_advice(path: Path) -> None:
    """A daemon that this user may not talk to is not a daemon that is down."""
    words = "permission denied while trying to connect to the Docker daemon socket"
    program(path / "a", "docker", f'echo "{words}" >&2; exit 1')
    with pytest.raises(ToolMissing) as caught:
        docker_client.find_client()
    assert "the group docker" in caught.value.advice


@pytest.mark.parametrize(
    ("said", "enough"),
    [
        ("github.com/docker/buildx v0.24.0 abcdef", True),
        ("github.com/docker/buildx 0.13.1+ds1 0.13.1+ds1-3", True),
        ("github.com/docker/buildx v0.11.2", False),
        ("nonsense", False),
    ],
)
def test_buildx_is_told_by_its_version(path: Path, said: str, enough: bool) -> None:
    """The plug-in needs no daemon, and has to be new enough to annotate."""
    program(path / "a", "docker", f"case $1 in buildx) echo '{said}';; *) exit 1;; esac")
    if enough:
        assert docker_client.find_buildx((0, 12)) == str(path / "a" / "docker")
    else:
        with pytest.raises(ToolMissing, match=r"docker buildx 0\.12 or newer was not found"):
            docker_client.find_buildx((0, 12))


def test_a_daemon_elsewhere_has_no_disk_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a daemon behind a socket of this machine fills a disk of this machine."""
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    assert docker_client.is_local()
    monkeypatch.setenv("DOCKER_HOST", "ssh://builder@far")
    assert not docker_client.is_local()
    assert docker_client.data_root("docker") is None
