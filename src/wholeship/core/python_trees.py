"""The syntax tree of a Python program, which may be anybody's."""

from __future__ import annotations

import ast
import warnings


def parse_python(text: str | bytes) -> ast.Module | None:
    """The tree of *text*; None where it is no Python, or too deep. What Python warns of is not said."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
