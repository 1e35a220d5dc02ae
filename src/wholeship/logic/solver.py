"""Whether formulas can be true together, and how with the fewest exceptions.

Formulas become clauses (Tseitin's translation, each shared part once) and a SAT solver of python-sat
answers. The solver is incremental: what is required stays, what is assumed holds for one question.
python-sat is imported by the first :class:`Solver`, so that questions which need none stay quick.
"""

from __future__ import annotations

from array import array
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from wholeship.logic.formula import And, Atom, Const, Formula, Not, Or, parts

Literal = int


class Model:
    """One way to make everything true. Atoms that no question mentioned are false."""

    def __init__(self, names: Mapping[Hashable, Literal], values: Sequence[Literal]) -> None:
        self._names = names
        self._values = values  # that of each number, from 1 on: itself, or negative

    def __getitem__(self, key: Hashable) -> bool:
        """Whether the atom with this key is true."""
        return self._is_true(self._names.get(key, 0))

    def holds(self, formula: Formula) -> bool:
        """Whether *formula* is true in this model."""
        if isinstance(formula, Atom):
            return self[formula.key]
        known: dict[Formula, bool] = {}
        for node in _inside(formula, known):
            known[node] = self._value(node, known)
        return known[formula]

    def lacks(self, literals: Iterable[Literal]) -> bool:
        """Whether none of the solver's *literals* is true."""
        return all(
            self._is_true(-literal) if literal < 0 else not self._is_true(literal) for literal in literals
        )

    def _is_true(self, number: int) -> bool:
        return 0 < number <= len(self._values) and self._values[number - 1] > 0

    def _value(self, node: Formula, known: Mapping[Formula, bool]) -> bool:
        if isinstance(node, Atom):
            return self[node.key]
        if isinstance(node, Const):
            return node.value
        inner = [known[part] for part in parts(node)]
        if isinstance(node, Not):
            return not inner[0]
        return all(inner) if isinstance(node, And) else any(inner)


class Solver:
    """Formulas that must hold together, and questions about what else can.

    ``with`` it, or call :meth:`close`, where many are made: the memory is the C library's.
    """

    def __init__(self) -> None:
        from pysat.solvers import Glucose4

        self._sat: Any = Glucose4(incr=True)
        self._top = 1
        self._sat.add_clause([1])
        self._literals: dict[Formula, Literal] = {}
        self._names: dict[Hashable, Literal] = {}
        self._keys: list[Hashable] = []
        self._forced: tuple[Literal, frozenset[Literal]] = (0, frozenset())

    def require(self, formula: Formula) -> None:
        """*formula* holds in every answer from now on."""
        if isinstance(formula, And):
            for part in formula.operands:
                self.require(part)
        elif isinstance(formula, Or):
            self._sat.add_clause([self._literal(part) for part in formula.operands])
        else:
            self._sat.add_clause([self._literal(formula)])

    def possible(self, assume: Iterable[Formula] = ()) -> bool:
        """Whether there is a model in which all of *assume* hold too."""
        literals = [self._literal(formula) for formula in assume]
        if self._is_refuted(literals):
            return False
        found = bool(self._sat.solve(assumptions=literals))
        if not found and len(literals) > 1:
            # Questions that begin alike come together: what the first assumption plainly forces answers many.
            consistent, forced = self._sat.propagate(assumptions=literals[:1])
            self._forced = literals[0], frozenset(forced) if consistent else frozenset()
        return found

    def solve(self, assume: Iterable[Formula] = ()) -> Model | None:
        """A model in which all of *assume* hold too, or None when there is none."""
        return self._solve([self._literal(formula) for formula in assume])

    def fewest(
        self,
        exceptions: Sequence[Formula],
        assume: Iterable[Formula] = (),
        avoid: Sequence[Iterable[Formula]] = (),
    ) -> Model | None:
        """A model in which as few of *exceptions* as possible are true.

        Among those, one that does without each group of *avoid*, tried in order: an earlier group is
        given up only where it has to be.
        """
        fixed = [self._literal(formula) for formula in assume]
        counted = list(dict.fromkeys(self._literal(formula) for formula in exceptions))
        self._sat.set_phases([-literal for literal in counted])
        model = self._solve(fixed)
        if model is None:
            return None
        bound, model = self._fewest(counted, fixed, model)
        fixed += bound
        for group in avoid:
            literals = [self._literal(formula) for formula in group]
            without = [-literal for literal in literals]
            if not model.lacks(literals):
                better = self._solve([*fixed, *without])
                if better is None:
                    continue
                model = better
            fixed += without
        return model

    def keys(self, start: int = 0) -> Sequence[Hashable]:
        """The keys of all atoms met so far, oldest first, but for the first *start*."""
        return self._keys[start:]

    def close(self) -> None:
        """Give the memory back."""
        self._sat.delete()

    def __enter__(self) -> Solver:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _fewest(
        self, counted: list[Literal], fixed: list[Literal], model: Model
    ) -> tuple[list[Literal], Model]:
        # From none upwards: the answer is small, and too small a bound is refuted at once.
        none = [-literal for literal in counted]
        best = self._solve([*fixed, *none])
        if best is not None:
            return none, best
        most = sum(not model.lacks([literal]) for literal in counted)
        outputs = self._counter(counted, most)
        for allowed in range(1, most):
            best = self._solve([*fixed, -outputs[allowed]])
            if best is not None:
                return [-outputs[allowed]], best
        return ([-outputs[most]] if most < len(outputs) else []), model

    def _counter(self, counted: list[Literal], most: int) -> list[Literal]:
        """Literals of which number *n* is true when more than *n* of *counted* are, up to *most*."""
        level = [[literal] for literal in counted]
        while len(level) > 1:
            pairs = zip(level[::2], level[1::2], strict=False)
            merged = [self._merge(left, right, most + 1) for left, right in pairs]
            level = merged + (level[-1:] if len(level) % 2 else [])
        return level[0]

    def _merge(self, left: list[Literal], right: list[Literal], cap: int) -> list[Literal]:
        # A totalizer's node (Bailleux and Boufkhad, 2003), one direction: inputs force outputs.
        outputs = [self._new() for _ in range(min(len(left) + len(right), cap))]
        for i in range(len(left) + 1):
            for j in range(len(right) + 1):
                if i + j:
                    clause = [outputs[min(i + j, cap) - 1]]
                    clause += [-left[i - 1]] if i else []
                    clause += [-right[j - 1]] if j else []
                    self._sat.add_clause(clause)
        return outputs

    def _is_refuted(self, literals: Sequence[Literal]) -> bool:
        """Whether the first of *literals* is known to force another to be false: it still does, whatever has
        been required since."""
        first, forced = self._forced
        return literals[:1] == [first] and any(-each in forced for each in literals)

    def _solve(self, literals: list[Literal]) -> Model | None:
        if not self._sat.solve(assumptions=literals):
            return None
        return Model(self._names, array("i", self._sat.get_model()))

    def _new(self) -> Literal:
        self._top += 1
        return self._top

    def _literal(self, formula: Formula) -> Literal:
        found = self._literals.get(formula)
        if found is not None:
            return found
        for node in _inside(formula, self._literals):
            self._literals[node] = self._translate(node)
        return self._literals[formula]

    def _translate(self, node: Formula) -> Literal:
        if isinstance(node, Const):
            return 1 if node.value else -1
        if isinstance(node, Not):
            return -self._literals[node.operand]
        literal = self._new()
        if isinstance(node, Atom):
            self._names[node.key] = literal
            self._keys.append(node.key)
            return literal
        inner = [self._literals[part] for part in parts(node)]
        sign = 1 if isinstance(node, And) else -1
        # And: it implies each part, and all parts imply it. Or is the same with every sign turned.
        for part in inner:
            self._sat.add_clause([-sign * literal, sign * part])
        self._sat.add_clause([sign * literal, *(-sign * part for part in inner)])
        return literal


def _inside(formula: Formula, known: Mapping[Formula, object]) -> Iterable[Formula]:
    """Every part of *formula* that is not yet in *known*, inner ones first; *known* may grow meanwhile."""
    stack = [(formula, False)]
    while stack:
        node, ready = stack.pop()
        if node in known:
            continue
        if ready:
            yield node
            continue
        stack.append((node, True))
        stack.extend((part, False) for part in parts(node) if part not in known)
