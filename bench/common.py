"""What the measurements share: a real registry, a table, and the machine they ran on."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from wholeship.core.errors import ToolMissing
from wholeship.testing.real import distribution


@contextmanager
def registry() -> Iterator[str]:
    """Debian's docker-registry on the loopback; gives its host."""
    try:
        with distribution() as host:
            yield host
    except ToolMissing as error:
        raise SystemExit(f"{error.message}: {error.advice}") from None


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
