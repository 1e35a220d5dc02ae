"""Real builders for tests: a store of their own for buildah and podman, a docker daemon where none runs."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
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
    with variables(CONTAINERS_STORAGE_CONF=str(conf)), _short_folder() as run:
        for driver in ("overlay", "vfs"):
            conf.write_text(
                f'[storage]\ndriver = "{driver}"\ngraphroot = "{root}/graph"\nrunroot = "{run}"\n'
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


@contextlib.contextmanager
def _short_folder() -> Iterator[str]:
    """A folder for podman's run root, which may have 50 characters (pytest's own folders have more).

    podman takes a longer one from ``storage.conf`` and refuses it as a flag. It hands it as a flag to the
    process that cleans up behind a container, which then does not; ``podman run`` waits for it for 20 s.
    """
    folder = tempfile.mkdtemp(prefix="store-", dir="/tmp")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    command += [f"--pidfile={root}/pid"]
    with variables(DOCKER_HOST=host), _daemon(command, root / "log", lambda: quietly(_docker(), "version")):
        yield host
    quietly("umount", str(root / "exec" / "netns" / "default"))
    shutil.rmtree(root, ignore_errors=True)


TRIXIE = ("docker-buildx", "docker.io", "docker-cli", "containerd")
"""Packages of Debian 13 that bring what Debian 12 has not: buildx, and a daemon on containerd's store."""


@pytest.fixture(scope="session")
def trixie(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the programs of ``TRIXIE`` in ``bin``, unpacked and not installed; kept in the cache."""
    root = Path(__file__).parents[1] / ".cache" / "trixie"
    needs("apt-get", "dpkg-deb")
    if not (root / "bin" / "docker").exists():
        _unpack(root, tmp_path_factory.mktemp("apt"))
    return root


def _unpack(root: Path, apt: Path) -> None:
    for folder in ("lists/partial", "cache/archives/partial", "debs"):
        (apt / folder).mkdir(parents=True)
    mirror = os.environ.get("DEBIAN_MIRROR", "http://deb.debian.org/debian")
    key = "/usr/share/keyrings/debian-archive-keyring.gpg"
    (apt / "sources.list").write_text(f"deb [signed-by={key}] {mirror} trixie main\n")
    (apt / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{apt}/sources.list";\nDir::Etc::sourceparts "-";\n'
        f'Dir::State::lists "{apt}/lists";\nDir::Cache "{apt}/cache";\nDir::State::status "/dev/null";\n'
    )
    with variables(APT_CONFIG=str(apt / "apt.conf")):
        for command in (["update"], ["download", *TRIXIE]):
            done = subprocess.run(
                ["apt-get", "--quiet", *command], cwd=apt / "debs", capture_output=True, check=False
            )
            if done.returncode:
                pytest.skip(f"no packages of Debian 13: {done.stderr.decode(errors='replace')[-200:]}")
    (root / "bin").mkdir(parents=True, exist_ok=True)
    for package in (apt / "debs").glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(root)], check=True)
    for program in (
        "usr/sbin/dockerd",
        "usr/bin/containerd",
        "usr/bin/containerd-shim-runc-v2",
        "usr/bin/docker",
    ):
        (root / "bin" / Path(program).name).symlink_to(root / program)


@dataclass(frozen=True)
class Buildx:
    """A buildx that works: the variables under which it does."""

    variables: Mapping[str, str]
    address: str = ""


@pytest.fixture(scope="session")
def buildx_remote(trixie: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildx]:
    """buildx with a BuildKit of its own, that runs on this machine."""
    buildkitd = os.environ.get("BUILDKITD") or shutil.which("buildkitd")
    if not buildkitd:
        pytest.skip("no buildkitd: see docs/builders.md, or name it with BUILDKITD")
    if os.geteuid() != 0:
        pytest.skip("buildkitd needs root here")
    root = tmp_path_factory.mktemp("buildkitd")
    address, shown = f"unix://{root}/sock", _client_variables(trixie, root)
    command = [buildkitd, "--root", f"{root}/root", "--addr", address]
    command += ["--oci-worker-binary", shutil.which("runc") or "runc"]
    with _daemon(command, root / "log", lambda: (root / "sock").exists()), variables(**shown):
        create = ("docker", "buildx", "create", "--name=tests", "--driver=remote", address)
        assert quietly(*create), create
        yield Buildx({**shown, "BUILDX_BUILDER": "tests"}, address)


@pytest.fixture(scope="session")
def buildx_daemon(trixie: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Buildx]:
    """buildx with the BuildKit of a docker daemon that keeps its images in containerd's store."""
    if os.geteuid() != 0:
        pytest.skip("only root can start a docker daemon")
    root = tmp_path_factory.mktemp("dockerd26")
    (root / "daemon.json").write_text('{"features": {"containerd-snapshotter": true}}')
    host = f"unix://{root}/sock"
    shown = {**_client_variables(trixie, root), "DOCKER_HOST": host}
    command = [str(trixie / "bin" / "dockerd"), f"--config-file={root}/daemon.json", f"--host={host}"]
    command += [f"--data-root={root}/data", f"--exec-root={root}/exec", f"--pidfile={root}/pid"]
    with variables(**shown), _daemon(command, root / "log", lambda: quietly("docker", "version")):
        yield Buildx(shown)
    quietly("umount", str(root / "exec" / "netns" / "default"))
    shutil.rmtree(root, ignore_errors=True)


def _client_variables(trixie: Path, root: Path) -> dict[str, str]:
    plugins = root / "config" / "cli-plugins"
    plugins.mkdir(parents=True)
    (plugins / "docker-buildx").symlink_to(trixie / "usr/libexec/docker/cli-plugins/docker-buildx")
    return {"DOCKER_CONFIG": str(root / "config"), "PATH": f"{trixie}/bin:{os.environ['PATH']}"}


@contextlib.contextmanager
def _daemon(command: list[str], log: Path, ready: Callable[[], bool]) -> Iterator[None]:
    """*command* for the time of the block, once it is *ready*; skips where it does not start."""
    with log.open("wb") as file:
        process = subprocess.Popen(command, stdout=file, stderr=file)
    try:
        if not eventually(lambda: ready() or process.poll() is not None, 30) or process.poll() is not None:
            words = log.read_text(errors="replace").splitlines()[-1:]
            pytest.skip(f"{Path(command[0]).name} does not start here: {words}")
        yield
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(30)
        process.kill()


def quietly(*command: str) -> bool:
    """Whether *command* went well."""
    try:
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def said(*command: str) -> str:
    """What *command* answers."""
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.strip()


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
