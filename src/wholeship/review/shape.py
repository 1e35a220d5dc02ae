"""Patterns that are compiled when they are first asked: most reviews need few of the tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator


class Shape:
    """A regular expression; the same questions as :class:`re.Pattern`, compiled at the first of them."""

    __slots__ = ("_compiled", "_flags", "_text")

    def __init__(self, text: str, flags: re.RegexFlag = re.NOFLAG) -> None:
        self._text, self._flags = text, flags
        self._compiled: re.Pattern[str] | None = None

    def _pattern(self) -> re.Pattern[str]:
        if self._compiled is None:
            self._compiled = re.compile(self._text, self._flags)
        return self._compiled

    def search(self, text: str) -> re.Match[str] | None:
        """The first place in *text* that it fits."""
        return self._pattern().search(text)

    def match(self, text: str) -> re.Match[str] | None:
        """Whether it fits at the start of *text*."""
        return self._pattern().match(text)

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """Whether it fits all of *text*."""
        return self._pattern().fullmatch(text)

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """Every place in *text* that it fits."""
        return self._pattern().finditer(text)

    def findall(self, text: str) -> list[str]:
        """What it, or its one group, fits in *text*."""
        return self._pattern().findall(text)

    def sub(self, instead: str | Callable[[re.Match[str]], str], text: str) -> str:
        """*text* with *instead* wherever it fits."""
        return self._pattern().sub(instead, text)
