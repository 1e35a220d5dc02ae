"""Answers as JSON, in one place: a struct filled from a value, its text, and its published schema.

A struct of the ``*_json`` modules says what is published. Where a field has the name of an attribute of the
domain's value it is taken as it is (tuples become lists, enumerations and checked texts become texts); only
what is named or computed otherwise is spelled out.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import Struct

from wholeship.core.text import inert_json

S = TypeVar("S", bound=Struct)
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def struct_of(kind: type[S], value: object, **computed: object) -> S:
    """A *kind* with the attributes of *value*, and what is *computed* beside them.

    Values such as platforms and repositories become texts where the field is one; inside nested structs
    they do not: those are made by a call of their own. :class:`msgspec.ValidationError` when a field has
    neither attribute nor default, or one of another type.
    """
    return msgspec.convert(_Source(value, computed, _text_fields(kind)), kind, from_attributes=True)


def encode_json(value: Struct, *, indent: int = 2) -> str:
    """*value* as JSON text, indented; with 0 on one line."""
    content = msgspec.json.encode(value, enc_hook=_checked_text)
    return inert_json(msgspec.json.format(content, indent=indent).decode())


def schema_for(kind: Any) -> dict[str, Any]:
    """The JSON Schema (2020-12) of *kind*."""
    return {"$schema": DIALECT, **msgspec.json.schema(kind)}


class _Source:
    """A value and what is computed beside it; what is computed comes first."""

    __slots__ = ("_computed", "_texts", "_value")

    def __init__(self, value: object, computed: dict[str, object], texts: frozenset[str]) -> None:
        self._value, self._computed, self._texts = value, computed, texts

    def __getattr__(self, name: str) -> object:
        found = self._computed[name] if name in self._computed else getattr(self._value, name)
        return _spelled_value(found) if name in self._texts else found


def _spelled_value(value: object) -> object:
    """A value of several parts as its text. A number stays one, and is refused where a text is due."""
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, tuple | list | set | frozenset):
        return [_spelled_value(each) for each in value]
    return str(value)


@cache
def _text_fields(kind: type[Struct]) -> frozenset[str]:
    """The fields that are a text, or a list of texts, perhaps null."""
    return frozenset(
        name
        for name, hint in get_type_hints(kind).items()
        if {str, list[str]} & {hint, *get_args(hint)} and dict not in {getattr(hint, "__origin__", None)}
    )


def _checked_text(value: Any) -> str:
    """Tags and digests are texts that were checked."""
    if isinstance(value, str):
        return str(value)
    raise NotImplementedError(type(value))
