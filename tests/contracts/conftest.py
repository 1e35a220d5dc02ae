"""The registries every contract is run on: the embedded one, with and without a socket, and a real one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from tests import real
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.errors import ToolMissing
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


@contextmanager
def or_skipped(starting: AbstractContextManager[str]) -> Iterator[str]:
    """The host that *starting* gives; the test is skipped, by name, where it is not installed."""
    with ExitStack() as stack:
        try:
            host = stack.enter_context(starting)
        except ToolMissing as error:
            pytest.skip(f"{error.message}: {error.advice}")
        yield host


@pytest.fixture(scope="session")
def distribution() -> Iterator[str]:
    """Debian's docker-registry, as a process of its own; gives its host."""
    with or_skipped(real.distribution()) as host:
        yield host


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
