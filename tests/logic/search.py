"""Every state that a small system can get into, and whether what is claimed of it holds in all of them.

A system is its first states and, for each state, the steps that can come next. States are values that
can be hashed. The search goes level by level, so the first bad state found is one of the nearest, and the
path to it is the shortest story of how it goes wrong.

    system = System(first=(0,), steps=lambda n: [("add", n + 1)] if n < 3 else [])
    explore(system, always={"small": lambda n: n < 3}).broken["small"].steps   # ("add", "add", "add")
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeVar

State = TypeVar("State", bound=Hashable)

STATES = 1_000_000
"""Most states that a search will hold; a system that has more is not small."""


@dataclass(frozen=True, slots=True)
class System(Generic[State]):
    """What there is to explore. ``steps`` gives each next state with the name of the step to it."""

    first: tuple[State, ...]
    steps: Callable[[State], Iterable[tuple[str, State]]]


@dataclass(frozen=True, slots=True)
class Path(Generic[State]):
    """How to get to a state from a first one. ``states`` has one more entry than ``steps``."""

    steps: tuple[str, ...]
    states: tuple[State, ...]

    @property
    def end(self) -> State:
        """Where it leads."""
        return self.states[-1]

    def __len__(self) -> int:
        return len(self.steps)


@dataclass(frozen=True, slots=True)
class Explored(Generic[State]):
    """What a search found.

    ``broken`` has, for each claim that does not always hold, a shortest path to a state against it.
    ``met`` has, for each claim that holds sometimes, a shortest path to a state that shows it.
    ``ends`` are the states that nothing follows. ``complete``: no state was left out.
    """

    states: int
    depth: int
    broken: Mapping[str, Path[State]]
    met: Mapping[str, Path[State]]
    ends: tuple[State, ...]
    complete: bool


@dataclass(slots=True)
class _Search(Generic[State]):
    always: Mapping[str, Callable[[State], bool]]
    sometimes: Mapping[str, Callable[[State], bool]]
    came_from: dict[State, tuple[State, str] | None] = field(default_factory=dict)
    broken: dict[str, Path[State]] = field(default_factory=dict)
    met: dict[str, Path[State]] = field(default_factory=dict)

    def arrive(self, state: State, origin: tuple[State, str] | None) -> bool:
        """Note *state*; False when it has been seen before."""
        if state in self.came_from:
            return False
        self.came_from[state] = origin
        for name, holds in self.always.items():
            if name not in self.broken and not holds(state):
                self.broken[name] = self.path_to(state)
        for name, holds in self.sometimes.items():
            if name not in self.met and holds(state):
                self.met[name] = self.path_to(state)
        return True

    def path_to(self, state: State) -> Path[State]:
        """The way by which *state* was first reached, which is a shortest one."""
        steps, states = [], [state]
        while (origin := self.came_from[state]) is not None:
            state, step = origin
            steps.append(step)
            states.append(state)
        return Path(tuple(reversed(steps)), tuple(reversed(states)))


def explore(
    system: System[State],
    *,
    always: Mapping[str, Callable[[State], bool]],
    sometimes: Mapping[str, Callable[[State], bool]] | None = None,
    limit: int = STATES,
) -> Explored[State]:
    """Visit every state of *system*, nearest first; see :class:`Explored`.

    Stops at *limit* states and says so: what was not visited is not claimed.
    """
    search: _Search[State] = _Search(always, sometimes or {})
    level = [state for state in system.first if search.arrive(state, None)]
    ends: list[State] = []
    depth = 0
    while level and len(search.came_from) <= limit:
        following: list[State] = []
        for state in level:
            steps = list(system.steps(state))
            if not steps:
                ends.append(state)
            following += [after for step, after in steps if search.arrive(after, (state, step))]
        level = following
        depth += bool(level)
    return Explored(len(search.came_from), depth, search.broken, search.met, tuple(ends), not level)
