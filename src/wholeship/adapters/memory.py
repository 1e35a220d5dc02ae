"""What is remembered of a repository's reviews: verdicts, runs, counts, and who works on what now.

It lies in the user's state folder, which no checkout reaches: ``$XDG_STATE_HOME/wholeship/review/NAME``,
0700. Kept verdicts carry an HMAC under a key that only this folder has, so an entry that was edited, cut,
planted or moved is a miss, with a warning. The record of runs is the budget: when it cannot be read, no
external reviewer is started.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from wholeship.adapters.journal import RealFiles
from wholeship.core.clock import Clock
from wholeship.core.errors import BadInput, Unfinished
from wholeship.core.jsons import canonical, parse_json
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable
from wholeship.review.ports import Run

VERSION = 1
ENTRY_LIMIT = 1024 * 1024
KEPT_DAYS = 2 * 86400.0
"""Seconds for which runs are remembered: twice the longest budget window."""
LOGS = 30 * 86400.0
"""Seconds for which logs of suites and reviewers are kept."""
_HEX = lazy_pattern(r"[0-9a-f]{16,128}")


def folder_of(repository: str) -> Path:
    """The state folder for *repository*, which is its address or its path."""
    home = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    name = hashlib.sha256(repository.encode("utf-8", "surrogateescape")).hexdigest()[:24]
    return Path(home) / "wholeship" / "review" / name


class FileMemory:
    """:class:`wholeship.review.ports.Memory` in the folder *root*; verdicts are kept *lifetime* seconds."""

    def __init__(self, root: Path, clock: Clock, *, lifetime: float) -> None:
        self.root = root
        self._clock = clock
        self._lifetime = lifetime
        self._files = RealFiles()
        self._warnings: list[str] = []
        self._prepared = False

    @property
    def warnings(self) -> tuple[str, ...]:
        return tuple(self._warnings)

    # -- verdicts --------------------------------------------------------------------------------------

    def recall(self, key: str) -> bytes | None:
        path = self._path("verdicts", key)
        try:
            content = self._read(path, ENTRY_LIMIT)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._odd(path, f"cannot be read ({error.strerror})")
            return None
        what, kept = self._checked(key, content)
        if what:
            self._odd(path, what)
            return None
        if not 0 <= self._now() - kept["at"] <= self._lifetime:
            return None
        return str(kept["content"]).encode()

    def _checked(self, key: str, content: bytes) -> tuple[str, dict[str, Any]]:
        """What is wrong with an entry, or nothing, and what it holds."""
        try:
            entry = parse_json(content, what="the entry")
            signed, mac = canonical(entry["signed"]), entry["mac"]
        except (BadInput, KeyError, TypeError):
            return "is damaged", {}
        if (
            not isinstance(mac, str)
            or not mac.isascii()
            or not hmac.compare_digest(mac, self._sign(key, signed))
        ):
            return "was tampered with", {}
        kept: dict[str, Any] = entry["signed"]
        return ("" if kept.get("version") == VERSION else "is of another version"), kept

    def keep(self, key: str, content: bytes) -> None:
        signed = {"version": VERSION, "at": self._now(), "content": content.decode()}
        entry = canonical({"signed": signed, "mac": self._sign(key, canonical(signed))})
        try:
            self._write(self._path("verdicts", key), entry)
        except OSError as error:
            self._warnings.append(f"the verdict could not be kept: {error.strerror}")

    def _sign(self, key: str, signed: bytes) -> str:
        return hmac.new(self._key(), key.encode() + b"\0" + signed, hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        path = self.root / "key"
        self._prepare()
        with suppress(FileExistsError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with self._locked("key.lock"), os.fdopen(os.open(path, flags, 0o600), "wb") as file:
                file.write(secrets.token_bytes(32))
        key = self._read(path, 64)
        if len(key) != 32:
            raise Unfinished(
                f"the key {path} is damaged", advice=f"remove {self.root}: it holds evidence only"
            )
        return key

    def _odd(self, path: Path, what: str) -> None:
        self._warnings.append(f"the kept verdict {path.name[:12]} {what}; it is not used")

    # -- runs ------------------------------------------------------------------------------------------

    def reserve(self, run: Run) -> int:
        with self._locked("runs.lock"):
            record = self._record()
            number = int(record["next"])
            runs = [each for each in record["runs"] if each["at"] > self._now() - KEPT_DAYS]
            entry = {
                "number": number,
                "at": run.at,
                "reviewer": run.reviewer,
                "head": run.head,
                "cost": run.cost,
            }
            self._record_again({**record, "next": number + 1, "runs": [*runs, entry]})
            return number

    def settle(self, number: int, cost: float) -> None:
        with self._locked("runs.lock"):
            record = self._record()
            runs = [{**each, "cost": cost} if each["number"] == number else each for each in record["runs"]]
            self._record_again({**record, "runs": runs})

    def runs(self) -> tuple[Run, ...]:
        with self._locked("runs.lock"):
            record = self._record()
        return tuple(
            Run(float(each["at"]), str(each["reviewer"]), str(each["head"]), float(each["cost"]))
            for each in record["runs"]
        )

    def count(self, head: str) -> int:
        self._tidy()
        with self._locked("runs.lock"):
            record = self._record()
            heads = dict(record["heads"])
            found = int(heads.pop(head, 0)) + 1
            heads[head] = found
            # The newest thousand, so that the file does not grow for ever.
            self._record_again({**record, "heads": dict(list(heads.items())[-1000:])})
            return found

    def _tidy(self) -> None:
        """Forget what is too old to be used: verdicts past their lifetime, logs past a month."""
        ages = ((self.root / "verdicts", self._lifetime), (self.root / "logs", LOGS))
        for folder, age in ages:
            for path in folder.iterdir() if folder.is_dir() else ():
                with suppress(OSError):
                    if path.lstat().st_mtime < self._now() - age:
                        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()

    def _record(self) -> dict[str, Any]:
        path = self.root / "runs.json"
        try:
            record = parse_json(self._read(path, 8 * ENTRY_LIMIT), what=str(path))
        except FileNotFoundError:
            return {"version": VERSION, "next": 1, "runs": [], "heads": {}}
        except (BadInput, OSError) as error:
            raise self._unreadable(path, str(error)) from None
        if not _is_record(record):
            raise self._unreadable(path, "it is not a record of runs")
        return record  # type: ignore[no-any-return]

    def _record_again(self, record: dict[str, Any]) -> None:
        # In the order of insertion: the oldest heads are the first to be forgotten.
        try:
            self._write(self.root / "runs.json", json.dumps(record, allow_nan=False).encode() + b"\n")
        except OSError as error:
            raise self._unwritable(error) from None

    def _unreadable(self, path: Path, why: str) -> Unfinished:
        return Unfinished(
            f"the record of review runs cannot be read: {printable(why, limit=200)}",
            advice=f"it is what the budget rests on; remove {path} to begin a new one",
        )

    # -- who works now ---------------------------------------------------------------------------------

    @contextmanager
    def working_on(self, head: str) -> Iterator[None]:
        busy = Unfinished(
            f"another wholeship reviews {head[:12]} right now", advice="wait for it; its verdict is kept"
        )
        with self._locked(f"head-{head[:40]}.lock", busy):
            yield

    @contextmanager
    def _locked(self, name: str, busy: Unfinished | None = None) -> Iterator[None]:
        """Hold the lock *name*, which goes with the process; with *busy*, do not wait for it."""
        self._prepare()
        try:
            descriptor = os.open(
                self.root / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise self._unwritable(error) from None
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
            except BlockingIOError:
                assert busy is not None
                raise busy from None
            yield
            if busy:
                with suppress(OSError):
                    (self.root / name).unlink()
        finally:
            os.close(descriptor)

    # -- files -----------------------------------------------------------------------------------------

    def _path(self, folder: str, key: str) -> Path:
        assert _HEX.fullmatch(key)
        return self.root / folder / f"{key}.json"

    def _prepare(self) -> None:
        if self._prepared:
            return
        try:
            self.root.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            for folder in (self.root, self.root / "verdicts"):
                folder.mkdir(exist_ok=True, mode=0o700)
                found = folder.lstat()
                if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                    raise Unfinished(f"{folder} is not a folder of yours", advice="set XDG_STATE_HOME to one")
                if found.st_mode & 0o022:
                    raise Unfinished(
                        f"others may write to {folder}: nothing in it can be trusted",
                        advice=f"chmod 700 {folder}",
                    )
        except OSError as error:
            raise self._unwritable(error) from None
        self._prepared = True

    @staticmethod
    def _read(path: Path, limit: int) -> bytes:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(file.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
                raise PermissionError(0, "not a file of yours, or others may write to it")
            content = file.read(limit + 1)
        if len(content) > limit:
            raise OSError(0, "larger than anything that is kept")
        return content

    def _write(self, path: Path, content: bytes) -> None:
        self._prepare()
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        self._files.write(fresh, content)
        self._files.replace(fresh, path)
        self._files.sync_folder(path.parent)

    def _unwritable(self, error: OSError) -> Unfinished:
        return Unfinished(
            f"nothing can be remembered in {self.root}: {error.strerror}",
            advice="set XDG_STATE_HOME to a folder that can be written",
        )

    def _now(self) -> float:
        return self._clock.now().timestamp()


def _is_record(record: Any) -> bool:
    number = (int, float)
    return (
        isinstance(record, dict)
        and record.get("version") == VERSION
        and isinstance(record.get("next"), int)
        and isinstance(record.get("heads"), dict)
        and all(type(count) is int for count in record["heads"].values())
        and isinstance(record.get("runs"), list)
        and all(
            isinstance(each, dict)
            and type(each.get("number")) is int
            and isinstance(each.get("at"), number)
            and isinstance(each.get("cost"), number)
            and {"reviewer", "head"} <= each.keys()
            for each in record["runs"]
        )
    )
