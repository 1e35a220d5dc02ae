"""Matrices, expanded as GitHub does (actions/runner, ``MatrixBuilder``).

Vectors are multiplied in file order; ``exclude`` comes first; each ``include`` adds to the combinations it
fits or becomes one of its own. What is data stays one leg that stands for many.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from wholeship.core import yamls
from wholeship.core.values import dataclass
from wholeship.core.yamls import Node
from wholeship.github.expressions import values
from wholeship.github.expressions.symbolic import (
    Fields,
    Items,
    NotKnown,
    Symbol,
    Unknown,
    is_plain,
    plain_value,
)
from wholeship.github.reading.scope import Scope
from wholeship.texts.template import Hole, Kind

LIMIT = 256
"""GitHub runs at most so many legs."""


@dataclass(frozen=True, slots=True)
class Combination:
    """One leg's values; ``many``: it stands for an unknown number of legs."""

    name: str
    matrix: Fields
    many: bool = False


@dataclass(frozen=True, slots=True)
class Expansion:
    """All legs. ``may_be_empty``: there may be none; ``mistake`` says why GitHub would refuse it."""

    combinations: tuple[Combination, ...]
    may_be_empty: bool = False
    mistake: str = ""


@dataclass(slots=True)
class _Leg:
    vectors: dict[str, Symbol]
    extras: dict[str, Symbol] = field(default_factory=dict)


def resolved_node(node: Node, scope: Scope) -> Symbol:
    """*node* as a value, expressions evaluated."""
    if isinstance(node, yamls.Mapping):
        return Fields({key.text: resolved_node(value, scope) for key, value in node.entries})
    if isinstance(node, yamls.Sequence):
        return Items(tuple(resolved_node(item, scope) for item in node.items))
    return scope.symbol(node)


def expand(node: Node, scope: Scope, job: str, *, all_legs: bool = False) -> Expansion:
    """The legs of the matrix at *node*; *job* tells unknown values from those of other jobs.

    *all_legs*: those that ``exclude`` takes out, too.
    """
    matrix = resolved_node(node, scope)
    if not isinstance(matrix, Fields) or matrix.rest is not None:
        return Expansion((_unknown({}, job),), may_be_empty=True)
    try:
        return _expanded(matrix, job, all_legs=all_legs)
    except NotKnown:
        return Expansion((_unknown({}, job),), may_be_empty=True)


def _expanded(matrix: Fields, job: str, *, all_legs: bool) -> Expansion:
    vectors = {k: v for k, v in matrix.entries.items() if k.lower() not in ("include", "exclude")}
    includes, excludes = _listed(matrix.get("include")), _listed(matrix.get("exclude"))
    static = {key: value.items for key, value in vectors.items() if isinstance(value, Items)}
    dynamic = [key for key in vectors if key not in static]
    if any(not items for items in static.values()):
        return Expansion((), mistake="an empty list in a matrix")
    if not vectors and not includes:
        return Expansion((), mistake="a matrix without values")
    total = 1
    for items in static.values():
        total *= len(items)
    if total > LIMIT * 4 or len(includes) > LIMIT * 4:
        return Expansion((_unknown({}, job),), mistake=f"a matrix of more than {LIMIT} combinations")
    if dynamic:
        return _partly(static, includes, excludes, job)
    legs = [
        _Leg(dict(zip(static, combination, strict=True)))
        for combination in itertools.product(*static.values())
    ]
    legs = [] if not static else legs
    bad = [key for item in excludes for key in item.entries if not _in(key, static)]
    if bad:
        return Expansion((), mistake=f"an exclude of {bad[0]}, which is no key of the matrix")
    if not all_legs:
        legs = [leg for leg in legs if not any(_fits(item, leg.vectors) for item in excludes)]
    made = _included(legs, includes, static)
    if len(made) > LIMIT:
        return Expansion(_named(made[:LIMIT]), mistake=f"a matrix of more than {LIMIT} combinations")
    return Expansion(_named(made), may_be_empty=not made)


def _listed(symbol: Symbol) -> tuple[Fields, ...]:
    """The items of ``include`` or ``exclude``. Raises :class:`NotKnown` when they are data."""
    if symbol is None:
        return ()
    if not isinstance(symbol, Items) or not all(isinstance(each, Fields) for each in symbol.items):
        raise NotKnown
    return tuple(each for each in symbol.items if isinstance(each, Fields))


def _included(legs: list[_Leg], includes: Sequence[Fields], vectors: Mapping[str, object]) -> list[_Leg]:
    alone: list[_Leg] = []
    for item in includes:
        wanted = Fields({key: value for key, value in item.entries.items() if _in(key, vectors)})
        extras = {key: value for key, value in item.entries.items() if not _in(key, vectors)}
        fitting = [leg for leg in legs if _fits(wanted, leg.vectors)]
        if fitting and vectors:
            for leg in fitting:
                leg.extras.update(extras)
        else:
            alone.append(_Leg(dict(item.entries)))
    return [*legs, *alone]


def _in(key: str, names: Mapping[str, object]) -> bool:
    return any(values.fold_case(key) == values.fold_case(name) for name in names)


def _fits(item: Fields, leg: Mapping[str, Symbol]) -> bool:
    """Whether every value of *item* equals the leg's, leaf by leaf, loosely."""
    return all(_equal(value, Fields(leg).get(key)) for key, value in item.entries.items())


def _equal(one: Symbol, other: Symbol) -> bool:
    if isinstance(one, Fields) and isinstance(other, Fields):
        return all(_equal(value, other.get(key)) for key, value in one.entries.items())
    if isinstance(one, Items) and isinstance(other, Items):
        return len(one.items) == len(other.items) and all(map(_equal, one.items, other.items))
    if is_plain(one) and is_plain(other):
        return values.equal_values(one, other)
    if isinstance(one, (Fields, Items)) or isinstance(other, (Fields, Items)):
        return False
    raise NotKnown


def _partly(
    static: Mapping[str, Sequence[Symbol]], includes: Sequence[Fields], excludes: Sequence[Fields], job: str
) -> Expansion:
    """A leg for each combination of the lists that are known, each standing for many."""
    if includes or excludes:
        raise NotKnown
    made = [
        dict(zip(static, combination, strict=True)) for combination in itertools.product(*static.values())
    ]
    return Expansion(tuple(_unknown(each, job) for each in made[:LIMIT]), may_be_empty=True)


def _unknown(known: Mapping[str, Symbol], job: str) -> Combination:
    def rest(key: str) -> Symbol:
        return Unknown(Hole.of(Kind.MATRIX, f"matrix.{key}", job))

    name = ", ".join((*_words(known.values()), "…"))
    return Combination(name, Fields(known, rest, "matrix"), many=True)


def _named(legs: Sequence[_Leg]) -> tuple[Combination, ...]:
    found: list[Combination] = []
    seen: dict[str, int] = {}
    for leg in legs:
        every = {**leg.vectors, **leg.extras}
        name = ", ".join(_words(leg.vectors.values())) or "empty"
        seen[name] = seen.get(name, 0) + 1
        unique = name if seen[name] == 1 else f"{name} #{seen[name]}"
        found.append(Combination(unique, Fields(every, name="matrix")))
    return tuple(found)


def _words(symbols: object) -> Iterator[str]:
    """The leaves of values in words, as GitHub names legs."""
    for symbol in symbols:  # type: ignore[attr-defined]
        if isinstance(symbol, Fields):
            yield from _words(symbol.entries.values())
        elif isinstance(symbol, Items):
            yield from _words(symbol.items)
        else:
            try:
                yield values.to_text(plain_value(symbol))
            except NotKnown:
                yield "…"
