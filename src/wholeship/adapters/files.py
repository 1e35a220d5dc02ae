"""The state a release keeps in the work tree: journals, logs, and a counter that never repeats."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from wholeship.adapters.journal import FileJournal, RealFiles
from wholeship.adapters.plain_files import NAME
from wholeship.core.errors import BadInput, Unfinished

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
        if self.root.name == NAME and self.root.is_symlink():
            raise BadInput(
                f"{self.root} is a link, and state is not written through one",
                advice="take it away, or name the folder itself with --state DIR (or WHOLESHIP_STATE)",
            )
        try:
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder = os.open(self.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                with suppress(FileExistsError):
                    _fill(folder, ".gitignore", b"*\n")
            finally:
                os.close(folder)
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
    """A new file at *path*; :class:`BadInput` when something is there, :class:`Unfinished` on trouble.

    Nothing is written out of the repository that *path* stands in, whatever its links say.
    """
    with _folder_of(path) as folder:
        try:
            _fill(folder, path.name, text.encode())
        except FileExistsError:
            raise BadInput(f"{path} is there already, and was left as it is") from None
        except OSError as error:
            raise _cannot_write(path, error) from None


def write_over(path: Path, text: str) -> None:
    """*text* at *path*, in place of what was there: the old or the new, never half.

    A link at *path* is replaced, never written through; the rights of a file that was there stay. Nothing
    is written out of the repository that *path* stands in (:class:`BadInput`).
    """
    check_replaceable(path)
    fresh = f".{path.name[:100]}.{os.urandom(8).hex()}.new"
    with _folder_of(path) as folder:
        try:
            try:
                _fill(folder, fresh, text.encode(), _rights(folder, path.name))
                os.replace(fresh, path.name, src_dir_fd=folder, dst_dir_fd=folder)
            except OSError:
                with suppress(OSError):
                    os.unlink(fresh, dir_fd=folder)
                raise
            os.fsync(folder)
        except OSError as error:
            raise _cannot_write(path, error) from None


def check_replaceable(path: Path) -> None:
    """:class:`BadInput` where what stands at *path* is no file, or one of the system's own: a device, a pipe
    or a link such as ``/dev/stdout`` would be gone, and with it what others expect there."""
    try:
        kind = os.lstat(path).st_mode
    except FileNotFoundError:
        return
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}") from None
    usual = (
        stat.S_ISREG(kind) or stat.S_ISLNK(kind) or stat.S_ISDIR(kind)
    )  # a folder is told when it is tried
    if not usual or os.path.abspath(path).startswith(("/dev/", "/proc/", "/sys/")):
        raise BadInput(f"{path} is no file that can be replaced", advice="name a file")


def check_writable(path: Path) -> None:
    """:class:`BadInput` where :func:`write_over` would not replace the file at *path*, as far as that can be
    told before; a link is one of these, for it would be replaced, and not what it leads to."""
    if path.is_symlink():
        raise BadInput(f"{path} is a link, and would be replaced", advice="name the file that it leads to")
    try:
        with _folder_of(path) as folder:
            writable = os.access(".", os.W_OK | os.X_OK, dir_fd=folder)
    except Unfinished as error:
        raise BadInput(error.message, advice=error.advice) from None
    if not writable:
        raise BadInput(f"cannot write {path}: nothing may be written into its folder")


def append(path: Path, text: str) -> None:
    """*text* behind what *path* holds: for files that somebody else has made for us, such as a step's
    outputs. :class:`OSError` where that is not possible."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, 0o600), "ab") as file:
        file.write(text.encode())


@contextmanager
def _folder_of(path: Path) -> Iterator[int]:
    """The folder of *path*, opened once: what is renamed into its place meanwhile is not written to."""
    top = _lexical_top(path)
    try:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        if top is not None:
            really = Path(os.readlink(f"/proc/self/fd/{folder}"))
            if really != top and top not in really.parents:
                raise BadInput(
                    f"{path} leads out of the repository, to {really}",
                    advice="nothing was written; name a file whose folder is no link out of it",
                )
        yield folder
    finally:
        os.close(folder)


def _lexical_top(path: Path) -> Path | None:
    """The top of the repository that *path* is written in, links not followed; None where it is in none."""
    here = Path(os.path.abspath(path)).parent
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return folder.resolve()
    return None


def _fill(folder: int, name: str, content: bytes, rights: int | None = None) -> None:
    """A new file of *content* in *folder*, with *rights* or a new file's; none is left where that fails."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(name, flags, 0o666, dir_fd=folder)
    try:
        with os.fdopen(descriptor, "wb") as file:
            if rights is not None:
                os.fchmod(file.fileno(), rights)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        raise


def _rights(folder: int, name: str) -> int | None:
    """The rights of the regular file *name*; None where there is none."""
    with suppress(OSError):
        about = os.stat(name, dir_fd=folder, follow_symlinks=False)
        if stat.S_ISREG(about.st_mode):
            return stat.S_IMODE(about.st_mode) & 0o777
    return None


def _cannot_write(path: Path, error: OSError) -> Unfinished:
    return Unfinished(f"cannot write {path}: {error.strerror}", advice="nothing was changed")
