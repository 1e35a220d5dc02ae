"""K: the process dies, or is told to stop, at every request and at every call to the disk."""

from __future__ import annotations

from functools import partial

from wholeship.core.http import Response
from wholeship.testing.drill.disk import DiskFault, Mishap
from wholeship.testing.drill.engine import Case, Strikes
from wholeship.testing.drill.families.named import named_fault
from wholeship.testing.faults import FAULTS, Exchange, Fault


def _interrupt_before(exchange: Exchange) -> Response:
    raise KeyboardInterrupt


def _interrupt_after(exchange: Exchange) -> Response:
    exchange.forward()
    raise KeyboardInterrupt


_BEFORE = Fault("interrupt-before", "K4", "interrupted before the request is sent", _interrupt_before)
_AFTER = Fault("interrupt-after", "K4", "interrupted before the answer is read", _interrupt_after)

CASES = (
    Case("K1", "kill", "killed before a request", fault=lambda _: FAULTS["kill-before"]),
    Case(
        "K1",
        "kill-elsewhere",
        "killed before a request; another machine goes on",
        fault=lambda _: FAULTS["kill-before"],
        elsewhere=True,
    ),
    Case("K2", "kill", "killed after a request took effect", fault=lambda _: FAULTS["kill-after"]),
    Case(
        "K2",
        "kill-elsewhere",
        "killed after a request took effect; another machine goes on",
        fault=lambda _: FAULTS["kill-after"],
        elsewhere=True,
    ),
    *(
        Case(
            FAULTS[name].row,
            f"{name}-at-writes",
            f"{FAULTS[name].what}: at every write of a tag",
            Strikes.WRITES,
            fault=partial(named_fault, name),
        )
        for name in ("kill-before", "kill-after")
    ),
    *(
        Case(
            "K3",
            f"journal-{mishap.value.replace(' ', '-')}",
            f"the process {mishap} a call to the disk, and what was not synced is lost",
            Strikes.DISK,
            disk=DiskFault(mishap),
        )
        for mishap in (Mishap.DIES_BEFORE, Mishap.DIES_HALF, Mishap.DIES_AFTER)
    ),
    Case("K4", "interrupt-before", _BEFORE.what, fault=lambda _: _BEFORE),
    Case("K4", "interrupt-after", _AFTER.what, fault=lambda _: _AFTER),
)
