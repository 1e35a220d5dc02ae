"""An OCI registry to test against: the protocol without a socket, in memory or on disk.

``EmbeddedRegistry.handle`` is the whole registry: a request in, an answer out.
``wholeship.testing.server`` serves it on the loopback, :class:`InProcess` is a transport without a server,
``wholeship.testing.faults`` gets in the way. It behaves as the reference implementation (distribution) does
where the specification leaves room, and on request as registries with immutable tags do. It is held to the
same contract tests as distribution itself.

Facts: OCI distribution specification 1.1; behaviour of distribution 2.8 and 3, as observed.
"""

from wholeship.testing.registry.embedded import EmbeddedRegistry, InProcess, Observer
from wholeship.testing.registry.login import Login, Scheme
from wholeship.testing.registry.manners import Lag, Manner, first_reads, flapping
from wholeship.testing.registry.shelf import Shelf

__all__ = [
    "EmbeddedRegistry",
    "InProcess",
    "Lag",
    "Login",
    "Manner",
    "Observer",
    "Scheme",
    "Shelf",
    "first_reads",
    "flapping",
]
