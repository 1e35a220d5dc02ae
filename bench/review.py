"""How long an evidence review of the story's merged state takes beside the suites, and whether it repeats.

``python -m bench.review [RUNS]``: so many cold processes; the verdicts have to be the same bytes.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.common import machine, table
from tests.review.repositories import story

BAR = 1.0
"""Seconds."""


def main(runs: int = 100) -> int:
    """Print the figures; 1 when the verdicts differ."""
    walls, works, verdicts = [], [], set()
    with tempfile.TemporaryDirectory(prefix="bench-review-") as folder:
        repo, commits = story(Path(folder, "story"))
        environment = {**os.environ, "XDG_STATE_HOME": str(Path(folder, "state"))}
        words = [
            sys.executable,
            "-m",
            "wholeship",
            "review",
            "--base",
            commits["before"],
            "--format",
            "json",
            "-q",
        ]
        for _ in range(runs):
            before, began = os.times(), time.monotonic()
            done = subprocess.run(words, cwd=repo.path, env=environment, capture_output=True, check=True)
            walls.append(time.monotonic() - began)
            after = os.times()
            works.append(
                after.children_user + after.children_system - before.children_user - before.children_system
            )
            verdicts.add(done.stdout)
    print(machine())
    print(
        table(
            ("review of the story's merged state", "seconds"),
            [
                ("wall, median", f"{statistics.median(walls):.2f}"),
                ("wall, fastest", f"{min(walls):.2f}"),
                ("processor, all processes, median", f"{statistics.median(works):.2f}"),
                ("bar", f"{BAR:.2f}"),
            ],
        )
    )
    print(f"{runs} runs, {len(verdicts)} different verdicts")
    return 0 if len(verdicts) == 1 else 1


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:2])))
