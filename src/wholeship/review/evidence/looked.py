"""Every collector says what it looked at, and what not, and why. Silence never means yes."""

from __future__ import annotations

from msgspec import Struct


class NotLooked(Struct, frozen=True, order=True):
    """Something a collector did not look at, and the reason."""

    what: str
    why: str
