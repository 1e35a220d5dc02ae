"""Values of which only a part is known before the run, and what can be done with them."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace

from wholeship.core.values import dataclass
from wholeship.github.expressions import values
from wholeship.github.expressions.values import Plain
from wholeship.logic.formula import FALSE, TRUE, Const, Formula, conj, disj
from wholeship.texts.template import SCRIPT, Hole, Kind, Template, Value, concat

CASES = 32
"""A value that can be more different things than this is taken as unknown."""


@dataclass(frozen=True, slots=True)
class Truth:
    """A boolean. ``spelled``: it is the text ``true`` or ``false`` instead, as outputs and variables are."""

    formula: Formula
    hole: Hole
    spelled: bool = False


@dataclass(frozen=True, slots=True)
class Text:
    """A string, partly known. ``loose``: a hole in it may be a number or a boolean, printed."""

    template: Template
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything: null, a boolean, a number, a string, an array or an object."""

    hole: Hole


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several texts, and nothing is known of which. ``name`` and ``site`` tell it from others.

    ``shows``: for each text, which effects of the step at ``site`` have succeeded where it is that one.
    ``filled``: it is empty only where that step has not ended well.
    """

    value: Value
    name: str
    site: str = ""
    shows: tuple[frozenset[int], ...] = ()
    filled: bool = False


@dataclass(frozen=True, slots=True)
class Cases:
    """What it is depends on formulas, of which exactly one is true."""

    cases: tuple[tuple[Formula, Leaf], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Items:
    """An array of known length. ``filtered``: it came from ``.*``."""

    items: tuple[Symbol, ...]
    filtered: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Fields:
    """An object. ``rest`` gives the properties that ``entries`` does not hold; None: there are no others."""

    entries: Mapping[str, Symbol] = field(default_factory=dict)
    rest: Callable[[str], Symbol] | None = None
    name: str = ""

    def get(self, key: str) -> Symbol:
        """The property *key*, whatever its case."""
        found = self.find(key)
        return None if found is _ABSENT else found

    def has(self, key: str) -> bool:
        """Whether there is such a property, as far as is known."""
        return self.find(key) is not _ABSENT

    def find(self, key: str) -> Symbol:
        """The property, or a mark of absence."""
        if key in self.entries:
            return self.entries[key]
        folded = values.fold_case(key)
        for name, value in self.entries.items():
            if values.fold_case(name) == folded:
                return value
        return self.rest(key) if self.rest is not None else _ABSENT


Leaf = None | bool | float | str | Truth | Text | Unknown | Items | Fields
Symbol = Leaf | Choice | Cases
_ABSENT = Fields(name="absent")

Branches = list[tuple[Formula, Symbol]]


def lift(value: Plain) -> Symbol:
    """A known value."""
    if isinstance(value, list):
        return Items(tuple(map(lift, value)))
    if isinstance(value, dict):
        return Fields({key: lift(inner) for key, inner in value.items()})
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


class NotKnown(Exception):
    """Some part of it is only known in the run."""


def plain_value(symbol: Symbol) -> Plain:
    """The value, when all of it is known. Raises :class:`NotKnown`."""
    if isinstance(symbol, Items):
        return [plain_value(each) for each in symbol.items]
    if isinstance(symbol, Fields):
        if symbol.rest is not None:
            raise NotKnown
        return {key: plain_value(value) for key, value in symbol.entries.items()}
    if symbol is None or isinstance(symbol, (bool, float, str)):
        return symbol
    raise NotKnown


def is_plain(symbol: Symbol) -> bool:
    """Whether it is a known scalar."""
    return symbol is None or isinstance(symbol, (bool, float, str))


def symbolic_text(template: Template, *, loose: bool = False) -> str | Text:
    """The text, as a constant where it is known."""
    literal = template.literal
    return literal if literal is not None else Text(template, loose)


def unknown_text(kind: Kind, name: str, site: str = "") -> Text:
    """A string of which nothing is known."""
    return Text(Template((Hole.of(kind, name, site),)))


def from_value(value: Value, name: str, site: str = "") -> str | Text | Choice:
    """A text as facts give it."""
    only = value.only
    return symbolic_text(only) if only is not None else Choice(value, name, site)


TOO_MANY = Fields(name="too many cases")
"""In place of a value that can be more than :data:`CASES` different things."""


def merge_branches(branches: Iterable[tuple[Formula, Symbol]]) -> Symbol:
    """One value out of branches that exclude each other; :data:`TOO_MANY` when there are too many."""
    found: dict[Symbol, Formula] = {}
    for guard, symbol in branches:
        inner = symbol.cases if isinstance(symbol, Cases) else ((TRUE, symbol),)
        for deeper, leaf in inner:
            both = deeper if guard is TRUE else guard if deeper is TRUE else conj((guard, deeper))
            if both != FALSE:
                key = _key(leaf)
                found[key] = disj((found[key], both)) if key in found else both  # type: ignore[index]
                if len(found) > CASES:
                    return TOO_MANY
    leaves = [(guard, _unkey(key)) for key, guard in found.items()]
    return _simplest(leaves)


def _key(leaf: Symbol) -> object:
    """``True`` and ``1.0`` are one key of a dictionary, but not one value."""
    return (type(leaf), leaf) if is_plain(leaf) else leaf


def _unkey(key: object) -> Symbol:
    return key[1] if isinstance(key, tuple) else key  # type: ignore[return-value]


def _simplest(leaves: Branches) -> Symbol:
    if len(leaves) == 1:
        return leaves[0][1]
    if all(isinstance(leaf, bool) or (isinstance(leaf, Truth) and not leaf.spelled) for _, leaf in leaves):
        return truth(disj(conj((guard, _holds(leaf))) for guard, leaf in leaves))
    return Cases(tuple(leaves))  # type: ignore[arg-type]


def _holds(leaf: Symbol) -> Formula:
    return leaf.formula if isinstance(leaf, Truth) else TRUE if leaf is True else FALSE


_UNNAMED = Hole("a condition", frozenset({Kind.EVENT}))


def truth(formula: Formula) -> bool | Truth:
    """A boolean, as a constant where it is known."""
    return formula.value if isinstance(formula, Const) else Truth(formula, _UNNAMED)


def named(symbol: Symbol, hole: Hole) -> Symbol:
    """A boolean that has no name yet gets this one, for where it is printed into a text."""
    return replace(symbol, hole=hole) if isinstance(symbol, Truth) and symbol.hole is _UNNAMED else symbol


def rendered(symbol: Symbol) -> Value:
    """It as text, with all it can be."""
    match symbol:
        case Text(template):
            return Value((template,))
        case Unknown(hole) | Truth(_, hole):
            return Value((Template((hole,)),))
        case Choice(value, name, site):
            inside = not value.choice or value.choice.startswith(SCRIPT)
            return value.chosen(f"{name} at {site}") if inside else value
        case Cases(cases):
            every = itertools.chain.from_iterable(rendered(leaf).options for _, leaf in cases)
            return Value.of(*every).chosen(f"condition {hash(tuple(guard for guard, _ in cases))}")
        case Items():
            return Value.literal_of("Array")
        case Fields():
            return Value.literal_of("Object")
        case _:
            return literal_value(values.to_text(symbol))


@functools.lru_cache(maxsize=4096)
def literal_value(text: str) -> Value:
    """A known text; most texts of a workflow are, and stand there again in every scenario."""
    return Value((Template.of(text),))


def concatenated(parts: Sequence[Symbol], name: str, site: str = "") -> Symbol:
    """Texts one after the other; *name* and *site* tell the result from others if it is a choice."""
    if not any(isinstance(part, Choice) for part in parts):
        found = _by_case(parts)
        if found is not TOO_MANY:
            return found
    value = concat(map(rendered, parts))
    return from_value(value, name, site)


def _by_case(parts: Sequence[Symbol]) -> Symbol:
    """One text for each way the conditions can go."""
    branches: list[tuple[Formula, Template]] = [(TRUE, Template())]
    for part in parts:
        cases = part.cases if isinstance(part, Cases) else ((TRUE, part),)
        steps = [(guard, rendered(leaf).options[0]) for guard, leaf in cases]
        branches = [
            (both, Template.of(before, after))
            for guard, before in branches
            for other, after in steps
            if (both := conj((guard, other))) != FALSE
        ]
        if len(branches) > CASES:
            return TOO_MANY
    loose = any(_loose(part) for part in parts)
    return merge_branches((guard, symbolic_text(template, loose=loose)) for guard, template in branches)


def _loose(symbol: Symbol) -> bool:
    leaves = [leaf for _, leaf in symbol.cases] if isinstance(symbol, Cases) else [symbol]
    return any(isinstance(leaf, Text) and leaf.loose for leaf in leaves)


def transform(symbol: Symbol, change: Callable[[Formula], Formula]) -> Symbol:
    """The same value with its formulas changed."""
    match symbol:
        case Truth(formula, hole, spelled):
            return Truth(change(formula), hole, spelled)
        case Cases(cases):
            return Cases(tuple((change(guard), transform(leaf, change)) for guard, leaf in cases))  # type: ignore[misc]
        case Items(items, filtered):
            return Items(tuple(transform(each, change) for each in items), filtered)
        case _:
            return symbol
