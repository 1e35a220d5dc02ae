"""Numbers as Go reads them.

Flux's numerical policy turns every tag into a float64 with Go's ``strconv.ParseFloat``. That is
nearly what Python's ``float`` does: Go also reads hexadecimal floats and underscores between
digits, and takes a number too large for 64 bits as an error instead of infinity.
"""

from __future__ import annotations

import math
import re

from wholeship.core.patterns import lazy_pattern

_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_HEX = r"[0-9a-f]+(?:_[0-9a-f]+)*"
_DECIMAL = lazy_pattern(
    rf"[+-]?(?:{_DIGITS}(?:\.(?:{_DIGITS})?)?|\.{_DIGITS})(?:e[+-]?{_DIGITS})?", re.ASCII | re.IGNORECASE
)
_HEXADECIMAL = lazy_pattern(
    rf"(?P<sign>[+-]?)0x(?P<digits>_?{_HEX}(?:\.(?:{_HEX})?)?|\.{_HEX})p(?P<power>[+-]?{_DIGITS})",
    re.ASCII | re.IGNORECASE,
)
_INFINITE = lazy_pattern(r"[+-]?inf(?:inity)?", re.IGNORECASE | re.ASCII)
_POWER_LIMIT = 10_000  # beyond it every float64 is zero or too large; Go stops counting there too


def go_float(text: str) -> float | None:
    """The float64 that Go reads from *text*; None where Go reports an error."""
    if text.lower() == "nan":
        return math.nan
    if _INFINITE.fullmatch(text):
        return -math.inf if text.startswith("-") else math.inf
    if _DECIMAL.fullmatch(text):
        return _finite(float(text.replace("_", "")))
    spelled = _HEXADECIMAL.fullmatch(text)
    return _hexadecimal(spelled) if spelled else None


def _hexadecimal(spelled: re.Match[str]) -> float | None:
    power = int(spelled["power"].replace("_", "")[:8])
    power = max(-_POWER_LIMIT, min(_POWER_LIMIT, power))
    digits = spelled["digits"].replace("_", "")
    try:
        return float.fromhex(f"{spelled['sign']}0x{digits}p{power}")
    except OverflowError:
        return None


def _finite(number: float) -> float | None:
    return None if math.isinf(number) else number
