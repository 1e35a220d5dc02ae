"""A disk that fails, fills up, or loses power at a chosen call.

A crash is played as a disk takes it: what was not synced may be there, in part or not at all. Nothing is
really synced, because the process that is "killed" here lives on.
"""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from dataclasses import field
from enum import StrEnum
from pathlib import Path

from wholeship.core.values import dataclass
from wholeship.testing.faults import Killed

ERRORS = {
    "full": errno.ENOSPC,
    "quota": errno.EDQUOT,
    "broken": errno.EIO,
    "read-only": errno.EROFS,
    "forbidden": errno.EACCES,
}
"""What a disk says that takes nothing, by what is wrong with it."""


class Call(StrEnum):
    """The calls, each one point to strike at."""

    WRITE = "write"
    REPLACE = "replace"
    SYNC = "sync"


class Mishap(StrEnum):
    """What happens at a call."""

    DIES_BEFORE = "dies before"
    DIES_HALF = "dies half-way"  # half of a write is there; a rename that was not synced is undone
    DIES_AFTER = "dies after"
    FAILS = "fails"
    FAILS_HALF = "fails half-way"  # half a file is left behind
    VANISHES = "vanishes"  # somebody removes the file the call is about


@dataclass(frozen=True, slots=True)
class DiskFault:
    """*mishap* at a call, ``times`` in a row; ``error`` is the errno of those that fail."""

    mishap: Mishap
    error: int = errno.ENOSPC
    times: int = 1


@dataclass(slots=True)
class FaultyDisk:
    """Passes calls on; plays ``fault`` from call ``at`` (the first is 1). ``count`` is of all calls.
    A :class:`wholeship.testing.drill.parts.Disk`."""

    fault: DiskFault | None = None
    at: int = 1
    count: int = 0
    hits: int = 0
    dead: bool = False
    calls: list[Call] = field(default_factory=list)
    _before: bytes | None = None

    def write(self, path: Path, content: bytes) -> None:
        mishap = self._next(Call.WRITE)
        if mishap in (Mishap.DIES_HALF, Mishap.FAILS_HALF):
            self._plain(path, content[: len(content) // 2])
        if mishap is Mishap.VANISHES:
            self._vanish(path)
        self._strike(mishap)
        self._plain(path, content)
        self._after(mishap)

    def replace(self, source: Path, target: Path) -> None:
        mishap = self._next(Call.REPLACE)
        if mishap is Mishap.VANISHES:
            self._vanish(source)
        self._before = target.read_bytes() if target.exists() else None
        self._strike(mishap)
        os.replace(source, target)
        self._after(mishap)

    def sync_folder(self, path: Path) -> None:
        mishap = self._next(Call.SYNC)
        if mishap is Mishap.DIES_HALF:
            self._undo(path)
        self._strike(mishap)
        self._after(mishap)

    def _next(self, call: Call) -> Mishap | None:
        if self.dead:
            raise Killed("a dead process writes nothing")
        self.count += 1
        self.calls.append(call)
        fault = self.fault
        if fault is None or self.hits >= fault.times or self.count < self.at:
            return None
        if self.hits == 0 and self.count != self.at:
            return None
        self.hits += 1
        return fault.mishap

    def _strike(self, mishap: Mishap | None) -> None:
        if mishap in (Mishap.DIES_BEFORE, Mishap.DIES_HALF):
            self.dead = True
            raise Killed("at a call to the disk")
        if mishap in (Mishap.FAILS, Mishap.FAILS_HALF) and self.fault is not None:
            raise OSError(self.fault.error, os.strerror(self.fault.error))

    def _after(self, mishap: Mishap | None) -> None:
        if mishap is Mishap.DIES_AFTER:
            self.dead = True
            raise Killed("after a call to the disk")

    def _undo(self, folder: Path) -> None:
        """The rename that was not synced did not last: what was there before is there again."""
        for target in folder.glob("*.jsonl"):
            if self._before is None:
                target.unlink()
            else:
                self._plain(target, self._before)

    @staticmethod
    def _vanish(path: Path) -> None:
        for victim in path.parent.glob("*.jsonl"):
            victim.unlink()
        with suppress(FileNotFoundError):
            path.unlink()

    @staticmethod
    def _plain(path: Path, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
        try:
            os.write(descriptor, content)
        finally:
            os.close(descriptor)
