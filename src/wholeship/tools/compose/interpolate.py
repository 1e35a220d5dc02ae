"""Variables in a Compose file and in an ``.env`` file: ``$NAME``, ``${NAME:-other}`` and the like, nested.

Compose specification, "Interpolation". A value of which a part is not known is taken not to be empty, as the
reader of scripts takes it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import EMPTY, Template

Lookup = Callable[[str], Template | None]

_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OPERATOR = lazy_pattern(r":?[-+?]")
MOST_NESTED = 50


class NotCompose(ValueError):
    """The text is not what Compose reads, or a required variable is missing."""


def interpolate(text: str, lookup: Lookup, depth: int = 0) -> Template:
    """*text* with its variables filled in; one that is not set is empty. Raises :class:`NotCompose`."""
    if depth > MOST_NESTED:
        raise NotCompose("variables nested too deeply")
    if "$" not in text:
        return Template.of(text)
    parts: list[str | Template] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        part, at = _variable(text, dollar, lookup, depth)
        parts.append(part)
    return Template.of(*parts, text[at:])


def _variable(text: str, dollar: int, lookup: Lookup, depth: int) -> tuple[str | Template, int]:
    """What the dollar at *dollar* begins, and where it ends."""
    at = dollar + 1
    if text.startswith("$", at):
        return "$", at + 1
    if not text.startswith("{", at):
        name = _NAME.match(text, at)
        return (lookup(name[0]) or EMPTY, name.end()) if name else ("$", at)
    end = _closing(text, at)
    name = _NAME.match(text, at + 1, end)
    if not name:
        raise NotCompose(f"{text[dollar : end + 1]!r} is no variable")
    if name.end() == end:
        return lookup(name[0]) or EMPTY, end + 1
    operator = _OPERATOR.match(text, name.end(), end)
    if not operator:
        raise NotCompose(f"{text[dollar : end + 1]!r} is no variable")
    return _operated(name[0], operator[0], text[operator.end() : end], lookup, depth), end + 1


def _closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise NotCompose(f"a brace is not closed in {text!r}")


def _operated(name: str, operator: str, other: str, lookup: Lookup, depth: int) -> Template:
    value = lookup(name)
    missing = value is None or (operator.startswith(":") and value == EMPTY)
    kind = operator[-1]
    if kind == "?" and missing:
        raise NotCompose(f"the variable {name} is required: {other}")
    if (kind == "-" and missing) or (kind == "+" and not missing):
        return interpolate(other, lookup, depth + 1)
    return value if value is not None else EMPTY


def under(first: Lookup, then: Mapping[str, Template]) -> Lookup:
    """Asks *first*, then looks in *then*."""

    def lookup(name: str) -> Template | None:
        found = first(name)
        return found if found is not None else then.get(name)

    return lookup
