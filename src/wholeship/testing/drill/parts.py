"""What a drill needs from outside: the real client, the real journal, the real exit codes.

The drill lives beside the adapters and may not import them, so whoever starts it hands them over.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from wholeship.core.clock import Clock
from wholeship.core.errors import ExitCode
from wholeship.core.http import Transport
from wholeship.core.text import Redactor
from wholeship.release.ports import Journal, Registry
from wholeship.release.ship import Shipped


class Disk(Protocol):
    """The calls by which a journal gets onto a disk."""

    def write(self, path: Path, content: bytes) -> None:
        """A new file with *content*, synced."""

    def replace(self, source: Path, target: Path) -> None:
        """Rename over."""

    def sync_folder(self, path: Path) -> None:
        """Make the rename durable."""


class Parts(Protocol):
    """The parts under test, as the command line wires them."""

    def registry(
        self,
        transport: Transport,
        clock: Clock,
        environment: Mapping[str, str],
        redact: Redactor,
        *,
        insecure_hosts: frozenset[str] = frozenset(),
    ) -> Registry:
        """The client, with credentials from *environment*."""

    def journal(self, path: Path, disk: Disk) -> Journal:
        """The journal at *path*, kept through *disk*."""

    def locked(self, path: Path) -> AbstractContextManager[None]:
        """The lock of the journal at *path*."""

    def exit_code(self, shipped: Shipped) -> ExitCode:
        """What the process would end with."""
