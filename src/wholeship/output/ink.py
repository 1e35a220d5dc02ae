"""Colours, or none."""

from __future__ import annotations

from dataclasses import dataclass

_CODES = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33"}


@dataclass(frozen=True, slots=True)
class Ink:
    """Paints, when it is on."""

    on: bool = False

    def __call__(self, style: str, text: str) -> str:
        """*text* in *style* (``dim``, ``bold``, ``red``, ``green``, ``yellow``)."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.on and text else text
