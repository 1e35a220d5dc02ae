"""Plain YAML values as Go's YAML library reads them and Go prints them, which is what a build argument gets.

go-yaml ``resolve.go``: ``0123`` is octal, ``1_000`` a thousand, and a date a moment in time. Go's ``fmt``:
``1.10`` is printed as ``1.1`` and a million as ``1e+06``.
"""

from __future__ import annotations

import math
from decimal import Decimal

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import Hole, Kind, Template

Scalar = Template | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INT = lazy_pattern(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = lazy_pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = lazy_pattern(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MOMENT = lazy_pattern(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?")


def compose_scalar(text: str) -> Scalar | str:
    """What an unquoted value is; a text where it is nothing else."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or text == "-0":
        return text
    if _MOMENT.fullmatch(text) or _SPECIAL.fullmatch(text):
        return Template.of(Hole(f"{text} as Go prints it", frozenset({Kind.OUTPUT})))
    plain = text.replace("_", "")
    if (found := _INT.fullmatch(plain)) and len(plain) <= 18:
        digits, base = next((d, b) for d, b in zip(found.groups()[1:], (16, 2, 8, 10), strict=True) if d)
        return int(digits, base) * (-1 if found[1] == "-" else 1)
    if _FLOAT.fullmatch(plain) and math.isfinite(number := float(plain)):
        return number
    return text


def printed_number(value: int | float | bool) -> str:
    """A value as Go prints it: powers of ten from a million on, and below a ten-thousandth."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    number = Decimal(repr(value)).normalize()
    power = number.adjusted()
    if -4 <= power < 6:
        return format(number, "f")
    digits = "".join(map(str, number.as_tuple().digits))
    rest = f".{digits[1:]}" if digits[1:] else ""
    return f"{'-' if value < 0 else ''}{digits[0]}{rest}e{'-' if power < 0 else '+'}{abs(power):02d}"
