"""Regular expressions that are compiled when they are first asked."""

from __future__ import annotations

import ast
import importlib
import pickle
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from wholeship.core import patterns
from wholeship.core.patterns import LazyPattern, lazy_pattern

SOURCE = Path(patterns.__file__).parents[1]


def _modules() -> Iterator[Path]:
    return (each for each in sorted(SOURCE.rglob("*.py")) if each != Path(patterns.__file__))


def _at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """What runs as the module is loaded: nothing inside a function."""
    for child in ast.iter_child_nodes(tree):
        if not isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield child
            yield from _at_import(child)


def test_it_answers_as_a_compiled_pattern_does() -> None:
    """What a pattern is asked, it answers as the standard library's does: the first time and later."""
    lazy, plain = lazy_pattern(r"(\w)(\d)", re.IGNORECASE), re.compile(r"(\w)(\d)", re.IGNORECASE)
    for _ in range(2):
        assert lazy.findall("a1 B2") == plain.findall("a1 B2")
        assert lazy.sub(r"\2\1", "a1 B2") == plain.sub(r"\2\1", "a1 B2")
        assert (lazy.pattern, lazy.flags, lazy.groups) == (plain.pattern, plain.flags, plain.groups)


def test_nothing_is_compiled_before_it_is_asked() -> None:
    """A pattern costs its run nothing until it is asked: one that is wrong is not even noticed before."""
    wrong = lazy_pattern("(")
    with pytest.raises(re.error):
        wrong.search("")


def test_it_travels_to_another_process() -> None:
    """A value that holds a pattern can be sent to the process of a second core."""
    lazy = lazy_pattern("a+", re.DOTALL)
    assert lazy.search("baa")
    again = pickle.loads(pickle.dumps(lazy))
    assert again.search("baa").span() == (1, 3)
    assert again.flags == lazy.flags


def test_no_module_compiles_one_as_it_is_loaded() -> None:
    """The start of a command pays for no regular expression that it does not ask."""
    found = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in _modules()
        for node in _at_import(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "re.compile"
    ]
    assert not found


def test_each_pattern_of_a_module_can_be_compiled() -> None:
    """A regular expression that is wrong is found here, though no module notices it at its start."""
    count = 0
    for path in _modules():
        if "lazy_pattern(" not in path.read_text():
            continue
        name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for held in vars(importlib.import_module(name)).values():
            for each in _patterns_in(held):
                assert each.pattern is not None
                count += 1
    assert count > 250


def _patterns_in(held: object) -> Iterator[LazyPattern]:
    if isinstance(held, LazyPattern):
        yield held
    elif isinstance(held, dict):
        yield from _patterns_in(list(held.values()))
    elif isinstance(held, list | tuple):
        for each in held:
            yield from _patterns_in(each)
