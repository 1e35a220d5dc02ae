"""The files of a commit, twice: as a work tree that git knows, and bare, with no repository around them."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import IO

from wholeship.adapters.git import calm, output
from wholeship.adapters.git_guard import guard
from wholeship.adapters.process import end, program_path, spawned
from wholeship.core.errors import CommandFailed, Unfinished
from wholeship.core.text import printable
from wholeship.core.values import dataclass

FILES = 300_000
BYTES = 4 * 1024**3
LONG = 600.0
"""Seconds for checking out, or reading, all files of a commit."""
_LINK, _SUBMODULE = "120000", "160000"


@contextmanager
def worktree(root: Path, commit: str, instead: Mapping[str, bytes | None] | None = None) -> Iterator[Path]:
    """A clean, detached work tree of *commit*, which git forgets with the block; *instead*: see the port."""
    home = Path(tempfile.mkdtemp(prefix="wholeship-tree-"))
    path = home / commit[:12]
    try:
        output(root, "worktree", "add", "--quiet", "--detach", str(path), commit, timeout=LONG)
        for name, content in (instead or {}).items():
            _replace(path, name, content)
        yield path
    finally:
        with contextlib.suppress(CommandFailed):
            output(root, "worktree", "remove", "--force", "--force", str(path))
        shutil.rmtree(home, ignore_errors=True)
        with contextlib.suppress(CommandFailed):
            output(root, "worktree", "prune")


def _replace(tree: Path, name: str, content: bytes | None) -> None:
    """*content* at *name* below *tree*, with the mode that is there; never through a link out of it."""
    target = _inside(tree, name)
    if not target.parent.resolve().is_relative_to(tree.resolve()):
        raise Unfinished(f"{printable(name)} leads out of the work tree")
    mode = target.stat().st_mode if target.is_file() and not target.is_symlink() else None
    target.unlink(missing_ok=True)
    if content is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
        if mode is not None:
            target.chmod(mode)


@contextmanager
def export(root: Path, commit: str, *, trusted: str = "", names: tuple[str, ...] = ()) -> Iterator[Path]:
    """See :meth:`wholeship.review.ports.Repository.export`.

    Read object by object: no attribute of the commit (``export-ignore``, filters, line ends) has a say.
    """
    entries = [
        entry for entry in entries_of(root, commit) if not (trusted and matches_name(entry.path, names))
    ]
    if trusted:
        entries += [entry for entry in entries_of(root, trusted) if matches_name(entry.path, names)]
    home = Path(tempfile.mkdtemp(prefix="wholeship-files-"))
    try:
        _write(root, entries, home)
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)


def matches_name(path: str, names: tuple[str, ...]) -> bool:
    """Whether any part of *path*, file or folder, is one of *names*; case does not count."""
    wanted = {each.lower() for each in names}
    return any(part in wanted for part in path.lower().split("/"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a commit: its mode, its object, its path."""

    mode: str
    object: str
    path: str


@lru_cache(maxsize=4)
def entries_of(root: Path, commit: str) -> tuple[Entry, ...]:
    """The files of *commit*, which is named whole: they never change."""
    _, listed = output(root, "ls-tree", "-r", "-z", "--full-tree", commit)
    found = []
    for line in listed.split(b"\0"):
        if not line:
            continue
        about, _, path = line.partition(b"\t")
        mode, _, object_name = about.decode().split(" ")
        if mode != _SUBMODULE:
            found.append(Entry(mode, object_name, path.decode("utf-8", "surrogateescape")))
    if len(found) > FILES:
        raise Unfinished(f"{commit[:12]} has more than {FILES} files")
    return tuple(found)


def _write(root: Path, entries: Sequence[Entry], home: Path) -> None:
    """All files, from one `git cat-file --batch`, which answers in the order in which it is asked."""
    with tempfile.TemporaryFile() as wanted:
        wanted.write(b"".join(f"{entry.object}\n".encode() for entry in entries))
        wanted.seek(0)
        argv = [program_path("git"), "-C", str(root), "cat-file", "--batch", "--buffer"]
        process = spawned(
            argv, {**calm(), **guard(root)}, stdin=wanted, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert process.stdout is not None
        try:
            left = BYTES
            for entry in entries:
                left -= _write_one(process.stdout, entry, _inside(home, entry.path), left)
        finally:
            process.stdout.close()
            end(process)


def _write_one(stream: IO[bytes], entry: Entry, target: Path, left: int) -> int:
    header = stream.readline().split()
    if len(header) != 3 or header[1] != b"blob":
        raise Unfinished(f"git does not give the content of {printable(entry.path)}")
    size = int(header[2])
    if size > left:
        raise Unfinished(f"the files are larger than {BYTES} bytes")
    target.parent.mkdir(parents=True, exist_ok=True)
    mode = 0o755 if entry.mode == "100755" else 0o644
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(target, flags, mode), "wb") as file:
        rest = size
        while rest:
            piece = stream.read(min(rest, 1024 * 1024))
            if not piece:
                raise Unfinished(f"git broke off in {printable(entry.path)}")
            file.write(piece)
            rest -= len(piece)
    stream.read(1)
    return size


def _inside(home: Path, path: str) -> Path:
    """*path* below *home*. A tree made by hand can hold names that lead out of it."""
    parts = path.split("/")
    if any(part in ("", ".", "..") or part.lower() == ".git" for part in parts):
        raise Unfinished(f"the commit holds a file that leads out of its tree: {printable(path)}")
    return home.joinpath(*parts)
