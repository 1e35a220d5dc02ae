"""R: answers that are late, lost, cut, wrong, or lies: the catalogue of HTTP faults, at every request."""

from __future__ import annotations

from wholeship.testing.drill.families.named import at_writes, of_row

AT_WRITES = ("reset-before", "reset-after", "reset-and-blind", "gateway-502-after", "lying-201", "cut-write")

CASES = (*of_row("R"), *at_writes(AT_WRITES))
