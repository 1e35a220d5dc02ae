"""The journal of one release in the work tree: append-only evidence, old or new but never half.

Each append writes the whole file anew (it has some dozens of lines), syncs it, renames it over the old one
and syncs the folder; a crash leaves one or the other. Each line carries its own hash and that of the line
before, so that a cut, a flipped bit or an edit shows. A lock keeps a second process out.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, Damaged, Unfinished

LIMIT = 16 * 1024 * 1024
START = "0" * 64


class FileSystem(Protocol):
    """The calls a journal makes; tests make each of them fail."""

    def write(self, path: Path, content: bytes) -> None:
        """Make a new file, mode 0600, with *content*, and sync it."""

    def replace(self, source: Path, target: Path) -> None:
        """Rename over."""

    def sync_folder(self, path: Path) -> None:
        """Make the rename durable."""


class RealFiles:
    """The machine's own file system. A :class:`FileSystem`."""

    def write(self, path: Path, content: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def replace(self, source: Path, target: Path) -> None:
        os.replace(source, target)

    def sync_folder(self, path: Path) -> None:
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


class FileJournal:
    """The journal at *path*. Use :func:`locked` around a run that appends.
    A :class:`wholeship.release.ports.Journal`."""

    def __init__(self, path: Path, files: FileSystem | None = None) -> None:
        self.path = path
        self._files = files or RealFiles()
        self._lines: list[bytes] | None = None
        self._last = START
        self._lock = threading.Lock()

    def append(self, entry: Mapping[str, object]) -> None:
        """See :class:`wholeship.release.ports.Journal`. Builds that end at the same time take turns."""
        with self._lock:
            self._append(entry)

    def _append(self, entry: Mapping[str, object]) -> None:
        lines = self._loaded()
        if (self._content() or b"") != b"".join(lines):
            raise Damaged(
                f"the journal {self.path} was changed or removed by someone else while this run used it",
                advice="run the same command again: the record in the registry has the rest",
            )
        line = _journal_line(self._last, dict(entry))
        content = b"".join([*lines, line])
        temporary = self.path.with_name(f".{self.path.name}.new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._files.write(temporary, content)
            self._files.replace(temporary, self.path)
            self._files.sync_folder(self.path.parent)
        except OSError as error:
            with suppress(OSError):
                temporary.unlink()
            raise Unfinished(
                f"the journal {self.path} cannot be written: {error.strerror}",
                advice=_disk_advice(error, self.path),
            ) from None
        self._lines = [*lines, line]
        self._last = Digest.of(line).hex

    def entries(self) -> tuple[Mapping[str, Any], ...]:
        return tuple(jsons.parse_json(line)["entry"] for line in self._loaded())

    def _loaded(self) -> list[bytes]:
        if self._lines is None:
            self._lines, self._last = self._read()
        return self._lines

    def _read(self) -> tuple[list[bytes], str]:
        content = self._content()
        if content is None:
            return [], START
        last = START
        lines = content.splitlines(keepends=True)
        for number, line in enumerate(lines, 1):
            where = f"{self.path}, line {number}"
            entry = _entry_in(line)
            if entry is None or line != _journal_line(last, entry):
                raise Damaged(
                    f"{where}: the journal was cut, edited or damaged",
                    advice=f"move it away; the record in the registry has the rest: {self.path}",
                )
            last = Digest.of(line).hex
        if not lines:
            raise Damaged(f"{self.path}: the journal is empty", advice="remove it and run again")
        return lines, last

    def _content(self) -> bytes | None:
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        except OSError as error:
            reason = "is a symbolic link" if error.errno == errno.ELOOP else str(error.strerror)
            raise Damaged(f"the journal {self.path} {reason}") from None
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise Damaged(f"the journal {self.path} is not a file", advice="move it away")
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise Damaged(f"the journal {self.path} is larger than any journal")
        return content


def _entry_in(line: bytes) -> dict[str, Any] | None:
    """The entry that *line* holds; None: it is not a line of a journal."""
    try:
        read = jsons.parse_json(line)
    except BadInput:
        return None
    entry = read.get("entry") if isinstance(read, dict) else None
    return entry if isinstance(entry, dict) else None


def _journal_line(last: str, entry: dict[str, Any]) -> bytes:
    """*entry* as it stands in the file: with the hash of the line before, and with its own."""
    content = {"prev": last, "entry": entry}
    return jsons.canonical({**content, "hash": Digest.of(jsons.canonical(content)).hex})


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock of the journal at *path*; :class:`Unfinished` when another process has it."""
    lock = path.with_name(f"{path.name}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Unfinished(
            f"cannot keep a journal in {path.parent}: {error.strerror}", advice=_disk_advice(error, path)
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Unfinished(
                f"another wholeship is working on this release ({path.parent})",
                advice="wait for it; when it is gone, the lock is gone too",
            ) from None
        yield
    finally:
        os.close(descriptor)


def _disk_advice(error: OSError, path: Path) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of {path.parent} is full; nothing is half: free some space and run again"
    if error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        return "give a folder that can be written with --state DIR (or WHOLESHIP_STATE)"
    return "nothing is half: repair the disk and run again"
