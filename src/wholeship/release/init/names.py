"""Names made fit: for images in the release file, and references taken apart."""

from __future__ import annotations

import re

from wholeship.core.errors import BadInput
from wholeship.core.reference import Repository

LIMIT = 60


def spelled_name(words: str) -> frozenset[str]:
    """The words of a list that is written with spaces."""
    return frozenset(words.split())


def image_name(text: str, fallback: str = "image") -> str:
    """*text* as the name of an image: lower case letters and digits, with one of ``. _ -`` between them."""
    name = re.sub(r"[._-]{2,}", "-", re.sub(r"[^a-z0-9._-]+", "-", text.lower()))[:LIMIT].strip("._-")
    return name or (image_name(fallback) if fallback != "image" else "image")


def repository_of(text: str) -> Repository | None:
    """The repository that *text* names in full; None when it does not, or could mean anybody's."""
    if "/" not in text:
        return None
    try:
        return Repository.parse(text)
    except BadInput:
        return None


def last_part(text: str) -> str:
    """What stands after the last slash of *text*; one inside braces, of what only a run knows, is none."""
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == "}") - (text[at] == "{")
        if text[at] == "/" and depth <= 0:
            return text[at + 1 :]
    return text
