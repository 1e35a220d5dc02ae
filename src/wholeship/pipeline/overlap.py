"""Whether two tags may be one text, though nothing says that they are.

What is the same in both is taken away first. What is left may be one text where the letters and lengths of
both allow it, and where no two facts would have to agree by chance: the id of a commit is no name, and no
number of a run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.pipeline.trigger import EVENT_COMMIT
from wholeship.texts.template import Hole, Kind, Origin, Same, Template

_FACTS = frozenset(
    (Kind.COMMIT, Kind.RUN_ID, Kind.RUN_NUMBER, Kind.ATTEMPT, Kind.CLOCK, Kind.RANDOM, Kind.RUNNER)
)
"""What comes about by itself: another text can only be that where somebody has handed it on."""
_SAID = frozenset((Kind.OUTPUT, Kind.INPUT, Kind.MATRIX))
"""What a program, a person or a list says: that may be anything, one of those facts, too."""
_NUMBERS = {Kind.RUN_ID: (9, 20), Kind.RUN_NUMBER: (1, 7), Kind.ATTEMPT: (1, 3)}
"""How many digits they have, at least and at most: by now, ids of runs have eleven."""
_LARGEST = 60_000
"""So many pairs of places are looked at; of longer texts it is not asked what their letters allow."""

_Token = str | Hole


@lru_cache(maxsize=4096)
def may_be_one(one: Template, other: Template) -> bool:
    """Whether two tags, in their normal form, may be the same text though nothing says that they are.

    A word without a digit (``latest``) is a name that moves, and taken to be nobody's release.
    """
    if one.compare(other) is not Same.MAYBE or any(_is_word(each) for each in (one, other)):
        return False
    left, right = _unlike(_tokens(one), _tokens(other))
    return not _apart(_holes(left), _holes(right)) and not _uneven(left, right) and _overlap(left, right)


def _is_word(text: Template) -> bool:
    return text.literal is not None and not _DIGIT.search(text.literal)


_DIGIT = lazy_pattern(r"\d")


def _tokens(text: Template) -> list[_Token]:
    return [token for part in text.parts for token in (part if isinstance(part, str) else (part,))]


def _unlike(one: list[_Token], other: list[_Token]) -> tuple[list[_Token], list[_Token]]:
    """Both without what they begin and end with alike: they are one text if the rest is."""
    most = min(len(one), len(other))
    first = next((at for at in range(most) if one[at] != other[at]), most)
    left, right = one[first:], other[first:]
    most = min(len(left), len(right))
    last = next((at for at in range(most) if left[-1 - at] != right[-1 - at]), most)
    return left[: len(left) - last], right[: len(right) - last]


def _holes(tokens: Sequence[_Token]) -> list[Hole]:
    return [token for token in tokens if isinstance(token, Hole)]


def _apart(one: Sequence[Hole], other: Sequence[Hole]) -> bool:
    """Whether both could be one only by chance: by facts that have nothing to do with each other."""
    every = (*one, *other)
    if any(_is_said(hole) for hole in every):
        return False
    if any(hole.origin is Origin.JOB for hole in every):
        return True  # a clock that is read twice
    return _facts(one) != _facts(other)


def _is_said(hole: Hole) -> bool:
    return not hole.kinds or bool(hole.kinds & _SAID) or "client_payload" in hole.name


def _facts(holes: Sequence[Hole]) -> frozenset[Kind]:
    """Which facts stand in *holes*; numbers may be one another."""
    found = frozenset(kind for hole in holes for kind in hole.kinds) & _FACTS
    return frozenset(Kind.RUN_NUMBER if kind in _NUMBERS else kind for kind in found)


def _uneven(one: Sequence[_Token], other: Sequence[_Token]) -> bool:
    """Whether the same holes stand in both, among literals of unlike lengths, or that differ at one place."""
    if Counter(_holes(one)) != Counter(_holes(other)):
        return False
    if len(one) != len(other):
        return True
    return all(
        isinstance(left, str) is isinstance(right, str) for left, right in zip(one, other, strict=True)
    ) and (_holes(one) == _holes(other))


# What the letters allow


@dataclass(frozen=True, slots=True)
class _Unit:
    """One letter of *letters* (None: any), which may be left out, or come again and again."""

    letters: frozenset[str] | None
    optional: bool = False
    again: bool = False

    def meets(self, other: _Unit) -> bool:
        """Whether one letter is both."""
        if self.letters is None or other.letters is None:
            return True
        return not self.letters.isdisjoint(other.letters)


_HEX = frozenset("0123456789abcdef")
_DIGITS = frozenset("0123456789")
_WHATEVER = (_Unit(None, optional=True, again=True),)


def _units(tokens: Sequence[_Token]) -> list[_Unit]:
    found: list[_Unit] = []
    for token in tokens:
        found += (_Unit(frozenset(token)),) if isinstance(token, str) else _of_hole(token)
    return found


def _of_hole(hole: Hole) -> tuple[_Unit, ...]:
    """The letters of a commit's id or a run's number as it is; of anything else they may be any."""
    if hole.made is not None or len(hole.kinds) != 1:
        return _WHATEVER
    (kind,) = hole.kinds
    if kind in _NUMBERS and hole.name.startswith("github."):
        least, most = _NUMBERS[kind]
        return _between(_DIGITS, least, most)
    if kind is not Kind.COMMIT or not _OF_AN_ID.search(hole.name):
        return _WHATEVER
    if hole == EVENT_COMMIT.parts[0]:
        return (_Unit(_HEX),) * _ID
    cut = _CHARACTERS.search(hole.name)
    if cut is not None:
        return (_Unit(_HEX),) * min(int(cut[1]), _ID)
    return _between(_HEX, _SHORTEST, _ID)


def _between(letters: frozenset[str], least: int, most: int) -> tuple[_Unit, ...]:
    return (*(_Unit(letters),) * least, *(_Unit(letters, optional=True),) * (most - least))


_OF_AN_ID = lazy_pattern(r"^(?:github\.\S*sha\b|git rev-parse\b)[^|]*\Z")
_CHARACTERS = lazy_pattern(r", (\d+) characters\Z")
_ID, _SHORTEST = 40, 4


def _overlap(one: Sequence[_Token], other: Sequence[_Token]) -> bool:
    """Whether one text can be both."""
    left, right = _units(one), _units(other)
    if (len(left) + 1) * (len(right) + 1) > _LARGEST:
        return True
    todo, seen = [(0, 0)], {(0, 0)}
    while todo:
        at, there = todo.pop()
        if at == len(left) and there == len(right):
            return True
        for step in _steps(left, at, right, there):
            if step not in seen:
                seen.add(step)
                todo.append(step)
    return False


def _steps(left: Sequence[_Unit], at: int, right: Sequence[_Unit], there: int) -> list[tuple[int, int]]:
    """Where both may be after one of *left* and *right* is left out, or a letter that is in both."""
    mine = left[at] if at < len(left) else None
    theirs = right[there] if there < len(right) else None
    found = []
    if mine is not None and mine.optional:
        found.append((at + 1, there))
    if theirs is not None and theirs.optional:
        found.append((at, there + 1))
    if mine is not None and theirs is not None and mine.meets(theirs):
        found.append((at if mine.again else at + 1, there if theirs.again else there + 1))
    return found
