"""What a script knows of how its commands ended, kept apart by the variables that it has put that into.

``failed=0; push || failed=1; …; exit $failed``: when the two ways meet again, either the push has succeeded
and ``failed`` is 0, or it has not and ``failed`` is 1. A :class:`Way` is one such case. The state holds what
is so in all of them; a test of the variable leaves only the ways in which it can come out so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import NamedTuple

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.statuses import BADLY, SOME_TEXT, is_filled, is_not_zero
from wholeship.texts.template import Template, Value

STATUS = "?"
LIMIT = 8
"""More ways than this are not kept apart: what only some of them know is forgotten."""
_FLAG = lazy_pattern(r"-?\d{0,4}|[A-Za-z]{1,8}")


class Marks(NamedTuple):
    """Commands as bits: certainly succeeded, certainly started, may have failed."""

    done: int = 0
    tried: int = 0
    failed: int = 0

    def join(self, other: Marks) -> Marks:
        """What is so either way."""
        return Marks(self.done & other.done, self.tried & other.tried, self.failed | other.failed)


Known = Mapping[str, Template]


class Way(NamedTuple):
    """One case: what the variables hold in it (those it says nothing of can hold anything), and its marks."""

    known: Known
    marks: Marks


def is_flag(text: Template) -> bool:
    """Whether *text* is what scripts keep results in: a number, a short word, nothing, an exit status."""
    return is_not_zero(text) or (text.literal is not None and _FLAG.fullmatch(text.literal) is not None)


def flag_of(value: Value) -> Template | None:
    """What tells *value* from others: a flag itself, or that it is above 0, or not empty; None: nothing."""
    only = value.only
    if only is not None and is_flag(only):
        return only
    if not all(map(is_filled, value.options)):
        return None
    return BADLY.options[0] if all(map(_is_above_zero, value.options)) else SOME_TEXT


def _is_above_zero(text: Template) -> bool:
    number = text.literal
    return is_not_zero(text) if number is None else number.isdecimal() and number.strip("0") != ""


def merged_ways(ways: Iterable[Way]) -> tuple[Way, ...]:
    """Ways that know the same are one; at most :data:`LIMIT` are kept apart."""
    found: dict[frozenset[tuple[str, Template]], Way] = {}
    for way in ways:
        key = frozenset(way.known.items())
        before = found.get(key)
        found[key] = way if before is None else Way(way.known, before.marks.join(way.marks))
    every = tuple(found.values())
    if len(every) > LIMIT:
        coarse = [Way({name: _coarse(text) for name, text in way.known.items()}, way.marks) for way in every]
        if any(one.known != other.known for one, other in zip(coarse, every, strict=True)):
            return merged_ways(coarse)
        names = sorted({name for way in every for name in way.known})
        return merged_ways(without(every, names[:1])) if len(names) > 1 else ()
    return every if len(every) > 1 else ()


def _coarse(text: Template) -> Template:
    """A counter is only told from 0."""
    return BADLY.options[0] if _is_above_zero(text) else text


def without(ways: Iterable[Way], names: Iterable[str]) -> Iterable[Way]:
    """*ways* that know nothing of *names*."""
    gone = set(names)
    return [Way({n: t for n, t in way.known.items() if n not in gone}, way.marks) for way in ways]


def setting(ways: tuple[Way, ...], name: str, text: Template | None) -> tuple[Way, ...]:
    """*ways* after *name* has been set to *text* in all of them; None: to what nothing is known of."""
    if not ways:
        return ways
    if text is None or (text == SOME_TEXT and not any(name in way.known for way in ways)):
        return merged_ways(without(ways, [name]))
    return merged_ways(Way({**way.known, name: text}, way.marks) for way in ways)


def change_marks(ways: tuple[Way, ...], change: Callable[[Marks], Marks]) -> tuple[Way, ...]:
    """*ways* with other marks."""
    return tuple(Way(way.known, change(way.marks)) for way in ways)


def marks_of(ways: Iterable[Way]) -> Marks:
    """What is so in all of them."""
    return reduce(Marks.join, (way.marks for way in ways))


def ways_beside(
    before: tuple[Way, ...], ends: list[tuple[Way, ...]], join: Callable[[list[Marks]], Marks]
) -> tuple[Way, ...]:
    """Ways through things that ran side by side: each of *before*, where all of *ends* have kept it."""
    found: list[Way] = []
    for way in before:
        same = [next((each.marks for each in end if each.known == way.known), None) for end in ends]
        held = [marks for marks in same if marks is not None]
        if len(held) < len(same):
            return ()
        found.append(Way(way.known, join(held)))
    return tuple(found)
