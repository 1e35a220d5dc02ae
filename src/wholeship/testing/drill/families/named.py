"""What several families play alike: faults by their names, and somebody else who binds a tag."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from wholeship.core.errors import ExitCode
from wholeship.testing.drill.engine import Case, End, Strikes
from wholeship.testing.drill.machine import Ending
from wholeship.testing.drill.stage import OLD, Setting, Stage, plan_for, released_bytes, without_aliases
from wholeship.testing.faults import FAULTS, Fault, meanwhile

IMAGES = ("app", "worker", "embeddings")
SIBLINGS = ("worker", "embeddings")
STEP_FAULTS = tuple(
    """
    kill-before kill-after reset-after reset-and-blind gateway-502-after status-503-forever lying-201
    flipped-bit
""".split()
)
"""One fault of each kind that a step can meet."""
TOLD = frozenset({End.PUBLISHED, End.REFUSED, End.TOLD})
"""How a run may end in which somebody else has a hand."""

Kind = tuple[str, str, Setting, Callable[[Stage], None] | None, bool]
"""Its name, what it is, the setting, what happens before, and whether another machine goes on."""


def met_by(row: str, kinds: Iterable[Kind]) -> Iterator[Case]:
    """Every kind of release, with each of :data:`STEP_FAULTS`."""
    for kind, what, setting, before, elsewhere in kinds:
        for name in STEP_FAULTS:
            told = f"{what}: {FAULTS[name].what}"
            fault = FAULTS[name]
            yield Case(
                row, f"{kind}-{name}", told, setting=setting, before=before, fault=fault, elsewhere=elsewhere
            )


def of_row(row: str, setting: Setting | None = None) -> Iterator[Case]:
    """Every fault of the catalogue whose row begins with *row*, at every request."""
    for name, fault in FAULTS.items():
        if fault.row.startswith(row):
            yield Case(fault.row, name, fault.what, setting=setting or Setting(), fault=fault)


def at_writes(names: Iterable[str]) -> Iterator[Case]:
    """The faults of these *names*, at every write of a tag."""
    for name in names:
        fault = FAULTS[name]
        what = f"{fault.what}: at every write of a tag"
        yield Case(fault.row, f"{name}-at-writes", what, Strikes.WRITES, fault=fault)


def rebound(image: str, stage: Stage, *, after: bool = False) -> Fault:
    """Somebody binds the tag of *image* to something else, right before a request or right *after* it."""
    released = released_bytes(plan_for(OLD))
    other = released[stage.plan.image(image).copy_of or image].digest
    act = partial(stage.rebind, image, stage.plan.tag, other)
    return meanwhile("C1", f"moved-{image}", "somebody moves the tag", act, after=after)


def beaten(row: str, name: str, what: str, image: str, setting: Setting) -> Case:
    """Somebody binds the tag of *image* to something else right before it is written."""
    return Case(
        row,
        name,
        f"{what} to something else right before a write",
        Strikes.WRITES,
        setting=setting,
        before=without_aliases,
        fault=partial(rebound, image),
        ends=TOLD,
    )


def unsaid_half(row: str, wrong: str, endings: Sequence[Ending]) -> Iterator[str]:
    """That it is half (*wrong* says how), where none of the *endings* says so."""
    codes = [ending.code for ending in endings]
    if wrong and ExitCode.HALF not in codes and ExitCode.UNKNOWN not in codes:
        yield f"{row} half, and nobody said so: {codes}; {wrong}"
