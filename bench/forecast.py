"""Forecast against actual: the example's exported workflow, forecast, run for real, and compared.

    .venv/bin/python -m bench.forecast [--first 5] [--then 5] [--keep FOLDER]

examples/shop is exported (`wholeship export github`) and run by act on this machine, with buildah and
Debian's docker-registry. The first runs are history; before each run that follows, `wholeship forecast` says
what it will take, and afterwards `--actual` puts the two side by side. Every run builds all three images
anew. Times are to the millisecond, where GitHub gives whole seconds. Needs act, buildah and the base image:
scripts/base-image.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.act import Pipeline
from bench.common import machine, median, registry, store, table

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ".github/workflows/release.yml"


class GateSettings:
    """A repository with the example and its exported workflow, and the history of its runs."""

    def __init__(self, folder: Path, host: str) -> None:
        self.repository = folder / "shop"
        self.history = folder / "history.json"
        self.pages: list[dict[str, Any]] = []
        self.pipeline = Pipeline(self.repository, WORKFLOW, folder)
        shutil.copytree(ROOT / "examples" / "shop", self.repository)
        for file in (*self.repository.glob("*.yaml"), *self.repository.glob("deploy/*.yaml")):
            file.write_text(file.read_text().replace("ghcr.io/acme/shop", f"{host}/acme/shop"))
        with (self.repository / "wholeship.yaml").open("a") as file:
            file.write("builder: {type: buildah}\nexport: {install: wholeship --version}\n")
        self.call("git", "init", "-q", "-b", "main")
        self.wholeship("export", "github")

    def call(self, *words: str, codes: tuple[int, ...] = (0,)) -> str:
        """What a command says on standard output."""
        who = {f"GIT_{role}_{part}": "bench@example.invalid" for role in ("AUTHOR", "COMMITTER")
               for part in ("NAME", "EMAIL")}  # fmt: skip
        done = subprocess.run(
            words, cwd=self.repository, env={**os.environ, **who}, capture_output=True, text=True, check=False
        )
        if done.returncode not in codes:
            raise SystemExit(f"{' '.join(words)}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def wholeship(self, *words: str) -> str:
        """What wholeship says."""
        return self.call(sys.executable, "-m", "wholeship", *words)

    def run(self, number: int) -> None:
        """Change what every image is made of, and run the workflow."""
        (self.repository / "core" / "nonce.txt").write_text(f"{number} {time.time_ns()}\n")
        self.call("git", "add", "-A")
        self.call("git", "commit", "-qm", f"run {number}")
        self.pages.append(self.pipeline.run(number))
        self.history.write_text(json.dumps(self.pages))

    def forecast(self, *words: str) -> dict[str, Any]:
        """The answer of `wholeship forecast` with the history so far."""
        known = ("--scenario", "push", "--history", str(self.history), "--format", "json")
        answer: dict[str, Any] = json.loads(self.wholeship("forecast", WORKFLOW, *known, *words))
        return answer


def compared(bench: GateSettings, first: int, then: int) -> tuple[list[list[dict[str, Any]]], dict[str, Any]]:
    """The lines of each comparison (one for each job, and one for the whole run), and the track record."""
    found = []
    for number in range(1, first + then + 1):
        if number > first:
            bench.forecast()
        bench.run(number)
        if number > first:
            told = bench.forecast("--actual", str(number))
            found.append(told["actual"][0]["compared"])
            print(number, *(f"{each['job'] or 'whole'} {each['error']:+.0%}" for each in found[-1]),
                  sep="\t", file=sys.stderr)  # fmt: skip
    return found, told["track_record"]


def rows_of(found: list[list[dict[str, Any]]]) -> list[list[str]]:
    """One row for each job, and one for the whole run."""
    rows = []
    for name in dict.fromkeys(each["job"] for run in found for each in run):
        lines = [each for run in found for each in run if each["job"] == name]
        errors = [each["error"] for each in lines]
        rows.append([
            name or "**the whole run**",
            f"{median(each['said_median'] for each in lines):.1f}",
            f"{median(each['said_p90'] for each in lines):.1f}",
            f"{median(each['actual'] for each in lines):.1f}",
            f"{median(map(abs, errors)):.0%}",
            f"{min(errors):+.0%} … {max(errors):+.0%}",
            f"{sum(each['actual'] <= each['said_p90'] for each in lines)} of {len(lines)}",
        ])  # fmt: skip
    return rows


HEAD = ("job", "forecast s", "its p90 s", "actual s", "typical error", "errors", "within p90")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--first", type=int, default=5, help="runs before the first forecast")
    parser.add_argument("--then", type=int, default=5, help="runs that are forecast")
    parser.add_argument("--keep", type=Path, help="leave the run history there")
    args = parser.parse_args()
    for program in ("act", "buildah", "git"):
        if shutil.which(program) is None:
            raise SystemExit(f"needs {program}")
    with store(), registry() as host, tempfile.TemporaryDirectory(prefix="bench-forecast-") as folder:
        bench = GateSettings(Path(folder), host)
        found, record = compared(bench, args.first, args.then)
        if args.keep:
            shutil.copy(bench.history, args.keep)
    print(f"{machine()}; act, buildah; {args.first} runs of history, then {args.then} forecast and run\n")
    print(table(HEAD, rows_of(found)))
    print(f"\ntypically off by {record['typical_error']:.0%}, bias {record['bias']:+.0%}, "
          f"{record['within_p90']:.0%} within the p90")  # fmt: skip


if __name__ == "__main__":
    main()
