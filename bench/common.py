"""What the measurements share: a real registry, a table, and the machine they ran on."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.real import distribution
from wholeship.core.errors import ToolMissing

VARIABLE = "CONTAINERS_STORAGE_CONF"
"""Where containers/image looks for its settings (containers-storage.conf(5))."""


@contextmanager
def registry() -> Iterator[str]:
    """Debian's docker-registry on the loopback; gives its host."""
    try:
        with distribution() as host:
            yield host
    except ToolMissing as error:
        raise SystemExit(f"{error.message}: {error.advice}") from None


@contextmanager
def store() -> Iterator[None]:
    """A store of its own for buildah, over the one that is there: what a measurement leaves slows the next.

    Every build looks through all images of its store; a few hundred make it three times as slow.
    """
    with tempfile.TemporaryDirectory(
        prefix="bench-store-", dir="/var/tmp", ignore_cleanup_errors=True
    ) as root:
        where = ["buildah", "info", "--format={{.store.GraphRoot}}"]
        below = subprocess.run(where, capture_output=True, text=True, check=True).stdout.strip()
        conf = Path(root, "storage.conf")
        conf.write_text(
            f'[storage]\ndriver = "overlay"\ngraphroot = "{root}/graph"\nrunroot = "{root}/run"\n'
            f'[storage.options]\nadditionalimagestores = ["{below}"]\n'
        )
        before = os.environ.get(VARIABLE)
        os.environ[VARIABLE] = str(conf)
        try:
            yield
        finally:
            subprocess.run(["buildah", "rm", "--all"], capture_output=True, check=False)
            subprocess.run(["umount", f"{root}/graph/overlay"], capture_output=True, check=False)
            os.environ.pop(VARIABLE)
            if before is not None:
                os.environ[VARIABLE] = before


def machine() -> str:
    """One line about where this ran."""
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    python = platform.python_version()
    return f"{len(os.sched_getaffinity(0))} cores of {model}, {memory:.0f} GB, Python {python}"


def median(values: Iterable[float]) -> float:
    """The middle one."""
    return statistics.median(values)


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)
