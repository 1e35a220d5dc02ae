"""Durations as people write them."""

from __future__ import annotations

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern

_DURATION = lazy_pattern(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
_SECONDS = (3600, 60, 1)


def seconds_in(text: str) -> float:
    """Seconds in ``90s``, ``25m``, ``1h30m``; :class:`BadInput` for anything else, and for zero."""
    match = _DURATION.fullmatch(text)
    seconds = (
        sum(int(part or 0) * unit for part, unit in zip(match.groups(), _SECONDS, strict=True))
        if match
        else 0
    )
    if not seconds or seconds > 7 * 24 * 3600:
        raise BadInput(f"not a duration: {text!r}", advice="write 90s, 25m or 1h30m")
    return float(seconds)
