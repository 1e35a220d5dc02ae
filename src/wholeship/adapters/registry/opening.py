"""A client for any registry, over the network, with the logins that are stored here."""

from __future__ import annotations

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.credentials import StoredCredentials
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry.client import Patience, RegistryClient

CONNECTIONS = 96
"""Kept open to one registry: as many as the barrier asks questions at a time."""


def open_client(insecure: frozenset[str], inside: frozenset[str], timeout: float | None) -> RegistryClient:
    """The client; with *timeout* (seconds) it asks once, and waits no longer."""
    return RegistryClient(
        HttpTransport(connections=CONNECTIONS),
        SystemClock(),
        StoredCredentials(),
        insecure_hosts=insecure,
        inside_hosts=inside,
        patience=Patience(attempts=1, timeout=timeout) if timeout else None,
    )
