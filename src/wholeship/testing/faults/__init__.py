"""Everything that can go wrong between a client and a registry, one exchange at a time, on demand.

Run once without a fault and count the exchanges; then, for every k and every fault of ``FAULTS``, run with
the fault at exchange k, stop, run again without, and look whether all is as it must be. SQLite tests its
writes so. Nothing here is random and nothing waits: the same k and fault give the same run.

    transport = FaultyTransport(InProcess({host: registry}), clock, fault=FAULTS["reset-after"], at=7)
"""

from wholeship.testing.faults.catalogue import FAULTS, meanwhile
from wholeship.testing.faults.transport import FOREVER, Exchange, Fault, FaultyTransport, Killed, Step

__all__ = ["FAULTS", "FOREVER", "Exchange", "Fault", "FaultyTransport", "Killed", "Step", "meanwhile"]
