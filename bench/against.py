"""`wholeship check` of two builds, in pairs: how long each takes, and whether they say the same.

``python -m bench.check --against VENV [--tries N] [--intended FILE] [FOLDER…]``: VENV holds the older build.
Each FOLDER is a repository, or holds repositories. For each piece of work the builds take turns; the medians
of five (``--tries``) are shown, and what the newer one takes as a part of the older one. Both answers in JSON
have to be the same but for the values that FILE names. Where they are not, the differences are printed and
the exit code is 1.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.common import machine, median, table

HERE = Path(__file__).parent
STORY = HERE.parent / "tests" / "fixtures" / "story"
INTENDED = HERE / "intended_changes.txt"
DOUBLINGS = ("500", "1000", "2000")
SHOWN = 12
"""So many differences of one answer are printed."""


@dataclass(frozen=True, slots=True)
class Build:
    """A virtual environment that wholeship is installed in."""

    name: str
    venv: Path

    def program(self) -> str:
        """Its command."""
        return str(self.venv / "bin" / "wholeship")

    def knows(self, command: str, flag: str) -> bool:
        """Whether *command* has *flag* there."""
        said = subprocess.run(
            [self.program(), command, "--help"], check=False, capture_output=True, text=True
        )
        return flag in said.stdout

    def package(self) -> Path:
        """Where it is installed, compiled as an installation by pip is."""
        python = str(self.venv / "bin" / "python")
        words = [python, "-c", "import wholeship; print(wholeship.__path__[0])"]
        found = subprocess.run(words, capture_output=True, text=True, cwd="/", check=True).stdout.strip()
        subprocess.run([python, "-m", "compileall", "-q", found], check=True)
        return Path(found)

    def source(self) -> Path | None:
        """The folder whose ``bench`` fits it: where it is installed from; None for a wheel."""
        root = self.package().parents[1]
        return root if (root / "bench" / "prover.py").is_file() else None


@dataclass(frozen=True, slots=True)
class Used:
    """What one process took: seconds, MB, what it printed and its exit code."""

    clock: float
    processor: float
    peak: float
    out: str
    code: int


def run(words: Sequence[str], folder: Path, environment: dict[str, str]) -> Used:
    """One process, measured."""
    with tempfile.TemporaryFile() as out:
        start = time.perf_counter()
        process = subprocess.Popen(words, stdout=out, stderr=subprocess.DEVNULL, cwd=folder, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        clock = time.perf_counter() - start
        code = process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        text = out.read().decode("utf-8", "replace")
    return Used(clock, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, text, code)


@dataclass(frozen=True, slots=True)
class Work:
    """What both builds are given: in which folder, with which words; ``cached``: what was kept is used."""

    name: str
    folder: Path
    words: tuple[str, ...]
    cached: bool = False

    def command(self, build: Build) -> list[str]:
        """For *build*, which keeps nothing unless that is asked for."""
        anew = not self.cached and build.knows(self.words[0], "--no-cache")
        return [build.program(), *self.words, *(["--no-cache"] if anew else [])]


@dataclass(frozen=True, slots=True)
class Pair:
    """One piece of work, done by both."""

    work: Work
    older: list[Used] = field(default_factory=list)
    newer: list[Used] = field(default_factory=list)

    def row(self) -> tuple[str, ...]:
        """Medians and ratios, for people."""
        cells = [self.work.name]
        for what, unit in (("processor", "s"), ("clock", "s"), ("peak", "MB")):
            older, newer = (median(getattr(each, what) for each in side) for side in (self.older, self.newer))
            cells += [f"{older:.2f} {unit}", f"{newer:.2f} {unit}", f"{newer / max(older, 0.001):.2f}"]
        return tuple(cells)

    def processor(self, side: str) -> float:
        """The median of one side."""
        return median(each.processor for each in getattr(self, side))

    def differences(self, intended: Sequence[str]) -> list[str]:
        """Where the answers are not the same, unless *intended* names it."""
        older, newer = self.older[-1], self.newer[-1]
        if older.out == newer.out and older.code == newer.code:
            return []
        paths = [] if older.code == newer.code else [f"exit code: {older.code}, {newer.code}"]
        paths += unlike(_read(older.out), _read(newer.out))
        return [path for path in paths if not any(fnmatch.fnmatch(shape(path), each) for each in intended)]


HEAD = (
    "work",
    "older s",
    "newer s",
    "ratio",
    "older clock",
    "newer clock",
    "ratio",
    "older MB",
    "newer MB",
    "ratio",
)


def _read(text: str) -> Any:
    with suppress(ValueError):
        return json.loads(text)
    return text


def unlike(one: Any, other: Any, path: str = "") -> list[str]:
    """The paths of the values that differ: ``workflows[3].whole: true, null``."""
    if one == other:
        return []
    if isinstance(one, dict) and isinstance(other, dict):
        keys = dict.fromkeys((*one, *other))
        return [found for key in keys for found in unlike(one.get(key), other.get(key), f"{path}.{key}")]
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = enumerate(zip(one, other, strict=True))
        return [found for at, (left, right) in pairs for found in unlike(left, right, f"{path}[{at}]")]
    return [f"{path.lstrip('.')}: {json.dumps(one)[:200]}, {json.dumps(other)[:200]}"]


def shape(difference: str) -> str:
    """A path without its values and places in lists: what a list of intended changes names."""
    return re.sub(r"\[\d+\]", "", difference.partition(":")[0])


def intended(file: Path) -> list[str]:
    """The patterns in *file*: one a line, a remark behind ``#``."""
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return [line for line in lines if line]


def works(repositories: Sequence[Path], scratch: Path) -> Iterator[Work]:
    """Everything that is compared."""
    merged = str(STORY / "merged.yml")
    empty = scratch / "empty"
    empty.mkdir()
    yield Work("one file, cold", empty, ("check", "--format", "json", merged))
    yield Work("one file, asked again", empty, ("check", "--format", "json", merged), cached=True)
    before, after = scratch / "before", scratch / "after"
    for folder in (before, after):
        target = folder / ".github" / "workflows"
        target.mkdir(parents=True)
        shutil.copy(STORY / "before.yml", target / "release.yml")
        for number in range(8):
            shutil.copy(merged, target / f"other-{number}.yml")
    (after / ".github" / "workflows" / "release.yml").write_text((STORY / "attempt-1.yml").read_text())
    words = ("diff", "--format", "json", str(before), str(after))
    yield Work("diff, one job changed", empty, words)
    yield Work("diff, both sides asked before", empty, words, cached=True)
    for each in repositories:
        yield Work(each.name, each, ("check", "--format", "json"))


def measured(work: Work, builds: tuple[Build, Build], tries: int, scratch: Path) -> Pair:
    """*work* by both builds in turns."""
    pair = Pair(work)
    commands = [work.command(build) for build in builds]
    environments = [
        {
            **os.environ,
            "XDG_CACHE_HOME": str(scratch / f"cache-{build.name}"),
            "XDG_STATE_HOME": str(scratch / f"state-{build.name}"),
            "NO_COLOR": "1",
        }
        for build in builds
    ]
    if work.cached:
        for command, environment in zip(commands, environments, strict=True):
            run(command, work.folder, environment)
    for _ in range(tries):
        pair.older.append(run(commands[0], work.folder, environments[0]))
        pair.newer.append(run(commands[1], work.folder, environments[1]))
    return pair


def doublings(build: Build) -> list[str]:
    """Seconds of the prover for each size; ``–`` where the build cannot be asked."""
    source = build.source()
    words = [str(build.venv / "bin" / "python"), "-m", "bench.prover", *DOUBLINGS]
    done = subprocess.run(words, capture_output=True, text=True, cwd=source or HERE.parent, check=False)
    rows = [line.split("|") for line in done.stdout.splitlines() if re.match(r"\|\s*\d", line)]
    return [row[5].strip() for row in rows] if len(rows) == len(DOUBLINGS) else ["–"] * len(DOUBLINGS)


def against(
    venv: Path, repositories: Sequence[Path], tries: int, allowed: Path = INTENDED, *, prover: bool = True
) -> int:
    """Print the tables; 1 where an answer is not the same."""
    builds = Build("older", venv.resolve()), Build("newer", Path(sys.prefix))
    patterns, wrong = intended(allowed), 0
    pairs: list[Pair] = []
    for build in builds:
        build.package()
    print(machine(), f"load {os.getloadavg()[0]:.1f}, medians of {tries}")
    with tempfile.TemporaryDirectory(prefix="bench-against-") as folder:
        for work in works(repositories, Path(folder)):
            pair = measured(work, builds, tries, Path(folder))
            pairs.append(pair)
            found = pair.differences(patterns)
            wrong += bool(found)
            for each in found[:SHOWN]:
                print(f"{work.name}: {each}", flush=True)
    print(f"\n{table(HEAD, [pair.row() for pair in pairs[:4]])}")
    inside = sorted(pairs[4:], key=lambda pair: -pair.processor("older"))
    if inside:
        print(f"\nthe ten slowest of {len(inside)} repositories\n")
        print(table(HEAD, [pair.row() for pair in inside[:10]]))
        older, newer = (sum(pair.processor(side) for pair in inside) for side in ("older", "newer"))
        print(f"\nall of them: {older:.1f} s, {newer:.1f} s of processors, ratio {newer / older:.2f}")
    peaks = [max(each.peak for pair in pairs for each in getattr(pair, side)) for side in ("older", "newer")]
    print(f"the largest process: {peaks[0]:.0f} MB, {peaks[1]:.0f} MB")
    if prover:
        rows = [(build.name, *doublings(build)) for build in builds]
        print(f"\nthe prover, seconds\n\n{table(('build', *DOUBLINGS), rows)}")
    print(f"\n{wrong} of {len(pairs)} answers differ" if wrong else f"\n{len(pairs)} answers, all the same")
    return 1 if wrong else 0
