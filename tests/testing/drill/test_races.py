"""Two real programs on one real registry at the same time, in pairs; a third looks, and must never see half.

Where two commits share a tag that may be moved, no client can promise that: then it must be told. One pair of
each kind in the ordinary suite; ``--extended`` runs 200 (``RACES`` says another number)."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.files import State
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.core.reference import Repository, Tag
from wholeship.release.config import Overrides, read_config
from wholeship.release.plan import Plan, make_plan
from wholeship.release.record import built_entry, planned
from wholeship.release.scenario import Origin
from wholeship.release.stages.results import Candidate
from wholeship.testing.drill.stage import small_image
from wholeship.testing.images import Image

pytestmark = pytest.mark.real

FILE = """\
registry: {host}/{path}
images: {{app: {{}}, worker: {{}}, embeddings: {{}}}}
watched: app
aliases: {{push: [latest]}}
platforms: {{default: [linux/amd64]}}
gates: none
"""
NOW = datetime(2026, 5, 28, 12, 0, 0, tzinfo=UTC)
CLAIMED = {0, 1, 3, 5, 6}
"""Exit codes a program in a race may end with: done, refused, not known; never 2 (input), never 4 (a bug)."""


@dataclass(frozen=True)
class Product:
    """Three images on a registry, in a place of their own."""

    folder: Path
    host: str
    path: str

    def machine(self, name: str, sequence: int, content: str, *, ready: bool = True) -> Machine:
        """A machine with a release that is built and gated; *content* names commit and bytes.

        Not *ready*: it knows the release file and nothing else, as the machine of the one on call does.
        """
        root = self.folder / name
        root.mkdir(parents=True)
        (root / "Dockerfile").touch()
        (root / "wholeship.yaml").write_text(FILE.format(host=self.host, path=self.path))
        commit = content.encode().hex().ljust(40, "0")[:40]
        config = read_config(root / "wholeship.yaml", Overrides())
        plan = make_plan(config, Origin("push", commit, "main", ""), now=NOW, sequence=sequence)
        images = {i.name: small_image(f"{i.name} {content}", i.platforms, commit) for i in plan.images}
        if ready:
            _journal(root, plan, images)
        return Machine(root, plan, {made.digest: content for made in images.values()})


def _journal(root: Path, plan: Plan, images: Mapping[str, Image]) -> None:
    client = RegistryClient(HttpTransport(), SystemClock())
    journal = State(root / ".wholeship").journal(plan.tag)
    journal.append(planned(plan))
    for name, made in images.items():
        image = plan.image(name)
        made.push(client, image.repository)
        journal.append(
            built_entry(Candidate(name, made.digest, made.manifest.media_type, 100, image.platforms))
        )


@dataclass(frozen=True)
class Machine:
    """A work tree, and the release that it has ready; ``contents`` says which content each digest is."""

    root: Path
    plan: Plan
    contents: Mapping[str, str]

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The real program."""
        return subprocess.Popen(
            [sys.executable, "-m", "wholeship", *words],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": ""},
        )

    def promote(self) -> subprocess.Popen[str]:
        """Publish what this machine has ready."""
        return self.start("promote", "--tag", self.plan.tag)

    def run(self, *words: str) -> int:
        """The exit code of the program, run alone."""
        return _ended(self.start(*words))


def _ended(process: subprocess.Popen[str]) -> int:
    said, _ = process.communicate(timeout=120)
    assert process.returncode in CLAIMED, f"exit {process.returncode}: {said}"
    return process.returncode


@contextmanager
def watched(product: Product, *machines: Machine) -> Iterator[list[str]]:
    """What an independent process saw while the block ran: filled when the block ends."""
    contents = {digest: content for m in machines for digest, content in m.contents.items()}
    watcher = subprocess.Popen(
        [sys.executable, "-m", "tests.testing.drill.watcher", product.host, product.path],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    seen: list[str] = []
    assert watcher.stdin
    assert watcher.stdout
    watcher.stdin.write(json.dumps(contents) + "\n")
    watcher.stdin.flush()
    try:
        assert watcher.stdout.readline() == "ready\n"
        yield seen
        time.sleep(0.1)
    finally:
        watcher.stdin.close()
        seen += watcher.stdout.read().splitlines()
        watcher.wait(20)
        watcher.stdout.close()


def race(chance: random.Random, *starts: Callable[[], subprocess.Popen[str]]) -> list[int]:
    """Exit codes of programs that are started within half a second of each other, in an order by chance."""
    order = list(enumerate(starts))
    chance.shuffle(order)
    running: dict[int, subprocess.Popen[str]] = {}
    for at, start in order:
        running[at] = start()
        time.sleep(chance.uniform(0, 0.5))
    return [_ended(running[at]) for at in sorted(running)]


def nothing_wrong(seen: list[str], *, may_go_back: bool = False) -> None:
    """The observer looked, saw a release, and neither half, nor mixed, nor a newest that moved back."""
    counted = re.fullmatch(r"looked (\d+) times, saw a release (\d+) times, (\d+) wrong", seen[-1])
    assert counted, seen
    assert [line for line in seen[:-1] if not (may_go_back and line.startswith("back: "))] == []
    assert int(counted[1]) > 3
    assert int(counted[2]) > 0


def _the_same_release(product: Product, chance: random.Random) -> None:
    """Two machines with the same commit and tag: both may say done; it is out, and whole."""
    one, two = (product.machine(name, 1, "A") for name in ("one", "two"))
    with watched(product, one, two) as seen:
        codes = race(chance, one.promote, two.promote)
    nothing_wrong(seen)
    assert 0 in codes
    assert one.run("verify", "--tag", one.plan.tag) == 0


def _one_tag_two_commits(product: Product, chance: random.Random) -> None:
    """Two commits under one tag, which may be moved: no registry can decide that, so it is never silent.

    Who says done is whole. What is seen mixed has been told, by at least one of the two, as half (6). Both
    may be refused. Tags that are used once are what keeps this from happening.
    """
    one, two = product.machine("one", 1, "A"), product.machine("two", 1, "B")
    with watched(product, one, two) as seen:
        codes = race(chance, one.promote, two.promote)
    mixed = [line for line in seen[:-1] if line.startswith("mixed ")]
    assert mixed == seen[:-1]
    assert not mixed or 6 in codes, (codes, mixed[:3])
    for machine, code in zip((one, two), codes, strict=True):
        assert code != 0 or machine.run("verify", "--tag", machine.plan.tag) == 0


def _older_and_newer(product: Product, chance: random.Random) -> None:
    """Two releases at once: the newer is out in the end, and never falls back behind the older."""
    older, newer = product.machine("older", 1, "A"), product.machine("newer", 2, "B")
    with watched(product, older, newer) as seen:
        codes = race(chance, older.promote, newer.promote)
    nothing_wrong(seen)
    assert codes[1] == 0
    assert newer.run("verify", "--tag", newer.plan.tag) == 0


def _withdrawn_beside_a_newer(product: Product, chance: random.Random) -> None:
    """The newest is taken back while a newer one comes out: whatever wins is whole, and newest."""
    first, second = product.machine("first", 1, "A"), product.machine("second", 2, "B")
    third = product.machine("third", 3, "C")
    assert first.run("promote", "--tag", first.plan.tag) == 0
    assert second.run("promote", "--tag", second.plan.tag) == 0
    with watched(product, first, second, third) as seen:
        race(chance, lambda: second.start("withdraw", second.plan.tag, "--yes"), third.promote)
    nothing_wrong(seen)


def _deleted_beside_its_own_run(product: Product, chance: random.Random) -> None:
    """Its tags are deleted on one machine while another one ships the same: never half, at no moment."""
    first = product.machine("first", 1, "A")
    one, two = product.machine("one", 2, "B"), product.machine("two", 2, "B")
    assert first.run("promote", "--tag", first.plan.tag) == 0
    assert one.run("promote", "--tag", one.plan.tag) == 0
    with watched(product, first, one, two) as seen:
        race(chance, lambda: one.start("withdraw", one.plan.tag, "--delete", "--yes"), two.promote)
    nothing_wrong(seen, may_go_back=True)


def _repaired_beside_its_own_run(product: Product, chance: random.Random) -> None:
    """A release that was killed half-way is repaired on one machine and continued on another."""
    one, two = product.machine("one", 1, "A"), product.machine("two", 1, "A", ready=False)
    with watched(product, one, two) as seen:
        killed = one.promote()
        time.sleep(chance.uniform(0.3, 2.0))
        killed.kill()
        killed.communicate()
        race(chance, one.promote, lambda: two.start("repair", two.plan.tag))
    nothing_wrong(seen)
    assert one.run("verify", "--tag", one.plan.tag) == 0


KINDS = (
    _the_same_release,
    _one_tag_two_commits,
    _older_and_newer,
    _withdrawn_beside_a_newer,
    _deleted_beside_its_own_run,
    _repaired_beside_its_own_run,
)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__.strip("_"))
def test_a_race_is_never_seen_half(tmp_path: Path, distribution: str, kind: Callable[..., None]) -> None:
    """One pair of each kind: what a third process sees is whole at every look."""
    kind(Product(tmp_path, distribution, f"race/{kind.__name__.strip('_')}{os.getpid()}"), random.Random(1))


@pytest.mark.extended
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("registry", ["distribution", "distribution_3"])
def test_many_races_are_never_seen_half(
    tmp_path: Path, registry: str, request: pytest.FixtureRequest
) -> None:
    """200 pairs on each registry, kinds in turn, started in orders by chance."""
    host = str(request.getfixturevalue(registry))
    for turn in range(int(os.environ.get("RACES", "200"))):
        kind = KINDS[turn % len(KINDS)]
        folder = tmp_path / str(turn)
        kind(Product(folder, host, f"races{os.getpid()}/{turn}"), random.Random(turn))
        shutil.rmtree(folder)


def test_the_watcher_sees_what_is_wrong(tmp_path: Path, distribution: str) -> None:
    """An observer that cannot see half, mixed and back would be worth nothing: it is shown each."""
    product = Product(tmp_path, distribution, f"shown{os.getpid()}")
    one, two = product.machine("one", 1, "A"), product.machine("two", 2, "B")
    client = RegistryClient(HttpTransport(), SystemClock())

    def bind(machine: Machine, name: str, content: str, tag: Tag) -> None:
        image = machine.plan.image(name)
        made = small_image(f"{name} {content}", image.platforms, machine.plan.commit)
        client.bind(Repository(product.host, image.repository.path), tag, made.manifest)

    with watched(product, one, two) as seen:
        bind(one, "app", "A", one.plan.tag)
        time.sleep(0.5)
        for name in ("embeddings", "worker"):
            bind(two, name, "B", one.plan.tag)
        time.sleep(0.5)
    assert {line.split()[0] for line in seen[:-1]} == {"half", "mixed"}
    assert int(seen[-1].split()[-2]) > 0
