"""Programs of Python that anybody may have written, as trees."""

from __future__ import annotations

import ast
import warnings

import pytest

from wholeship.core.python_trees import parse_python


@pytest.mark.parametrize("text", ["x = 1", b"x = 1", "", "# only words"])
def test_a_program_has_its_tree(text: str | bytes) -> None:
    """What Python reads is the tree that Python makes of it."""
    tree = parse_python(text)
    assert tree is not None
    assert ast.dump(tree) == ast.dump(ast.parse(text))


@pytest.mark.parametrize("text", ["def", "x = = 1", "x = 1\0", b"\xff = 1"])
def test_what_is_no_program_has_none(text: str | bytes) -> None:
    """Half a program, a letter that none has, bytes that are no text: None, and no error."""
    assert parse_python(text) is None


def test_what_python_warns_of_is_not_said() -> None:
    """An escape that Python does not know is the author's affair, and not shown beside a verdict."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        assert parse_python('x = "\\d"') is not None
    assert not said
