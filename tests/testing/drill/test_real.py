"""The same on real parts: a registry of its own process, real sockets, the real program, killed."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.testing.proxy import Proxy, Trouble, proxied
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.files import State
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.app.drill_parts import RealParts
from wholeship.core.reference import Repository, Tag
from wholeship.release.config import Overrides, read_config
from wholeship.release.plan import Plan, make_plan
from wholeship.release.record import built_entry, planned
from wholeship.release.scenario import Origin
from wholeship.release.stages.results import Candidate
from wholeship.testing.drill.engine import agrees, resumed
from wholeship.testing.drill.machine import Machine
from wholeship.testing.drill.scratch import Scratch
from wholeship.testing.drill.stage import IMAGES, small_image
from wholeship.testing.images import Image
from wholeship.testing.server import serve

pytestmark = pytest.mark.real

FILE = """\
registry: {host}/{path}
images: {{app: {{}}, worker: {{}}, embeddings: {{}}}}
watched: app
aliases: {{push: [latest]}}
platforms: {{default: [linux/amd64]}}
gates: none
"""
COMMIT = "5f3a9c1e7b2d4860a1b2c3d4e5f60718293a4b5c"


@dataclass
class Site:
    """A work tree with a release that is built and gated, a registry, and a proxy in front of it."""

    root: Path
    registry: str
    proxy: Proxy
    path: str
    plan: Plan = field(init=False)
    images: dict[str, Image] = field(init=False)

    def __post_init__(self) -> None:
        (self.root / "Dockerfile").touch()
        (self.root / "wholeship.yaml").write_text(FILE.format(host=self.proxy.host, path=self.path))
        config = read_config(self.root / "wholeship.yaml", Overrides())
        origin = Origin("push", COMMIT, "main", "")
        self.plan = make_plan(config, origin, now=SystemClock().now(), sequence=1)
        self.images = {
            image.name: small_image(f"{image.name} {self.plan.tag}", image.platforms, COMMIT)
            for image in self.plan.images
        }
        client = RegistryClient(HttpTransport(), SystemClock())
        journal = State(self.root / ".wholeship").journal(self.plan.tag)
        journal.append(planned(self.plan))
        for name, made in self.images.items():
            made.push(client, Repository(self.registry, self.plan.image(name).repository.path))
            platforms = self.plan.image(name).platforms
            journal.append(
                built_entry(Candidate(name, made.digest, made.manifest.media_type, 100, platforms))
            )

    def start(self, *words: str) -> subprocess.Popen[str]:
        """The real program."""
        return subprocess.Popen(
            [sys.executable, "-m", "wholeship", *words],
            cwd=self.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": ""},
        )

    def run(self, *words: str) -> int:
        process = self.start(*words)
        output, complaint = process.communicate(timeout=120)
        assert process.returncode != 4, output + complaint
        return process.returncode

    def promote(self) -> subprocess.Popen[str]:
        return self.start("promote", "--tag", self.plan.tag)

    @contextmanager
    def polled(self) -> Iterator[list[str]]:
        """What an independent process saw, while the block ran: filled when the block ends."""
        pairs = [f"{self.plan.commit_image.repository.path}={self.images['app'].digest}"]
        pairs += [f"{i.repository.path}={self.images[i.name].digest}" for i in self.plan.siblings]
        poller = subprocess.Popen(
            [sys.executable, "-m", "tests.testing.drill.poller", self.registry, self.plan.tag, *pairs],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        seen: list[str] = []
        assert poller.stdout
        assert poller.stdin
        try:
            assert poller.stdout.readline() == "ready\n"
            yield seen
            time.sleep(0.1)
        finally:
            poller.stdin.close()
            seen += poller.stdout.read().splitlines()
            poller.wait(20)
            poller.stdout.close()

    def head(self, image: str) -> bytes:
        """How the request begins that binds the deploy tag of *image*."""
        return f"PUT /v2/{self.plan.image(image).repository.path}/manifests/{self.plan.tag} ".encode()

    def wait_for_strike(self, process: subprocess.Popen[str]) -> None:
        for _ in range(3000):
            if self.proxy.count >= self.proxy.at:
                time.sleep(0.05)  # the other side of the proxy has its turn
                return
            assert process.poll() is None, process.communicate()
            time.sleep(0.01)
        raise AssertionError("the request never came")


_places = iter(range(10_000))


@pytest.fixture
def site(tmp_path: Path, real_registry: str) -> Iterator[Site]:
    with proxied(real_registry) as proxy:
        yield Site(tmp_path, real_registry, proxy, f"drill{next(_places)}/{os.getpid()}")


def test_the_poller_sees_half(site: Site) -> None:
    """An observer that cannot see half would be worth nothing: it is shown some."""
    client = RegistryClient(HttpTransport(), SystemClock())
    with site.polled() as seen:
        repository = Repository(site.registry, site.plan.commit_image.repository.path)
        client.bind(repository, site.plan.tag, site.images["app"].manifest)
    assert any(line.startswith("half: ") and ":2" in line for line in seen)


def never_half(seen: list[str]) -> int:
    """How often the poller saw the release; it must not have seen half of it."""
    counted = re.fullmatch(r"looked (\d+) times, saw it (\d+) times, half (\d+) times", seen[-1])
    assert counted, seen
    assert counted[3] == "0", seen
    assert int(counted[1]) > 5
    return int(counted[2])


@pytest.mark.parametrize(
    ("trouble", "image"),
    [
        (Trouble.STALL, "worker"),
        (Trouble.SILENCE, "worker"),
        (Trouble.STALL, "app"),
        (Trouble.SILENCE, "app"),
    ],
)
def test_sigkill_at_a_write_is_survived(site: Site, trouble: Trouble, image: str) -> None:
    """Killed before a tag is written, and after it was, unheard: nobody sees half, the next run is done."""
    site.proxy.strike(trouble, 1, seconds=30, only=site.head(image))
    with site.polled() as seen:
        process = site.promote()
        site.wait_for_strike(process)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL
        site.proxy.strike(Trouble.NONE, 1)
        assert site.run("promote", "--tag", site.plan.tag) == 0
    assert never_half(seen) > 0
    assert site.run("verify", "--tag", site.plan.tag) == 0


@pytest.mark.extended
@pytest.mark.timeout(1500)
def test_sigkill_at_random_is_survived(tmp_path: Path, real_registry: str) -> None:
    """Killed at 40 random moments, each followed by a run that finishes: never half."""
    chance = random.Random(20260528)
    with proxied(real_registry, latency=0.01) as proxy:
        for turn in range(40):
            folder = tmp_path / str(turn)
            folder.mkdir()
            site = Site(folder, real_registry, proxy, f"random{turn}/{os.getpid()}")
            with site.polled() as seen:
                process = site.promote()
                time.sleep(chance.uniform(0.2, 2.5))
                process.kill()
                process.communicate()
                assert site.run("promote", "--tag", site.plan.tag) == 0
            assert never_half(seen) > 0


@pytest.mark.parametrize(("image", "code"), [("app", 5), ("worker", 130)])
def test_sigterm_tells_the_truth(site: Site, image: str, code: int) -> None:
    """Stopped at the commit point nobody knows, and says so; before it, interrupted, and nothing is out."""
    site.proxy.strike(Trouble.STALL, 1, seconds=2, only=site.head(image))
    process = site.promote()
    site.wait_for_strike(process)
    process.terminate()
    _, complaint = process.communicate(timeout=60)
    assert process.returncode == code, complaint
    said = "may be out" if code == 5 else "not visible to any controller"
    assert said in complaint
    site.proxy.strike(Trouble.NONE, 1)
    assert site.run("promote", "--tag", site.plan.tag) == 0


def test_a_second_interrupt_ends_it_at_once(site: Site) -> None:
    """Ctrl-C twice: no waiting for an answer that does not come."""
    site.proxy.strike(Trouble.STALL, 1, seconds=30, only=site.head("worker"))
    process = site.promote()
    site.wait_for_strike(process)
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, complaint = process.communicate(timeout=10)
    assert process.returncode == 130
    assert "stopped at once" in complaint
    site.proxy.strike(Trouble.NONE, 1)
    assert site.run("promote", "--tag", site.plan.tag) == 0


def test_a_second_process_is_refused(site: Site) -> None:
    """Two processes with one journal: the second is told, and the first finishes."""
    site.proxy.strike(Trouble.DELAY, 1, seconds=3, only=site.head("worker"))
    first = site.promote()
    site.wait_for_strike(first)
    second = site.promote()
    _, complaint = second.communicate(timeout=60)
    assert second.returncode == 3
    assert "another wholeship is working on this release" in complaint
    first.communicate(timeout=60)
    assert first.returncode == 0


TROUBLES = (
    Trouble.RESET_BEFORE,
    Trouble.RESET_AFTER,
    Trouble.CUT_REQUEST,
    Trouble.CUT_ANSWER,
    Trouble.DELAY,
    Trouble.TRICKLE,
)


@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_broken_line_never_halves_a_release(tmp_path: Path, real_registry: str, trouble: Trouble) -> None:
    """Resets, cuts and delays at the writes of tags, on real sockets: what is said is true."""
    with proxied(real_registry) as proxy:
        for image in ("worker", "app"):
            _broken_line(tmp_path, proxy, trouble, f"/{image}/manifests/2".encode(), 1)


@pytest.mark.extended
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("trouble", TROUBLES)
def test_a_broken_line_anywhere(tmp_path: Path, real_registry: str, trouble: Trouble) -> None:
    """The same at every fourth exchange of a release."""
    with proxied(real_registry) as proxy:
        for at in range(1, 120, 4):
            _broken_line(tmp_path, proxy, trouble, b"", at)


_turns = iter(range(100_000))


def _broken_line(folder: Path, proxy: Proxy, trouble: Trouble, only: bytes, at: int) -> None:
    own = folder / str(next(_turns))
    own.mkdir()
    place = f"{proxy.host}/line{os.getpid()}x{next(_turns)}"
    insecure = frozenset({proxy.host})
    scratch = Scratch(RealParts(), place, HttpTransport(), SystemClock(), {}, insecure)
    stage = scratch.stage(own)
    only = only.replace(b"/app/", b"-app/").replace(b"/worker/", b"-worker/")
    proxy.strike(trouble, at, seconds=0.3, only=b"PUT /v2" if only else b"")
    if only:
        proxy.strike(trouble, at, seconds=0.3, only=only)
    machine = Machine(stage, ordered=False)
    ending = machine.run()
    broken = list(agrees(stage, ending, machine))
    proxy.strike(Trouble.NONE, 1)
    broken += resumed(stage, "here")[1]
    assert broken + stage.observer.broken == []


def _drilled(place: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "wholeship", "drill", "--registry", place, "--quiet", *words],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=1200,
    )


def test_a_scratch_registry_is_left_clean(tmp_path: Path) -> None:
    """Where tags can be deleted, the drill of one's own registry takes its own away again."""
    with serve() as server:
        done = _drilled(f"{server.host}/mine", tmp_path, "--family", "K")
        assert done.returncode == 0, done.stdout + done.stderr
        assert "not one half release" in done.stdout
        for image in IMAGES:
            assert server.registry.listed(f"mine/wholeship-drill-{image}") == ()
        assert set(server.registry.shelves) == {f"mine/wholeship-drill-{i}" for i in IMAGES}


@pytest.mark.extended
@pytest.mark.timeout(1500)
def test_a_drill_of_a_real_registry(tmp_path: Path, real_registry: str) -> None:
    """On a registry that deletes no tags it is said which are left; never half."""
    done = _drilled(f"{real_registry}/scratch{next(_turns)}", tmp_path, "--family", "K")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "not one half release" in done.stdout
    assert "stay until the registry collects them" in done.stdout


def test_a_place_that_is_not_scratch_is_refused(tmp_path: Path, real_registry: str) -> None:
    """Where somebody else's tags are, no drill is made."""
    place = f"{real_registry}/kept{next(_turns)}"
    client = RegistryClient(HttpTransport(), SystemClock())
    repository = Repository.parse(f"{place}/wholeship-drill-app")
    made = small_image("somebody's", IMAGES["embeddings"])
    made.push(client, repository)
    client.bind(repository, Tag("v1"), made.manifest)
    done = _drilled(place, tmp_path)
    assert done.returncode == 2
    assert "holds v1, which no drill has made" in done.stderr
