"""The real registries of the drill."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.conftest import distribution, free_port

__all__ = ["distribution"]


@pytest.fixture(scope="session")
def zot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """zot, where it is installed; gives its host."""
    program = shutil.which("zot")
    if program is None:
        pytest.skip("no zot: see https://zotregistry.dev")
    root, port = tmp_path_factory.mktemp("zot"), free_port()
    config = {
        "storage": {"rootDirectory": str(root / "data"), "gc": False},
        "http": {"address": "127.0.0.1", "port": str(port)},
    }
    (root / "config.json").write_text(json.dumps(config))
    with Path(root, "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(root / "config.json")], stdout=log, stderr=log)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(
    params=[
        "distribution",
        pytest.param("zot", marks=pytest.mark.extended),
    ]
)
def real_registry(request: pytest.FixtureRequest) -> str:
    """One real registry after the other."""
    return str(request.getfixturevalue(request.param))
