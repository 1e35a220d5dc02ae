"""Exchanges with a registry that break on the way: what took effect, and what the client makes of it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator

import pytest

from tests.contracts.conftest import QUICK
from tests.contracts.images import image
from tests.testing.proxy import Proxy, Trouble, proxied
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.core.reference import Repository, Tag
from wholeship.release.ports import WriteResult
from wholeship.testing.server import serve

T = Tag("20260528-182833-000042")
SMALL = image("app")


@pytest.fixture(params=["over http", pytest.param("distribution", marks=pytest.mark.real)])
def proxy(request: pytest.FixtureRequest) -> Iterator[Proxy]:
    if request.param == "distribution":
        with proxied(request.getfixturevalue("distribution")) as between:
            yield between
    else:
        with serve() as server, proxied(server.host) as between:
            yield between


@pytest.mark.parametrize(
    ("trouble", "applied"),
    [
        (Trouble.RESET_BEFORE, False),
        (Trouble.CUT_REQUEST, False),
        (Trouble.RESET_AFTER, True),
        (Trouble.CUT_ANSWER, True),
    ],
)
def test_a_lost_reply_says_nothing_about_the_write(proxy: Proxy, trouble: Trouble, applied: bool) -> None:
    """Half a manifest leaves no tag; a whole one is applied though nobody hears of it; then reading tells."""
    client = RegistryClient(HttpTransport(), SystemClock(), patience=QUICK)
    app = Repository(proxy.host, f"acme/b{uuid.uuid4().hex[:8]}")
    SMALL.push(client, app)
    proxy.strike(trouble, 1)
    assert client.bind(app, T, SMALL.manifest).result is WriteResult.UNCLEAR
    time.sleep(0.1)  # a registry may still be busy with half a body
    assert (client.manifest(app, T) is not None) is applied
    assert (T in client.tags(app)) is applied


@pytest.mark.parametrize("trouble", [Trouble.RESET_AFTER, Trouble.CUT_REQUEST, Trouble.CUT_ANSWER])
@pytest.mark.parametrize("at", [1, 2, 3, 4, 5, 6, 7])
def test_a_push_gets_over_it(proxy: Proxy, trouble: Trouble, at: int) -> None:
    """Blobs and manifests by digest are the same whoever stored them: each step may be repeated."""
    client = RegistryClient(HttpTransport(), SystemClock(), patience=QUICK)
    app = Repository(proxy.host, f"acme/p{uuid.uuid4().hex[:8]}")
    proxy.strike(trouble, at)
    SMALL.push(client, app)
    assert client.manifest(app, SMALL.digest) == SMALL.manifest
