"""The client under every fault, at every exchange: it may fail, it may never lie.

A client that lies turns into half a release: "absent" for a tag that is there, "accepted" for a write
that was lost, "refused" for one that was applied, other bytes for the right ones.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from tests.contracts.images import AMD64, ARM64, Image, image, image_index
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.adapters.registry.tokens import Credential
from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError
from wholeship.core.reference import Repository, Tag
from wholeship.core.text import Redactor
from wholeship.release.ports import WriteResult
from wholeship.testing.clock import FakeClock
from wholeship.testing.faults import FAULTS, Fault, FaultyTransport, Killed, meanwhile
from wholeship.testing.registry import EmbeddedRegistry, InProcess, Login

HOST = "127.0.0.1:5000"
SHOP = Repository(HOST, "acme/app")
OLD, NEW = Tag("20260528-182833-000001"), Tag("20260528-182833-000002")
PASSWORD = "correct-horse-battery"
BOUND = 700.0
"""Seconds: no operation waits longer than the budget and one request."""


@dataclass
class Someone:
    def find(self, host: str, path: str = "") -> Credential | None:
        return Credential("ci", PASSWORD)

    def places(self) -> tuple[str, ...]:
        return ("a test",)


@dataclass
class Scene:
    """A registry that holds an image under a tag, a client behind a fault, and what the client said."""

    fault: Fault | None = None
    at: int = 1
    clock: FakeClock = field(default_factory=FakeClock)
    registry: EmbeddedRegistry = field(
        default_factory=lambda: EmbeddedRegistry(login=Login({"ci": PASSWORD}), page=2)
    )
    pushed: Image = field(default_factory=lambda: image_index("app", AMD64, ARM64))
    said: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        inner = InProcess({HOST: self.registry})
        plain = RegistryClient(inner, FakeClock(), Someone())
        self.pushed.push(plain, SHOP)
        for tag in ("a", "b", OLD):
            plain.bind(SHOP, Tag(tag), self.pushed.manifest)
        self.redact = Redactor()
        self.transport = FaultyTransport(inner, self.clock, self.fault, self.at)
        self.client = RegistryClient(
            self.transport, self.clock, Someone(), patience=Patience(jitter=lambda: 0.5), redact=self.redact
        )

    def play(self) -> Scene:
        """Every operation in turn; each is checked against the registry as it is."""
        for act in (self.reads_pinned, self.reads_tag, self.looks, self.lists, self.binds, self.stores):
            before = self.clock.monotonic()
            try:
                act()
            except RegistryError as error:
                self.said.append(f"{error.message} {error.advice} {error!r}")
            except Killed:
                return self
            assert self.clock.monotonic() - before < BOUND, f"{act.__name__} waited too long"
        return self

    def reads_pinned(self) -> None:
        assert self.client.manifest(SHOP, self.pushed.digest) == self.pushed.manifest

    def reads_tag(self) -> None:
        found = self.client.manifest(SHOP, OLD)
        assert found == self.pushed.manifest

    def looks(self) -> None:
        assert self.client.exists(SHOP, self.pushed.digest)
        assert not self.client.exists(SHOP, Digest.of(b"nothing"))

    def lists(self) -> None:
        tags = self.client.tags(SHOP)
        assert set(tags) == {"a", "b", OLD} or (self.fault and self.fault.name == "list-cut")

    def binds(self) -> None:
        write = self.client.bind(SHOP, NEW, self.pushed.manifest)
        self.said.append(write.detail)
        applied = self.registry.tag(SHOP, NEW) == self.pushed.digest
        if write.result is WriteResult.ACCEPTED:
            assert applied or (self.fault and self.fault.name == "lying-201")
        if write.result is WriteResult.REFUSED:
            assert not applied, f"called refused, and was applied: {write}"

    def stores(self) -> None:
        extra = image("extra")
        extra.push(self.client, SHOP)
        assert self.registry.has(SHOP, extra.digest) or (self.fault and self.fault.name == "lying-201")

    def check(self) -> None:
        """What holds whatever happened."""
        for step in self.transport.steps:
            assert not (step.signed and step.host != HOST), f"a login went to {step.host}"
        assert not any(PASSWORD in text or "Bearer " in text for text in self.said)
        tokens = self.registry.login._granted if self.registry.login else {}
        assert not any(token in text for text in self.said for token in tokens)


EXCHANGES = 18


def test_a_faultless_run_has_a_fixed_number_of_exchanges() -> None:
    """The runs below cover every exchange there is."""
    scene = Scene().play()
    assert scene.said == [""]
    assert scene.transport.count == EXCHANGES


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_no_fault_makes_the_client_lie(name: str) -> None:
    """Under this fault at any exchange the client answers rightly or says that it cannot."""
    hits = 0
    for at in range(1, EXCHANGES + 1):
        scene = Scene(FAULTS[name], at).play()
        scene.check()
        hits += scene.transport.hits
    assert hits, "the fault was never met"


def test_a_revoked_token_is_renewed_wherever_it_happens() -> None:
    """A token that stops being good in mid-run costs one question, not the run."""
    for at in range(1, EXCHANGES + 1):
        scene = Scene(at=at)
        login = scene.registry.login
        assert login is not None
        act: Callable[[], None] = login.revoke
        scene.transport.fault = meanwhile("A1", "revoked", "every token is revoked", act)
        scene.play().check()
        # The one exception: a token that is revoked between its issue and its first use.
        assert [text for text in scene.said if text] == [] or scene.transport.steps[at - 2].path == "/token"


def test_one_passing_trouble_never_fails_a_read() -> None:
    """What passes after one try is not seen by whoever asked."""
    passing = [f for f in FAULTS.values() if f.row in ("R1", "R2", "R3", "R7", "R8") and f.times == 1]
    for fault in passing:
        for at in range(1, EXCHANGES + 1):
            scene = Scene(fault, at).play()
            assert [text for text in scene.said if "unexpected" in text or "untrusted" in text] == []
            assert len(scene.said) == 1, f"{fault.name} at {at}: {scene.said}"
