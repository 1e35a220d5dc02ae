"""Variables in a Compose file and in an ``.env`` file: ``$NAME``, ``${NAME:-other}`` and the like, nested.

Compose specification, "Interpolation". A value of which a part is not known is taken not to be empty, as the
reader of scripts takes it too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from wholeship.texts.template import EMPTY, Template

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*", re.ASCII)
_OPERATOR = re.compile(r":?[-+?]")
MOST_NESTED = 50


def _nothing(_name: str) -> Template:
    return EMPTY


@dataclass(frozen=True, slots=True)
class Variables:
    """What variables stand for. ``given`` says it of one that is set, ``unset`` what the others come to."""

    given: Callable[[str], Template | None]
    unset: Callable[[str], Template] = _nothing

    def get(self, name: str) -> Template | None:
        """The text of a variable; None when it is not set."""
        return self.given(name)

    def bare(self, name: str) -> Template:
        """What ``$name`` alone comes to."""
        found = self.given(name)
        return found if found is not None else self.unset(name)

    def over(self, others: Mapping[str, Template]) -> Variables:
        """These, and *others* where one is not set."""

        def given(name: str) -> Template | None:
            found = self.given(name)
            return found if found is not None else others.get(name)

        return Variables(given, self.unset)


class NotCompose(ValueError):
    """The text is not what Compose reads, or a required variable is missing."""


def interpolate(text: str, variables: Variables, depth: int = 0) -> Template:
    """*text* with its variables filled in; one that is not set is empty. Raises :class:`NotCompose`."""
    if depth > MOST_NESTED:
        raise NotCompose("variables nested too deeply")
    if "$" not in text:
        return Template.of(text)
    parts: list[str | Template] = []
    at = 0
    while (dollar := text.find("$", at)) >= 0:
        parts.append(text[at:dollar])
        part, at = _variable(text, dollar, variables, depth)
        parts.append(part)
    return Template.of(*parts, text[at:])


def _variable(text: str, dollar: int, variables: Variables, depth: int) -> tuple[str | Template, int]:
    """What the dollar at *dollar* begins, and where it ends."""
    at = dollar + 1
    if text.startswith("$", at):
        return "$", at + 1
    if not text.startswith("{", at):
        name = _NAME.match(text, at)
        return (variables.bare(name[0]), name.end()) if name else ("$", at)
    end = _closing(text, at)
    name = _NAME.match(text, at + 1, end)
    if not name:
        raise NotCompose(f"{text[dollar : end + 1]!r} is no variable")
    if name.end() == end:
        return variables.bare(name[0]), end + 1
    operator = _OPERATOR.match(text, name.end(), end)
    if not operator:
        raise NotCompose(f"{text[dollar : end + 1]!r} is no variable")
    return _operated(name[0], operator[0], text[operator.end() : end], variables, depth), end + 1


def _closing(text: str, opening: int) -> int:
    depth = 0
    for at in range(opening, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if depth == 0:
            return at
    raise NotCompose(f"a brace is not closed in {text!r}")


def _operated(name: str, operator: str, other: str, variables: Variables, depth: int) -> Template:
    value = variables.get(name)
    missing = value is None or (operator.startswith(":") and value == EMPTY)
    kind = operator[-1]
    if kind == "?" and missing:
        raise NotCompose(f"the variable {name} is required: {other}")
    if (kind == "-" and missing) or (kind == "+" and not missing):
        return interpolate(other, variables, depth + 1)
    return value if value is not None else EMPTY
