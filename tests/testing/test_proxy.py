"""The proxy breaks exchanges on real sockets, and the client tells each break for what it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.contracts.images import image
from tests.testing.proxy import Proxy, Trouble, proxied
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.http import Request, Response, TransportError
from wholeship.core.reference import Repository, Tag
from wholeship.release.ports import WriteResult
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

SMALL = image("app")
T = Tag("20260528-182833-000042")
QUICK = Patience(attempts=3, timeout=2.0, jitter=lambda: 0.01)


@pytest.fixture
def registry() -> EmbeddedRegistry:
    return EmbeddedRegistry()


@pytest.fixture
def proxy(registry: EmbeddedRegistry) -> Iterator[Proxy]:
    with serve(registry) as server, proxied(server.host) as between:
        yield between


@pytest.fixture
def client() -> RegistryClient:
    return RegistryClient(HttpTransport(), SystemClock(), patience=QUICK)


def app(proxy: Proxy) -> Repository:
    return Repository(proxy.host, "acme/app")


def test_exchanges_pass_unchanged(proxy: Proxy, client: RegistryClient, registry: EmbeddedRegistry) -> None:
    """Without trouble everything arrives, on kept connections, and is counted."""
    SMALL.push(client, app(proxy))
    assert client.manifest(app(proxy), SMALL.digest) == SMALL.manifest
    assert proxy.count == registry.requests == len(proxy.methods) > 3


@pytest.mark.parametrize(
    ("trouble", "applied"),
    [
        (Trouble.RESET_BEFORE, False),
        (Trouble.CUT_REQUEST, False),
        (Trouble.RESET_AFTER, True),
        (Trouble.CUT_ANSWER, True),
        (Trouble.SILENCE, True),
    ],
)
def test_a_broken_write_is_unclear_and_the_registry_knows(
    proxy: Proxy, client: RegistryClient, registry: EmbeddedRegistry, trouble: Trouble, applied: bool
) -> None:
    """The client cannot tell lost requests from lost answers; the registry can."""
    SMALL.push(client, app(proxy))
    proxy.strike(trouble, 1, seconds=3.0)
    assert client.bind(app(proxy), T, SMALL.manifest).result is WriteResult.UNCLEAR
    assert (registry.tag("acme/app", T) == SMALL.digest) is applied


@pytest.mark.parametrize("trouble", [t for t in Trouble if t is not Trouble.NONE])
def test_reads_get_over_it(proxy: Proxy, client: RegistryClient, trouble: Trouble) -> None:
    """A read that is broken once is answered the second time."""
    SMALL.push(client, app(proxy))
    proxy.strike(trouble, 1, seconds=0.3)
    assert client.manifest(app(proxy), SMALL.digest) == SMALL.manifest


def test_a_reset_is_a_reset(proxy: Proxy) -> None:
    """The client sees the connection torn down, and calls it possibly applied."""
    proxy.strike(Trouble.RESET_AFTER, 1)
    with pytest.raises(TransportError) as broken:
        HttpTransport().send(Request("GET", f"http://{proxy.host}/v2/"), limit=1000, timeout=5)
    assert broken.value.maybe_applied


def test_latency_is_added_to_every_exchange(registry: EmbeddedRegistry) -> None:
    """A far registry can be played; the answers stay what they were."""
    with serve(registry) as server, proxied(server.host, latency=0.01) as far:
        answers: list[Response] = [
            HttpTransport().send(Request("GET", f"http://{far.host}/v2/"), limit=1000, timeout=5)
            for _ in range(3)
        ]
    assert [answer.status for answer in answers] == [200] * 3
