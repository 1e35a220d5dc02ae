"""R: answers that are late, lost, cut, wrong, or lies: the catalogue of HTTP faults, at every request."""

from __future__ import annotations

from functools import partial

from wholeship.testing.drill.engine import Case, Strikes
from wholeship.testing.drill.families.named import named_fault
from wholeship.testing.faults import FAULTS

AT_WRITES = ("reset-before", "reset-after", "reset-and-blind", "gateway-502-after", "lying-201", "cut-write")

CASES = (
    *(
        Case(fault.row, name, fault.what, fault=partial(named_fault, name))
        for name, fault in FAULTS.items()
        if fault.row.startswith("R")
    ),
    *(
        Case(
            FAULTS[name].row,
            f"{name}-at-writes",
            f"{FAULTS[name].what}: at every write of a tag",
            Strikes.WRITES,
            fault=partial(named_fault, name),
        )
        for name in AT_WRITES
    ),
)
