"""Two machines that take turns, request by request, in an order that is given.

Each machine runs in a thread of its own and stops before every request until it is let go, so that at any
moment only one of them moves. The order is a list of stretches: the first machine for so many requests,
then the second, then the first again; when the list is used up, the first goes on to its end, then the
second. The same list gives the same run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from random import Random

from wholeship.core.values import dataclass
from wholeship.testing.drill.machine import Act, Ending, Machine

TO_THE_END = 10_000
"""A stretch that is longer than any run."""
PATIENCE = 60.0
"""Seconds of real time after which a machine that does not come to its next request is given up."""


@dataclass(slots=True)
class _Runner:
    machine: Machine
    act: Act | None
    go: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    here: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    ending: Ending | None = None
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.machine.before_send = self._wait
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()
        self._arrived()

    def step(self) -> None:
        """Let it do one request, and whatever follows until the next."""
        self.go.release()
        self._arrived()

    def _arrived(self) -> None:
        if not self.here.acquire(timeout=PATIENCE):
            raise RuntimeError(f"the machine {self.machine.name} hangs")

    def _wait(self) -> None:
        self.here.release()
        self.go.acquire()

    def _run(self) -> None:
        try:
            self.ending = self.machine.run(self.act)
        finally:
            self.here.release()


def take_turns(
    machines: Sequence[Machine], stretches: Sequence[int], *acts: Act | None
) -> tuple[Ending, ...]:
    """How the *machines* end when they move in turn, *stretches* requests at a time.

    Each does its own of *acts*, or all the one there is.
    """
    every = acts if len(acts) > 1 else (acts or (None,)) * len(machines)
    runners = [_Runner(machine, act) for machine, act in zip(machines, every, strict=True)]
    for runner in runners:
        runner.start()
    for who in _turns(stretches, len(runners)):
        if runners[who].ending is None:
            runners[who].step()
    for runner in runners:
        while runner.ending is None:
            runner.step()
    return tuple(runner.ending for runner in runners if runner.ending is not None)


def _turns(stretches: Sequence[int], count: int) -> Iterator[int]:
    for turn, length in enumerate(stretches):
        for _ in range(length):
            yield turn % count


def one_switch(length: int) -> tuple[tuple[int, ...], ...]:
    """The first machine is stopped once, at each of its *length* requests, and the second runs through."""
    return tuple((first, TO_THE_END) for first in range(length + 1))


STRIDE = 3
"""Of the pairs of places, every third by every third is played: a request between two others that nobody
sees is like them. Orders by chance find the rest."""


def two_switches(first: int, second: int) -> tuple[tuple[int, ...], ...]:
    """The first is stopped, the second is stopped, the first runs through: pairs of places all over both."""
    firsts, seconds = range(0, first + 1, STRIDE), range(1, second + 1, STRIDE)
    return tuple((a, b, TO_THE_END) for a in firsts for b in seconds)


def by_chance(random: Random, length: int) -> tuple[int, ...]:
    """Many switches, in stretches of random length that add up to about what both need."""
    stretches: list[int] = []
    while sum(stretches) < 2 * length:
        stretches.append(1 + int(random.expovariate(1.0) * random.choice((1, 3, 10))))
    return tuple(stretches)


def shrunk(stretches: tuple[int, ...], fails: Callable[[tuple[int, ...]], bool]) -> tuple[int, ...]:
    """The shortest list of stretches near *stretches* that still *fails*."""
    best = stretches
    changed = True
    while changed:
        changed = False
        for candidate in _simpler(best):
            if fails(candidate):
                best, changed = candidate, True
                break
    return best


def _simpler(stretches: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for shorter in range(1, len(stretches)):
        yield stretches[:shorter]
    for index in range(len(stretches) - 2):
        merged = stretches[index] + stretches[index + 2]
        yield (*stretches[:index], merged, *stretches[index + 3 :])
    for index, length in enumerate(stretches):
        if 1 < length < TO_THE_END:
            yield (*stretches[:index], length // 2, *stretches[index + 1 :])
            yield (*stretches[:index], length - 1, *stretches[index + 1 :])
