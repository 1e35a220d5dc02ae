"""The state a release keeps in the work tree: journals, logs, and a counter that never repeats."""

from __future__ import annotations

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path

from wholeship.adapters.journal import FileJournal, RealFiles
from wholeship.core.errors import BadInput, Unfinished

NAME = ".wholeship"
FORECASTS = "forecast.db"
"""What is known of past runs, in the state folder."""
JOURNAL = "journal.jsonl"


class State:
    """The folder *root*: ``releases/TAG/`` with the journal and the logs of each release, ``counter``."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._journals: dict[str, FileJournal] = {}

    def journal(self, tag: str) -> FileJournal:
        """The journal of release *tag*; one object for each, so that all its writers know of each other."""
        if tag not in self._journals:
            self._journals[tag] = FileJournal(self.release(tag) / JOURNAL)
        return self._journals[tag]

    def release(self, tag: str) -> Path:
        """The folder of release *tag*; a tag has no slash and does not start with a dot."""
        return self.root / "releases" / tag

    def logs(self, tag: str) -> Path:
        """The folder for the logs of release *tag*."""
        return self.release(tag) / "logs"

    def releases(self) -> tuple[str, ...]:
        """The tags of all releases with a journal, the one written to last first."""
        journals = (self.root / "releases").glob(f"*/{JOURNAL}")
        newest = sorted(journals, key=lambda path: (path.stat().st_mtime_ns, path.parent.name), reverse=True)
        return tuple(path.parent.name for path in newest)

    def prepare(self) -> None:
        """Make the folder, out of git's sight; :class:`Unfinished` where nothing can be written."""
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            ignore = self.root / ".gitignore"
            if not ignore.exists():
                ignore.write_text("*\n", encoding="utf-8")
        except OSError as error:
            raise self._unwritable(error) from None

    def peek(self) -> int:
        """The number :meth:`count` would give next; nothing is written."""
        return self._read(self.root / "counter") + 1

    def count(self) -> int:
        """The next number, which no other call ever gets, in this process or another."""
        path = self.root / "counter"
        self.prepare()
        try:
            descriptor = os.open(
                self.root / "counter.lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                number = self._read(path) + 1
                fresh, files = path.with_name(".counter.new"), RealFiles()
                files.write(fresh, f"{number}\n".encode())
                files.replace(fresh, path)
                files.sync_folder(self.root)
                return number
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._unwritable(error) from None

    def _read(self, path: Path) -> int:
        try:
            text = path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return 0
        except NotADirectoryError as error:
            raise self._unwritable(error) from None
        except (OSError, UnicodeDecodeError) as error:
            raise BadInput(f"the counter {path} cannot be read: {error}") from None
        if not text.isdecimal() or len(text) > 15:
            raise BadInput(
                f"the counter {path} does not hold a number",
                advice="write the highest sequence number used so far into it: none may be used twice",
            )
        return int(text)

    def _unwritable(self, error: OSError) -> Unfinished:
        advice = "give a folder that can be written with --state DIR (or WHOLESHIP_STATE)"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            advice = "the disk is full; nothing is half: free some space and run again"
        return Unfinished(f"cannot keep state in {self.root}: {error.strerror}", advice=advice)


def write_new(path: Path, text: str) -> None:
    """A new file at *path*; :class:`BadInput` when something is there, :class:`Unfinished` on trouble."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise BadInput(f"{path} is there already, and was left as it is") from None
    except OSError as error:
        raise _cannot_write(path, error) from None


def write_over(path: Path, text: str) -> None:
    """*text* at *path*, in place of what was there: the old or the new, never half; links are replaced."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, path)
    except OSError as error:
        with suppress(OSError):
            fresh.unlink()
        raise _cannot_write(path, error) from None


def _cannot_write(path: Path, error: OSError) -> Unfinished:
    return Unfinished(f"cannot write {path}: {error.strerror}", advice="nothing was changed")
