"""What the environment makes of a variable: its text, read as the variable's type.

buildx ``bake/hclparser/hclparser.go``, ``resolveValue``: a variable without a type has that of its default;
lists and mappings come as CSV or, under ``NAME_JSON``, as JSON.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Protocol

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import EMPTY, Template
from wholeship.tools.bake import functions, syntax
from wholeship.tools.bake.exports import parse_bool
from wholeship.tools.bake.json_values import from_json
from wholeship.tools.bake.values import LONGEST_NUMBER, Data, Refused, Unknown, literal, mapping, unknown_data


class Given(Protocol):
    """Gives the environment's text for a variable, plain or under its JSON spelling."""

    def __call__(self, name: str, *, json: bool = False) -> Template | None:
        """The text, or None where it is not set."""


def from_environment(
    name: str, default: Data, kind: syntax.Node | None, has_default: bool, given: Given
) -> Data:
    """The variable's value; raises Refused, or NotKnown where the text's shape is not known."""
    as_json = given(name, json=True) if kind is not None or given(name) is None else None
    text = as_json if as_json is not None else given(name)
    if text is None:
        return EMPTY if not has_default and kind is None else default
    if kind is not None and not _is_any(kind):
        return _json(text, kind) if as_json is not None else _typed(name, text, kind)
    if kind is not None:
        return from_json(literal(text)) if as_json is not None else _untyped(text, default)
    return _untyped(text, default)


def _is_any(kind: syntax.Node) -> bool:
    return kind == syntax.Name("any")


def _json(text: Template, kind: syntax.Node) -> Data:
    return functions.convert(from_json(literal(text)), kind)


def _untyped(text: Template, default: Data) -> Data:
    """In the type of the default."""
    if default is None or isinstance(default, Template | Unknown):
        return text
    if isinstance(default, bool):
        return _simple(text, "bool")
    if isinstance(default, Fraction):
        return _simple(text, "number")
    raise Refused("a list or mapping without a type cannot be set from the environment")


def _typed(name: str, text: Template, kind: syntax.Node) -> Data:
    match kind:
        case syntax.Name(simple) if functions.is_simple(kind):
            return _simple(text, simple)
        case syntax.FunctionCall("list" | "set", (inner,)) if functions.is_simple(inner):
            items = tuple(_simple(Template.of(each), _name(inner)) for each in _csv(text))
            return functions.convert(items, kind)
        case syntax.FunctionCall("tuple", (syntax.Items(kinds),)):
            fields = _csv(text)
            if len(fields) != len(kinds):
                raise Refused(f"{name} takes {len(kinds)} values")
            return tuple(_simple(Template.of(f), _name(k)) for f, k in zip(fields, kinds, strict=True))
        case syntax.FunctionCall("map", (inner,)) if functions.is_simple(inner):
            return mapping(_pair(each, inner) for each in _csv(text))
    raise Refused(f"{name} cannot be set from the environment")


def _pair(text: str, kind: syntax.Node) -> tuple[str, Data]:
    fields = next(csv.reader([text], delimiter=":"), [])
    if len(fields) != 2:
        raise Refused(f"{text!r} is no key and value")
    return fields[0], _simple(Template.of(fields[1]), _name(kind))


def _name(kind: syntax.Node) -> str:
    if not isinstance(kind, syntax.Name):
        raise Refused("only simple types can be set from the environment")
    return kind.name


def _csv(text: Template) -> list[str]:
    return next(csv.reader([literal(text)]), [""]) or [""]


_FLOAT = lazy_pattern(r"[+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d{1,2})?", re.ASCII)
_SIMPLE: dict[str, Callable[[str], Data]] = {}


def _simple(text: Template, kind: str) -> Data:
    """A text as text, number or truth value, as Go reads them."""
    if kind == "string":
        return text
    if text.literal is None:
        return unknown_data(f"{kind} of {text}", text)
    if kind == "bool":
        return parse_bool(text.literal)
    if not _FLOAT.fullmatch(text.literal) or "_" in text.literal or len(text.literal) > LONGEST_NUMBER:
        raise Refused(f"{text.literal!r} is no number")
    return Fraction(float(text.literal))


__all__ = ["Given", "from_environment"]
