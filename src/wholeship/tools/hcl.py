"""HCL as Bake uses it: blocks by kind, and expressions evaluated as far as they are known.

Strings come out as templates, so that a variable that is only known at run time stays a labelled hole.
HCL native syntax specification; Bake's functions are those of go-cty and a few of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wholeship.texts.template import EMPTY, Hole, Kind, Template

Scope = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """The blocks of a bake file. Attribute values are raw; :func:`evaluate` reads them."""

    targets: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    groups: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    variables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Function:
    """``function "name" { params = […] result = … }``."""

    params: tuple[str, ...]
    result: Any


def parse(text: str) -> Document | None:
    """The blocks of *text*; None when it is not HCL."""
    import hcl2

    try:
        raw = hcl2.loads(text)
    except Exception:  # the parser raises whatever its grammar library does
        return None
    functions = {
        name: Function(tuple(map(_name, body.get("params", []))), body.get("result"))
        for name, body in _blocks(raw, "function").items()
    }
    kinds = ("target", "group", "variable", "function")
    attributes = {k: v for k, v in raw.items() if k not in kinds and not k.startswith("__")}
    return Document(
        _blocks(raw, "target"), _blocks(raw, "group"), _blocks(raw, "variable"), {**functions, **attributes}
    )


def of_json(document: Mapping[str, Any]) -> Document:
    """The same from a JSON bake file, whose strings are HCL templates."""

    def section(kind: str) -> dict[str, Mapping[str, Any]]:
        found = document.get(kind)
        return {name: _quoted(body) for name, body in found.items()} if isinstance(found, dict) else {}

    return Document(section("target"), section("group"), section("variable"))


def _quoted(value: Any) -> Any:
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, list):
        return [_quoted(each) for each in value]
    return {key: _quoted(each) for key, each in value.items()} if isinstance(value, dict) else value


def _blocks(raw: Mapping[str, Any], kind: str) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for block in raw.get(kind, []):
        for name, body in block.items():
            if isinstance(body, dict):
                kept = {key: value for key, value in body.items() if not key.startswith("__")}
                found[_name(name)] = {**found.get(_name(name), {}), **kept}
    return found


def _name(text: Any) -> str:
    return str(text).strip('"')


@dataclass(frozen=True, slots=True)
class Maybe:
    """A member of a list that is there, or is not: a condition that is only known in the run decides."""

    value: Any


def evaluate(value: Any, scope: Scope, depth: int = 0) -> Any:
    """*value* with variables put in: a template, a list, a mapping, a boolean, or None."""
    if depth > 24:
        return _unknown("a value that refers to itself")
    if isinstance(value, list | tuple):
        return [evaluate(each, scope, depth + 1) for each in value]
    if isinstance(value, dict):
        return {_name(key): evaluate(each, scope, depth + 1) for key, each in value.items()}
    if isinstance(value, Function | Template | Maybe | bool) or value is None:
        return value
    text = str(value)
    if text.startswith("<<"):
        text = '"' + "\n".join(text.split("\n")[1:-1]) + '"'
    if text.startswith("${") and text.endswith("}"):
        text = text[2:-1]
    try:
        return _Reader(text, scope, depth).whole()
    except _Unreadable:
        return _unknown(text)


class Evaluated(Mapping[str, Any]):
    """The attributes of a block in *scope*, each worked out when it is asked for."""

    def __init__(self, body: Mapping[str, Any], scope: Scope) -> None:
        self._body = body
        self._scope = scope
        self._known: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._known:
            self._known[name] = evaluate(self._body[name], self._scope)
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._body)

    def __len__(self) -> int:
        return len(self._body)


class _Unreadable(Exception):
    """The expression is beyond this reader."""


_TOKEN = re.compile(
    r'\s*(?:(\d+(?:\.\d+)?)|([A-Za-z_][\w-]*)|(==|!=|&&|\|\||>=|<=|[-+*/%?:,.()\[\]{}!<>=])|("))'
)


class _Reader:
    """A recursive-descent reader of one expression."""

    def __init__(self, text: str, scope: Scope, depth: int) -> None:
        self.text, self.scope, self.depth, self.at = text, scope, depth, 0

    def whole(self) -> Any:
        value = self.ternary()
        if self.text[self.at :].strip():
            raise _Unreadable
        return value

    def peek(self) -> str:
        found = _TOKEN.match(self.text, self.at)
        return found[0].strip() if found else ""

    def take(self, expected: str = "") -> str:
        found = _TOKEN.match(self.text, self.at)
        text = found[0].strip() if found else ""
        if found is None or (expected and text != expected):
            raise _Unreadable
        self.at = found.end()
        return text

    def ternary(self) -> Any:
        condition = self.either()
        if self.peek() != "?":
            return condition
        self.take("?")
        yes = self.ternary()
        self.take(":")
        no = self.ternary()
        truth = _truth(condition)
        if truth is None:
            return _either(yes, no) or _unknown(self.text)
        return yes if truth else no

    def either(self) -> Any:
        value = self.both()
        while self.peek() == "||":
            self.take()
            value = _or(_truth(value), _truth(self.both()))
        return value

    def both(self) -> Any:
        value = self.equality()
        while self.peek() == "&&":
            self.take()
            value = _and(_truth(value), _truth(self.equality()))
        return value

    def equality(self) -> Any:
        value = self.operand()
        while self.peek() in ("==", "!="):
            same = self.take() == "=="
            answer = _equal(value, self.operand())
            value = answer if same or not isinstance(answer, bool) else not answer
        return value

    def operand(self) -> Any:
        sign = self.peek()
        if sign == '"':
            return self.string()
        if sign == "!":
            self.take()
            truth = _truth(self.operand())
            return _unknown(self.text) if truth is None else not truth
        if sign == "(":
            self.take()
            value = self.ternary()
            self.take(")")
            return self.trailer(value)
        if sign == "[":
            return self.trailer(self.items("[", "]"))
        if sign[:1].isdigit():
            return Template.of(self.take())
        return self.name()

    def items(self, opening: str, closing: str) -> list[Any]:
        self.take(opening)
        found: list[Any] = []
        while self.peek() != closing:
            found.append(self.ternary())
            if self.peek() == ",":
                self.take()
        self.take(closing)
        return found

    def name(self) -> Any:
        name = self.take()
        if not re.fullmatch(r"[A-Za-z_][\w-]*", name):
            raise _Unreadable
        if self.peek() == "(":
            return self.trailer(self.call(name, self.items("(", ")")))
        if name in ("true", "false"):
            return name == "true"
        if name == "null":
            return None
        return self.trailer(self.scope[name] if name in self.scope else _unknown(name))

    def trailer(self, value: Any) -> Any:
        while self.peek() in (".", "["):
            if self.take() == ".":
                key: Any = self.take()
            else:
                key = self.ternary()
                self.take("]")
            value = _member(value, str(key))
        return value

    def string(self) -> Template:
        self.take('"')
        parts: list[str | Template] = []
        text, at = self.text, self.at
        while at < len(text) and text[at] != '"':
            if text.startswith(("$${", "%%{"), at):
                parts.append(text[at + 1 : at + 3])
                at += 3
            elif text.startswith("${", at):
                inner = _Reader(text, self.scope, self.depth + 1)
                inner.at = at + 2
                parts.append(_text(inner.ternary()))
                inner.take("}")
                at = inner.at
            elif text[at] == "\\" and at + 1 < len(text):
                parts.append({"n": "\n", "t": "\t"}.get(text[at + 1], text[at + 1]))
                at += 2
            else:
                parts.append(text[at])
                at += 1
        self.at = at + 1
        return Template.of(*parts)

    def call(self, name: str, arguments: list[Any]) -> Any:
        function = self.scope.get(name)
        if isinstance(function, Function):
            inner = {**self.scope, **dict(zip(function.params, arguments, strict=False))}
            return evaluate(function.result, inner, self.depth + 1)
        known = _FUNCTIONS.get(name)
        if known is None:
            return _unknown(f"{name}(…)", Kind.CLOCK if name in ("timestamp", "formatdate") else Kind.OUTPUT)
        try:
            return known(arguments)
        except (IndexError, TypeError, AttributeError):
            return _unknown(f"{name}(…)")


def _either(one: Any, other: Any) -> Any:
    """Both, as far as a list can hold them; None where that is not so."""
    if one == other:
        return one
    if isinstance(one, list) and isinstance(other, list):
        certain = [each for each in one if each in other]
        return [*certain, *(Maybe(each) for each in (*one, *other) if each not in certain)]
    for given, nothing in ((one, other), (other, one)):
        if isinstance(given, Template) and (nothing is None or nothing == EMPTY):
            return Maybe(given)
    return None


def _unknown(name: str, kind: Kind = Kind.OUTPUT) -> Template:
    return Template.of(Hole(name[:80], frozenset({kind})))


def _text(value: Any) -> Template:
    if isinstance(value, Template):
        return value
    if isinstance(value, Maybe):
        return _unknown(f"{_text(value.value)} or nothing")
    if isinstance(value, bool):
        return Template.of(str(value).lower())
    return EMPTY if value is None else _unknown("a list")


def _truth(value: Any) -> bool | None:
    if isinstance(value, Template):
        return None if value.literal is None else value.literal.lower() in ("true", "1")
    return bool(value)


def _equal(one: Any, other: Any) -> Any:
    if isinstance(one, Template) and isinstance(other, Template):
        if one.literal is None or other.literal is None:
            return True if one == other else _unknown(f"{one} == {other}")
        return one.literal == other.literal
    return one == other


def _and(one: bool | None, other: bool | None) -> Any:
    if one is False or other is False:
        return False
    return True if one and other else _unknown("&&")


def _or(one: bool | None, other: bool | None) -> Any:
    if one or other:
        return True
    return False if one is False and other is False else _unknown("||")


def _member(value: Any, key: str) -> Any:
    if isinstance(value, dict):
        return value.get(key, _unknown(key))
    if isinstance(value, list) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return _unknown(key)


def _list(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    raise TypeError


def _negated(value: Any) -> Any:
    return not value if isinstance(value, bool) else value


_FUNCTIONS: dict[str, Callable[[list[Any]], Any]] = {
    "equal": lambda a: _equal(a[0], a[1]),
    "notequal": lambda a: _negated(_equal(a[0], a[1])),
    "and": lambda a: _and(_truth(a[0]), _truth(a[1])),
    "or": lambda a: _or(_truth(a[0]), _truth(a[1])),
    "not": lambda a: _negated(_truth(a[0])),
    "lower": lambda a: _text(a[0]).derive("lower", str.lower),
    "upper": lambda a: _text(a[0]).derive("upper", str.upper),
    "replace": lambda a: _text(a[0]).derive("replace", lambda t: t.replace(str(a[1]), str(a[2]))),
    "trimprefix": lambda a: _text(a[0]).derive("trimprefix", lambda t: t.removeprefix(str(a[1]))),
    "trimsuffix": lambda a: _text(a[0]).derive("trimsuffix", lambda t: t.removesuffix(str(a[1]))),
    "substr": lambda a: _text(a[0]).derive("substr", lambda t: t[int(str(a[1])) :][: int(str(a[2]))]),
    "sanitize": lambda a: _text(a[0]).derive("sanitize", lambda t: re.sub(r"[^A-Za-z0-9_-]", "_", t)),
    "split": lambda a: [Template.of(p) for p in (_text(a[1]).literal or "").split(str(a[0]))],
    "join": lambda a: Template.of(
        *(
            piece
            for at, each in enumerate(_list(a[1]))
            for piece in ((_text(a[0]) if at else ""), _text(each))
        )
    ),
    "concat": lambda a: [each for part in a for each in _list(part)],
    "compact": lambda a: [each for each in _list(a[0]) if _text(each).parts],
    "index": lambda a: _member(_list(a[0]), str(a[1])),
    "distinct": lambda a: list(dict.fromkeys(_list(a[0]))),
    "flatten": lambda a: [e for part in _list(a[0]) for e in (part if isinstance(part, list) else [part])],
    "coalesce": lambda a: next(each for each in a if each is not None and _text(each).parts),
    "tostring": lambda a: _text(a[0]),
    "length": lambda a: Template.of(str(len(_list(a[0])))),
    "contains": lambda a: a[1] in _list(a[0]),
}
