"""Real registries for tests: there for the time of the block, and told apart from what is not installed."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests import real
from tests.contracts.conftest import or_skipped
from tests.engines import running
from wholeship.core.errors import CommandFailed, ToolMissing


@pytest.mark.real
def test_it_is_gone_afterwards() -> None:
    """The host answers in the block; after it there is no process and no listener left."""
    with or_skipped(real.distribution()) as host:
        port = int(host.partition(":")[2])
        with socket.create_connection(("127.0.0.1", port), 5):
            assert running("docker-registry")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to get it: a test can skip by name."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolMissing, match="no docker-registry") as caught, real.distribution():
        pass
    assert "apt-get install" in caught.value.advice


def test_one_that_does_not_start_is_no_reason_to_skip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails with its last words, or a broken machine would look like a small one."""
    program = tmp_path / "docker-registry"
    program.write_text("#!/bin/sh\necho no room >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(CommandFailed, match="no room"), real.distribution():
        pass
