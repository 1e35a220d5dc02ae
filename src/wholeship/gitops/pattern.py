"""Tag patterns: RE2 for matching, Go's ``Expand`` for what is taken out of a match.

The controllers are written in Go, whose ``regexp`` speaks RE2. Python's ``re`` differs where it
hurts (look-around, ``\\Z``, Unicode digits), and a pattern from a manifest could keep it busy for
ever; the RE2 library gives Go's answers in linear time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass

LENGTH_LIMIT = 4096
"""Longest pattern that is looked at."""

_GROUP_NAME = lazy_pattern(r"\(\?P?<([^>=!][^>]*)>")
# Go's regexp/syntax has no \C (any byte), and stops at these names for groups.
_NAME = lazy_pattern(r"[A-Za-z0-9_]+")
_REFERENCE = lazy_pattern(r"\$(?:(\$)|\{(\w+)\}|(\w+))?")


class BadPattern(ValueError):
    """A pattern that RE2, as Go has it, refuses; or one that cannot be evaluated faithfully."""


@dataclass(frozen=True, slots=True)
class Match:
    """One match: the whole and its groups (None: took no part), and the numbers of the named ones."""

    groups: tuple[str | None, ...]
    names: dict[str, int]

    def expand(self, template: str) -> str:
        """*template* filled in as Go's ``Regexp.Expand`` does.

        ``$1``, ``$name`` and ``${name}`` stand for groups, ``$$`` for a dollar. A name is the longest
        run of word characters, so ``$d_$t`` asks for a group called ``d_``; an unknown group is empty.
        """
        return _REFERENCE.sub(self._value, template)

    def _value(self, reference: re.Match[str]) -> str:
        if reference[1]:
            return "$"
        name = reference[2] or reference[3]
        if name is None:  # a dollar before anything else stands for itself
            return reference[0]
        number = _group_number(name)
        if number is None:
            number = self.names.get(name, len(self.groups))
        return (self.groups[number] or "") if number < len(self.groups) else ""


class Pattern:
    """A compiled pattern; ``text`` is as it was written."""

    __slots__ = ("_compiled", "names", "text")

    def __init__(self, text: str, compiled: Any) -> None:
        self.text = text
        self._compiled = compiled
        self.names: dict[str, int] = dict(compiled.groupindex)

    def search(self, text: str) -> Match | None:
        """The leftmost match anywhere in *text*, as Go's ``FindStringSubmatch``."""
        found = self._compiled.search(text)
        return Match((found.group(), *found.groups()), self.names) if found else None

    def matches(self, text: str) -> bool:
        """Whether it matches anywhere in *text*."""
        return self._compiled.search(text) is not None


@lru_cache(maxsize=256)
def compile_pattern(text: str) -> Pattern:
    """The pattern that *text* spells; raises :class:`BadPattern` with RE2's own words."""
    import re2

    if len(text) > LENGTH_LIMIT:
        raise BadPattern(f"the pattern is longer than {LENGTH_LIMIT} characters")
    _check_names(text)
    if re.search(r"(?<!\\)(?:\\\\)*\\C", text):
        raise BadPattern(r"invalid escape sequence: \C")
    options = re2.Options()
    options.log_errors = False
    try:
        return Pattern(text, re2.compile(text, options))
    except re2.error as error:
        raise BadPattern(_error_words(error)) from None


def _check_names(text: str) -> None:
    names = _GROUP_NAME.findall(text)
    for name in names:
        if not _NAME.fullmatch(name):
            raise BadPattern(f"invalid named capture: {name[:60]!r}")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        # Go takes the first of them that matched; the binding only tells about one.
        raise BadPattern(f"the group {min(twice)!r} is named twice, which is not evaluated here")


def _error_words(error: Exception) -> str:
    said = error.args[0] if error.args else "invalid pattern"
    return said.decode(errors="replace") if isinstance(said, bytes) else str(said)


def _group_number(name: str) -> int | None:
    """The group number that *name* is; Go refuses leading zeros and nine digits or more."""
    if not re.fullmatch(r"[0-9]+", name) or (name[0] == "0" and len(name) > 1) or len(name) > 9:
        return None
    return int(name)
