"""Colours and links, or none."""

from __future__ import annotations

from urllib.parse import quote

from wholeship.core.values import dataclass

_CODES = {"dim": "2", "bold": "1", "red": "31", "green": "32", "yellow": "33"}


@dataclass(frozen=True, slots=True)
class Ink:
    """Paints, when it is ``on``; makes links, where there are ``links``.

    ``folder`` is the absolute path of the folder that the names of files start from.
    """

    on: bool = False
    links: bool = False
    folder: str = ""

    def __call__(self, style: str, text: str) -> str:
        """*text* in *style* (``dim``, ``bold``, ``red``, ``green``, ``yellow``)."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self.on and text else text

    def to_page(self, text: str, url: str) -> str:
        """*text*, which leads to *url* (OSC 8)."""
        return f"\x1b]8;;{url}\x1b\\{text}\x1b]8;;\x1b\\" if self.links and text else text

    def to_file(self, text: str, file: str) -> str:
        """*text*, which opens *file*."""
        return self.to_page(text, f"file://{quote(self.folder)}/{quote(file)}") if self.folder else text
