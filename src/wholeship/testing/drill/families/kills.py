"""K: the process dies, or is told to stop, at every request and at every call to the disk."""

from __future__ import annotations

from wholeship.core.http import Response
from wholeship.testing.drill.disk import DiskFault, Mishap
from wholeship.testing.drill.engine import Case, Strikes
from wholeship.testing.drill.families.named import at_writes
from wholeship.testing.faults import FAULTS, Exchange, Fault


def _interrupt_before(exchange: Exchange) -> Response:
    raise KeyboardInterrupt


def _interrupt_after(exchange: Exchange) -> Response:
    exchange.forward()
    raise KeyboardInterrupt


_KILLS = (
    ("K1", "killed before a request", FAULTS["kill-before"]),
    ("K2", "killed after a request took effect", FAULTS["kill-after"]),
)
_INTERRUPTS = (
    Fault("interrupt-before", "K4", "interrupted before the request is sent", _interrupt_before),
    Fault("interrupt-after", "K4", "interrupted before the answer is read", _interrupt_after),
)

CASES = (
    *(
        Case(row, f"kill{name}", f"{what}{more}", fault=fault, elsewhere=bool(name))
        for row, what, fault in _KILLS
        for name, more in (("", ""), ("-elsewhere", "; another machine goes on"))
    ),
    *at_writes(("kill-before", "kill-after")),
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
    *(Case("K4", fault.name, fault.what, fault=fault) for fault in _INTERRUPTS),
)
