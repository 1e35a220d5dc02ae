"""The registry as a builder's push sees it: our own client, with people's stored credentials."""

from __future__ import annotations

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.credentials import StoredCredentials
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.release.ports import BuildRequest


def client_for(request: BuildRequest) -> RegistryClient:
    """A client for the registry that *request* goes to; plain http only where the request allows it."""
    insecure = frozenset({request.repository.host}) if request.insecure else frozenset()
    return RegistryClient(HttpTransport(), SystemClock(), StoredCredentials(), insecure_hosts=insecure)
