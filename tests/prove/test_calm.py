"""What is read off the graph is what the solver finds."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

from tests.prove.compare import effect
from tests.prove.generator import case_of
from wholeship.github.semantics import GITHUB
from wholeship.logic.formula import neg
from wholeship.prove.answers import Effect
from wholeship.prove.calm import CalmRuns
from wholeship.prove.encoding import Encoding
from wholeship.prove.shape import Shape
from wholeship.prove.shortcut import Shortcut

CASES = 400


def drawn() -> Iterator[tuple[Shape, list[Effect]]]:
    for seed in range(500_000, 500_000 + CASES):
        case = case_of(seed)
        yield Shape(case.instance, GITHUB), [effect(spot) for spot in case.spots]


def test_what_happens_in_a_calm_run_happens_in_a_run() -> None:
    """Two effects that a calm run has can both happen; one that it lacks can be missing beside the other."""
    said = missed = 0
    for shape, effects in drawn():
        calm, runs = CalmRuns(shape), Encoding(shape)
        for one, other in product(effects, effects):
            if calm.happen((one, other)):
                said += 1
                assert runs.happen((one, other)), (one, other)
            if calm.lacks(one, (other,)):
                missed += 1
                assert not runs.impossible([runs.starts(one), neg(runs.succeeded(other))]), (one, other)
    assert said > 200
    assert missed > 20


def test_what_the_shape_gives_away_is_so_in_every_run() -> None:
    """Where the shape says that one effect is certain before another, no run has the other without it."""
    said = 0
    for shape, effects in drawn():
        shortcut, runs = Shortcut(shape), Encoding(shape)
        for earlier, later in product(effects, effects):
            if earlier != later and shortcut.certain(earlier, later):
                said += 1
                assert runs.impossible([runs.starts(later), neg(runs.succeeded(earlier))]), (earlier, later)
    assert said > 50
