"""R: answers that are late, lost, cut, wrong, or lies: the catalogue of HTTP faults, at every request."""

from __future__ import annotations

from functools import partial

from wholeship.testing.drill.engine import Case
from wholeship.testing.drill.stage import Stage
from wholeship.testing.faults import FAULTS, Fault


def _named(name: str, stage: Stage) -> Fault:
    return FAULTS[name]


CASES = tuple(
    Case(fault.row, name, fault.what, fault=partial(_named, name))
    for name, fault in FAULTS.items()
    if fault.row.startswith("R")
)
