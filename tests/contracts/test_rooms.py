"""GitHub's words are written in one room: the others would serve another CI as they are."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "src" / "wholeship"
ROOMS = ("core", "logic", "texts", "shell", "pipeline", "tools", "prove")
WORDS = re.compile(r"\bGITHUB_|(?<![\w.])\.github\b|\buses:")


@pytest.mark.parametrize("room", ROOMS)
def test_no_word_of_github_outside_its_room(room: str) -> None:
    """The shell knows no CI's variables, the prover no CI's file: both are handed what they need."""
    found = [
        f"{path.relative_to(SOURCE)}:{number}: {line.strip()}"
        for path in sorted((SOURCE / room).rglob("*.py"))
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if WORDS.search(line)
    ]
    assert found == []
