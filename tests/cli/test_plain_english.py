"""What people read is plain English: phrases that readers stumbled over do not come back."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STUMBLED_OVER = {
    r"\basked wrongly\b": "wrong flags, or a mistake in the release file",
    r"\bgone? on with\b": "continue, continued",
    r"\btold above\b": "say where it stands",
    r"\b[Aa] person has to\b": "say what to do",
    r"\bthe turn\b": "the change",
    r"\bsurely (?:after|behind)\b": "only after; gates before it",
    r"\b[Mm]end(?:s|ed|ing)?\b": "fix, repair",
    r"\bis HALF\b": "is half released: what is missing",
    r"\bHow to say no\b": "How to suppress it",
    r"\bopened:": "new finding:",
    r"\bthe one that is meant\b": "name it",
    r"\bnobody has said\b": "it is not known",
}
"""What not to write, as a pattern, and what to write: name a thing and a state, then the next step."""
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def strings_in(source: str) -> Iterator[tuple[int, str]]:
    """The texts of a module that are not documentation, with their lines."""
    tree = ast.parse(source)
    alone = [node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)]
    documentation = {id(value) for value in alone}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.lineno, node.value


def stumbles(text: str) -> Iterator[str]:
    for phrase, instead in STUMBLED_OVER.items():
        for found in re.findall(phrase, text):
            yield f"{found!r}: write {instead}"


def test_messages() -> None:
    """No message, help text or word on a page of the program has one of the phrases."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {said}"
        for path in sorted((ROOT / "src").rglob("*.py"))
        for line, text in strings_in(path.read_text(encoding="utf-8"))
        if " " in text or text.endswith(":")  # a word alone is a key
        for said in stumbles(text)
    ]
    assert found == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages(page: Path) -> None:
    """No page of the documentation has one either."""
    assert list(stumbles(page.read_text(encoding="utf-8"))) == []


def test_a_phrase_would_be_found() -> None:
    """In messages, not in the documentation of a module, and not in a key."""
    source = '"""Mend it."""\nA = "mend it"\nB = "mended"\nC = f"{A} is HALF"\n'
    said = [(line, len(list(stumbles(text)))) for line, text in strings_in(source)]
    assert [line for line, number in said if number] == [2, 3, 4]
