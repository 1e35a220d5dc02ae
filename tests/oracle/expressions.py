"""GitHub's expressions, written from its documentation: a small evaluator that is the oracle's own."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

Value = Any
"""null, boolean, number, text, list or mapping: what JSON has."""

STATUS = ("success", "failure", "cancelled", "always")

_TOKEN = re.compile(
    r"\s*(?:(?P<number>-?0x[0-9a-fA-F]+|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<name>[A-Za-z_][A-Za-z0-9_-]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[!<>().,\[\]*]))"
)


class ExpressionError(Exception):
    """The expression cannot be parsed or evaluated; GitHub shows an error too."""


class Filtered(list[Value]):
    """What ``x.*`` gives: a property after it is applied to each entry."""


class Scope:
    """What an expression may read: contexts, the status functions, and the files of ``hashFiles``."""

    def __init__(self, contexts: Mapping[str, Value], status: Mapping[str, Callable[[], bool]] | None = None):
        self.contexts = {name.lower(): value for name, value in contexts.items()}
        self.status = status or {}


def tokens(source: str) -> list[tuple[str, str]]:
    """Kind and text of each token."""
    found, at, source = [], 0, source.rstrip()
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            raise ExpressionError(f"unexpected {source[at:]!r}")
        kind = match.lastgroup or ""
        found.append((kind, match.group(kind)))
        at = match.end()
    return found


Tree = tuple[Any, ...]


class _Parser:
    def __init__(self, source: str):
        self.tokens = tokens(source)
        self.at = 0

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, text: str) -> bool:
        if self.peek() == text and self.tokens[self.at][0] == "sign":
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise ExpressionError(f"expected {text!r}, found {self.peek()!r}")

    def whole(self) -> Tree:
        tree = self.either()
        if self.at != len(self.tokens):
            raise ExpressionError(f"unexpected {self.peek()!r}")
        return tree

    def either(self) -> Tree:
        tree = self.both()
        while self.take("||"):
            tree = ("or", tree, self.both())
        return tree

    def both(self) -> Tree:
        tree = self.equal()
        while self.take("&&"):
            tree = ("and", tree, self.equal())
        return tree

    def equal(self) -> Tree:
        tree = self.order()
        while True:
            for sign in ("==", "!="):
                if self.take(sign):
                    tree = (sign, tree, self.order())
                    break
            else:
                return tree

    def order(self) -> Tree:
        tree = self.unary()
        while True:
            for sign in ("<=", ">=", "<", ">"):
                if self.take(sign):
                    tree = (sign, tree, self.unary())
                    break
            else:
                return tree

    def unary(self) -> Tree:
        return ("not", self.unary()) if self.take("!") else self.postfix()

    def postfix(self) -> Tree:
        tree = self.primary()
        while True:
            if self.take("."):
                tree = ("star", tree) if self.take("*") else ("at", tree, ("value", self.name()))
            elif self.take("["):
                if self.take("*"):
                    tree = ("star", tree)
                else:
                    tree = ("at", tree, self.either())
                self.expect("]")
            else:
                return tree

    def name(self) -> str:
        if self.at >= len(self.tokens) or self.tokens[self.at][0] != "name":
            raise ExpressionError(f"expected a name, found {self.peek()!r}")
        self.at += 1
        return self.tokens[self.at - 1][1]

    def primary(self) -> Tree:
        if self.take("("):
            tree = self.either()
            self.expect(")")
            return tree
        if self.at >= len(self.tokens):
            raise ExpressionError("the expression ends too early")
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return ("value", number(text))
        if kind == "text":
            return ("value", text[1:-1].replace("''", "'"))
        if kind != "name":
            raise ExpressionError(f"unexpected {text!r}")
        if text in ("true", "false", "null"):
            return ("value", {"true": True, "false": False, "null": None}[text])
        return self.call(text) if self.take("(") else ("context", text)

    def call(self, name: str) -> Tree:
        arguments: list[Tree] = []
        if not self.take(")"):
            arguments.append(self.either())
            while self.take(","):
                arguments.append(self.either())
            self.expect(")")
        return ("call", name.lower(), tuple(arguments))


@lru_cache(maxsize=4096)
def parse(source: str) -> Tree:
    """The syntax tree; :class:`ExpressionError` where there is none."""
    return _Parser(source).whole()


def asks_status(tree: Tree) -> bool:
    """Is a status function called anywhere in *tree*?"""
    if tree[0] == "call":
        return tree[1] in STATUS or any(asks_status(argument) for argument in tree[2])
    return tree[0] not in ("value", "context") and any(asks_status(part) for part in tree[1:])


def number(value: Value) -> float:
    """As GitHub turns a value into a number."""
    if value is None:
        return 0
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if not isinstance(value, str):
        return math.nan
    text = value.strip()
    if not text:
        return 0
    try:
        found = int(text, 16) if text.lower().startswith("0x") else float(text)
    except ValueError:
        return math.nan
    return int(found) if found == found and abs(found) < 1e15 and found == int(found) else found


def text(value: Value) -> str:
    """As GitHub prints a value."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value == int(value) else f"{value:.15g}"
    if isinstance(value, list):
        return "Array"
    return "Object" if isinstance(value, dict) else str(value)


def truthy(value: Value) -> bool:
    """Does a condition hold that gives *value*?"""
    if isinstance(value, float) and math.isnan(value):
        return False
    return isinstance(value, list | dict) or bool(value)


def equal(left: Value, right: Value) -> bool:
    """``==``: texts ignoring case, unlike kinds as numbers."""
    if isinstance(left, str) and isinstance(right, str):
        return left.lower() == right.lower()
    if isinstance(left, bool) and isinstance(right, bool):
        return left == right
    if isinstance(left, list | dict) and isinstance(right, list | dict):
        return left is right
    if left is None and right is None:
        return True
    return number(left) == number(right)


def _ordered(sign: str, left: Value, right: Value) -> bool:
    if isinstance(left, str) and isinstance(right, str):
        left, right = left.lower(), right.lower()
    else:
        left, right = number(left), number(right)
    return bool({"<": left < right, ">": left > right, "<=": left <= right, ">=": left >= right}[sign])


def _at(value: Value, key: Value) -> Value:
    if isinstance(value, Filtered):
        found = [_at(entry, key) for entry in value if isinstance(entry, dict | list)]
        return Filtered(entry for entry in found if entry is not None)
    if isinstance(value, dict):
        wanted = text(key)
        if wanted in value:
            return value[wanted]
        return next((entry for name, entry in value.items() if str(name).lower() == wanted.lower()), None)
    if isinstance(value, list):
        index = number(key)
        return value[int(index)] if index == index and 0 <= index < len(value) else None
    return None


def _format(pattern: str, *values: Value) -> str:
    def one(match: re.Match[str]) -> str:
        if match.group() in ("{{", "}}"):
            return match.group()[0]
        return text(values[int(match.group(1))])

    return re.sub(r"\{\{|\}\}|\{(\d+)\}", one, pattern)


def _contains(where: Value, what: Value) -> bool:
    if isinstance(where, list):
        return any(equal(entry, what) for entry in where)
    if isinstance(where, dict):
        return False
    return text(what).lower() in text(where).lower()


def _from_json(value: Value) -> Value:
    try:
        return json.loads(text(value))
    except ValueError as error:
        raise ExpressionError(f"fromJSON: {error}") from error


def _call(name: str, arguments: tuple[Tree, ...], scope: Scope) -> Value:
    if name in STATUS:
        if name not in scope.status:
            raise ExpressionError(f"{name}() has no place here")
        return scope.status[name]()
    if name == "case":
        return _case(arguments, scope)
    values = [value_of(argument, scope) for argument in arguments]
    if name == "join":
        joined = (text(values[1]) if len(values) > 1 else ",").join
        return joined(text(entry) for entry in values[0]) if isinstance(values[0], list) else text(values[0])
    functions: dict[str, Callable[..., Value]] = {
        "contains": _contains,
        "startswith": lambda a, b: text(a).lower().startswith(text(b).lower()),
        "endswith": lambda a, b: text(a).lower().endswith(text(b).lower()),
        "format": lambda a, *rest: _format(text(a), *rest),
        "tojson": lambda a: json.dumps(a, indent=2),
        "fromjson": _from_json,
        "hashfiles": lambda *_: "",
    }
    if name not in functions:
        raise ExpressionError(f"no function {name}")
    return functions[name](*values)


def _case(arguments: tuple[Tree, ...], scope: Scope) -> Value:
    for condition, answer in zip(arguments[:-1:2], arguments[1::2], strict=False):
        found = value_of(condition, scope)
        if not isinstance(found, bool):
            raise ExpressionError("case: a predicate is no boolean")
        if found:
            return value_of(answer, scope)
    return value_of(arguments[-1], scope)


def value_of(tree: Tree, scope: Scope) -> Value:
    """What *tree* comes to in *scope*."""
    kind = tree[0]
    if kind == "value":
        return tree[1]
    if kind == "context":
        if tree[1].lower() not in scope.contexts:
            raise ExpressionError(f"unknown name {tree[1]}")
        return scope.contexts[tree[1].lower()]
    if kind == "call":
        return _call(tree[1], tree[2], scope)
    first = value_of(tree[1], scope)
    if kind in ("and", "or"):
        return first if truthy(first) == (kind == "or") else value_of(tree[2], scope)
    if kind == "not":
        return not truthy(first)
    if kind == "star":
        values = first.values() if isinstance(first, dict) else first if isinstance(first, list) else ()
        return Filtered(values)
    second = value_of(tree[2], scope)
    if kind == "at":
        return _at(first, second)
    if kind in ("==", "!="):
        return equal(first, second) == (kind == "==")
    return _ordered(kind, first, second)


def _parts(source: str) -> list[tuple[str, str]]:
    """The text and the expressions of a scalar, in order."""
    found, at = [], 0
    while (start := source.find("${{", at)) >= 0:
        end, quoted = start + 3, False
        while end < len(source) and (quoted or not source.startswith("}}", end)):
            quoted ^= source[end] == "'"
            end += 1
        if end >= len(source):
            raise ExpressionError("an expression is not closed")
        found += [("text", source[at:start]), ("expression", source[start + 3 : end])]
        at = end + 2
    return [*found, ("text", source[at:])]


def interpolate(source: Value, scope: Scope) -> Value:
    """A scalar with its expressions replaced; a lone expression keeps its type."""
    if not isinstance(source, str) or "${{" not in source:
        return source
    parts = [part for part in _parts(source) if part != ("text", "")]
    if len(parts) == 1 and parts[0][0] == "expression":
        return value_of(parse(parts[0][1]), scope)
    return "".join(body if kind == "text" else text(value_of(parse(body), scope)) for kind, body in parts)


def holds(condition: Value, scope: Scope) -> bool:
    """The value of an ``if``; without a status function in it, ``success()`` is asked too."""
    source = text(condition).strip() if condition is not None else ""
    if not source:
        return truthy(_call("success", (), scope))
    tree = _condition(source)
    if not asks_status(tree) and not truthy(_call("success", (), scope)):
        return False
    return truthy(value_of(tree, scope))


def _condition(source: str) -> Tree:
    if "${{" not in source:
        return parse(source)
    parts = [part for part in _parts(source) if part != ("text", "")]
    if len(parts) == 1:
        return parse(parts[0][1])
    pattern = "".join("{0}" if kind == "expression" else body.replace("{", "{{") for kind, body in parts)
    inside = tuple(parse(body) for kind, body in parts if kind == "expression")
    return ("call", "format", (("value", pattern), *inside))
