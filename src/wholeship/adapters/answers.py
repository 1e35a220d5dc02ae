"""Answers that were given before, in the user's cache folder: by key, bounded, and never needed.

An entry is its content behind the content's own digest, written beside its place and moved there, so that
runs side by side see a whole entry or none. One that is damaged is taken away and counts as none. Nothing
here is evidence: whoever asks puts all that the answer rests on into the key, or looks at it again.
"""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

from wholeship.core.version import VERSION

ENTRIES = 1000
"""Most entries that are kept."""
SIZE = 64 * 1024 * 1024
"""Most bytes that all of them take."""
LARGEST = 16 * 1024 * 1024
"""Bytes of one entry; a longer one is not kept."""
PACKAGE = os.path.dirname(os.path.dirname(__file__))
"""Where this program's source lies."""
_DIGEST = hashlib.sha256().digest_size


class AnswerFolder:
    """Entries in *folder*, which is made when the first is kept. No method raises: what fails is not kept."""

    def __init__(self, folder: str | os.PathLike[str], *, entries: int = ENTRIES, size: int = SIZE) -> None:
        self._folder = folder
        self._entries = entries
        self._size = size

    def recall(self, key: str) -> bytes | None:
        """The content kept under *key*, which is a digest in hexadecimal; None where there is none."""
        path = os.path.join(self._folder, key)
        try:
            if not self._is_ours():
                return None
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                about = os.fstat(descriptor)
                held = file.read(LARGEST + _DIGEST + 1) if stat.S_ISREG(about.st_mode) else b""
        except OSError:
            return None
        content = held[_DIGEST:]
        with suppress(OSError):
            if hashlib.sha256(content).digest() != held[:_DIGEST]:
                os.unlink(path)
                return None
            os.utime(path)  # what is asked for stays longest
        return content

    def keep(self, key: str, content: bytes) -> None:
        """*content* under *key*; the entries that were asked for longest ago make room."""
        self.keep_all({key: content})

    def keep_all(self, contents: Mapping[str, bytes]) -> None:
        """Each of *contents* under its key, as :meth:`keep` does."""
        with suppress(OSError):
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            if self._is_ours():
                for key, content in contents.items():
                    if len(content) <= LARGEST:
                        self._write(key, hashlib.sha256(content).digest() + content)
                self._make_room()

    def _is_ours(self) -> bool:
        """Whether nobody else can write there."""
        about = os.lstat(self._folder)
        return stat.S_ISDIR(about.st_mode) and about.st_uid == os.geteuid() and not about.st_mode & 0o022

    def _write(self, key: str, held: bytes) -> None:
        fresh = os.path.join(self._folder, f".{os.urandom(8).hex()}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(fresh, flags, 0o600), "wb") as file:
                file.write(held)
            os.replace(fresh, os.path.join(self._folder, key))
        except OSError:
            with suppress(OSError):
                os.unlink(fresh)
            raise

    def _make_room(self) -> None:
        found = []
        for each in os.scandir(self._folder):
            with suppress(OSError):
                about = each.stat(follow_symlinks=False)
                found.append((about.st_mtime_ns, about.st_size, each.path))
        found.sort()
        size, count = sum(each[1] for each in found), len(found)
        for _, one, path in found:
            if size <= self._size and count <= self._entries:
                return
            with suppress(OSError):
                os.unlink(path)
            size, count = size - one, count - 1


def answer_folder() -> AnswerFolder:
    """That of the user: ``$XDG_CACHE_HOME/wholeship/answers``."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    base = home if os.path.isabs(home) else os.path.join(os.path.expanduser("~"), ".cache")
    return AnswerFolder(os.path.join(base, "wholeship", "answers"))


@cache
def program_state() -> str:
    """What tells this program from every other version of it: its files, its libraries and its Python.

    Empty where that cannot be told, and then nothing can be kept.
    """
    told = hashlib.sha256(f"{VERSION}\0{sys.version}\0{sys.platform}".encode())
    try:
        for line in sorted([*_source_files(PACKAGE), *_libraries()]):
            told.update(line.encode("utf-8", "surrogateescape") + b"\0")
    except OSError:
        return ""
    return told.hexdigest()


def _source_files(folder: str) -> list[str]:
    """Each source file below *folder*, with its size and the time of its last change."""
    found = []
    waiting = [folder]
    while waiting:
        for each in os.scandir(waiting.pop()):
            if each.name == "__pycache__":
                continue
            if each.is_dir(follow_symlinks=False):
                waiting.append(each.path)
            else:
                about = each.stat()
                found.append(f"{each.path}\0{about.st_size}\0{about.st_mtime_ns}")
    return found


def _libraries() -> list[str]:
    """Name and version of every library that is installed beside the program."""
    folders = [each for each in sys.path if each.endswith(("site-packages", "dist-packages"))]
    return [name for folder in folders for name in os.listdir(folder) if name.endswith(".dist-info")]
