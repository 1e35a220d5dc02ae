"""What a program can see: files of the repository and its environment."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.shell.foreign import part_of_tree
from wholeship.texts.template import Kind, Template, Value


def _no_file(_path: str) -> str | None:
    return None


def _no_text(_path: str) -> Value | None:
    return None


@dataclass(frozen=True, slots=True)
class World:
    """``read`` gives the text of a file of the repository, or None; ``names`` the variables in scope.

    ``site`` is where the program runs, for texts that it makes anew (a clock). ``reference`` names the two
    variables that say what the run is for: whether it is a ``tag``, and what it is called. ``by`` says
    who may have put another file at a path, seen from the root of the repository; ``left`` what this script
    or a step before has written there.
    """

    read: Callable[[str], str | None] = _no_file
    names: Mapping[str, Value] = field(default_factory=dict)
    stdin: Value | None = None
    directory: str = ""
    site: str = ""
    reference: tuple[str, str] = ("", "")
    by: Callable[[str], str | None] = _no_file
    left: Callable[[str], Value | None] = _no_text

    @property
    def git_tag(self) -> Template | None:
        """The git tag that the run is for; None where it is not known to be for one."""
        kind, name = map(self.name, self.reference)
        return name if kind is not None and kind.literal == "tag" else None

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
        return self.read(whole) if self.put_by(path) is None else None

    def names_in(self, folder: str) -> tuple[str, ...] | None:
        """What is in *folder*, seen from the working directory; folders end in ``/``. None: not known."""
        whole = posixpath.normpath(posixpath.join(self.directory, folder or "."))
        text = self.read(f"{whole}/") if self.put_by(folder or ".") is None else None
        return tuple(text.split("\n")) if text else None

    def put_by(self, path: str) -> str | None:
        """Who may have put another file at *path* (seen from the working directory); None: nobody."""
        part = part_of_tree(posixpath.join(self.directory, path))
        return self.by(part) if part is not None else None

    def written(self, path: str) -> Value | None:
        """What stands at *path* since this run wrote it; a hole if nobody knows. None: it did not."""
        part = part_of_tree(posixpath.join(self.directory, path))
        if part is None:
            return None
        who = self.by(part)
        return self.left(part) or (Value.hole(Kind.OUTPUT, f"left by {who}", self.site) if who else None)

    def has(self, path: str) -> bool:
        """Whether there is, or may be, a file at *path*, seen from the working directory."""
        return self.file(path) is not None or self.written(path) is not None
