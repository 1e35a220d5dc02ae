"""The files of a folder, to look around in: bounded, never out of the folder, whatever their names.

Symbolic links are not followed, and names that are no text or would not fit on a line are left out.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

FILES = 20_000
"""Most files that are listed."""
SIZE = 1024 * 1024
"""Largest file that is read, in bytes."""
DEPTH = 12

_SKIPPED = frozenset(
    {"node_modules", "vendor", "__pycache__", "site-packages", "testdata", "fixtures", ".terraform"}
)
_HIDDEN = frozenset({".github", ".docker", ".buildx", ".ci", ".deploy", ".build"})
"""Folders with a dot that people keep such files in; others are caches and tools' own."""


class Tree:
    """The folder *root*. ``paths`` are relative, with ``/``, in order; ``cut`` when there were too many."""

    def __init__(self, root: Path) -> None:
        self.root = root
        found, self.cut = _listed(root)
        self.paths = tuple(sorted(found))
        self._known = frozenset(self.paths)

    def read(self, path: str) -> str | None:
        """The text of the listed file *path*; None when it is not there, too large, or cannot be read."""
        if path not in self._known:
            return None
        try:
            descriptor = os.open(self.root / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as file:
                content = file.read(SIZE + 1) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
        except OSError:
            return None
        return content.decode("utf-8", "replace") if len(content) <= SIZE else None


def _listed(root: Path) -> tuple[list[str], bool]:
    found: list[str] = []
    for here, folders, files in os.walk(root):
        inside = os.path.relpath(here, root)
        level = 0 if inside == "." else inside.count(os.sep) + 1
        folders[:] = sorted(name for name in folders if _is_entered(name)) if level < DEPTH else []
        for name in sorted(files):
            path = name if inside == "." else f"{inside}/{name}"
            if path.isprintable() and not os.path.islink(os.path.join(here, name)):
                found.append(path)
            if len(found) >= FILES:
                return found, True
    return found, False


def _is_entered(name: str) -> bool:
    return name not in _SKIPPED and (not name.startswith(".") or name in _HIDDEN)
