"""Workflows read into abstract runs, compared with what is written down beside each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.github.shown import shown
from wholeship.github.read import read_workflow

FIXTURES = Path(__file__).parent / "fixtures" / "reading"
CASES = sorted(path.name for path in FIXTURES.iterdir())


def reading_of(folder: Path) -> str:
    """The case in *folder*, read as a repository."""

    def repository(path: str) -> bytes | None:
        file = folder / path
        return file.read_bytes() if file.is_file() else None

    return shown(read_workflow((folder / "main.yml").read_bytes(), "main.yml", repository))


@pytest.mark.parametrize("case", CASES)
def test_reading(case: str) -> None:
    """Every scenario, job, leg and step is read as written down in ``expected.txt``."""
    assert reading_of(FIXTURES / case) == (FIXTURES / case / "expected.txt").read_text()
