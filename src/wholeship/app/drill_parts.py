"""The real client, journal and exit codes, as the fault drill needs them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path

from wholeship.adapters.credentials import StoredCredentials
from wholeship.adapters.journal import FileJournal, locked
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.clock import Clock
from wholeship.core.errors import ExitCode
from wholeship.core.http import Transport
from wholeship.core.text import Redactor
from wholeship.core.values import dataclass
from wholeship.output.exit_codes import exit_code_of_release
from wholeship.release.ports import Journal, Registry
from wholeship.release.ship import Shipped
from wholeship.testing.drill.parts import Disk

HELPER_PATIENCE = 0.5
"""Seconds of real time for a credential helper that hangs."""


@dataclass(frozen=True, slots=True)
class RealParts:
    """See :class:`wholeship.testing.drill.parts.Parts`. The same waits in every run."""

    def registry(
        self,
        transport: Transport,
        clock: Clock,
        environment: Mapping[str, str],
        redact: Redactor,
        *,
        insecure_hosts: frozenset[str] = frozenset(),
    ) -> Registry:
        """The client."""
        credentials = StoredCredentials(environment, learn=redact.learn, patience=HELPER_PATIENCE)
        return RegistryClient(
            transport,
            clock,
            credentials,
            insecure_hosts=insecure_hosts,
            patience=Patience(jitter=lambda: 0.5),
            redact=redact,
        )

    def journal(self, path: Path, disk: Disk) -> Journal:
        """The journal."""
        return FileJournal(path, disk)

    def locked(self, path: Path) -> AbstractContextManager[None]:
        """Its lock."""
        return locked(path)

    def exit_code(self, shipped: Shipped) -> ExitCode:
        """What the process would end with."""
        return exit_code_of_release(shipped)
