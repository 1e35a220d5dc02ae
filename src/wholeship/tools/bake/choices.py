"""Conditions that only a run decides: each way they can turn out is worked out, one after the other.

A conditional whose condition is not known has no single value, and a list of both is wrong wherever two
conditionals hang together. So the whole definition is read once per way, under fixed answers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import TypeVar

from wholeship.core.values import dataclass

MOST_WAYS = 32
"""More ways than this are not kept apart: the answers are then not known, nor is what hangs on them."""

MOST_WORK = 400_000
"""Expressions worked out, and letters and items they come to, in all ways of one command together."""

Result = TypeVar("Result")


class TooMuch(Exception):
    """A definition that is more work than any that people write."""


@dataclass(slots=True)
class Budget:
    """The work that is left."""

    left: int = MOST_WORK

    def spend(self, amount: int = 1) -> None:
        """Take *amount* off; raises :class:`TooMuch` when nothing is left."""
        self.left -= amount
        if self.left < 0:
            raise TooMuch


@dataclass(slots=True)
class Choices:
    """The answers of one way. A question that comes up anew is answered with its first answer."""

    given: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    open: bool = True
    """Whether questions are answered at all."""
    budget: Budget = field(default_factory=Budget)

    def choose(self, question: str, count: int = 2) -> int | None:
        """Which of *count* answers holds for *question* in this way; None: not known."""
        if question in self.given:
            return self.given[question]
        if not self.open:
            return None
        self.given[question], self.counts[question] = 0, count
        return 0

    def next(self) -> Choices | None:
        """The way after this one, with the last question that has another answer turned."""
        given = list(self.given.items())
        while given:
            question, answer = given.pop()
            if answer + 1 < self.counts[question]:
                return Choices({**dict(given), question: answer + 1}, dict(self.counts), budget=self.budget)
        return None


def every_way(work: Callable[[Choices], Result]) -> Iterator[Result]:
    """What *work* gives in each way; where there are too many, once with nothing decided."""
    found: list[Result] = []
    choices: Choices | None = Choices()
    while choices is not None:
        if len(found) == MOST_WAYS:
            return iter([work(Choices(open=False, budget=choices.budget))])
        found.append(work(choices))
        choices = choices.next()
    return iter(found)
