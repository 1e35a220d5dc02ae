"""The docker client that works: of every ``docker`` on PATH, the first that a daemon answers through.

The first one on PATH may be something else (podman's stand-in, a client without a daemon, a client whose
BuildKit plug-in is missing), so every one is asked.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from wholeship.adapters.builders.work import answer_of
from wholeship.core import jsons
from wholeship.core.errors import BadInput, CommandFailed, ToolMissing
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass

USUAL = "/usr/bin/docker"
TIMEOUT = 20.0
BUILT_IN = 23
"""From this version on the client builds through its buildx plug-in; before it, BuildKit is built in
(Docker release notes, "23.0")."""


@dataclass(frozen=True, slots=True)
class Client:
    """A docker client that reached a daemon. ``platform`` is the daemon's; ``buildx``: it has the plug-in."""

    program: str
    version: str
    server: str
    platform: Platform
    buildx: bool

    @property
    def has_buildkit(self) -> bool:
        """Whether its ``docker build`` can use BuildKit."""
        major = re.match(r"\d+", self.version)
        return self.buildx or (major is not None and int(major[0]) < BUILT_IN)

    def __str__(self) -> str:
        return f"{self.program} {self.version} with the daemon {self.server}"


def programs() -> Iterator[str]:
    """Every program called docker: on PATH, in its order, then where distributions put it."""
    paths = [os.path.join(folder, "docker") for folder in os.get_exec_path()]
    for path in dict.fromkeys(os.path.realpath(path) for path in (*paths, USUAL)):
        if os.access(path, os.X_OK) and not os.path.isdir(path):
            yield path


def clients() -> Iterator[Client | str]:
    """Every docker client that reaches a daemon; for the others, why not."""
    for path in programs():
        try:
            yield _client(path)
        except (CommandFailed, ToolMissing, BadInput) as error:
            yield f"{path}: {error.message}"


def find_client() -> Client:
    """The first client that can build with BuildKit. :class:`ToolMissing`."""
    return _first_client("build", lambda client: "" if client.has_buildkit else "has no buildx plug-in")


def find_buildx(oldest: tuple[int, int]) -> str:
    """The first client with the plug-in buildx of at least this version. :class:`ToolMissing`.

    It needs no daemon: buildx may have its own builders.
    """
    reasons = []
    for path in programs():
        version = _buildx_version(path)
        if version >= oldest:
            return path
        reasons.append(f"{path} has buildx {version[0]}.{version[1]}" if any(version) else f"{path} has none")
    needed = ".".join(map(str, oldest))
    raise ToolMissing(
        f"docker buildx {needed} or newer was not found ({'; '.join(reasons) or 'docker is not installed'})",
        advice="install the plug-in docker-buildx-plugin (Debian: docker-buildx), or use another builder",
    )


def any_that_runs() -> Client:
    """The first client that can run a container. :class:`ToolMissing`."""
    return _first_client("run", lambda client: "")


def _first_client(deed: str, lacks: Callable[[Client], str]) -> Client:
    """The first client that lacks nothing; raises :class:`ToolMissing` with what is wrong with each."""
    reasons = []
    for client in clients():
        if isinstance(client, Client) and not lacks(client):
            return client
        reasons.append(client if isinstance(client, str) else f"{client} {lacks(client)}")
    why = "; ".join(reasons) or "it is not installed"
    raise ToolMissing(f"docker cannot {deed} here: {why}", advice=_engine_advice(reasons))


def is_local() -> bool:
    """Whether the daemon is on this machine, so that its disk is ours."""
    where = os.environ.get("DOCKER_HOST", "unix://")
    return where.startswith("unix://") and not os.environ.get("DOCKER_CONTEXT")


def data_root(program: str) -> Path | None:
    """The daemon's data folder, where that is on this machine."""
    said = _quietly(program, "info", "--format={{.DockerRootDir}}") if is_local() else ""
    return Path(said) if said else None


def is_on_containerd(program: str) -> bool:
    """Whether the daemon keeps its images in containerd's store, and so can export OCI layouts."""
    return "io.containerd.snapshotter" in _quietly(program, "info", "--format={{json .DriverStatus}}")


def _quietly(program: str, *words: str) -> str:
    try:
        return answer_of([program, *words], timeout=TIMEOUT).strip()
    except CommandFailed:
        return ""


def _client(path: str) -> Client:
    said = answer_of([path, "version", "--format={{json .}}"], timeout=TIMEOUT)
    answer: dict[str, Any] = jsons.parse_json(said, what=f"what {path} says about its version")
    try:
        client, server = answer["Client"], answer["Server"]
        platform = Platform.of(server["Os"], server["Arch"])
        return Client(path, client["Version"], server["Version"], platform, _buildx_version(path) > (0, 0))
    except (KeyError, TypeError):
        raise ToolMissing(f"{path} is not docker's client, or has no daemon") from None


def _buildx_version(path: str) -> tuple[int, int]:
    said = _quietly(path, "buildx", "version")
    found = re.search(r"\bv?(\d+)\.(\d+)", said) if "buildx" in said else None
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _engine_advice(reasons: list[str]) -> str:
    text = " ".join(reasons)
    if "permission denied" in text:
        return "may this user talk to the daemon? see the group docker, or use podman or buildah"
    if "Cannot connect" in text or "Is the docker daemon running" in text:
        return "start the daemon (systemctl start docker), or say where it is with DOCKER_HOST"
    if "plug-in" in text:
        return "install the plug-in docker-buildx-plugin (Debian: docker-buildx), or use another builder"
    return "install docker, or use podman or buildah"
