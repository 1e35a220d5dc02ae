"""How long an evidence review of the story's merged state takes beside the suites, and whether it repeats.

``python -m bench.review [RUNS]``: so many cold processes; the verdicts have to be the same bytes.

``python -m bench.review RUNS --against VENV``: this build and the one in VENV take turns, as in
:mod:`bench.against`. The exit code is 1 where one build gives two different answers, or where the two differ
in anything but what ``intended_review_changes.txt`` names.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.against import HEAD, Build, Pair, Work, intended, measured
from bench.common import machine, table
from tests.review.repositories import story

BAR = 1.0
"""Seconds."""
INTENDED = Path(__file__).parent / "intended_review_changes.txt"


def against(venv: Path, runs: int) -> int:
    """Print both builds' figures in pairs; 1 when the verdicts differ in more than what is intended."""
    builds = Build("older", venv.resolve()), Build("newer", Path(sys.prefix))
    for build in builds:
        build.package()
    print(machine(), f"load {os.getloadavg()[0]:.1f}, medians of {runs}")
    with tempfile.TemporaryDirectory(prefix="bench-review-") as folder:
        repo, commits = story(Path(folder, "story"))
        words = ("review", "--base", commits["before"], "--format", "json", "-q")
        work = Work("review of the story's merged state", repo.path, words)
        pair = measured(work, builds, runs, Path(folder))
    wrong = pair.differences(intended(INTENDED)) + unsteady(pair)
    print(table(HEAD, [pair.row()]))
    print("\n".join(wrong) if wrong else f"{runs} pairs, the verdicts are the same")
    return 1 if wrong else 0


def unsteady(pair: Pair) -> list[str]:
    """A line for each build that does not say the same each time."""
    sides = (("older", pair.older), ("newer", pair.newer))
    several = ((name, len({(each.code, each.out) for each in side})) for name, side in sides)
    return [f"the {name} build gave {number} different answers" for name, number in several if number > 1]


def main(words: Sequence[str]) -> int:
    """Print the figures; 1 when the verdicts differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("runs", nargs="?", type=int, default=100)
    parser.add_argument("--against", type=Path, metavar="VENV")
    given = parser.parse_args(words)
    return against(given.against, given.runs) if given.against else repeated(given.runs)


def repeated(runs: int) -> int:
    """One verdict, so many times: print the figures; 1 when the verdicts differ."""
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
    raise SystemExit(main(sys.argv[1:]))
