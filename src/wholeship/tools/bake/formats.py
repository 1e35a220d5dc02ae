"""``format()``: go-cty's verbs, with what is known only in a run kept as a hole in the text."""

from __future__ import annotations

import json
import re
from fractions import Fraction

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import Template
from wholeship.tools.bake.json_values import to_json
from wholeship.tools.bake.values import (
    Data,
    NotKnown,
    Refused,
    Unknown,
    literal,
    number_text,
    to_bool,
    to_int,
    to_text,
)

WIDEST = 1000
"""Wider fields than this are not filled."""

_VERB = lazy_pattern(r"%(?:%|([ +\-0#]*)(\d+)?(?:\.(\d+))?(?:\[(\d+)\])?([A-Za-z]))")


def format_text(template: str, arguments: tuple[Data, ...]) -> Template:
    """*template* with each verb filled in; raises Refused or NotKnown."""
    parts: list[str | Template] = []
    at, following, highest = 0, 0, 0
    for found in _VERB.finditer(template):
        parts.append(_literal(template[at : found.start()]))
        at = found.end()
        if found[0] == "%%":
            parts.append("%")
            continue
        following = int(found[4]) if found[4] else following + 1
        highest = max(highest, following)
        if following > len(arguments) or following < 1:
            raise Refused("format() has not enough arguments")
        parts.append(_verb(found, arguments[following - 1]))
    if highest < len(arguments):
        raise Refused("format() has too many arguments")
    return Template.of(*parts, _literal(template[at:]))


def _literal(text: str) -> str:
    if "%" in text:
        raise Refused("format() has a verb that is not known")
    return text


def _verb(found: re.Match[str], value: Data) -> Template:
    flags, width, precision, verb = found[1], found[2], found[3], found[5]
    if value is None and verb != "v":
        raise Refused("format() of null")
    if verb not in "svdtq" or "#" in flags:
        raise NotKnown
    made = _written(verb, value, precision)
    if not width:
        return _signed(flags, made) if verb == "d" else made
    text = made.literal
    if text is None or int(width) > WIDEST or not text.isascii() or (verb == "d" and flags.strip("0-")):
        raise NotKnown
    if "-" in flags:
        if "0" in flags:
            raise NotKnown
        return Template.of(text.ljust(int(width)))
    if "0" in flags and verb == "d":
        return Template.of(text.zfill(int(width)))
    return Template.of(text.rjust(int(width), "0" if "0" in flags else " "))


def _signed(flags: str, made: Template) -> Template:
    if flags.strip("0-"):
        raise NotKnown
    return made


def _written(verb: str, value: Data, precision: str | None) -> Template:
    if precision is not None and (verb != "s" or int(precision) == 0):
        raise NotKnown
    match verb:
        case "d":
            if isinstance(value, Template | Unknown) and to_text(value).literal is None:
                raise NotKnown
            return Template.of(str(to_int(value)))
        case "t":
            return Template.of("true" if to_bool(value) else "false")
        case "q":
            return Template.of(json.dumps(literal(value), ensure_ascii=False))
        case "s":
            return to_text(value) if precision is None else Template.of(_cut(value, int(precision)))
    return _plain(value)


def _cut(value: Data, length: int) -> str:
    text = literal(value)
    if not text.isascii():
        raise NotKnown
    return text[:length]


def _plain(value: Data) -> Template:
    """``%v``: texts and numbers as they are; anything else is JSON, which is for literal values only."""
    if isinstance(value, Template):
        return value
    if not isinstance(value, Fraction):
        return Template.of(to_json(value))
    text = number_text(value)
    if text is None or len(text) > 20:  # Go may turn to powers of ten
        raise NotKnown
    return Template.of(text)
