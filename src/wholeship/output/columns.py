"""Rows of texts as aligned columns."""

from __future__ import annotations

from collections.abc import Sequence

from wholeship.core.text import printable


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """*rows* as lines, columns as wide as they have to be; escape sequences take no room."""
    if not rows:
        return []
    widths = [max(_width(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]


def _width(text: str) -> int:
    return len(printable(text))
