"""The simplest questions to JSON (jq manual): ``.a.b[]``, ``map("-t " + .)``, ``join(" ")``, pipes of them.

The text may have holes inside its strings; they come out where the strings do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from wholeship.core.patterns import lazy_pattern
from wholeship.texts.template import EMPTY, Hole, Template

_MARK = 0xE000
"""The first character of those that stand for holes; nobody uses these."""
_PATH = lazy_pattern(r"\.(?:[\w-]*(?:\[\d*\]|\[\"[^\"]*\"\]|\.[\w-]+|\.\"[^\"]+\")*)?")
_KEY = lazy_pattern(r"\.([\w-]+)|\.?\[?\"([^\"]+)\"\]?|\[(\d*)\]")
_STRING = r"\"((?:[^\"\\]|\\.)*)\""


class NotKnown(Exception):
    """The question is none of those that are understood, or the answer cannot be told."""


def answer(program: str, text: Template, *, raw: bool) -> Template:
    """What jq prints. :class:`NotKnown` where that cannot be told."""
    marked = "".join(
        part if isinstance(part, str) else chr(_MARK + text.parts.index(part)) for part in text.parts
    )
    if not marked.strip():
        return EMPTY  # no text is asked about, and none is printed
    try:
        values = [json.loads(marked)]
    except ValueError:
        raise NotKnown from None
    return _unmarked("".join(f"{_shown(each, raw)}\n" for each in _piped(program, values)), text)


def _shown(value: Any, raw: bool) -> str:
    if raw and isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _unmarked(text: str, before: Template) -> Template:
    parts: list[str | Hole] = []
    for piece in re.split(r"([\ue000-\uf8ff])", text):
        known = len(piece) == 1 and 0 <= ord(piece) - _MARK < len(before.parts)
        parts.append(before.parts[ord(piece) - _MARK] if known else piece)
    return Template.of(*parts)


def _piped(program: str, values: list[Any]) -> list[Any]:
    for stage in _split(program, "|"):
        values = [found for value in values for found in _stage(stage.strip(), value)]
    return values


def _stage(stage: str, value: Any) -> list[Any]:
    if _PATH.fullmatch(stage):
        return _path(stage, value)
    if stage.startswith("[") and stage.endswith("]"):
        return [_piped(stage[1:-1], [value])]
    if stage == "keys" and isinstance(value, dict):
        return [sorted(value)]
    called = re.fullmatch(r"(map|join|first|last|unique|sort|length)(?:\((.*)\))?", stage, re.DOTALL)
    if called:
        return [_called(called[1], called[2], value)]
    sides = _split(stage, "+")
    found = [_text(side.strip(), value) for side in sides]
    return ["".join(found)]


def _text(term: str, value: Any) -> str:
    """One side of ``+``: a string, or a path to one."""
    quoted = re.fullmatch(_STRING, term)
    if quoted is None:
        answers = _piped(term, [value]) if _PATH.fullmatch(term) else []
        if len(answers) != 1 or not isinstance(answers[0], str):
            raise NotKnown
        return answers[0]
    pieces = re.split(r"\\\(([^()]*)\)", quoted[1])
    inserted = [
        _text(piece.strip(), value) if at % 2 else json.loads(f'"{piece}"') for at, piece in enumerate(pieces)
    ]
    return "".join(inserted)


def _called(name: str, argument: str | None, value: Any) -> Any:
    if not isinstance(value, list):
        raise NotKnown
    texts = [each for each in value if isinstance(each, str)]
    plain = len(texts) == len(value) and not any(map(_marked, texts))
    match name:
        case "map" if argument is not None:
            return [found for each in value for found in _piped(argument, [each])]
        case "join" if argument is not None and len(texts) == len(value):
            return _text(argument.strip(), value).join(texts)
        case "first" | "last" if argument is None and value:
            return value[0 if name == "first" else -1]
        case "length" if argument is None:
            return len(value)
        case "unique" | "sort" if argument is None and plain:
            return sorted(set(texts) if name == "unique" else texts)
    raise NotKnown


def _marked(text: str) -> bool:
    return any(0xE000 <= ord(char) <= 0xF8FF for char in text)


def _path(path: str, value: Any) -> list[Any]:
    values = [value]
    for key, quoted, index in _KEY.findall(path) if path != "." else ():
        name = key or quoted
        if name:
            if any(isinstance(each, str | bool | int | float) for each in values):
                raise NotKnown  # jq ends with an error here
            values = [each.get(name) if isinstance(each, dict) else None for each in values]
        elif index:
            values = [
                each[int(index)] for each in values if isinstance(each, list) and int(index) < len(each)
            ]
        else:
            values = [one for each in values if isinstance(each, list | dict) for one in _members(each)]
    return values


def _members(value: Any) -> Sequence[Any]:
    return list(value.values()) if isinstance(value, dict) else value


def _split(text: str, mark: str) -> list[str]:
    """Split at *mark* outside strings and brackets."""
    found, depth, quoted, start = [], 0, False, 0
    at = 0
    while at < len(text):
        char = text[at]
        if quoted:
            at += char == "\\"
            quoted = char != '"'
        elif char == '"':
            quoted = True
        elif char in "([{":
            depth += 1
        elif char in ")]}":
            depth -= 1
        elif char == mark and depth == 0:
            found.append(text[start:at])
            start = at + 1
        at += 1
    return [*found, text[start:]]
