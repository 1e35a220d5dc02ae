"""What registries do not show: a 403 or a bare 404 for a tag that is not there, and for one that is."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest

from tests.adapters.test_registry_client import HOST, SMALL, T
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.errors import RegistryDenied, RegistryUntrusted, WholeshipError
from wholeship.core.http import Headers, Request, Response
from wholeship.core.reference import Repository, Tag
from wholeship.testing.clock import FakeClock
from wholeship.testing.registry import EmbeddedRegistry, InProcess

APP = Repository(HOST, "shop/app")
DENIED = json.dumps({"errors": [{"code": "DENIED", "message": "not permitted"}]}).encode()
HIDDEN = Response(403, Headers(), DENIED)
BARE = Response(404)


@dataclass
class Hiding:
    """An embedded registry of which some answers are replaced: ``absent`` for what is not there, ``refused``
    for tags that nobody may read; ``broken`` to everything."""

    registry: EmbeddedRegistry = field(default_factory=EmbeddedRegistry)
    absent: Response | None = None
    refused: frozenset[str] = frozenset()
    lets_in: bool = True
    broken: Response | None = None

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        if self.broken is not None:
            return self.broken
        if request.method == "POST" and not self.lets_in:
            return HIDDEN
        name = request.url.rpartition("/manifests/")[2]
        if name in self.refused:
            return HIDDEN
        found = InProcess({HOST: self.registry}).send(request, limit=limit, timeout=timeout)
        hides = self.absent is not None and found.status == 404 and request.method in ("GET", "HEAD")
        return self.absent if hides and self.absent is not None else found


def push(registry: EmbeddedRegistry, tag: str) -> None:
    pusher = RegistryClient(InProcess({HOST: registry}), FakeClock())
    SMALL.push(pusher, APP)
    pusher.bind(APP, Tag(tag), SMALL.manifest)


def client(transport: Hiding, *, writing: bool) -> RegistryClient:
    found = RegistryClient(transport, FakeClock(), patience=Patience(jitter=lambda: 1.0))
    if writing:
        found.begin_writing()
    return found


@pytest.mark.parametrize("absent", [HIDDEN, BARE])
def test_a_first_release_finds_nothing_where_it_may_push(absent: Response) -> None:
    """What a registry does not show to one who may push there is not there, if no listing has it."""
    hiding = Hiding(absent=absent)
    writer = client(hiding, writing=True)
    if absent is BARE:
        assert writer.tags(APP) == ()
    else:
        push(hiding.registry, "other")
    assert writer.manifest(APP, T) is None


@pytest.mark.parametrize("absent", [HIDDEN, BARE])
def test_a_reader_is_not_told_that_it_is_absent(absent: Response) -> None:
    """Whoever writes nothing opens no upload to find out: unknown stays unknown."""
    with pytest.raises(WholeshipError):
        client(Hiding(absent=absent), writing=False).manifest(APP, T)


def test_a_tag_that_is_listed_and_not_shown_is_not_absent() -> None:
    """A rule may forbid to read it (a scanner's verdict): it is there all the same."""
    hiding = Hiding(refused=frozenset({str(T)}))
    push(hiding.registry, T)
    with pytest.raises(RegistryDenied):
        client(hiding, writing=True).manifest(APP, T)


def test_a_digest_that_is_not_shown_is_not_absent() -> None:
    """No listing tells of digests."""
    with pytest.raises(RegistryDenied):
        client(Hiding(absent=HIDDEN), writing=True).manifest(APP, SMALL.manifest.digest)


def test_nothing_is_absent_for_one_who_may_not_push() -> None:
    """Nor is it where nothing but a proxy answers."""
    with pytest.raises(RegistryDenied):
        client(Hiding(absent=HIDDEN, lets_in=False), writing=True).manifest(APP, T)
    for broken, error in ((BARE, RegistryUntrusted), (HIDDEN, RegistryDenied)):
        with pytest.raises(error):
            client(Hiding(broken=broken), writing=True).manifest(APP, Tag("1"))
        with pytest.raises(error):
            client(Hiding(broken=broken), writing=True).tags(APP)
