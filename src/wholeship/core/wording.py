"""How lists, counts, times and sizes are said, the same everywhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from wholeship.core.late import late
from wholeship.core.patterns import lazy_pattern

if TYPE_CHECKING:
    from difflib import get_close_matches
else:
    get_close_matches = late("difflib:get_close_matches")

_SHA = lazy_pattern(r"\b([0-9a-f]{12})[0-9a-f]{28}\b")
SHOWN = 4
"""Lists longer than this are cut where room is short, and say how many more there are."""


def listed(names: Iterable[str], last: str = "and", shown: int | None = None) -> str:
    """``a``, ``a and b``, ``a, b and c``, each name once; with *shown* 2: ``a, b and 3 more``."""
    unique = list(dict.fromkeys(names))
    if shown is not None and len(unique) > shown + 1:
        unique = [*unique[:shown], f"{len(unique) - shown} more"]
    if len(unique) < 2:
        return "".join(unique)
    return f"{', '.join(unique[:-1])} {last} {unique[-1]}"


def listed_few(names: Iterable[str], last: str = "and") -> str:
    """:func:`listed`, cut after ``SHOWN`` names: for messages, where ``--format json`` has them all."""
    return listed(names, last, SHOWN)


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "", alike: float = 0.6) -> str:
    """``did you mean app?``, which of *known* is most like *word*; *otherwise*, where none is *alike*."""
    near = nearest(word, known, alike)
    return f"did you mean {near}?" if near else otherwise


def nearest(word: str, known: Iterable[str], alike: float = 0.6) -> str:
    """The one of *known* that is most like *word*; empty where none is *alike*."""
    return "".join(get_close_matches(word, list(known), 1, alike))


def counted(number: int, word: str) -> str:
    """``1 error``, ``2 errors``."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def short_shas(text: str) -> str:
    """*text* with the first 12 characters of every commit in it: as many as we show of one everywhere."""
    return _SHA.sub(r"\1", text)


def elapsed(seconds: float) -> str:
    """``0.4 s``, ``12 s``, ``3 min 05 s``, ``2 h 10 min``: short enough for a column."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02d} min"


def megabytes(size: int) -> str:
    """``1.2 MB``, ``12 MB``; decimal, as registries and disks are sold."""
    return f"{size / 1e6:.1f} MB" if size < 10e6 else f"{size / 1e6:.0f} MB"


def sentence(text: str) -> str:
    """*text* with a capital at its beginning and a full stop at its end."""
    return f"{text[:1].upper()}{text[1:]}{'' if text.endswith(('.', '!', '?')) else '.'}"
