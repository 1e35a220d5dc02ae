"""JSON read strictly and written canonically.

The standard reader keeps the last of two equal keys, and accepts NaN; both are ways to make
two readers of one document disagree.
"""

from __future__ import annotations

import json
from typing import Any

from wholeship.core.errors import BadInput

DEPTH_LIMIT = 64


def parse_json(text: str | bytes, *, what: str = "JSON") -> Any:
    """The value *text* spells.

    Refuses (with :class:`BadInput` that names *what*) duplicate keys, NaN and Infinity,
    numbers too long to convert, nesting beyond ``DEPTH_LIMIT``, and text that is not UTF-8.
    """
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise BadInput(f"{what} is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise BadInput(f"{what} is nested too deeply") from None
    except ValueError as error:  # JSONDecodeError, our own, and over-long integers
        raise BadInput(f"{what} is not valid: {error}") from None
    _check_depth(value, what)
    return value


def canonical(value: Any) -> bytes:
    """One byte string per value: sorted keys, no spaces, UTF-8, no NaN, a newline at the end."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode() + b"\n"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"the key {key[:80]!r} appears twice in one object")
        found[key] = value
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _check_depth(value: Any, what: str) -> None:
    level: list[Any] = [value]
    for _ in range(DEPTH_LIMIT):
        level = [
            child
            for node in level
            if isinstance(node, (dict, list))
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return
    raise BadInput(f"{what} is nested more than {DEPTH_LIMIT} deep")
