"""The files of a repository's work tree, for readers that follow paths written by strangers."""

from __future__ import annotations

import os
import stat
from pathlib import Path

LIMIT = 2 * 1024 * 1024
"""Bytes of one file; a longer one is not read."""


class WorkTreeFiles:
    """Reads paths below *root*; never out of it, whatever the path or a link says."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def __call__(self, path: str) -> bytes | None:
        """The content of the regular file *path*; None when there is none."""
        if "\0" in path or path.startswith("/"):
            return None
        target = Path(os.path.realpath(self.root / path))
        if target != self.root and self.root not in target.parents:
            return None
        return read_file(target)


def read_file(path: Path) -> bytes | None:
    """The content of a regular file of at most ``LIMIT`` bytes; None for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(LIMIT + 1)
    return content if len(content) <= LIMIT else None


def standing_place(path: Path) -> Path:
    """Where *path* stands, links before its end followed; a file that is a link is not what it leads to."""
    is_link = path.is_symlink() and not path.is_dir()
    return path.parent.resolve() / path.name if is_link else path.resolve()


def root_of(path: Path) -> Path:
    """The top of the work tree that *path* is in; without one the folder around ``.github``."""
    here = standing_place(path)
    for folder in (here, *here.parents):
        if (folder / ".git").exists():
            return folder
    for folder in here.parents:
        if folder.name == ".github":
            return folder.parent
    return Path.cwd() if Path.cwd() in (here, *here.parents) else here if here.is_dir() else here.parent
