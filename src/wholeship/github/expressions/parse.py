"""Text → tree (actions/runner, ``Sdk/Expressions``; GitHub docs, "Evaluate expressions").

Names of contexts and functions are checked here, as GitHub does when it reads the file.
"""

from __future__ import annotations

import functools
import math
import re

from wholeship.core.errors import BadInput
from wholeship.core.patterns import lazy_pattern
from wholeship.github.expressions.tree import (
    Access,
    And,
    Compare,
    Context,
    FunctionCall,
    Literal,
    Not,
    Or,
    Star,
    Tree,
    children,
)
from wholeship.github.expressions.values import number_of

LENGTH_LIMIT = 21_000
DEPTH_LIMIT = 50
_NESTING = 150  # parentheses do not count for GitHub's limit; this one protects our stack

FUNCTIONS = {
    "contains": (2, 2), "startswith": (2, 2), "endswith": (2, 2), "format": (1, 255), "join": (1, 2),
    "tojson": (1, 1), "fromjson": (1, 1), "case": (3, 255), "hashfiles": (1, 255),
    "success": (0, 255), "failure": (0, 255), "cancelled": (0, 0), "always": (0, 0),
}  # fmt: skip
STATUS_FUNCTIONS = frozenset(("success", "failure", "cancelled", "always"))
CONTEXTS = frozenset("github env vars job jobs steps runner secrets strategy matrix needs inputs".split())


class BadExpression(BadInput):
    """Not an expression. ``offset`` counts characters from the start of its text."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.offset = offset


_TOKEN = lazy_pattern(
    r"""\s*(?:
      (?P<string>'(?:[^']|'')*')
    | (?P<operator>==|!=|<=|>=|&&|\|\||[()\[\],!<>*])
    | (?P<number>[-+0-9][^\s()\[\],!<>=&|]*)
    | (?P<name>[A-Za-z_][A-Za-z0-9_-]*(?=[\s()\[\],.!<>=&|]|$))
    | (?P<dot>\.)
    | (?P<end>$)
    )""",
    re.VERBOSE,
)
_POINT = lazy_pattern(r"\.[^\s()\[\],!<>=&|]*")
_CONSTANTS: dict[str, str | float | bool | None] = {
    "true": True, "false": False, "null": None, "NaN": float("nan"), "Infinity": float("inf"),
}  # fmt: skip

Token = tuple[str, str, int]
"""Its class, its text, where it starts."""


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    at = 0
    while True:
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise BadExpression(f"unexpected symbol {_near(text, start)!r}", start)
        kind = match.lastgroup or "end"
        start = match.start(kind)
        at = match.end()
        if kind == "dot" and not _may_access(found):
            point = _POINT.match(text, start)
            assert point is not None
            kind, at = "number", point.end()
        found.append((kind, text[start:at], start))
        if kind == "end":
            return found


def _near(text: str, start: int) -> str:
    return (text[start:].split() or [""])[0][:40]


def _may_access(found: list[Token]) -> bool:
    """Whether a dot here selects a property; else it starts a number."""
    return bool(found) and (found[-1][0] == "name" or found[-1][1] in ("]", ")", "*"))


_LEVELS = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}


class _Parser:
    def __init__(self, text: str) -> None:
        self.tokens = _tokens(text)
        self.at = 0
        self.nesting = 0

    def peek(self) -> str:
        kind, text, _ = self.tokens[self.at]
        return text if kind in ("operator", "dot") else ""

    def take(self) -> Token:
        token = self.tokens[self.at]
        if token[0] != "end":
            self.at += 1
        return token

    def expect(self, operator: str) -> None:
        if self.peek() != operator:
            raise self.unexpected()
        self.take()

    def unexpected(self) -> BadExpression:
        kind, text, start = self.tokens[self.at]
        if kind == "end":
            return BadExpression("the expression ends too early", start)
        return BadExpression(f"unexpected symbol {text[:40]!r}", start)

    def whole(self) -> Tree:
        tree = self.expression(1)
        if self.tokens[self.at][0] != "end":
            raise self.unexpected()
        return tree

    def expression(self, lowest: int) -> Tree:
        self.nesting += 1
        if self.nesting > _NESTING:
            raise BadExpression("nested too deeply", self.tokens[self.at][2])
        left = self.unary()
        while (level := _LEVELS.get(operator := self.peek(), 0)) >= lowest:
            self.take()
            left = _combined(operator, left, self.expression(level + 1))
        self.nesting -= 1
        return left

    def unary(self) -> Tree:
        count = 0
        while self.peek() == "!":
            self.take()
            count += 1
        if count > DEPTH_LIMIT:
            raise BadExpression("nested too deeply", self.tokens[self.at][2])
        tree = self.postfix()
        for _ in range(count):
            tree = Not(tree)
        return tree

    def postfix(self) -> Tree:
        tree, accessible = self.primary()
        while accessible and (operator := self.peek()) in (".", "["):
            self.take()
            if self.peek() == "*":
                self.take()
                tree = Star(tree)
            elif operator == ".":
                kind, name, _ = self.tokens[self.at]
                if kind != "name":
                    raise self.unexpected()
                self.take()
                tree = Access(tree, Literal(name))
            else:
                tree = Access(tree, self.expression(1))
            if operator == "[":
                self.expect("]")
        return tree

    def primary(self) -> tuple[Tree, bool]:
        """A tree, and whether properties can be selected from it."""
        kind, text, start = self.tokens[self.at]
        if kind == "string":
            self.take()
            return Literal(text[1:-1].replace("''", "'")), False
        if kind == "number":
            self.take()
            return Literal(_number(text, start)), False
        if kind == "name":
            self.take()
            return self.named(text, start)
        if self.peek() == "(":
            self.take()
            tree = self.expression(1)
            self.expect(")")
            return tree, True
        raise self.unexpected()

    def named(self, name: str, start: int) -> tuple[Tree, bool]:
        lower = name.lower()
        if self.peek() == "(":
            return self.call(lower, start), True
        if name in _CONSTANTS:
            return Literal(_CONSTANTS[name]), False
        if lower not in CONTEXTS:
            raise BadExpression(f"unknown name {name!r}", start)
        return Context(lower), True

    def call(self, name: str, start: int) -> Tree:
        self.take()
        arguments: list[Tree] = []
        while self.peek() != ")":
            if arguments:
                self.expect(",")
            arguments.append(self.expression(1))
        self.take()
        if name not in FUNCTIONS:
            raise BadExpression(f"unknown function {name!r}", start)
        low, high = FUNCTIONS[name]
        if not low <= len(arguments) <= high:
            raise BadExpression(f"{name} takes {low} to {high} arguments, not {len(arguments)}", start)
        if name == "case" and len(arguments) % 2 == 0:
            raise BadExpression(
                "case takes pairs of a condition and a value, and a default at the end", start
            )
        return FunctionCall(name, tuple(arguments))


def _number(text: str, start: int) -> float:
    value = number_of(text)
    if math.isnan(value):
        raise BadExpression(f"unexpected symbol {text[:40]!r}", start)
    return value


def _combined(operator: str, left: Tree, right: Tree) -> Tree:
    if operator == "||":
        return Or((*(left.operands if isinstance(left, Or) else (left,)), right))
    if operator == "&&":
        return And((*(left.operands if isinstance(left, And) else (left,)), right))
    return Compare(operator, left, right)


def _depth(tree: Tree) -> int:
    level = [tree]
    depth = 0
    while level:
        level = [child for node in level for child in children(node)]
        depth += 1
    return depth


@functools.lru_cache(maxsize=8192)
def parse_expression(text: str) -> Tree:
    """The tree of *text*. Raises :class:`BadExpression`, and nothing else."""
    if len(text) > LENGTH_LIMIT:
        raise BadExpression(f"{len(text)} characters; the limit is {LENGTH_LIMIT}")
    tree = _Parser(text).whole()
    if _depth(tree) > DEPTH_LIMIT:
        raise BadExpression(f"nested more than {DEPTH_LIMIT} deep")
    return tree
