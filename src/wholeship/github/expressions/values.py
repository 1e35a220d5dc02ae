"""The values of expressions and how they are compared, coerced and printed.

Null, booleans, numbers (all floating point), strings, arrays and objects are Python's None, bool, float,
str, list and dict (actions/runner, ``Sdk/Expressions``: ``ExpressionUtility``, ``EvaluationResult``).
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

from wholeship.core.patterns import lazy_pattern

Plain = Any
"""None, bool, float, str, list or dict of these."""

_DECIMAL = lazy_pattern(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_HEX = lazy_pattern(r"0x([0-9a-fA-F]+)")
_OCTAL = lazy_pattern(r"0o([0-7]+)")


def number_of(text: str) -> float:
    """A string as a number; NaN when it is none."""
    text = text.strip()
    if not text:
        return 0.0
    if _DECIMAL.fullmatch(text):
        return float(text)
    for pattern, base in ((_HEX, 16), (_OCTAL, 8)):
        found = pattern.fullmatch(text)
        if found:
            value = int(found[1], base) if len(found[1]) < 40 else 1 << 40
            if value >= 1 << 32:
                return math.nan
            return float(value - (1 << 32) if value >= 1 << 31 else value)
    return {"Infinity": math.inf, "-Infinity": -math.inf}.get(text, math.nan)


def to_number(value: Plain) -> float:
    """Any value as a number, for comparisons of different kinds."""
    if value is None:
        return 0.0
    if isinstance(value, bool):
        return 1.0 if value else 0.0
    if isinstance(value, (int, float)):
        return float(value)
    return number_of(value) if isinstance(value, str) else math.nan


def to_text(value: Plain) -> str:
    """Any value as text."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)):
        return number_text(float(value))
    return "Array" if isinstance(value, list) else "Object"


def number_text(value: float) -> str:
    """Up to 15 significant digits, as .NET's ``G15``."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "0"
    text = f"{value:.15g}"
    if "e" not in text:
        return text
    mantissa, _, exponent = text.partition("e")
    size = int(exponent)
    if -5 <= size < 0:
        return f"{value:.{14 - size}f}".rstrip("0")
    return f"{mantissa}E{'+' if size >= 0 else '-'}{abs(size):02d}"


def truthy(value: Plain) -> bool:
    """Whether a condition with this value holds."""
    if isinstance(value, (list, dict)):
        return True
    return bool(value) and not (isinstance(value, float) and math.isnan(value))


def fold_case(text: str) -> str:
    """*text* as comparisons see it: upper case, character by character."""
    if text.isascii():
        return text.upper()
    return "".join(upper if len(upper := char.upper()) == 1 and char != "ı" else char for char in text)


def _kind(value: Plain) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "number" if isinstance(value, (int, float)) else type(value).__name__


def _aligned(left: Plain, right: Plain) -> tuple[Plain, Plain]:
    if _kind(left) == _kind(right):
        return left, right
    return to_number(left), to_number(right)


def equal_values(left: Plain, right: Plain) -> bool:
    """``==``: strings without case; different kinds as numbers; arrays and objects by identity."""
    left, right = _aligned(left, right)
    if isinstance(left, str):
        return fold_case(left) == fold_case(right)
    return left is right if isinstance(left, (list, dict)) else bool(left == right)


def less(left: Plain, right: Plain) -> bool:
    """``<``: as :func:`equal_values` sees them; NaN, arrays and objects have no order."""
    left, right = _aligned(left, right)
    if isinstance(left, str):
        return fold_case(left) < fold_case(right)
    return False if left is None or isinstance(left, (list, dict)) else bool(left < right)


def compare_values(operator: str, left: Plain, right: Plain) -> bool:
    """One of ``== != < <= > >=``."""
    match operator:
        case "==":
            return equal_values(left, right)
        case "!=":
            return not equal_values(left, right)
        case "<":
            return less(left, right)
        case ">":
            return less(right, left)
        case "<=":
            return less(left, right) or equal_values(left, right)
        case _:
            return less(right, left) or equal_values(left, right)


def get(value: Plain, key: Plain) -> Plain:
    """``value[key]``; None where there is no such thing."""
    if isinstance(value, dict):
        name = to_text(key) if not isinstance(key, (list, dict)) else None
        return None if name is None else _property(value, name)
    if isinstance(value, list):
        index = to_number(key)
        if math.isnan(index) or index < 0 or math.floor(index) >= len(value):
            return None
        return value[math.floor(index)]
    return None


def _property(value: dict[str, Plain], name: str) -> Plain:
    if name in value:
        return value[name]
    wanted = fold_case(name)
    return next((inner for key, inner in value.items() if fold_case(key) == wanted), None)


def has(value: Plain, key: str) -> bool:
    """Whether the object *value* has the property *key*."""
    return isinstance(value, dict) and (
        key in value or any(fold_case(key) == fold_case(each) for each in value)
    )


def from_json(text: str) -> Plain:
    """The value *text* spells. Raises ``ValueError``."""
    try:
        return json.loads(text, parse_int=float, object_pairs_hook=_caseless)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _caseless(pairs: list[tuple[str, Plain]]) -> dict[str, Plain]:
    """Objects hold a key once, whatever its case; the last value counts, under the first spelling."""
    found: dict[str, Plain] = {}
    spelling: dict[str, str] = {}
    for key, value in pairs:
        found[spelling.setdefault(fold_case(key), key)] = value
    return found


def to_json(value: Plain, indent: str = "") -> str:
    """*value* as indented JSON."""
    if isinstance(value, bool) or value is None:
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, (int, float)):
        return number_text(float(value))
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if not value:
        return "[]" if isinstance(value, list) else "{}"
    deeper = indent + "  "
    if isinstance(value, list):
        return "[\n" + ",\n".join(f"{deeper}{to_json(each, deeper)}" for each in value) + f"\n{indent}]"
    entries = (f"{deeper}{json.dumps(k, ensure_ascii=False)}: {to_json(v, deeper)}" for k, v in value.items())
    return "{\n" + ",\n".join(entries) + f"\n{indent}}}"
