"""Room for deep calls."""

from __future__ import annotations

import sys

import pytest

from wholeship.core.frames import with_room


def deep(depth: int) -> int:
    """So many calls inside each other, counted."""
    return 0 if depth == 0 else 1 + deep(depth - 1)


def test_work_gives_what_it_gives() -> None:
    """With room, work gives the same as without, however deep it calls."""
    half = sys.getrecursionlimit() // 2
    assert with_room(lambda: deep(half)) == deep(half)


def test_work_raises_what_it_raises() -> None:
    """With room, work raises what it raises without."""
    with pytest.raises(ZeroDivisionError):
        with_room(lambda: 1 // 0)


def test_the_room_is_many_pieces() -> None:
    """The frame that asks for room is larger than sixteen pieces of 16 KB, so what is around it is, too."""
    assert with_room.__code__.co_stacksize * 8 > 16 * 16 * 1024
