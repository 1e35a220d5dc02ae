"""The registries every contract is run on: the embedded one, with and without a socket, and a real one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.http import Transport
from wholeship.core.reference import Repository
from wholeship.testing.registry import EmbeddedRegistry, InProcess
from wholeship.testing.server import serve

QUICK = Patience(attempts=3, jitter=lambda: 0.01)


@dataclass(frozen=True)
class Served:
    """A registry under test: where it is, how to speak to it raw, and through the client."""

    host: str
    transport: Transport
    client: RegistryClient

    def repository(self, name: str) -> Repository:
        return Repository(self.host, name)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def distribution(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Debian's docker-registry, as a process of its own; gives its host."""
    program = shutil.which("docker-registry")
    if program is None:
        pytest.skip("no docker-registry: apt-get install docker-registry")
    root, port = tmp_path_factory.mktemp("distribution"), free_port()
    config = root / "config.yml"
    config.write_text(
        f"version: 0.1\nlog: {{level: error}}\nhttp: {{addr: 127.0.0.1:{port}}}\n"
        f"storage: {{filesystem: {{rootdirectory: {root}/data}}, delete: {{enabled: true}}}}\n"
    )
    with Path(root, "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(params=["in process", "over http", pytest.param("distribution", marks=pytest.mark.real)])
def served(request: pytest.FixtureRequest) -> Iterator[Served]:
    """One registry after the other, each behind the same client."""
    if request.param == "in process":
        transport: Transport = InProcess({"127.0.0.1:5000": EmbeddedRegistry()})
        yield Served("127.0.0.1:5000", transport, RegistryClient(transport, SystemClock(), patience=QUICK))
    elif request.param == "over http":
        with serve() as server:
            transport = HttpTransport()
            yield Served(server.host, transport, RegistryClient(transport, SystemClock(), patience=QUICK))
    else:
        host = request.getfixturevalue("distribution")
        transport = HttpTransport()
        yield Served(host, transport, RegistryClient(transport, SystemClock(), patience=QUICK))
