"""Boolean formulas over facts that are true or false, whatever those facts are about.

A formula is a value: immutable, hashable, cheap to compare. Build it with :func:`conj`, :func:`disj`,
:func:`neg`, :func:`implies` and :func:`iff`, which fold constants, flatten, drop repetitions and notice
``x and not x``; the classes themselves do none of that. Formulas are shared graphs, not trees: everything
here visits each node once, so a formula built from thousands of shared parts stays cheap.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from typing import Final


class Formula:
    """One of :class:`Const`, :class:`Atom`, :class:`Not`, :class:`And`, :class:`Or`."""

    __slots__ = ("_hash",)
    _hash: int

    def __hash__(self) -> int:
        return self._hash

    def __and__(self, other: Formula) -> Formula:
        return conj((self, other))

    def __or__(self, other: Formula) -> Formula:
        return disj((self, other))

    def __invert__(self) -> Formula:
        return neg(self)

    def __setattr__(self, name: str, _value: object) -> None:
        raise AttributeError(f"a formula does not change ({name})")


class Const(Formula):
    """True or false."""

    __slots__ = ("value",)
    __match_args__ = ("value",)
    value: bool

    def __init__(self, value: bool) -> None:
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "_hash", hash((Const, value)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Const) and self.value == other.value

    __hash__ = Formula.__hash__

    def __repr__(self) -> str:
        return "TRUE" if self.value else "FALSE"


class Atom(Formula):
    """A fact. ``key`` is anything hashable; equal keys are the same fact."""

    __slots__ = ("key",)
    __match_args__ = ("key",)
    key: Hashable

    def __init__(self, key: Hashable) -> None:
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "_hash", hash((Atom, key)))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Atom) and self._hash == other._hash and self.key == other.key
        )

    __hash__ = Formula.__hash__

    def __repr__(self) -> str:
        return f"<{self.key}>"


class Not(Formula):
    """The opposite of ``operand``."""

    __slots__ = ("operand",)
    __match_args__ = ("operand",)
    operand: Formula

    def __init__(self, operand: Formula) -> None:
        object.__setattr__(self, "operand", operand)
        object.__setattr__(self, "_hash", hash((Not, operand)))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            isinstance(other, Not) and self._hash == other._hash and self.operand == other.operand
        )

    __hash__ = Formula.__hash__

    def __repr__(self) -> str:
        return f"!{self.operand!r}"


class _Many(Formula):
    __slots__ = ("operands",)
    __match_args__ = ("operands",)
    operands: tuple[Formula, ...]

    def __init__(self, operands: tuple[Formula, ...]) -> None:
        object.__setattr__(self, "operands", operands)
        object.__setattr__(self, "_hash", hash((type(self), operands)))

    def __eq__(self, other: object) -> bool:
        return self is other or (
            type(other) is type(self) and self._hash == other._hash and self.operands == other.operands
        )

    __hash__ = Formula.__hash__


class And(_Many):
    """All ``operands``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(" + " & ".join(map(repr, self.operands)) + ")"


class Or(_Many):
    """At least one of ``operands``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(" + " | ".join(map(repr, self.operands)) + ")"


TRUE: Final = Const(True)
FALSE: Final = Const(False)


def const(value: bool) -> Const:
    """:data:`TRUE` or :data:`FALSE`."""
    return TRUE if value else FALSE


def neg(formula: Formula) -> Formula:
    """Not *formula*."""
    if isinstance(formula, Const):
        return const(not formula.value)
    return formula.operand if isinstance(formula, Not) else Not(formula)


def conj(formulas: Iterable[Formula]) -> Formula:
    """All of *formulas*; of none: true."""
    return _many(And, formulas, unit=TRUE, zero=FALSE)


def disj(formulas: Iterable[Formula]) -> Formula:
    """At least one of *formulas*; of none: false."""
    return _many(Or, formulas, unit=FALSE, zero=TRUE)


def implies(left: Formula, right: Formula) -> Formula:
    """*right* whenever *left*."""
    return disj((neg(left), right))


def iff(left: Formula, right: Formula) -> Formula:
    """Both or neither."""
    return conj((implies(left, right), implies(right, left)))


def exactly_one(formulas: Iterable[Formula]) -> Formula:
    """One of *formulas* and no other; written pairwise, so keep the list short."""
    items = tuple(formulas)
    apart = (neg(conj((a, b))) for i, a in enumerate(items) for b in items[i + 1 :])
    return conj((disj(items), *apart))


def _many(kind: type[_Many], formulas: Iterable[Formula], *, unit: Const, zero: Const) -> Formula:
    kept: dict[Formula, None] = {}
    denied: set[Formula] = set()
    for formula in formulas:
        for part in formula.operands if isinstance(formula, kind) else (formula,):
            if isinstance(part, Const):
                if part == zero:
                    return zero
                continue
            if isinstance(part, Not):
                if part.operand in kept:
                    return zero
                denied.add(part.operand)
            elif part in denied:
                return zero
            kept[part] = None
    if len(kept) == 1:
        return next(iter(kept))
    return kind(tuple(kept)) if kept else unit


def parts(formula: Formula) -> tuple[Formula, ...]:
    """The formulas directly inside."""
    if isinstance(formula, _Many):
        return formula.operands
    return (formula.operand,) if isinstance(formula, Not) else ()


def nodes(*formulas: Formula) -> Iterator[Formula]:
    """Every distinct formula inside *formulas* and themselves, inner ones first."""
    done: set[Formula] = set()
    stack = [(formula, False) for formula in reversed(formulas)]
    while stack:
        formula, ready = stack.pop()
        if formula in done:
            continue
        if ready:
            done.add(formula)
            yield formula
            continue
        stack.append((formula, True))
        stack.extend((part, False) for part in reversed(parts(formula)))


def atoms(*formulas: Formula) -> tuple[Atom, ...]:
    """Every atom in *formulas*, once, in order of appearance."""
    return tuple(node for node in nodes(*formulas) if isinstance(node, Atom))


def rewrite(formula: Formula, change: Callable[[Atom], Formula]) -> Formula:
    """*formula* with *change* of each atom in its place, folded again."""
    new: dict[Formula, Formula] = {}
    for node in nodes(formula):
        if isinstance(node, Atom):
            new[node] = change(node)
        elif isinstance(node, Not):
            new[node] = neg(new[node.operand])
        elif isinstance(node, _Many):
            inner = (new[part] for part in node.operands)
            new[node] = conj(inner) if isinstance(node, And) else disj(inner)
        else:
            new[node] = node
    return new[formula]


def substitute(formula: Formula, known: Mapping[Hashable, Formula]) -> Formula:
    """*formula* with atoms replaced by key; atoms that *known* does not name stay."""
    return rewrite(formula, lambda atom: known.get(atom.key, atom))


def holds(formula: Formula, facts: Mapping[Hashable, bool]) -> bool:
    """Whether *formula* is true when exactly *facts* say which atoms are. Raises ``KeyError`` on a gap."""
    result = rewrite(formula, lambda atom: const(facts[atom.key]))
    assert isinstance(result, Const)
    return result.value
