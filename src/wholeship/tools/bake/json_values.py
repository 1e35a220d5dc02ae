"""Values as JSON and back, as go-cty writes and reads it."""

from __future__ import annotations

import json
from fractions import Fraction

from wholeship.texts.template import Template
from wholeship.tools.bake.syntax import read_number
from wholeship.tools.bake.values import (
    Data,
    NotKnown,
    Refused,
    all_known,
    mapping,
    number_text,
    to_list,
)


def to_json(value: Data) -> str:
    """*value* as go-cty writes JSON: without spaces, keys in order, ``<>&`` escaped."""
    if not all_known(value):
        raise NotKnown
    match value:
        case None | bool():
            return json.dumps(value)
        case Fraction() as number:
            text = number_text(number)
            if text is None:
                raise NotKnown
            return text
        case Template() as text:
            return _json_text(str(text))
        case dict() as pairs:
            return "{" + ",".join(f"{_json_text(key)}:{to_json(each)}" for key, each in pairs.items()) + "}"
        case items:
            return "[" + ",".join(map(to_json, to_list(items))) + "]"


def _json_text(text: str) -> str:
    written = json.dumps(text, ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        written = written.replace(letter, f"\\u{ord(letter):04x}")
    return written


def from_json(text: str) -> Data:
    """What JSON says; raises Refused."""
    try:
        return hcl_value(json.loads(text, parse_float=read_number, parse_int=read_number))
    except (ValueError, RecursionError) as error:
        raise Refused("the text is not JSON") from error


def hcl_value(value: object) -> Data:
    """A value of JSON or YAML as HCL knows it."""
    if isinstance(value, str):
        return Template.of(value)
    if isinstance(value, list):
        return tuple(map(hcl_value, value))
    if isinstance(value, dict):
        return mapping((str(key), hcl_value(each)) for key, each in value.items())
    if isinstance(value, bool | Fraction) or value is None:
        return value
    return Fraction(str(value))
