"""Ways to write the same in Python, brought to one: what differs in nothing else is the same program.

Each holds for every input. That suites pass with both ways would show it for no input but theirs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wholeship.core.python_trees import parse_python


def plainly_written(tree: ast.Module) -> ast.Module:
    """*tree*, changed in place, in which one of several ways to write the same is taken.

    Conditions are returned, where True was by them and else False; a name that is given right before the one
    statement that begins with it is none.
    """
    for node in ast.walk(tree):
        for body in _blocks(node):
            _return_condition(body)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            _name_less(node)
    return tree


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for name in ("body", "orelse", "finalbody"):
        block = getattr(node, name, None)
        if isinstance(block, list) and block:
            yield block


def _return_condition(body: list[ast.stmt]) -> None:
    """Return the condition by which *body* ends with True or False."""
    match body:
        case [*_, ast.If(test, [ast.Return(ast.Constant(held))], []), ast.Return(ast.Constant(other))]:
            length = 2
        case [*_, ast.If(test, [ast.Return(ast.Constant(held))], [ast.Return(ast.Constant(other))])]:
            length = 1
        case _:
            return
    if (held, other) == (False, True) and isinstance(held, bool) and isinstance(other, bool):
        told: ast.expr = ast.UnaryOp(ast.Not(), test)
    elif held is True and other is False and isinstance(test, ast.Compare):
        told = test  # what is no comparison may be anything, and not True
    else:
        return
    body[-length:] = [ast.Return(told)]


def _name_less(function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
    """Put what a name of *function* is given into the next statement, where that begins with it.

    Nothing else may have the name.
    """
    names = [node.id for node in ast.walk(function) if isinstance(node, ast.Name)]
    if {"locals", "vars", "eval", "exec", "dir"} & set(names):
        return
    kept = {name for node in ast.walk(function) for name in _declared(node)}
    for node in _within(function):
        for body in _blocks(node):
            for place in range(len(body) - 2, -1, -1):
                match body[place]:
                    case ast.Assign([ast.Name(name)], value) if names.count(name) == 2 and name not in kept:
                        if _begin_with(body[place + 1], name, value):
                            del body[place]


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """*node* and what is in it, without classes: others can ask for the names in their bodies."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef):
            yield from _within(child)


def _declared(node: ast.AST) -> list[str]:
    """Names that are known outside of where they are given."""
    return node.names if isinstance(node, ast.Global | ast.Nonlocal) else []


_FIRST = {
    ast.BinOp: "left",
    ast.Compare: "left",
    ast.Call: "func",
    ast.Attribute: "value",
    ast.Subscript: "value",
    ast.UnaryOp: "operand",
    ast.IfExp: "test",
    ast.Await: "value",
    ast.Return: "value",
    ast.Assign: "value",
    ast.Expr: "value",
}
"""What of each is evaluated before anything else."""


def _begin_with(statement: ast.stmt, name: str, value: ast.expr) -> bool:
    """Put *value* for *name* where *statement* evaluates that first; False: it does not."""
    node: ast.AST = statement
    while (field := _FIRST.get(type(node))) is not None:
        inner = getattr(node, field)
        if isinstance(inner, ast.Name) and inner.id == name and isinstance(inner.ctx, ast.Load):
            setattr(node, field, value)
            return True
        node = inner
    return False


def only_gives_out(without: bytes, now: bytes, before: bytes) -> bool:
    """Whether *now* differs from *without* in names of ``__all__`` alone, of what *before* did not have."""
    trees = [tree for text in (without, now, before) if (tree := parse_python(text)) is not None]
    if len(trees) < 3:
        return False
    old, new = (_given_out(tree) for tree in trees[:2])
    if old is None or new is None or ast.dump(trees[0]) != ast.dump(trees[1]):
        return False
    had, has = ({getattr(node, "name", "") for node in tree.body} for tree in (trees[2], trees[1]))
    return set(old) < set(new) and set(new) - set(old) <= has - had


def _given_out(tree: ast.Module) -> list[str] | None:
    """The names in ``__all__`` of *tree*, where that is one list of texts, which is taken out; else None."""
    for statement in tree.body:
        match statement:
            case ast.Assign([ast.Name("__all__")], ast.List(names) | ast.Tuple(names)):
                tree.body.remove(statement)
                texts = [each.value for each in names if isinstance(each, ast.Constant)]
                found = [text for text in texts if isinstance(text, str)]
                return found if len(found) == len(names) else None
    return None
