"""One election of a controller, as JSON; apart from what makes it, which loads every kind of policy."""

from __future__ import annotations

from msgspec import Struct


class ElectionJson(Struct, frozen=True):
    """One election. ``answer`` is ``elected``, ``undecided``, ``nothing``, ``broken`` or ``unknown``.

    ``tags`` are those that compare equal; with ``undecided`` any of them may be taken.
    """

    answer: str
    tag: str
    tags: list[str]
    reason: str
