"""`wholeship check` beside zizmor and actionlint, on the same files, in one run.

``python -m bench.check FOLDER…``: every ``.github/workflows`` below each FOLDER (copies of public
repositories), and the files of the story. Each tool is a process of its own, with its default rules and
without network; the best of three. The tools answer different questions: the table compares time only.

Also shown: a cold process on one file, and a synthetic workflow of growing size.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.common import machine, table

STORY = Path(__file__).parents[1] / "tests" / "workflows" / "fixtures" / "story"
SIZES = (10, 50, 100, 250, 500)
TRIES = 3


def program(name: str) -> str | None:
    """A tool beside this Python, or on the path."""
    return shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)


def commands(files: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    """Each tool that is here, on *files*."""
    for name, words in (
        ("wholeship", ["check", "--format", "json"]),
        ("zizmor", ["--offline", "--no-progress", "--no-config", "--format", "plain"]),
        ("actionlint", ["-no-color", "-shellcheck=", "-pyflakes="]),
    ):
        found = program(name)
        if found is not None:
            yield name, [found, *words, *files]


def timed(words: Sequence[str]) -> tuple[float, float, int]:
    """Seconds on the clock and of processors, the best of some tries, and the exit code."""
    clock = processor = float("inf")
    code = -1
    for _ in range(TRIES):
        start = time.perf_counter()
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        code = process.returncode = os.waitstatus_to_exitcode(status)
        clock = min(clock, time.perf_counter() - start)
        processor = min(processor, used.ru_utime + used.ru_stime)
    return clock, processor, code


def rows(files: Sequence[str]) -> list[Sequence[object]]:
    """Time and ratio of each tool on *files*."""
    measured = [(name, *timed(words)) for name, words in commands(files)]
    ours = next(processor for name, _, processor, _ in measured if name == "wholeship")
    return [
        (
            name,
            f"{clock:.2f} s",
            f"{processor:.2f} s",
            f"{processor / len(files) * 1000:.1f} ms",
            f"{processor / ours:.2f}",
            code,
        )
        for name, clock, processor, code in measured
    ]


def synthetic(size: int) -> str:
    """A workflow of *size* jobs that push images in a chain with conditions and tests between them."""
    lines = ["on: {push: {branches: [main]}}", "jobs:"]
    for number in range(size):
        needs = f"    needs: [job-{number - 1}]\n" if number and number % 3 else ""
        condition = "    if: success() || github.event_name == 'schedule'\n" if number % 7 == 3 else ""
        lines.append(
            f"  job-{number}:\n    runs-on: ubuntu-latest\n{needs}{condition}    steps:\n"
            f"      - run: {'pytest' if number % 5 == 2 else 'ls'}\n"
            f"      - if: github.ref == 'refs/heads/main'\n        uses: docker/build-push-action@v6\n"
            f"        with:\n          push: {str(number % 4 == 0).lower()}\n"
            f"          tags: r/{number}:${{{{ github.sha }}}}"
        )
    return "\n".join(lines) + "\n"


def growth() -> list[Sequence[object]]:
    """Time and memory of `check` on synthetic workflows."""
    found: list[Sequence[object]] = []
    wholeship = program("wholeship")
    assert wholeship is not None
    with tempfile.TemporaryDirectory(prefix="bench-check-") as folder:
        for size in SIZES:
            file = Path(folder, f"{size}.yml")
            file.write_text(synthetic(size))
            clock, processor, _ = timed([wholeship, "check", "--format", "json", str(file)])
            found.append((size, f"{clock:.2f} s", f"{processor:.2f} s", f"{processor / size * 1000:.1f} ms"))
    return found


def main(folders: Sequence[str]) -> None:
    """Print everything."""
    files = sorted(
        str(path)
        for folder in folders
        for suffix in ("yml", "yaml")
        for path in Path(folder).glob(f"**/.github/workflows/*.{suffix}")
        if path.is_file()
    )
    head = ("tool", "clock", "processor", "per file", "of wholeship's", "exit code")
    print(machine())
    print(f"\none file, cold process\n\n{table(head, rows([str(STORY / 'merged.yml')]))}")
    print(
        f"\nthe five files of the story\n\n{table(head, rows([str(p) for p in sorted(STORY.glob('*.yml'))]))}"
    )
    if files:
        print(f"\n{len(files)} files of public repositories\n\n{table(head, rows(files))}")
    print(f"\na synthetic workflow\n\n{table(('jobs', 'clock', 'processor', 'per job'), growth())}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"\npeak memory of any process above: {peak:.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
