"""Which files of a context the builder does not see."""

from __future__ import annotations

import pytest

from wholeship.core.errors import BadInput
from wholeship.release.inputs.ignore import parse_ignore

CASES = [
    ("node_modules", "node_modules/a/b.js", True),
    ("node_modules", "web/node_modules", False),
    ("**/node_modules", "web/node_modules/x", True),
    ("**/node_modules", "node_modules", True),
    ("*.md", "README.md", True),
    ("*.md", "docs/README.md", False),
    ("**/*.md", "docs/deep/README.md", True),
    ("/dist/", "dist/app", True),
    ("./dist", "dist", True),
    ("a/../b", "b/c", True),
    ("*\n!src", "src/main.py", False),
    ("*\n!src\nsrc/secret*", "src/secret.key", True),
    ("temp?", "temp1", True),
    ("temp?", "temp12", False),
    ("[a-c]x", "bx", True),
    ("[^a-c]x", "bx", False),
    (r"a\*b", "a*b", True),
    (r"a\*b", "axb", False),
    ("# comment\n\n.git", ".git/config", True),
    ("docs/**", "docs/a", True),
    ("**", "anything/at/all", True),
    ("a.b", "axb", False),
    (".", "a", False),
]


@pytest.mark.parametrize(("text", "path", "hidden"), CASES)
def test_patterns(text: str, path: str, hidden: bool) -> None:
    """A path is hidden exactly when the last pattern that matches it, or a folder above it, says so."""
    assert parse_ignore(text)(path) is hidden


@pytest.mark.parametrize("text", ["!", "[a", "a[", "x\n! "])
def test_refused(text: str) -> None:
    """A pattern that no builder takes is refused with its line."""
    with pytest.raises(BadInput, match=r"\.dockerignore:\d"):
        parse_ignore(text)
