"""The files of a repository's work tree, for readers that follow paths written by strangers."""

from __future__ import annotations

import os
from pathlib import Path

from wholeship.adapters import plain_files


class WorkTreeFiles:
    """Reads paths below *root*; never out of it, whatever the path or a link says."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def __call__(self, path: str) -> bytes | None:
        """The content of the regular file *path*, or the names in the folder ``path/``; None: none."""
        return plain_files.read_below(str(self.root), path)


def standing_place(path: Path) -> Path:
    """Where *path* stands, links before its end followed; a file that is a link is not what it leads to."""
    return Path(plain_files.standing_place(os.fspath(path)))


def root_of(path: Path) -> Path:
    """The top of the work tree that *path* is in; without one the folder around ``.github``."""
    return Path(plain_files.root_of(os.fspath(path)))
