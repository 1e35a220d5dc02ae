"""Room for deep calls.

Python keeps the frames of calls in pieces of 16 KB. Where a call crosses from one piece to the next, it asks
the system for the new piece, and gives it back as the call returns. A loop that happens to stand at such a
border spends more time there than on its work: two calls of the system for each round. A call whose own frame
is large gets a piece that is larger still, and all that is called from it stays inside.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

Made = TypeVar("Made")
_WORDS = 1 << 17
"""So large is the frame that asks for room, in words of the machine: 1 MB, in a piece of 2 MB. What is not
needed is not touched, and takes no memory."""


def with_room(work: Callable[[], Made]) -> Made:
    """What *work* gives, and raises; called where there is room for what it calls."""
    return work()


with_room.__code__ = with_room.__code__.replace(co_stacksize=_WORDS)
