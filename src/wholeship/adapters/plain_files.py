"""Files of a work tree by their paths as text: what is asked before anything is known to be needed.

Nothing is imported here that takes time; ``repository.py`` has the same for paths as objects.
"""

from __future__ import annotations

import os
import stat

NAME = ".wholeship"
"""The folder for state, at the top of a repository."""
FORECASTS = "forecast.db"
"""What is known of past runs, in that folder."""
LIMIT = 2 * 1024 * 1024
"""Bytes of one file; a longer one is not read."""

ENTRIES = 5_000
"""Names in one folder; one with more is not listed."""


def read_file(path: str | os.PathLike[str]) -> bytes | None:
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


def read_below(root: str, path: str) -> bytes | None:
    """The content of the regular file *path* below *root* (resolved); never out of it, whatever links say.

    Where *path* ends in ``/``, the names in that folder, one a line; those of folders end in ``/`` too.
    """
    if "\0" in path or path.startswith("/"):
        return None
    if not os.path.exists(os.path.join(root, path)):
        return None  # so it is with most of what is asked for, and this is quicker
    target = os.path.realpath(os.path.join(root, path))
    if target != root and not target.startswith(root.rstrip("/") + "/"):
        return None
    return read_file(target) if not path.endswith("/") else _listed(target)


def _listed(folder: str) -> bytes | None:
    try:
        with os.scandir(folder) as entries:
            names = [f"{each.name}/" if each.is_dir(follow_symlinks=False) else each.name for each in entries]
    except OSError:
        return None
    return "\n".join(sorted(names)).encode("utf-8", "surrogateescape") if len(names) <= ENTRIES else None


def standing_place(path: str) -> str:
    """Where *path* stands, links before its end followed; a file that is a link is not what it leads to."""
    if not os.path.islink(path) or os.path.isdir(path):
        return os.path.realpath(path)
    folder, name = os.path.split(path)
    return os.path.join(os.path.realpath(folder), name)


def root_of(path: str) -> str:
    """The top of the work tree that *path* is in; without one the folder around ``.github``."""
    here = standing_place(path)
    above = list(_folders_above(here))
    for folder in (here, *above):
        if os.path.exists(os.path.join(folder, ".git")):
            return folder
    for folder in above:
        if os.path.basename(folder) == ".github":
            return os.path.dirname(folder)
    now = os.getcwd()
    return now if now in (here, *above) else here if os.path.isdir(here) else os.path.dirname(here)


def _folders_above(path: str) -> list[str]:
    found = []
    while (above := os.path.dirname(path)) != path:
        found.append(above)
        path = above
    return found
