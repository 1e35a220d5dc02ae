"""What an emulated build costs: one Dockerfile, natively and under QEMU, with the same builder.

    .venv/bin/python -m bench.emulation [--runs 3]

Needs buildah, root, qemu-user-static, and the base image for both platforms:
scripts/base-image --arch amd64 --arch arm64. The emulator is registered with the kernel for the run.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.common import machine, median, table
from wholeship.adapters.builders import buildah

BINFMT = Path("/proc/sys/fs/binfmt_misc")
QEMU = "/usr/bin/qemu-aarch64-static"
MAGIC = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00"
MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
WORK = """\
import hashlib, sys, zlib
data = b"wholeship" * 4096
for number in range(5000):
    data = zlib.compress(hashlib.sha256(data + str(number).encode()).digest() * 900)
print(sys.platform, len(data))
"""
DOCKERFILE = """\
FROM localhost/shop-base:1
COPY work.py nonce /
RUN python3 /work.py && python3 -m compileall -q -f /usr/lib/python3.11/email /usr/lib/python3.11/json
"""


@contextmanager
def emulation() -> Iterator[None]:
    """arm64 programs run on this machine for the time of the block."""
    entry = BINFMT / "qemu-aarch64"
    if not (BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "none", str(BINFMT)], check=True)
    made = not entry.exists()
    if made:
        (BINFMT / "register").write_text(f":qemu-aarch64:M::{MAGIC}:{MASK}:{QEMU}:F")
    try:
        yield
    finally:
        if made:
            entry.write_text("-1")


def build(folder: Path, platform: str, environment: dict[str, str]) -> float:
    (folder / "nonce").write_text(str(time.time_ns()))
    began = time.monotonic()
    subprocess.run(
        ["buildah", "build", "-q", "--pull=false", "--layers", f"--platform={platform}", str(folder)],
        check=True,
        capture_output=True,
        env={**os.environ, **environment},
    )
    return time.monotonic() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args()
    environment = dict(buildah.make({}).isolation.environment)
    walls: dict[str, list[float]] = {"linux/amd64": [], "linux/arm64": []}
    with emulation(), tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "work.py").write_text(WORK)
        (folder / "Dockerfile").write_text(DOCKERFILE)
        for _ in range(args.runs):
            for platform, times in walls.items():
                times.append(build(folder, platform, environment))
    native = median(walls["linux/amd64"])
    rows = [[p, f"{median(times):.1f}", f"{median(times) / native:.1f}"] for p, times in walls.items()]
    print(f"{machine()}; buildah; medians of {args.runs}\n")
    print(table(["platform", "wall s", "ratio"], rows))


if __name__ == "__main__":
    main()
