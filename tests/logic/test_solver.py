"""The solver against truth tables."""

from __future__ import annotations

import itertools
from collections.abc import Hashable

from hypothesis import given, settings
from hypothesis import strategies as st

from wholeship.logic.formula import Atom, Formula, conj, const, disj, holds, iff, neg
from wholeship.logic.solver import Solver

NAMES = "abcde"
ATOMS = {name: Atom(name) for name in NAMES}

formulas = st.recursive(
    st.sampled_from([*ATOMS.values(), const(True), const(False)]),
    lambda inner: st.one_of(
        inner.map(neg),
        st.lists(inner, min_size=1, max_size=3).map(conj),
        st.lists(inner, min_size=1, max_size=3).map(disj),
        st.tuples(inner, inner).map(lambda pair: iff(*pair)),
    ),
    max_leaves=12,
)


def worlds(formula: Formula) -> list[dict[Hashable, bool]]:
    """Every assignment in which *formula* holds."""
    every = itertools.product((False, True), repeat=len(NAMES))
    tables: list[dict[Hashable, bool]] = [dict(zip(NAMES, values, strict=True)) for values in every]
    return [table for table in tables if holds(formula, table)]


@given(formulas, formulas)
@settings(max_examples=200, deadline=None)
def test_truth(required: Formula, assumed: Formula) -> None:
    """A model is found exactly where the truth table has one, and it is one."""
    with Solver() as solver:
        solver.require(required)
        model = solver.solve([assumed])
        wanted = worlds(conj((required, assumed)))
        assert (model is not None) == bool(wanted) == solver.possible([assumed])
        if model is not None:
            assert {name: model[name] for name in NAMES} in wanted
            assert model.holds(required)
            assert model.holds(assumed)


@given(formulas, formulas)
@settings(max_examples=100, deadline=None)
def test_questions_leave_nothing(required: Formula, assumed: Formula) -> None:
    """What was assumed for one question is forgotten in the next."""
    with Solver() as solver:
        solver.require(required)
        before = solver.solve()
        solver.solve([assumed])
        solver.fewest(list(ATOMS.values()), [assumed], [[ATOMS["a"]]])
        assert (solver.solve() is None) == (before is None)


@given(formulas)
@settings(max_examples=200, deadline=None)
def test_fewest(required: Formula) -> None:
    """No model has fewer exceptions than the one answered."""
    with Solver() as solver:
        model = solver.fewest(list(ATOMS.values()), [required])
        counts = [sum(world.values()) for world in worlds(required)]
        assert (model is None) == (not counts)
        if model is not None:
            assert model.holds(required)
            assert sum(model[name] for name in NAMES) == min(counts)


@given(formulas, st.permutations(NAMES))
@settings(max_examples=200, deadline=None)
def test_avoid(required: Formula, order: list[str]) -> None:
    """Among those with the fewest exceptions, earlier groups are avoided before later ones."""
    with Solver() as solver:
        model = solver.fewest(list(ATOMS.values()), [required], [[ATOMS[name]] for name in order])
        table = worlds(required)
        if model is None:
            assert not table
            return
        best = min(table, key=lambda world: (sum(world.values()), [world[name] for name in order]))
        assert {name: model[name] for name in NAMES} == best


def test_many_exceptions() -> None:
    """Forty needed exceptions among two hundred are counted as forty."""
    atoms = [Atom(i) for i in range(200)]
    with Solver() as solver:
        for start in range(0, 200, 5):
            solver.require(disj(atoms[start : start + 5]))
        model = solver.fewest(atoms)
        assert model is not None
        assert sum(model[i] for i in range(200)) == 40
