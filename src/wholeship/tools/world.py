"""What a program can see: files of the repository and its environment."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from wholeship.texts.template import Template, Value


def _no_file(_path: str) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class World:
    """``read`` gives the text of a file of the repository, or None; ``names`` the variables in scope.

    ``site`` is where the program runs, for texts that it makes anew (a clock).
    """

    read: Callable[[str], str | None] = _no_file
    names: Mapping[str, Value] = field(default_factory=dict)
    stdin: Value | None = None
    directory: str = ""
    site: str = ""

    def name(self, name: str) -> Template | None:
        """The variable *name*, when it has one reading."""
        value = self.names.get(name)
        return value.only if value is not None else None

    def inside(self, path: str) -> str:
        """*path* as seen from the root of the repository; empty for the root, addresses as they are."""
        if "://" in path or path.startswith(("/", "{", "git@")):
            return path
        whole = posixpath.normpath(posixpath.join(self.directory, path)) if path else ""
        return "" if whole == "." else whole

    def file(self, path: str) -> str | None:
        """The text of *path*, as seen from the working directory."""
        whole = posixpath.normpath(posixpath.join(self.directory, path)) if path else path
        return self.read(whole)
