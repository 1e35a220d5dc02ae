"""What a build in a work tree would be made from: git's commit, and one digest over all that is not in it.

Git names the files that differ; their bytes are read as they lie there, so that no filter has a say.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from wholeship.adapters.git import calm, output
from wholeship.core.digest import Digest
from wholeship.core.errors import CommandFailed, ToolMissing, Unfinished
from wholeship.release.source import Source

_STATUS = ("status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")
_FIELDS = {"1": 8, "2": 9, "u": 10}
"""Fields before the path, by the kind of an entry (git-status, "Porcelain Format Version 2")."""


def source_of(root: Path, environment: Mapping[str, str] = os.environ) -> Source:
    """What a build in *root* would be made from; without a git work tree, what the CI says it checked out.

    Raises :class:`Unfinished` when a changed file cannot be read.
    """
    try:
        said = output(root, *_STATUS, environment=calm(), timeout=60.0)[1].decode("utf-8", "surrogateescape")
    except (CommandFailed, ToolMissing):
        return Source(
            environment.get("GITHUB_SHA", "") if environment.get("GITHUB_ACTIONS") == "true" else ""
        )
    commit, files = read_status(said)
    if not files:
        return Source(commit)
    top = output(root, "rev-parse", "--show-toplevel", environment=calm(), timeout=60.0)[1]
    return Source(commit, str(_digest_of_files(Path(os.fsdecode(top.rstrip(b"\n"))), files)), files)


def read_status(said: str) -> tuple[str, tuple[str, ...]]:
    """The commit, and the paths that differ from it, in order; empty where there is no commit yet."""
    commit, found = "", set()
    words = iter(said.split("\0"))
    for word in words:
        kind = word[:1]
        if word.startswith("# branch.oid "):
            commit = word.removeprefix("# branch.oid ")
        elif kind == "?":
            found.add(word[2:])
        elif kind in _FIELDS:
            found.add(word.split(" ", _FIELDS[kind])[-1])
            if kind == "2":
                found.add(next(words, ""))  # where it was before
    return ("" if commit == "(initial)" else commit), tuple(sorted(found))


def _digest_of_files(top: Path, files: tuple[str, ...]) -> Digest:
    total = hashlib.sha256()
    try:
        for name in files:
            for line in _file_lines(top, name.rstrip("/")):
                total.update(line)
    except OSError as error:
        raise Unfinished(
            f"{error.filename}: {error.strerror}: what is not committed has to be read",
            advice="make it readable, or commit or ignore it",
        ) from None
    return Digest(f"sha256:{total.hexdigest()}")


def _file_lines(top: Path, name: str) -> Iterator[bytes]:
    """*name* as it lies there: kind, whether it can be run, content; of a folder, all that is in it."""
    path = top / name
    try:
        status = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        yield _entry_line(name, "gone")
        return
    if stat.S_ISLNK(status.st_mode):
        yield _entry_line(name, "link", os.readlink(path))
    elif stat.S_ISREG(status.st_mode):
        with path.open("rb") as file:
            content = hashlib.file_digest(file, "sha256").hexdigest()
        yield _entry_line(name, "file", f"{status.st_mode & 0o111:o} {content}")
    elif stat.S_ISDIR(status.st_mode):
        yield _entry_line(name, "folder")
        for inside in sorted(os.listdir(path)):
            if inside != ".git":
                yield from _file_lines(top, f"{name}/{inside}")
    else:
        yield _entry_line(name, "other")


def _entry_line(name: str, kind: str, content: str = "") -> bytes:
    # NUL cannot be in a name, so no two different trees give the same bytes.
    return f"{name}\0{kind}\0{content}\0\n".encode("utf-8", "surrogateescape")
