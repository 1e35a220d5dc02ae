"""The files of one revision of a git repository, without a checkout."""

from __future__ import annotations

import os
from pathlib import Path

from wholeship.adapters.git import output
from wholeship.adapters.plain_files import LIMIT
from wholeship.core.errors import BadInput, CommandFailed
from wholeship.core.patterns import lazy_pattern

_REVISION = lazy_pattern(r"[A-Za-z0-9_][A-Za-z0-9_./@^~{}+-]*")


class Revision:
    """Reads paths as they are at *name* (a branch, a tag, a commit) of the repository at *root*."""

    def __init__(self, root: Path, name: str) -> None:
        if not _REVISION.fullmatch(name):
            raise BadInput(f"not a revision: {name[:80]!r}")
        self.root, self.name = root, name
        self._read: dict[str, bytes | None] = {}
        try:
            code, said = output(
                root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", codes=(0, 1, 128)
            )
        except CommandFailed as error:
            raise BadInput(f"there is no revision {name}", advice=error.message) from None
        if code:
            raise BadInput(
                f"there is no revision or file {name}",
                advice="name a branch, a tag, a commit, a file or a folder; in CI, fetch the base first",
            )
        self.commit = said.decode().strip()
        listed = output(root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", self.commit)[1]
        self.paths = frozenset(os.fsdecode(listed).split("\0")) - {""}  # names are bytes; none is lost

    def __call__(self, path: str) -> bytes | None:
        """The content of *path*, or the names in the folder ``path/``; None: there is none, or too much."""
        path = path.removeprefix("./")
        if path == "" or path.endswith("/"):
            return self._listed(path)
        if path not in self.paths:
            return None
        if path not in self._read:
            try:
                content = output(self.root, "cat-file", "blob", f"{self.commit}:{path}")[1]
            except CommandFailed:
                content = b""
            self._read[path] = content if len(content) <= LIMIT else None
        return self._read[path]

    def _listed(self, folder: str) -> bytes | None:
        inside = (path[len(folder) :] for path in self.paths if path.startswith(folder))
        names = {first + slash for first, slash, _ in (path.partition("/") for path in inside)}
        return "\n".join(sorted(names)).encode("utf-8", "surrogateescape") if names else None


def merge_base(root: Path, one: str, other: str) -> str:
    """The commit that two revisions have in common; *one* where there is none."""
    try:
        code, said = output(root, "merge-base", one, other, codes=(0, 1))
    except CommandFailed:
        return one
    return said.decode().strip() if code == 0 else one
