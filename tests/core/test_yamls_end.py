"""Where a mistake at the very end of a file is."""

from __future__ import annotations

import pytest

from wholeship.core.yamls import scan


@pytest.mark.parametrize(
    ("text", "line"), [("[", 1), ("a: [\n", 2), ("a: 'x\nb", 2), ("{\r", 2), ("- [\x85", 2)]
)
def test_what_is_missing_at_the_end_is_on_the_last_line(text: str, line: int) -> None:
    """A mistake is never placed behind the last line of the file."""
    (problem,) = scan(text, "w.yml").problems
    assert problem.place.line == line
