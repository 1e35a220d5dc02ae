"""A list of tags from a file or from standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from wholeship.core import jsons
from wholeship.core.errors import BadInput
from wholeship.core.place import Place
from wholeship.core.reference import Tag

TAGS_LIMIT = 32 * 1024 * 1024
"""Longest list of tags that is read. Bytes."""


def read_tag_list(name: str) -> tuple[str, ...]:
    """The tags in the file *name* (``-``: standard input): one to a line, or JSON as registries list them.

    Raises :class:`BadInput` with the place of what is no tag.
    """
    text = _text_of_list(name)
    if text.lstrip()[:1] in ("{", "["):
        value = jsons.parse_json(text, what=name)
        listed = value.get("tags") if isinstance(value, dict) else value
        if not isinstance(listed, list) or not all(isinstance(tag, str) for tag in listed):
            raise BadInput(f"{name}: JSON without a list of tags", advice='as in {"tags": ["1.0.0"]}')
        return tuple(str(Tag(tag)) for tag in listed)
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if word := line.strip():
            try:
                found.append(str(Tag(word)))
            except BadInput as error:
                raise BadInput(error.message, advice=error.advice, place=Place(name, number)) from None
    return tuple(found)


def _text_of_list(name: str) -> str:
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(TAGS_LIMIT + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(TAGS_LIMIT + 1)
    except OSError as error:
        raise BadInput(f"{name}: {error.strerror}") from None
    if len(raw) > TAGS_LIMIT:
        raise BadInput(f"{name}: more than {TAGS_LIMIT // 1024 // 1024} MiB of tags")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise BadInput(f"{name} is not UTF-8") from None
