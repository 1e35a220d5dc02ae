"""What this machine can do for a builder."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.adapters.builders import host
from wholeship.core.platform import Platform

HERE = Platform.here()
QEMU = "enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: {}\noffset 0\nmagic 7f454c46\n"


@pytest.mark.parametrize(
    ("text", "there"),
    [
        (QEMU.format("F"), True),
        (QEMU.format("POCF"), True),
        (QEMU.format("OC"), False),  # would look for the interpreter inside the container
        (QEMU.format("F").replace("enabled", "disabled"), False),
        ("", False),
    ],
)
def test_an_emulator_counts_when_containers_can_use_it(tmp_path: Path, text: str, there: bool) -> None:
    """Registered, enabled, and opened at registration: anything less does not run a foreign program."""
    (tmp_path / "qemu-s390x").write_text(text)
    assert (Platform.parse("linux/s390x") in host.runnable_platforms(tmp_path)) is there


def test_without_emulation_only_this_machines_platform_runs(tmp_path: Path) -> None:
    """No folder of emulators, or an empty one: the native platform is left."""
    assert host.runnable_platforms(tmp_path) == host.runnable_platforms(tmp_path / "absent") == {HERE}


def test_scratch_is_gone_afterwards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """TMPDIR is where large files go when it is set, and nothing of them stays."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    with host.scratch("app") as folder:
        (folder / "layer").write_bytes(b"x")
        assert folder.parent == tmp_path
    assert list(tmp_path.iterdir()) == []


def test_free_is_zero_where_it_cannot_be_told(tmp_path: Path) -> None:
    """Bytes for a disk, 0 for a path that is nowhere."""
    assert host.free(tmp_path) > 0
    assert host.free(tmp_path / "absent") == host.free(None) == 0
