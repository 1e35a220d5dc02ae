"""Random expressions over contexts that are known."""

from __future__ import annotations

import random
from typing import Any

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
)

CONTEXTS: dict[str, Any] = {
    "github": {
        "ref": "refs/heads/Main",
        "event_name": "push",
        "event": {
            "number": 7.0,
            "draft": False,
            "labels": [{"name": "bug"}, {"name": "Docs", "id": 3.0}, "odd"],
        },
        "empty": "",
    },
    "inputs": {"flag": True, "off": False, "text": "false", "count": 0.0, "ratio": 1.5, "none": None},
    "needs": {
        "build": {"result": "success", "outputs": {"tag": "1.2.3"}},
        "test": {"result": "failure", "outputs": {}},
    },
    "env": {"PUSH": "true", "LIST": "a,b"},
    "matrix": {"os": ["linux", "windows"], "n": 3.0},
}
_STRINGS = (
    "",
    "a",
    "A",
    "true",
    "false",
    "0",
    "1",
    " 1 ",
    "0x10",
    "refs/heads/main",
    "push",
    "it's",
    "{0}-{1}",
)
_NUMBERS = (0.0, 1.0, -1.0, 1.5, 16.0, 0.25)
_OPERATORS = ("==", "!=", "<", "<=", ">", ">=")
_PATHS = [
    (name, *path)
    for name, value in CONTEXTS.items()
    for path in ((), *((key,) for key in value), *((key, "x") for key in value))
] + [("github", "event", "labels"), ("github", "event", "number"), ("needs", "build", "outputs", "tag")]


def path(*names: str) -> Tree:
    """``a.b.c``."""
    tree: Tree = Context(names[0])
    for name in names[1:]:
        tree = Access(tree, Literal(name))
    return tree


def grow(chance: random.Random, depth: int = 4) -> Tree:
    """A random expression, at most *depth* deep."""
    if depth <= 0 or chance.random() < 0.2:
        return _leaf(chance)
    match chance.randrange(9):
        case 0:
            return Not(grow(chance, depth - 1))
        case 1:
            return And(tuple(_operand(chance, depth) for _ in range(chance.randint(2, 3))))
        case 2:
            return Or(tuple(_operand(chance, depth) for _ in range(chance.randint(2, 3))))
        case 3 | 4:
            return Compare(chance.choice(_OPERATORS), grow(chance, depth - 1), grow(chance, depth - 1))
        case 5:
            return _access(chance, depth)
        case _:
            return _call(chance, depth)


def _operand(chance: random.Random, depth: int) -> Tree:
    """Chains of one operator are one node, so they are not nested in themselves."""
    tree = grow(chance, depth - 1)
    return Not(tree) if isinstance(tree, (And, Or)) else tree


def _leaf(chance: random.Random) -> Tree:
    match chance.randrange(5):
        case 0:
            return Literal(chance.choice(_STRINGS))
        case 1:
            return Literal(chance.choice(_NUMBERS))
        case 2:
            return Literal(chance.choice((True, False, None)))
        case _:
            return path(*chance.choice(_PATHS))


def _access(chance: random.Random, depth: int) -> Tree:
    target = path(*chance.choice(_PATHS))
    if chance.random() < 0.4:
        starred = Star(target)
        return (
            Access(starred, Literal(chance.choice(("name", "result", "x"))))
            if chance.random() < 0.7
            else starred
        )
    return Access(target, grow(chance, depth - 2))


def _call(chance: random.Random, depth: int) -> Tree:
    def one() -> Tree:
        return grow(chance, depth - 1)

    match chance.randrange(7):
        case 0 | 1:
            return FunctionCall("contains", (one(), one()))
        case 2:
            return FunctionCall(chance.choice(("startswith", "endswith")), (one(), one()))
        case 3:
            pattern = Literal(chance.choice(("{0}", "{1}-{0}", "x{{{0}}}", "no fields")))
            return FunctionCall("format", (pattern, one(), one()))
        case 4:
            return FunctionCall("join", (one(), one()) if chance.random() < 0.5 else (one(),))
        case 5:
            return FunctionCall("tojson", (one(),))
        case _:
            return FunctionCall("case", (Compare("==", one(), one()), one(), one()))
