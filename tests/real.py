"""Real registries as processes on the loopback, for the time of a block; what is stored goes with them.

For tests that an embedded registry cannot answer, yours included::

    with distribution() as host:
        ...  # host is 127.0.0.1:PORT
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from wholeship.core.errors import CommandFailed, ToolMissing

STARTING = 20.0
"""Seconds a registry may take until it listens."""


@contextmanager
def distribution(program: str = "docker-registry", http: str = "") -> Iterator[str]:
    """The reference registry, with deletion; its host. :class:`ToolMissing`.

    *program* is Debian's, or a path, such as that of a newer build (it is named ``registry`` there).
    *http* is further YAML for that section, such as ``tls: {certificate: …, key: …}``.
    """

    def config(root: Path, port: int) -> str:
        storage = f"{{filesystem: {{rootdirectory: {root}/data}}, delete: {{enabled: true}}}}"
        return (
            "version: 0.1\nlog: {level: error, accesslog: {disabled: true}}\n"
            f"http: {{addr: 127.0.0.1:{port}{http and ', ' + http}}}\nstorage: {storage}\n"
        )

    with _running(program, "apt-get install docker-registry", config) as host:
        yield host


@contextmanager
def zot() -> Iterator[str]:
    """zot, which collects no garbage here; gives its host. :class:`ToolMissing`."""

    def config(root: Path, port: int) -> str:
        http = {"address": "127.0.0.1", "port": str(port)}
        return json.dumps({"storage": {"rootDirectory": str(root / "data"), "gc": False}, "http": http})

    with _running("zot", "see https://zotregistry.dev", config) as host:
        yield host


@contextmanager
def _running(name: str, advice: str, config: Callable[[Path, int], str]) -> Iterator[str]:
    if shutil.which(name) is None:
        raise ToolMissing(f"no {name}", advice=advice)
    with tempfile.TemporaryDirectory(prefix=f"{Path(name).name}-") as folder:
        root, port = Path(folder), free_port()
        with serving(name, config(root, port), port):
            yield f"127.0.0.1:{port}"


@contextmanager
def serving(program: str, config: str, port: int) -> Iterator[None]:
    """``PROGRAM serve`` of a file with *config*, which says to listen on *port*, for the block."""
    with tempfile.TemporaryDirectory(prefix="registry-") as folder:
        file = Path(folder) / "config"
        file.write_text(config, encoding="utf-8")
        with listening([shutil.which(program) or program, "serve", str(file)], port, Path(folder) / "log"):
            yield


@contextmanager
def listening(words: list[str], port: int, log: Path) -> Iterator[None]:
    """A process that listens on *port*, for the block; :class:`CommandFailed` where it does not."""
    # Registries take REGISTRY_… for settings of theirs, podman's REGISTRY_AUTH_FILE, too.
    shown = {name: value for name, value in os.environ.items() if not name.startswith("REGISTRY_")}
    with log.open("wb") as file:
        process = subprocess.Popen(words, stdout=file, stderr=file, env=shown)
    try:
        _wait_for(process, port, log)
        yield
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    """A port on the loopback that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + STARTING
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    lines = log.read_text(errors="replace").splitlines()
    last = [line for line in lines if "rror" in line][-1:] or lines[-1:]
    raise CommandFailed(f"{process.args!r} does not listen: {last}")
