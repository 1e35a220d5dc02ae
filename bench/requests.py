"""How many requests a release makes of its registry, today and in an older build.

    python -m bench.requests REVISION     20 images for 3 platforms, on a registry in memory

Both builds release the same project with a builder in memory, over HTTP on the loopback; what the builder
itself asks is not counted.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
IMAGES, PLATFORMS = 20, "linux/amd64,linux/arm64,linux/s390x"

RELEASE = """
import sys
from pathlib import Path
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters import builders
from wholeship.cli.main import main
from wholeship.core.platform import Platform
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

count, platforms = int(sys.argv[1]), sys.argv[2]
with serve(EmbeddedRegistry()) as server:
    images = ", ".join(f"i{number:02}: {{}}" for number in range(count))
    file = f"registry: {server.host}/shop\\nimages: {{{images}}}\\nwatched: i00\\ngates: none\\n"
    Path("wholeship.yaml").write_text(file)
    Path("Dockerfile").write_text("FROM scratch\\nCOPY wholeship.yaml /\\n")
    own = HttpTransport()  # what the builder asks is not counted
    builder = MemoryBuilder(RegistryClient(own, SystemClock()))
    seen, inner = [], HttpTransport.send
    def send(self, request, **more):
        if self is not own:
            seen.append(request)
        return inner(self, request, **more)
    HttpTransport.send = send
    everywhere = frozenset(map(Platform.parse, platforms.split(",")))
    MemoryBuilder.runnable_platforms = lambda self: everywhere
    for name in ("choose", "choose_builder"):  # as it is called in an older build, and in this one
        setattr(builders, name, lambda *words, **more: builder)
    def counted(*words):
        seen.clear()
        assert main([*words, "-q"]) == 0
        return len(seen)
    first = counted("release", "--platforms", platforms)
    again = counted("release", "--platforms", platforms, "--tag", "29990101-000000-000001")
    print(first, again, counted("status"), file=sys.stderr)
"""


def requests_of(source: Path) -> tuple[int, ...]:
    """Of a first release, another one of the same, and `status`, by the build in *source*."""
    with tempfile.TemporaryDirectory() as folder:
        words = [sys.executable, "-c", RELEASE, str(IMAGES), PLATFORMS]
        shown = {**os.environ, "PYTHONPATH": str(source), "HOME": folder}
        done = subprocess.run(words, cwd=folder, env=shown, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return tuple(map(int, done.stderr.split()[-3:]))


def main() -> None:
    """Print both, side by side."""
    revision = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        archive = subprocess.run(
            ["git", "archive", revision, "src"], cwd=ROOT, capture_output=True, check=True
        )
        subprocess.run(["tar", "x", "-C", folder], input=archive.stdout, check=True)
        before, now = requests_of(Path(folder) / "src"), requests_of(ROOT / "src")
    for what, old, new in zip(("release", "all reused", "status"), before, now, strict=True):
        print(f"{what:<16} {revision[:8]} {old:>5}   today {new:>5}   {new / old:.2f}")


if __name__ == "__main__":
    main()
