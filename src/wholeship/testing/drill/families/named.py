"""Cases by the names of faults: what several families play alike."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial

from wholeship.testing.drill.engine import Case
from wholeship.testing.drill.stage import Setting, Stage
from wholeship.testing.faults import FAULTS, Fault

STEP_FAULTS = (
    "kill-before",
    "kill-after",
    "reset-after",
    "reset-and-blind",
    "gateway-502-after",
    "status-503-forever",
    "lying-201",
    "flipped-bit",
)
"""One fault of each kind that a step can meet."""

Kind = tuple[str, str, Setting, Callable[[Stage], None] | None, bool]
"""Its name, what it is, the setting, what happens before, and whether another machine goes on."""


def named_fault(name: str, stage: Stage) -> Fault:
    """The fault *name*; the same on every *stage*."""
    return FAULTS[name]


def met_by(row: str, kinds: Iterable[Kind]) -> Iterator[Case]:
    """Every kind of release, with each of :data:`STEP_FAULTS`."""
    for kind, what, setting, before, elsewhere in kinds:
        for name in STEP_FAULTS:
            yield Case(
                row,
                f"{kind}-{name}",
                f"{what}: {FAULTS[name].what}",
                setting=setting,
                before=before,
                fault=partial(named_fault, name),
                elsewhere=elsewhere,
            )
