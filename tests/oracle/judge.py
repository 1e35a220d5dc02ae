"""The comparison: what really ran against what `check` says."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context

from tests.oracle.ask import Answer, ask
from tests.oracle.explore import Verdict, look, machine, replay
from tests.oracle.generate import draw
from tests.oracle.legs import Runner
from tests.oracle.runs import Memory
from tests.oracle.shrink import shrunk
from tests.oracle.world import SHA, World

Drawn = Callable[[int], World]
"""Gives the world of a number."""

WRONG = ("false whole", "unlike whole", "false half", "other failures", "silent", "crash")
"""Answers that must not be: the others are right, or say that something is not known."""


@dataclass(frozen=True)
class Judged:
    """A world, what ran, what was said, and the word for how these go together."""

    seed: int
    world: World
    seen: Verdict
    said: Answer
    word: str

    def told(self) -> str:
        """All that somebody needs to look into it."""
        half = self.seen.half
        ran = half.story if half else f"no half release in {self.seen.runs} runs {self.seen.unplayable}"
        said = [f"check says whole: {self.said.whole} (exit code {self.said.exit_code})"]
        for finding in self.said.findings:
            said.append(f"  {finding['rule']} {finding['confidence']}: {finding['message']}")
            said += [f"    {step['text']}" for step in finding["story"]]
        return "\n".join([f"seed {self.seed}: {self.word}", self.world.text, ran, *said])


def word(world: World, seen: Verdict, said: Answer) -> str:
    """How *seen* and *said* go together."""
    if said.exit_code == 4:
        return "crash"
    if seen.kind in ("unplayable", "incomplete"):
        return seen.kind
    if seen.half:
        if said.whole:
            return "false whole" if seen.kind == "half" else "unlike whole"
        if seen.kind == "half" and len(seen.published) > 1 and not said.told:
            return "silent"
        return "half" if said.whole is False else "half, unknown"
    if not {entry.name for entry in world.images} <= seen.usual:
        return "nothing asked"
    if said.whole is None and not said.told and not _moves(seen):
        return "silent"
    if said.whole is False:
        return "false half" if said.certain else "likely half"
    return "whole" if said.whole else "whole, unknown"


def _moves(seen: Verdict) -> bool:
    """Is the tag the same in every run? Then another run writes it too, and no run alone makes it whole."""
    return not any(_UNIQUE.search(tag) for tag in seen.tags)


_UNIQUE = re.compile(rf"{SHA[:7]}|4[2-9]|7000001|2026|1\.2\.3")
"""The commit, the numbers of the run, the clock, or the version tag that started it."""


@contextlib.contextmanager
def patient(runner: Runner) -> Iterator[None]:
    """Slow calls take much longer meanwhile."""
    usual, runner.stand_ins.slow = runner.stand_ins.slow, 2.0
    try:
        yield
    finally:
        runner.stand_ins.slow = usual


def judged(world: World, runner: Runner, limit: int = 200, seed: int = -1) -> Judged:
    """Carry out *world*, ask about it, and compare."""
    memory = Memory(world, runner)
    seen, said = look(world, runner, limit, memory), ask(world)
    found = word(world, seen, said)
    if found == "false half" and world.parallel:
        # On a busy machine a slow call may not have been slow enough.
        memory = Memory(world, runner)
        with patient(runner):
            seen = look(world, runner, limit, memory)
        found = word(world, seen, said)
    if found == "half" and not all(replay(world, memory, jobs, limit).half for jobs in said.stories):
        found = "other failures"
    return Judged(seed, world, seen, said, found)


def small(found: Judged, runner: Runner) -> Judged:
    """The same disagreement in a smaller world."""

    def same(world: World) -> bool:
        other = judged(world, runner, 60)
        return other.word == found.word and other.seen.usual == found.seen.usual

    less = shrunk(found.world, same, 120)
    return replace(judged(less, runner, 100), seed=found.seed)


def _some(seeds: list[int], limit: int, drawn: Drawn) -> list[Judged]:
    with machine() as runner:
        return [judged(drawn(seed), runner, limit, seed) for seed in seeds]


def compared(
    seeds: Iterable[int], limit: int = 200, processes: int = 0, drawn: Drawn = draw
) -> Iterator[Judged]:
    """Each seed's world as *drawn*, judged; on *processes* cores (all, if 0)."""
    wanted = list(seeds)
    parts = [wanted[start : start + 25] for start in range(0, len(wanted), 25)]
    workers = processes or os.cpu_count() or 1
    with ProcessPoolExecutor(workers, mp_context=get_context("fork")) as pool:
        for part in pool.map(partial(_some, limit=limit, drawn=drawn), parts):
            yield from part
