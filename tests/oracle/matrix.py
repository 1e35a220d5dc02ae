"""The legs of a matrix: vectors multiplied, ``exclude`` first, then ``include``."""

from __future__ import annotations

from itertools import product
from typing import Any

from tests.oracle.expressions import equal

Leg = dict[str, Any]


class EmptyMatrix(Exception):
    """A vector without an entry, or nothing at all: GitHub fails the job."""


def legs(matrix: Any) -> list[Leg]:
    """One mapping for each leg, in GitHub's order."""
    if not isinstance(matrix, dict) or not matrix:
        raise EmptyMatrix
    vectors = {name: entries for name, entries in matrix.items() if name not in ("include", "exclude")}
    if any(not isinstance(entries, list) or not entries for entries in vectors.values()):
        raise EmptyMatrix
    base = (
        [dict(zip(vectors, chosen, strict=True)) for chosen in product(*vectors.values())] if vectors else []
    )
    kept = [leg for leg in base if not any(_matches(leg, item) for item in matrix.get("exclude") or ())]
    return _included(kept, matrix.get("include") or (), tuple(vectors))


def _matches(leg: Leg, item: Leg) -> bool:
    return all(equal(leg.get(name), value) for name, value in item.items())


def _included(kept: list[Leg], items: Any, vectors: tuple[str, ...]) -> list[Leg]:
    grown, own = [dict(leg) for leg in kept], []
    for item in items:
        known = {name: value for name, value in item.items() if name in vectors}
        extra = {name: value for name, value in item.items() if name not in vectors}
        fitting = [new for leg, new in zip(kept, grown, strict=True) if _matches(leg, known)]
        for new in fitting:
            new.update(extra)
        if not fitting:
            own.append(dict(item))
    if not grown and not own:
        raise EmptyMatrix
    return grown + own
