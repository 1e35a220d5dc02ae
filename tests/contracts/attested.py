"""A release on a real registry, attested, and the programs of others that look at it.

The programs are looked for in the folder ``WHOLESHIP_TOOLS`` (scripts/attest-tools-for-tests makes it) and on
the PATH. A test whose program is missing is left out, and says so.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.real import distribution
from tests.release.world import SHOP, MemoryJournal, World, shop
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.signing.opening import open_signer, open_verifier
from wholeship.core.errors import ToolMissing
from wholeship.release.attestation.terms import AttestTerms, Contents, SigningKey, Trust
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.ship import ship
from wholeship.release.stages.results import Promoted
from wholeship.release.stages.settings import AttestSettings
from wholeship.testing.builder import MemoryBuilder

TOOLS = os.environ.get("WHOLESHIP_TOOLS", "")
DOCS = (Path(__file__).parents[2] / "docs" / "attest.md").read_text(encoding="utf-8")
KEY = re.compile(r"( *)-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----", re.DOTALL)
PASSWORD = {"COSIGN_PASSWORD": "a password"}


def tool(name: str) -> str:
    """Where the program is; the test is left out without it."""
    found = shutil.which(name, path=f"{TOOLS}:{os.environ['PATH']}")
    if found is None:
        pytest.skip(f"no {name}: scripts/attest-tools-for-tests makes it")
    return found


def called(
    folder: Path, name: str, *words: str, more: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What the program says, run in *folder*."""
    environment = {**os.environ, **PASSWORD, **(more or {})}
    return subprocess.run([tool(name), *words], cwd=folder, env=environment, capture_output=True, text=True)


@dataclass
class Real:
    """A release that is out."""

    folder: Path
    world: World
    plan: Plan
    record: Record

    def image(self, name: str) -> str:
        return f"{self.world.repository(name)}:{self.plan.tag}"

    def pinned(self, name: str) -> str:
        return f"{self.world.repository(name)}@{self.record.candidates[name].digest}"

    def cosign(self, verb: str, image: str, *words: str, key: str = "cosign.pub") -> Any:
        known = ("--insecure-ignore-tlog=true", "--allow-http-registry")
        return called(self.folder, "cosign", verb, f"--key={key}", *known, *words, image)


@contextmanager
def released(folder: Path, attesting: AttestSettings) -> Iterator[Real]:
    """The shop's images on docker-registry, released as *attesting* says."""
    try:
        with distribution() as host:
            world = shop(folder, SHOP.replace("127.0.0.1:5000", host))
            world.clock = SystemClock()  # type: ignore[assignment]
            world.client = RegistryClient(HttpTransport(), world.clock)
            world.builder = MemoryBuilder(world.client)
            yield released_in(world, folder, attesting)
    except ToolMissing as error:
        pytest.skip(error.message)


def released_in(world: World, folder: Path, attesting: AttestSettings, *, sequence: int = 1) -> Real:
    """One more release of the same images."""
    world.journal = MemoryJournal()
    plan = world.plan("release", version="1.2.3", sequence=sequence)
    shipped = ship(plan, replace(world.settings(plan), attesting=lambda: attesting))
    assert isinstance(shipped.outcome, Promoted)
    return Real(folder, world, plan, shipped.record)


def key_pairs(folder: Path, *names: str) -> None:
    """Key pairs as cosign makes and seals them."""
    for name in names:
        made = called(folder, "cosign", "generate-key-pair", f"--output-key-prefix={name}")
        assert made.returncode == 0, made.stderr


def by_key(folder: Path, name: str = "cosign") -> AttestSettings:
    """Signed with the key *name* in *folder*, which cosign made and sealed."""
    terms = AttestTerms(SigningKey(f"{name}.key"), Trust((f"{name}.pub",)))
    signer = open_signer(terms, folder, PASSWORD, SystemClock())
    return AttestSettings(open_verifier(terms, folder, PASSWORD), signer, Contents())


def documented(kind: str, real: Real, key: str = "cosign") -> str:
    """The block of *kind* in the documentation, for the registry and the key of the test."""
    blocks = [
        block for block in re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL) if f"kind: {kind}" in block
    ]
    assert len(blocks) == 1
    text: str = blocks[0].replace("ghcr.io/acme", f"{real.world.repository('app').host}/shop")
    if KEY.search(text) is None:
        return text
    pem = (real.folder / f"{key}.pub").read_text().strip().splitlines()
    return KEY.sub(lambda found: "\n".join(f"{found[1]}{line}" for line in pem), text)
