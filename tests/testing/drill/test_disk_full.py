"""A disk that is really full: which one is said, nothing is visible, and with room it goes on."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.testing.drill.test_real import Site
from tests.testing.proxy import proxied
from wholeship.testing.server import serve

pytestmark = pytest.mark.real


@contextmanager
def small_disk(folder: Path, kilobytes: int) -> Iterator[Path]:
    """A file system of its own, in memory, with so much room."""
    folder.mkdir(parents=True, exist_ok=True)
    if os.geteuid() != 0:
        pytest.skip("mounting a file system needs root")
    options = f"size={kilobytes}k,nr_inodes=200"
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], capture_output=True)
    if done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """Take all the room there is."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return filler


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with serve() as server, proxied(server.host) as proxy:
        (tmp_path / "site").mkdir()
        yield Site(tmp_path / "site", server.host, proxy, "full")


def tags(site: Site, image: str) -> list[str]:
    server = site.registry
    from wholeship.adapters.clock import SystemClock
    from wholeship.adapters.http import HttpTransport
    from wholeship.adapters.registry import RegistryClient
    from wholeship.core.reference import Repository

    client = RegistryClient(HttpTransport(), SystemClock())
    found = client.tags(Repository(server, site.plan.image(image).repository.path))
    return [tag for tag in found if not tag.startswith("wholeship-")]


def test_the_disk_of_the_journal_is_full(site: Site, tmp_path: Path) -> None:
    """No room for the journal: the folder is named, not one tag is written, and with room it finishes."""
    with small_disk(tmp_path / "state", 256) as state:
        subprocess.run(["cp", "-a", f"{site.root}/.wholeship/.", str(state)], check=True)
        filler = fill(state)
        process = site.start("promote", "--tag", site.plan.tag, "--state", str(state))
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 3, complaint
        assert "No space left on device" in complaint
        assert str(state) in complaint
        assert "free some space and run again" in complaint
        assert all(tags(site, image) == [] for image in ("app", "worker", "embeddings"))
        assert not list(state.rglob("*.new"))
        filler.unlink()
        assert site.run("promote", "--tag", site.plan.tag, "--state", str(state)) == 0
    assert tags(site, "app") == [site.plan.tag, "latest"]


def test_the_temporary_folder_is_full(site: Site, tmp_path: Path) -> None:
    """Nothing that a promotion needs is kept there: it works with a full one, and without any."""
    with small_disk(tmp_path / "tmp", 64) as temporary:
        fill(temporary)
        environment = {"PATH": os.environ["PATH"], "TMPDIR": str(temporary)}
        done = subprocess.run(
            [sys.executable, "-m", "wholeship", "promote", "--tag", site.plan.tag],
            cwd=site.root,
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
        )
    assert done.returncode == 0, done.stderr
    assert tags(site, "app") == [site.plan.tag, "latest"]


def test_a_read_only_work_tree(site: Site, tmp_path: Path) -> None:
    """Said before anything is written, with where else the state could be kept."""
    with small_disk(tmp_path / "state", 256) as state:
        subprocess.run(["cp", "-a", f"{site.root}/.wholeship/.", str(state)], check=True)
        subprocess.run(["mount", "-o", "remount,ro", str(state)], check=True)
        process = site.start("promote", "--tag", site.plan.tag, "--state", str(state))
        _, complaint = process.communicate(timeout=60)
        assert process.returncode == 3, complaint
        assert "Read-only file system" in complaint
        assert "--state DIR" in complaint
        assert tags(site, "app") == []
        subprocess.run(["mount", "-o", "remount,rw", str(state)], check=True)
        assert site.run("promote", "--tag", site.plan.tag, "--state", str(state)) == 0


BIG = """\
registry: {host}/big
images: {{app: {{}}}}
watched: app
gates: none
builder: {{type: buildah}}
"""


def test_the_disk_of_the_builder_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that fills its disk: which disk, how much, what was given back; nothing is out; then it is."""
    if shutil.which("buildah") is None:
        pytest.skip("no buildah: apt-get install buildah")
    with serve() as server, small_disk(tmp_path / "store", 24 * 1024) as store:
        conf = tmp_path / "storage.conf"
        conf.write_text(f'[storage]\ndriver = "vfs"\ngraphroot = "{store}/g"\nrunroot = "{store}/r"\n')
        monkeypatch.setenv("CONTAINERS_STORAGE_CONF", str(conf))
        tree = tmp_path / "tree"
        tree.mkdir()
        (tree / "wholeship.yaml").write_text(BIG.format(host=server.host))
        (tree / "Dockerfile").write_text("FROM scratch\nCOPY big /big\n")
        (tree / "big").write_bytes(os.urandom(16 * 1024 * 1024))
        words = [sys.executable, "-m", "wholeship", "release", "--tag", "t-1", "--no-reuse"]
        first = subprocess.run(words, cwd=tree, capture_output=True, text=True, timeout=120)
        assert first.returncode == 3, first.stdout + first.stderr
        assert f"the disk of {store}" in first.stderr
        assert "ran full: it had" in first.stderr
        assert "given back" in first.stderr
        assert server.registry.listed("big/app") == ()
        subprocess.run(["mount", "-o", "remount,size=300m,nr_inodes=0", str(store)], check=True)
        again = subprocess.run(words, cwd=tree, capture_output=True, text=True, timeout=120)
        assert again.returncode == 0, again.stdout + again.stderr
        assert server.registry.listed("big/app") == ("t-1",)
