"""The example, released for real: what its README says about it comes true."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.engines import needs
from wholeship.adapters.builders.host import runnable_platforms
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.cli.main import main
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag
from wholeship.release.depth import inspect
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

ROOT = Path(__file__).parents[2]
TAG = "20260528-182833-000001"
IMAGES = ("app", "worker", "embeddings")


@dataclass(frozen=True)
class Shop:
    """A copy of the example that a test may change."""

    root: Path

    def release(self, host: str, *more: str) -> int:
        flags = ["--file", str(self.root / "wholeship.yaml"), "--registry", f"{host}/shop", "--tag", TAG]
        return main(["release", "--builder", "buildah", *flags, *more])

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.root / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def leave_out_embeddings(self) -> None:
        """Two images and the self-check are enough to be held, and take half the time."""
        path = self.root / "wholeship.yaml"
        kept, skipping = [], False
        for line in path.read_text().splitlines(keepends=True):
            skipping = line.startswith("  embeddings:") or (skipping and line.startswith("    "))
            if not skipping and "stack-boots" not in line:
                kept.append(line)
        path.write_text("".join(kept))


@pytest.fixture(scope="session")
def base_image(container_store: Path) -> None:
    """The example's base image in buildah's store of the tests."""
    needs("buildah")
    make_base_image()


def make_base_image(*more: str) -> None:
    """As the README says; skips where that is not possible."""
    if not (ROOT / ".cache" / "base-image").is_dir():
        needs("mmdebstrap")
    command = [sys.executable, str(ROOT / "scripts" / "base-image"), "--into", "buildah", *more]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"no base image: {done.stderr.strip().splitlines()[-1:]}")


@pytest.fixture
def shop(tmp_path: Path, base_image: None) -> Shop:
    """The example, copied."""
    ignored = shutil.ignore_patterns(".wholeship", "__pycache__")
    return Shop(shutil.copytree(ROOT / "examples" / "shop", tmp_path / "shop", ignore=ignored))


def tags(registry: EmbeddedRegistry, host: str) -> dict[str, list[str]]:
    """The tags of every image that are not wholeship's own."""
    return {
        name: [t for t in registry.listed(Repository(host, f"shop/{name}")) if not t.startswith("wholeship-")]
        for name in IMAGES
    }


@pytest.mark.real
def test_a_worker_without_core_is_held(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    """Without COPY core core the worker still builds; its self-check holds the release, and no tag is out."""
    shop.edit("docker/worker/Dockerfile", "COPY core core\n", "")
    shop.leave_out_embeddings()
    registry = EmbeddedRegistry()
    with serve(registry) as server:
        assert shop.release(server.host) == 1
        assert tags(registry, server.host) == {name: [] for name in IMAGES}
    said = capfd.readouterr()
    assert "is held: a gate did not pass" in said.out
    assert "✗ worker-self-check: exit code 1" in said.out
    assert "No module named 'core'" in said.out + said.err


@pytest.mark.real
@pytest.mark.extended
def test_the_shop_ships_whole(shop: Shop) -> None:
    """As it is, all three images are built, gated by digest, and out under one tag."""
    registry = EmbeddedRegistry()
    with serve(registry) as server:
        assert shop.release(server.host) == 0
        assert tags(registry, server.host) == {name: [TAG] for name in IMAGES}


@pytest.mark.real
@pytest.mark.extended
def test_the_shop_ships_for_two_platforms(shop: Shop) -> None:
    """With emulation, both platforms of every image go out under the one tag, as one index each."""
    if Platform.parse("linux/arm64") not in runnable_platforms():
        pytest.skip("no emulation of linux/arm64: apt-get install qemu-user-static binfmt-support")
    make_base_image("--arch", "amd64", "--arch", "arm64")
    registry = EmbeddedRegistry()
    with serve(registry) as server:
        assert shop.release(server.host, "--platforms", "linux/amd64,linux/arm64") == 0
        assert tags(registry, server.host) == {name: [TAG] for name in IMAGES}
        client = RegistryClient(HttpTransport(), SystemClock())
        for name in IMAGES:
            repository = Repository(server.host, f"shop/{name}")
            manifest = client.manifest(repository, Tag(TAG))
            assert manifest is not None
            found = inspect(client, repository, manifest).platforms
            assert set(map(str, found)) == {"linux/amd64", "linux/arm64"}
