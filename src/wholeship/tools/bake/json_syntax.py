"""A bake file in JSON, as the tree that the HCL reader makes.

HCL JSON syntax specification: a block is a mapping of labels (or a list of such), a text is a template, and
so is a key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction

from wholeship.tools.bake.syntax import (
    Block,
    Body,
    Items,
    Literal,
    Node,
    NotHcl,
    Pairs,
    read_number,
    read_template,
)

BLOCKS = ("target", "group", "variable", "function")


class _Object(list[tuple[str, object]]):
    """The pairs of a JSON object, in order and with repeated keys."""


def read_json(text: str) -> Body:
    """The blocks and attributes of a bake file in JSON; raises NotHcl."""
    try:
        document = json.loads(
            text,
            object_pairs_hook=_Object,
            parse_int=read_number,
            parse_float=read_number,
            parse_constant=_refuse,
        )
    except RecursionError as error:
        raise NotHcl("JSON nested too deeply", 1) from error
    except json.JSONDecodeError as error:
        raise NotHcl(error.msg, error.lineno) from error
    except ValueError as error:
        raise NotHcl(str(error), 1) from error
    if not isinstance(document, _Object):
        raise NotHcl("the file is no object", 1)
    attributes: dict[str, Node] = {}
    blocks: list[Block] = []
    for key, value in document:
        if key in BLOCKS:
            blocks += _blocks(key, value)
        elif key != "//":
            attributes[key] = _node(value)
    return Body(attributes, tuple(blocks))


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no number")


def _pairs(value: object) -> Iterator[tuple[str, object]]:
    """The pairs of an object, or of every object in a list."""
    if isinstance(value, _Object):
        yield from value
    elif isinstance(value, list):
        for each in value:
            yield from _pairs(each)
    elif value is not None:
        raise NotHcl("an object is missing", 1)


def _blocks(kind: str, value: object) -> Iterator[Block]:
    if isinstance(value, _Object) and not value:
        raise NotHcl(f"a {kind} without a name", 1)
    for label, bodies in _pairs(value):
        for body in _members(bodies):
            yield Block(kind, (label,), _body(body))


def _members(value: object) -> list[object]:
    return [*value] if isinstance(value, list) and not isinstance(value, _Object) else [value]


def _body(value: object) -> Body:
    attributes: dict[str, Node] = {}
    blocks: list[Block] = []
    for key, each in _pairs(value):
        if key == "validation":
            blocks += [Block(key, (), _body(one)) for one in _members(each)]
        elif key != "//":
            attributes[key] = _node(each)
    return Body(attributes, tuple(blocks))


def _node(value: object) -> Node:
    if isinstance(value, _Object):
        return Pairs(tuple((read_template(key), _node(each)) for key, each in value))
    if isinstance(value, list):
        return Items(tuple(map(_node, value)))
    if isinstance(value, str):
        return read_template(value)
    assert value is None or isinstance(value, bool | Fraction)
    return Literal(value)
