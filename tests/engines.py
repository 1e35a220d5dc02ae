"""Real builders for tests: a store of their own for buildah and podman, a docker daemon where none runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

BUSYBOX = next((path for path in ("/bin/busybox", "/usr/bin/busybox") if os.path.exists(path)), "")


def needs(*programs: str) -> None:
    """Skip, by name, where one of *programs* is not installed."""
    for name in programs:
        if shutil.which(name) is None:
            pytest.skip(f"no {name}: apt-get install {name}")


def needs_busybox() -> str:
    """A static busybox, what the small images are made of."""
    if not BUSYBOX:
        pytest.skip("no busybox: apt-get install busybox-static")
    return BUSYBOX


@contextlib.contextmanager
def variables(**values: str) -> Iterator[None]:
    """Variables of this process for the time of the block."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@pytest.fixture(scope="session")
def container_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store for buildah and podman that is gone afterwards; the developer's own is not touched."""
    root = tmp_path_factory.mktemp("store")
    conf = root / "storage.conf"
    with variables(CONTAINERS_STORAGE_CONF=str(conf)):
        for driver in ("overlay", "vfs"):
            conf.write_text(
                f'[storage]\ndriver = "{driver}"\ngraphroot = "{root}/graph"\nrunroot = "{root}/run"\n'
            )
            if shutil.which("buildah") is None or quietly("buildah", "info"):
                break
        try:
            yield root
        finally:
            quietly("podman", "rm", "--all", "--force", "--time=0")
            quietly("buildah", "rm", "--all")
            quietly("umount", str(root / "graph" / "overlay"))
            shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="session")
def docker_daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a docker daemon: the one that answers, else one of our own, with its own data."""
    needs("dockerd")
    if quietly(_docker(), "version"):
        yield os.environ.get("DOCKER_HOST", "")
        return
    if os.geteuid() != 0:
        pytest.skip("no docker daemon answers, and only root can start one")
    root = tmp_path_factory.mktemp("dockerd")
    host = f"unix://{root}/sock"
    command = ["dockerd", f"--data-root={root}/data", f"--exec-root={root}/exec", f"--host={host}"]
    with (root / "log").open("wb") as log:
        daemon = subprocess.Popen([*command, f"--pidfile={root}/pid"], stdout=log, stderr=log)
    try:
        with variables(DOCKER_HOST=host):
            give_up = time.monotonic() + 30
            while not quietly(_docker(), "version"):
                if daemon.poll() is not None or time.monotonic() > give_up:
                    words = (root / "log").read_text(errors="replace").splitlines()[-1:]
                    pytest.skip(f"dockerd does not start here: {words}")
                time.sleep(0.1)
            yield host
    finally:
        daemon.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            daemon.wait(30)
        daemon.kill()
        quietly("umount", str(root / "exec" / "netns" / "default"))
        shutil.rmtree(root, ignore_errors=True)


def quietly(*command: str) -> bool:
    """Whether *command* went well."""
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def running(mark: str) -> bool:
    """Whether a process whose command line holds *mark* still runs (a zombie has none)."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if mark.encode() in path.read_bytes():
                return True
    return False


def eventually(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether *true* becomes so in time."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if true():
            return True
        time.sleep(0.05)
    return true()


def _docker() -> str:
    return "/usr/bin/docker" if os.path.exists("/usr/bin/docker") else "docker"
