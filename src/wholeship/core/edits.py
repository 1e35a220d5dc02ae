"""Edits of a text that keep everything else of it: comments, order, indentation."""

from __future__ import annotations

from collections.abc import Sequence

from wholeship.core.finding import Edit
from wholeship.core.place import Place


def applied(text: str, edits: Sequence[Edit]) -> str:
    """*text* with *edits* made; an edit that overlaps one before it is left out."""
    starts = _offsets(text)
    spans = sorted({(*_span(starts, edit.place), edit.text) for edit in edits})
    parts: list[str] = []
    at = 0
    for start, end, new in spans:
        if start < at:
            continue
        parts += [text[at:start], new]
        at = end
    return "".join([*parts, text[at:]])


def _span(starts: Sequence[int], place: Place) -> tuple[int, int]:
    start = starts[min(place.line - 1, len(starts) - 1)] + max(place.column - 1, 0)
    if not place.end_line:
        return start, start
    return start, starts[min(place.end_line - 1, len(starts) - 1)] + max(place.end_column - 1, 0)


def _offsets(text: str) -> list[int]:
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    return starts
