"""Answers become structs, text and schema in one place."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum

import msgspec
import pytest

from wholeship.core.platform import Platform
from wholeship.output.encoding import encode_json, schema_for, struct_of


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Part:
    name: str


@dataclass(frozen=True, slots=True)
class Whole:
    platforms: tuple[Platform, ...]
    only: Platform | None
    colour: Colour
    parts: tuple[Part, ...]
    count: int = 3


class PartJson(msgspec.Struct, frozen=True):
    name: str


class WholeJson(msgspec.Struct, frozen=True):
    platforms: list[str]
    only: str | None
    colour: str
    parts: list[PartJson]
    more: str


class CountJson(msgspec.Struct, frozen=True):
    count: str


WHOLE = Whole((Platform("linux", "amd64"),), None, Colour.RED, (Part("a"),))


def test_attributes_are_taken_as_they_are() -> None:
    """Tuples become lists, enumerations, platforms and nested values what the struct says."""
    assert struct_of(WholeJson, WHOLE, more="m") == WholeJson(
        ["linux/amd64"], None, "red", [PartJson("a")], "m"
    )


def test_what_is_computed_comes_first() -> None:
    """A computed field replaces the attribute of the same name."""
    assert struct_of(WholeJson, WHOLE, more="m", colour="blue").colour == "blue"


def test_a_missing_field_is_refused() -> None:
    """A struct is never filled by halves."""
    with pytest.raises(msgspec.ValidationError, match="more"):
        struct_of(WholeJson, WHOLE)


def test_a_number_is_no_text() -> None:
    """A field that changed its type is noticed, not printed."""
    with pytest.raises(msgspec.ValidationError):
        struct_of(CountJson, WHOLE)


def test_text_and_schema_say_the_same() -> None:
    """What is printed has exactly the keys that the schema publishes."""
    printed = json.loads(encode_json(struct_of(WholeJson, WHOLE, more="m")))
    schema = schema_for(WholeJson)
    assert set(printed) == set(schema["$defs"]["WholeJson"]["properties"])
