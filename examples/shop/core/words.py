"""Text as words that can be compared."""

from __future__ import annotations

import re

STOP = frozenset(
    ("a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "into", "is", "it", "of")
)
STOP |= {"on", "or", "that", "the", "this", "to", "with"}


def words(text: str) -> list[str]:
    """The words of *text*, lower case, plurals folded, without the ones that say nothing."""
    found = re.findall(r"[a-z]+", text.lower())
    return [fold(word) for word in found if word not in STOP]


def fold(word: str) -> str:
    """*word* without the endings of plurals."""
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith("s") and not word.endswith("ss") and len(word) > 3:
        return word[:-1]
    return word
