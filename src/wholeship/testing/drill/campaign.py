"""Many runs, on all cores: which ones, in what order, and what came of them, family by family."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import field
from pathlib import Path
from random import Random

from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.testing.drill.engine import Case, Drill, End, Run, Step, Strikes, parse_name, sampled, smallest
from wholeship.testing.drill.families import CASES, FAMILIES
from wholeship.testing.drill.parts import Parts

SAMPLE: Mapping[Strikes, int] = {
    Strikes.REQUESTS: 3,
    Strikes.WRITES: 20,
    Strikes.DISK: 3,
    Strikes.BYTES: 12,
    Strikes.STEPS: 6,
    Strikes.TURNS: 12,
    Strikes.ONCE: 1,
}
"""Steps of each case in the quick set."""
MORE = frozenset({"K1", "K2", "R4", "R5", "C2", "C4"})
"""Rows that get four times as many: what the protocol is there for."""
SEEDS = 1000
"""Orders by chance for two machines in the full set."""
PIECES = 16
"""Into how many jobs a long case is cut in the full set."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which runs: families by letter, all steps or a sample by *seed*, on how many cores."""

    families: tuple[str, ...] = tuple(FAMILIES)
    full: bool = False
    seed: int = 0
    jobs: int = 1

    def cases(self) -> tuple[Case, ...]:
        """The cases of the chosen families; :class:`BadInput` for one that there is not."""
        unknown = [letter for letter in self.families if letter not in FAMILIES]
        if unknown:
            raise BadInput(f"there is no family {unknown[0]}", advice=f"known: {', '.join(FAMILIES)}")
        return tuple(case for case in CASES if case.family in self.families)


@dataclass(slots=True)
class Tally:
    """What became of the runs of one family. ``missed`` are steps at which the fault never struck."""

    runs: int = 0
    ends: dict[End, int] = field(default_factory=dict)
    missed: int = 0
    failed: list[Run] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, run: Run, seconds: float) -> None:
        """Count *run*."""
        self.seconds += seconds
        if not run.met and not run.broken:
            self.missed += 1
            return
        self.runs += 1
        self.ends[run.end] = self.ends.get(run.end, 0) + 1
        if run.broken:
            self.failed.append(run)


@dataclass(frozen=True, slots=True)
class Report:
    """What a campaign found. ``seconds`` is wall time."""

    choice: Choice
    tallies: Mapping[str, Tally]
    seconds: float

    @property
    def runs(self) -> int:
        """All runs."""
        return sum(tally.runs for tally in self.tallies.values())

    @property
    def failed(self) -> tuple[Run, ...]:
        """Every run in which something was that must not be."""
        return tuple(run for tally in self.tallies.values() for run in tally.failed)


Done = Callable[[Case, Sequence[tuple[Run, float]]], None]
_Job = tuple[str, int, int]  # a case, and which piece of how many


def campaign(parts: Parts, choice: Choice, done: Done) -> Report:
    """Play what *choice* says; *done* is told as the cases come in."""
    began = time.perf_counter()
    tallies = {letter: Tally() for letter in choice.families}
    for case, results in _results(parts, choice):
        for run, seconds in results:
            tallies[case.family].add(run, seconds)
        done(case, results)
    return Report(choice, tallies, time.perf_counter() - began)


def replay(parts: Parts, name: str) -> Run:
    """The run called *name*, once more."""
    case, step = parse_name(name, CASES)
    with scratch_folder() as folder:
        return Drill(parts, folder).run(case, step)


def steps_of(drill: Drill, case: Case, choice: Choice) -> tuple[Step, ...]:
    """The steps of *case* that *choice* takes; a sample depends on the seed and the case alone."""
    if choice.full:
        return drill.steps(case, seeds=range(choice.seed, choice.seed + SEEDS))
    count = SAMPLE[case.strikes] * (4 if case.row in MORE else 1)
    random = Random(f"{choice.seed} {case.id}")  # noqa: S311 - which steps, no secret
    return sampled(drill.steps(case), count, random)


def play(parts: Parts, choice: Choice, job: _Job) -> list[tuple[Run, float]]:
    """One job: a piece of the steps of one case. The first failure is made as simple as it can be."""
    name, piece, pieces = job
    case = next(case for case in CASES if case.id == name)
    found: list[tuple[Run, float]] = []
    with scratch_folder() as folder:
        drill = Drill(parts, folder)
        for step in steps_of(drill, case, choice)[piece::pieces]:
            began = time.perf_counter()
            run = drill.run(case, step)
            if run.broken and not any(other.broken for other, _ in found):
                run = smallest(drill, case, run)
            found.append((run, time.perf_counter() - began))
    return found


def _results(parts: Parts, choice: Choice) -> Iterator[tuple[Case, list[tuple[Run, float]]]]:
    cases = {case.id: case for case in choice.cases()}
    jobs = list(_jobs_of_cases(tuple(cases.values()), choice))
    if choice.jobs == 1:
        for job in jobs:
            yield cases[job[0]], play(parts, choice, job)
        return
    # Spawned, not forked: a copy of a process with threads is a copy of their locks.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(choice.jobs, mp_context=context)
    try:
        waiting = {pool.submit(play, parts, choice, job): job for job in jobs}
        for future in as_completed(waiting):
            yield cases[waiting[future][0]], future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _jobs_of_cases(cases: tuple[Case, ...], choice: Choice) -> Iterator[_Job]:
    """The longest first, so that no core waits at the end."""
    for case in sorted(cases, key=lambda case: case.strikes not in (Strikes.TURNS, Strikes.BYTES)):
        pieces = PIECES if choice.full and case.strikes in (Strikes.TURNS, Strikes.BYTES) else 1
        yield from ((case.id, piece, pieces) for piece in range(pieces))


def scratch_folder() -> _Folder:
    """A folder that is gone after the block."""
    return _Folder()


class _Folder:
    """A folder for journals, in memory where the machine has such a place: nothing in it is to last."""

    def __enter__(self) -> Path:
        memory = Path("/dev/shm")  # noqa: S108 - the folder made in it is ours alone
        usable = memory.is_dir() and os.access(memory, os.W_OK)
        self._folder = tempfile.TemporaryDirectory(prefix="wholeship-drill-", dir=memory if usable else None)
        return Path(self._folder.name)

    def __exit__(self, *exc: object) -> None:
        self._folder.cleanup()
