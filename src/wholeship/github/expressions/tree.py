"""Expressions as trees, and back to text."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.values import dataclass

Constant = str | float | bool | None


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant."""

    value: Constant


@dataclass(frozen=True, slots=True)
class Context:
    """A context by its name, in lower case: ``github``."""

    name: str


@dataclass(frozen=True, slots=True)
class Access:
    """``target.key`` or ``target[key]``."""

    target: Tree
    key: Tree


@dataclass(frozen=True, slots=True)
class Star:
    """``target.*``."""

    target: Tree


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A function by its name in lower case."""

    name: str
    arguments: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``!operand``."""

    operand: Tree


@dataclass(frozen=True, slots=True)
class Compare:
    """``== != < <= > >=``."""

    operator: str
    left: Tree
    right: Tree


@dataclass(frozen=True, slots=True)
class And:
    """``&&``; the first operand that is false, else the last."""

    operands: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """``||``; the first operand that is true, else the last."""

    operands: tuple[Tree, ...]


Tree = Literal | Context | Access | Star | FunctionCall | Not | Compare | And | Or


def children(tree: Tree) -> tuple[Tree, ...]:
    """The trees directly inside."""
    match tree:
        case Access(target, key):
            return (target, key)
        case Star(target):
            return (target,)
        case FunctionCall(_, arguments):
            return arguments
        case Not(operand):
            return (operand,)
        case Compare(_, left, right):
            return (left, right)
        case And(operands) | Or(operands):
            return operands
        case _:
            return ()


def walk_tree(tree: Tree) -> Iterator[Tree]:
    """*tree* and everything inside it."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(children(node))


def text_of(tree: Tree) -> str:
    """*tree* as people write it; equal trees give equal text."""
    return _text(tree, 0)


_SPELLING = {
    "startswith": "startsWith", "endswith": "endsWith", "tojson": "toJSON", "fromjson": "fromJSON",
    "hashfiles": "hashFiles",
}  # fmt: skip


def _text(tree: Tree, binding: int) -> str:
    match tree:
        case Literal(value):
            return literal_text(value)
        case Context(name):
            return name
        case Access(target, key):
            if isinstance(key, Literal) and isinstance(key.value, str) and _is_name(key.value):
                return f"{_text(target, 9)}.{key.value}"
            return f"{_text(target, 9)}[{_text(key, 0)}]"
        case Star(target):
            return f"{_text(target, 9)}.*"
        case FunctionCall(name, arguments):
            return f"{_SPELLING.get(name, name)}({', '.join(_text(each, 0) for each in arguments)})"
        case Not(operand):
            return f"!{_text(operand, 8)}"
        case Compare(operator, left, right):
            level = 3 if operator in ("==", "!=") else 4
            return _wrapped(f"{_text(left, level)} {operator} {_text(right, level + 1)}", level, binding)
        case And(operands):
            return _wrapped(" && ".join(_text(each, 3) for each in operands), 2, binding)
        case Or(operands):
            return _wrapped(" || ".join(_text(each, 2) for each in operands), 1, binding)


def _wrapped(text: str, level: int, binding: int) -> str:
    return f"({text})" if level < binding else text


def literal_text(value: Constant) -> str:
    """A constant as it is written in an expression."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value).replace("inf", "Infinity").replace("nan", "NaN")


def _is_name(text: str) -> bool:
    return text[:1].isalpha() or text[:1] == "_" if text.replace("-", "_").isidentifier() else False
