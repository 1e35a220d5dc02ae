"""Files of the work tree that something else may have put there: what the repository has is not what runs.

A second checkout, an archive, a patch, a downloaded artifact: from then on nobody knows what the files in
that part of the work tree say.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Mapping
from dataclasses import field, replace
from fnmatch import fnmatchcase

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.texts.template import Kind, Value

Read = Callable[[str], str | None]
CHECKED_OUT = "a checkout of "
"""How the name begins of who puts another commit in place."""


def part_of_tree(path: str) -> str | None:
    """*path*, from the root of the work tree, in its normal form: "" is the root; None: it is outside."""
    if path.startswith(("/", "~", "{", "\0")) or "://" in path:
        return None
    normal = posixpath.normpath(path) if path else "."
    if normal == ".." or normal.startswith("../"):
        return None
    return "" if normal == "." else normal


@dataclass(frozen=True, slots=True)
class ForeignFiles:
    """Folders and files from the root of the work tree, each with who may have put something there.

    "" is the whole work tree; a part may hold the patterns of a shell. ``base`` is the ref
    that was checked out into the root; None: none yet.
    """

    parts: frozenset[tuple[str, str]] = frozenset()
    base: str | None = None
    texts: tuple[tuple[str, Value], ...] = ()
    """What steps have left, the latest last: by path, or by the folder in which nobody knows the files."""
    own: tuple[str, ...] = ()
    """Folders into which the repository itself, as it is here, has been checked out."""

    def __bool__(self) -> bool:
        return bool(self.parts or self.texts or self.own)

    def in_repository(self, path: str) -> str:
        """*path*, from the root of the work tree, as the repository has it: below such a folder or not."""
        return _inside(path, self.own)

    def in_own_folders(self, read: Read) -> Read:
        """*read* with the files of the repository below each such folder, too."""
        return _InFolders(read, self.own) if self.own else read

    def put(self, paths: Iterable[str], who: str) -> ForeignFiles:
        """With *paths* (those outside of the work tree are left out) put there by *who*."""
        new = {(part, who) for part in map(part_of_tree, paths) if part is not None and self.by(part) is None}
        return replace(self, parts=self.parts | new) if new else self

    def left(self, texts: Iterable[tuple[str, Value]]) -> ForeignFiles:
        """With *texts*, each at its path or folder, in the place of what was there."""
        new = dict(texts)
        if not new:
            return self
        kept = ((path, value) for path, value in self.texts if not any(_holds(part, path) for part in new))
        return replace(self, texts=(*kept, *new.items()))

    def text(self, path: str) -> Value | None:
        """What the steps before have left at *path*; None: nobody is known to have written there."""
        for part, value in reversed(self.texts):
            if part == path:
                return value
            if _holds(part, path):
                return value.derive(path)  # of each file in that folder another text
        return None

    def by(self, path: str) -> str | None:
        """Who may have put the file at *path* there; None: it is the repository's."""
        return next((who for part, who in self.parts if _holds(part, path)), None)

    def reader(self, read: Read) -> Read:
        """*read* without the files that may be another's."""
        if not self.parts:
            return read
        return lambda path: None if self.by(posixpath.normpath(path)) is not None else read(path)

    def __or__(self, other: ForeignFiles) -> ForeignFiles:
        if self == other or not other:
            return self
        own = tuple(dict.fromkeys((*self.own, *other.own)))
        return replace(self, parts=self.parts | other.parts, own=own).left(other.texts)


def _holds(part: str, path: str) -> bool:
    if not part or path == part or path.startswith(f"{part}/"):
        return True
    if not _PATTERN.search(part):
        return False
    wanted, given = part.split("/"), path.split("/")
    return len(given) >= len(wanted) and all(map(fnmatchcase, given, wanted))


_PATTERN = lazy_pattern(r"[*?\[]")


def _parts(paths: Iterable[str]) -> list[str]:
    return [part for part in map(part_of_tree, paths) if part is not None]


OWN_FILES = ForeignFiles()


@dataclass(frozen=True, slots=True)
class _InFolders:
    read: Read
    folders: tuple[str, ...]

    def __call__(self, path: str) -> str | None:
        return self.read(_inside(path, self.folders) or "./")


def _inside(path: str, folders: Iterable[str]) -> str:
    for folder in folders:
        if path == folder or path.startswith(f"{folder}/"):
            return path[len(folder) + 1 :]
    return path


class Overlaid:
    """*read* with other texts in some places; equal to any that gives the same."""

    __slots__ = ("_made", "_read", "_texts")

    def __init__(self, read: Read, texts: frozenset[tuple[str, str | None]]) -> None:
        self._read, self._texts, self._made = read, texts, dict(texts)

    def __call__(self, path: str) -> str | None:
        """The text at *path*, from the root; None: there is none, or it is not known."""
        return self._made[path] if path in self._made else self._read(path)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Overlaid):
            return NotImplemented
        return self._texts == other._texts and self._read == other._read

    def __hash__(self) -> int:
        return hash((self._read, self._texts))


@dataclass(slots=True)
class WorkTree:
    """The work tree while a script runs that starts in ``directory`` (from the root).

    ``before`` are files that steps before may have put there, ``placed`` those of the script; ``asked`` and
    ``read`` are what was asked about ``before``, with the answers: with others the script may do something
    else. ``site`` is where the script runs. ``as_written``: a guess is wanted, so what the script itself puts
    somewhere does not count.
    """

    directory: str = ""
    before: ForeignFiles = OWN_FILES
    placed: ForeignFiles = OWN_FILES
    asked: dict[str, str | None] = field(default_factory=dict)
    read: dict[str, Value | None] = field(default_factory=dict)
    site: str = ""
    as_written: bool = False
    _overlaid: tuple[Mapping[str, Value], Read, Read] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    def located(self, path: str, here: str = "") -> str | None:
        """*path*, named in the folder *here*, from the root, as ``//…`` is, too. None: it is outside."""
        for each in (path, here):
            if each.startswith("//"):
                inner = "" if each is path else path
                return part_of_tree(posixpath.join(each[2:], inner))
        return part_of_tree(posixpath.join(self.directory, here, path))

    def put(self, paths: Iterable[str | None], who: str) -> None:
        """From now on, *paths* (from the root) may be what *who* has put there."""
        if self.as_written:
            return
        known = [path for path in paths if path is not None]
        unknown = Value.hole(Kind.OUTPUT, f"left by {who}", self.site)
        self.placed = self.placed.put(known, who).left((part, unknown) for part in _parts(known))

    def leave(self, path: str, text: Value) -> None:
        """From now on, *text* is what stands at *path* (from the root, or outside of it)."""
        self.placed = self.placed.left([(path, text)])

    def text(self, path: str, placed: ForeignFiles | None = None) -> Value | None:
        """What this script (now, or when *placed* was all) or a step before has left at *path*; or None."""
        found = (self.placed if placed is None else placed).text(path)
        if found is not None:
            return found
        if path not in self.read:
            self.read[path] = self.before.text(path)
        return self.read[path]

    def by(self, path: str, placed: ForeignFiles | None = None) -> str | None:
        """Who may have put the file at *path* (from the root) there, now or when *placed* was all."""
        if path not in self.asked:
            self.asked[path] = self.before.by(path)
        return self.asked[path] or (self.placed if placed is None else placed).by(path)

    def reader(self, read: Read) -> Read:
        """*read* (of paths from where the script starts) without files that may be another's by then."""

        def own(path: str) -> str | None:
            inside = self.located(path)
            return read(path) if inside is None or self.by(inside) is None else None

        return own

    def with_files(self, read: Read, files: Mapping[str, Value]) -> Read:
        """*read* (of paths from the root) with *files*, which the script has written, in their place."""
        if self._overlaid is None or self._overlaid[0] is not files or self._overlaid[1] != read:
            found = {self.located(path): value.literal for path, value in files.items() if path[:1] != "\0"}
            made = {path: text for path, text in found.items() if path is not None}
            self._overlaid = files, read, Overlaid(read, frozenset(made.items())) if made else read
        return self._overlaid[2]
