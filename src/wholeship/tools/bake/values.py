"""What an HCL expression comes to: go-cty's values, any part of which may be known only in a run.

Text is a :class:`Template`, so that a text of which a part is not known keeps the rest. Any other value that
is not known is :class:`Unknown`: it has no shape, and is never taken for an empty one.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeGuard

from wholeship.core.values import dataclass
from wholeship.texts.template import EMPTY, Hole, Kind, Same, Template

LONGEST_NUMBER = 100
"""Texts with more letters than this are not taken for numbers."""
LONGEST_NAME = 200
"""Longer names of what is not known are cut, and told apart by a digest."""


class Refused(Exception):
    """buildx would stop here: the expression has no value."""


class NotKnown(Exception):
    """The value hangs on something that is known only in a run, or is not modelled here."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value of which not even the shape is known."""

    hole: Hole


@dataclass(frozen=True, slots=True)
class Members:
    """A set: without order and duplicates, kept in the order in which go-cty lists it."""

    items: tuple[Data, ...]


Data = Template | Fraction | bool | None | tuple["Data", ...] | dict[str, "Data"] | Members | Unknown


def is_list(value: Data) -> TypeGuard[tuple[Data, ...] | Members]:
    """Whether *value* is a list or a set."""
    return isinstance(value, tuple | Members)


def unknown_data(name: str, *sources: Data) -> Unknown:
    """What cannot be told from *sources*; it is as constant as the least constant of them.

    *name* must say what was done to what, values included: two are the same when their names are.
    """
    holes = [hole for source in sources for hole in holes_in(source)]
    kinds = frozenset(itertools.chain.from_iterable(hole.kinds for hole in holes)) or frozenset({Kind.OUTPUT})
    sites = dict.fromkeys(hole.site for hole in holes if hole.site)
    return Unknown(Hole(shortened(name), kinds, " ".join(sites)))


def shortened(name: str) -> str:
    """*name*, or as much of it as fits and a digest of the whole."""
    if len(name) <= LONGEST_NAME:
        return name
    return f"{name[:LONGEST_NAME]}… #{hashlib.sha256(name.encode()).hexdigest()[:12]}"


def holes_in(value: Data) -> Iterator[Hole]:
    """Every hole in *value*, however deep."""
    if isinstance(value, Template):
        yield from value.holes
    elif isinstance(value, Unknown):
        yield value.hole
    elif isinstance(value, tuple):
        for item in value:
            yield from holes_in(item)
    elif isinstance(value, Members):
        yield from holes_in(value.items)
    elif isinstance(value, dict):
        yield from holes_in(tuple(value.values()))


def all_known(value: Data) -> bool:
    """Whether all of *value* is known."""
    return next(holes_in(value), None) is None


def weight(value: Data, most: int) -> int:
    """How many letters and items *value* holds, however deep; counting ends above *most*."""
    total, pending = 0, [value]
    while pending and total <= most:
        each = pending.pop()
        total += 1
        if isinstance(each, Template):
            for part in each.parts:  # a generator costs more than the sum
                total += len(part if isinstance(part, str) else part.name)
        elif isinstance(each, dict):
            pending += each.values()
        elif isinstance(each, tuple):
            pending += each
        elif isinstance(each, Members):
            pending += each.items
    return total


def show_data(value: Data) -> str:
    """*value* as it would be written, for the names of what hangs on it."""
    match value:
        case Template():
            return f'"{value}"'
        case Unknown():
            return str(value.hole)
        case Fraction():
            return number_text(value) or str(value)
        case bool() | None:
            return {True: "true", False: "false", None: "null"}[value]
        case Members():
            return show_data(value.items)
        case tuple():
            return "[" + ", ".join(map(show_data, value)) + "]"
        case dict():
            return "{" + ", ".join(f"{key} = {show_data(each)}" for key, each in value.items()) + "}"


def number_text(number: Fraction) -> str | None:
    """A number as go-cty writes it; None where the digits never end."""
    rest = number.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        return None
    if number.denominator == 1:
        return str(number.numerator)
    sign, number = ("-", -number) if number < 0 else ("", number)
    places = max(_power(number.denominator, 2), _power(number.denominator, 5))
    digits = str(number.numerator * 10**places // number.denominator).rjust(places + 1, "0")
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


def _power(number: int, prime: int) -> int:
    count = 0
    while number % prime == 0:
        number //= prime
        count += 1
    return count


def to_text(value: Data) -> Template:
    """*value* as a text, as go-cty converts it; raises :class:`Refused`."""
    match value:
        case Template():
            return value
        case bool():
            return Template.of("true" if value else "false")
        case Fraction():
            text = number_text(value)
            if text is None:
                raise NotKnown
            return Template.of(text)
        case Unknown():
            return Template.of(value.hole)
        case _:
            raise Refused(f"a text is needed, not {describe(value)}")


def literal(value: Data) -> str:
    """A text all of which is known; raises :class:`NotKnown` or :class:`Refused`."""
    text = to_text(value).literal
    if text is None:
        raise NotKnown
    return text


def to_number(value: Data) -> Fraction:
    """*value* as a number; raises :class:`NotKnown` or :class:`Refused`."""
    if isinstance(value, Unknown):
        raise NotKnown
    if isinstance(value, Fraction):
        return value
    if isinstance(value, Template):
        text = literal(value)
        if len(text) > LONGEST_NUMBER:
            raise NotKnown
        if re.fullmatch(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?", text, re.ASCII):
            return Fraction(text)
    raise Refused(f"a number is needed, not {describe(value)}")


def to_int(value: Data) -> int:
    """A whole number; raises :class:`NotKnown` or :class:`Refused`."""
    number = to_number(value)
    if number.denominator != 1:
        raise Refused("a whole number is needed")
    return number.numerator


def to_bool(value: Data) -> bool:
    """*value* as true or false; raises :class:`NotKnown` or :class:`Refused`."""
    if isinstance(value, Unknown):
        raise NotKnown
    if isinstance(value, bool):
        return value
    if isinstance(value, Template):
        text = literal(value)
        if text in _TRUTHS:
            return _TRUTHS[text]
    raise Refused(f"true or false is needed, not {describe(value)}")


_TRUTHS = {"true": True, "1": True, "false": False, "0": False}


def to_list(value: Data) -> tuple[Data, ...]:
    """The items of a list or a set; raises :class:`NotKnown` or :class:`Refused`."""
    if isinstance(value, Unknown):
        raise NotKnown
    if isinstance(value, Members):
        return value.items
    if isinstance(value, tuple):
        return value
    raise Refused(f"a list is needed, not {describe(value)}")


def to_map(value: Data) -> dict[str, Data]:
    """The pairs of a mapping, by key; raises :class:`NotKnown` or :class:`Refused`."""
    if isinstance(value, Unknown):
        raise NotKnown
    if isinstance(value, dict):
        return value
    raise Refused(f"a mapping is needed, not {describe(value)}")


def mapping(pairs: Iterable[tuple[str, Data]]) -> dict[str, Data]:
    """Pairs in the order in which go-cty lists them: by key; a later pair wins."""
    return dict(sorted(dict(pairs).items()))


def same_type(items: tuple[Data, ...]) -> tuple[Data, ...]:
    """Items as a typed list holds them: where one is text, all simple ones are."""
    simple = [item for item in items if isinstance(item, Template | Fraction | bool)]
    if not any(isinstance(item, Template) for item in simple):
        return items
    return tuple(to_text(item) if isinstance(item, Fraction | bool) else item for item in items)


def equal_data(one: Data, other: Data) -> bool:
    """go-cty's equality; raises :class:`NotKnown`."""
    if isinstance(one, Unknown) or isinstance(other, Unknown):
        if one == other:
            return True
        raise NotKnown
    if one is None or other is None:
        return one is other
    if isinstance(one, Template) and isinstance(other, Template):
        if EMPTY in (one, other) and (filled(one) or filled(other)):
            return False
        answer = one.compare(other)
        if answer is Same.MAYBE:
            raise NotKnown
        return answer is Same.YES
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return one == other
    if is_list(one) and is_list(other):
        return _all_equal(to_list(one), to_list(other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and _all_equal(tuple(one.values()), tuple(other.values()))
    return False


_NEVER_EMPTY = frozenset(
    f"github.{name}"
    for name in """
        actor event_name job ref ref_name ref_type repository repository_owner run_attempt run_id
        run_number server_url sha workflow
    """.split()
)


def filled(text: Template) -> bool:
    """Whether *text* is surely not empty: a part of it is known, or is one that every run has."""
    return any(isinstance(part, str) or _always_there(part) for part in text.parts)


def _always_there(hole: Hole) -> bool:
    return hole.full in _NEVER_EMPTY or Kind.CLOCK in hole.kinds


def _all_equal(ones: tuple[Data, ...], others: tuple[Data, ...]) -> bool:
    if len(ones) != len(others):
        return False
    doubt = False
    for one, other in zip(ones, others, strict=True):
        try:
            if not equal_data(one, other):
                return False
        except NotKnown:
            doubt = True
    if doubt:
        raise NotKnown
    return True


def describe(value: Data) -> str:
    """What *value* is, in a word or two."""
    match value:
        case None:
            return "null"
        case Template():
            return f"the text {show_data(value)}"
        case bool() | Fraction():
            return show_data(value)
        case dict():
            return "a mapping"
        case Unknown():
            return str(value.hole)
        case _:
            return "a list"
