"""What this machine can do for a builder: foreign platforms, free disk, room for scratch files."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wholeship.adapters.registry.client import scratch_root
from wholeship.core.platform import Platform

BINFMT = Path("/proc/sys/fs/binfmt_misc")
EMULATORS = {
    "qemu-aarch64": "linux/arm64",
    "qemu-arm": "linux/arm/v7",
    "qemu-i386": "linux/386",
    "qemu-mips64el": "linux/mips64le",
    "qemu-ppc64le": "linux/ppc64le",
    "qemu-riscv64": "linux/riscv64",
    "qemu-s390x": "linux/s390x",
    "qemu-x86_64": "linux/amd64",
}
"""What qemu-user registers with the kernel, by name (Debian's qemu-user-static; tonistiigi/binfmt)."""


def runnable_platforms(binfmt: Path = BINFMT) -> frozenset[Platform]:
    """Platforms whose programs run in a container here: this machine's, and the emulated ones.

    An emulator counts when it is enabled and was opened at registration (flag F): inside a container there
    is no file of that name (Linux documentation, "binfmt_misc").
    """
    found = {Platform.here()}
    for name, platform in EMULATORS.items():
        try:
            text = (binfmt / name).read_text(encoding="ascii", errors="replace")
        except OSError:
            continue
        flags = next((line.split(":", 1)[1] for line in text.splitlines() if line.startswith("flags:")), "")
        if text.startswith("enabled") and "F" in flags:
            found.add(Platform.parse(platform))
    return frozenset(found)


def free(path: Path | None) -> int:
    """Bytes left on the disk of *path*; 0 when that cannot be told."""
    try:
        state = os.statvfs(path) if path is not None else None
    except OSError:
        return 0
    return state.f_bavail * state.f_frsize if state else 0


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """A folder for large files, gone afterwards; /tmp may be in memory, so /var/tmp is preferred."""
    with tempfile.TemporaryDirectory(
        prefix=f"wholeship-{name}-", dir=scratch_root(), ignore_cleanup_errors=True
    ) as made:
        yield Path(made)
