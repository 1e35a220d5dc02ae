"""A diff as values: files with their modes, the lines added, and what cannot be shown as lines.

Read from `git diff-tree`: the file list from ``--raw --numstat -z`` (paths are exact there), the lines
from ``-p``. Inside a hunk lines are counted, so no content, however it looks, is taken for a header.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from wholeship.core.errors import Unfinished
from wholeship.core.patterns import lazy_pattern
from wholeship.core.text import printable
from wholeship.core.values import dataclass

SYMLINK, SUBMODULE, NOTHING = "120000", "160000", "000000"
LINES = 500_000
"""Changed lines; a larger change is not judged, here or by anybody."""
_HUNK = lazy_pattern(rb"@@ -\d+(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")
_RAW = lazy_pattern(r":(\d{6}) (\d{6}) ([0-9a-f]+) ([0-9a-f]+) ([ACDMRTUX])(\d*)")


@dataclass(frozen=True, slots=True)
class AddedLine:
    """A line the change adds: its number in the new file (from 1) and its text."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class ChangedFile:
    """One file of a diff. Modes are git's; ``similarity`` is 100 for a pure rename."""

    path: str
    old_path: str
    status: str
    old_mode: str
    new_mode: str
    added: int = 0
    deleted: int = 0
    binary: bool = False
    similarity: int = 0
    lines: tuple[AddedLine, ...] = ()
    removed: tuple[str, ...] = ()
    removed_at: tuple[int, ...] = ()
    """For each removed line the number, in the new file, of the line that stands there now."""

    @property
    def shown(self) -> str:
        """The path, fit to print."""
        return printable(self.path)

    @property
    def changed(self) -> int:
        """Lines added and deleted."""
        return self.added + self.deleted

    @property
    def is_deleted(self) -> bool:
        """Whether the file is gone."""
        return self.status == "D"

    @property
    def is_symlink(self) -> bool:
        """Whether it is, or was, a symbolic link."""
        return SYMLINK in (self.old_mode, self.new_mode)

    @property
    def is_submodule(self) -> bool:
        """Whether it is, or was, a commit of another repository."""
        return SUBMODULE in (self.old_mode, self.new_mode)

    @property
    def mode_changed(self) -> bool:
        """Whether an existing file got another mode (executable, symbolic link)."""
        return NOTHING not in (self.old_mode, self.new_mode) and self.old_mode != self.new_mode


@dataclass(frozen=True, slots=True)
class Diff:
    """Everything between two commits; ``patch`` are git's own bytes."""

    files: tuple[ChangedFile, ...]
    patch: bytes

    @property
    def added(self) -> int:
        """Lines added."""
        return sum(file.added for file in self.files)

    @property
    def deleted(self) -> int:
        """Lines deleted."""
        return sum(file.deleted for file in self.files)

    def paths(self) -> frozenset[str]:
        """Every path it touches, old names too."""
        return frozenset(path for file in self.files for path in (file.path, file.old_path) if path)


def read_diff(names: bytes, patch: bytes) -> Diff:
    """The diff in git's two answers: ``--raw --numstat -z`` and ``-p``, for the same two commits.

    Raises :class:`Unfinished` when they do not fit each other: a diff that is not read whole is not judged.
    """
    files = _with_counts(*_split(names))
    if sum(file.changed for file in files) > LINES:
        raise Unfinished(f"diff too large: more than {LINES} changed lines", advice="review it in parts")
    sections = list(_sections(patch))
    wanted = sum(2 if file.status == "T" else 1 for file in files)
    if len(sections) != wanted:
        raise Unfinished(f"the diff has {len(sections)} parts for {wanted} files: it was not read whole")
    read: list[ChangedFile] = []
    rest = iter(sections)
    for file in files:
        parts = [next(rest) for _ in range(2 if file.status == "T" else 1)]
        lines = [line for part, _ in parts for line in part]
        gone = [line for _, part in parts for line in part]
        if not file.binary and len(lines) != file.added:
            raise Unfinished(f"{file.shown}: {len(lines)} of {file.added} added lines were read")
        texts, places = tuple(line.text for line in gone), tuple(line.number for line in gone)
        read.append(replace(file, lines=tuple(lines), removed=texts, removed_at=places))
    return Diff(tuple(read), patch)


def _split(names: bytes) -> tuple[list[ChangedFile], dict[str, tuple[int, int, bool]]]:
    """The raw entries, and the counts by new path."""
    fields = iter(names.decode("utf-8", "backslashreplace").split("\0"))
    files: list[ChangedFile] = []
    counts: dict[str, tuple[int, int, bool]] = {}
    for field in fields:
        if not field:
            continue
        if field.startswith(":"):
            files.append(_entry(field, fields))
        else:
            added, deleted, path = field.split("\t", 2)
            if not path:  # a rename: the two paths follow
                next(fields)
                path = next(fields)
            binary = added == "-"
            counts[path] = (0, 0, True) if binary else (int(added), int(deleted), False)
    return files, counts


def _entry(field: str, fields: Iterator[str]) -> ChangedFile:
    match = _RAW.fullmatch(field)
    if match is None:
        raise Unfinished("git's list of changed files could not be read")
    old_mode, new_mode, _, _, status, score = match.groups()
    first = next(fields)
    path = next(fields) if status in "RC" else first
    return ChangedFile(path, first, status, old_mode, new_mode, similarity=int(score or 0))


def _with_counts(
    files: list[ChangedFile], counts: dict[str, tuple[int, int, bool]]
) -> tuple[ChangedFile, ...]:
    found = []
    for file in files:
        if file.path not in counts:
            raise Unfinished(f"{file.shown}: git lists it without its lines")
        added, deleted, binary = counts[file.path]
        found.append(replace(file, added=added, deleted=deleted, binary=binary))
    return tuple(found)


def _sections(patch: bytes) -> Iterator[tuple[list[AddedLine], list[AddedLine]]]:
    """The added and the removed lines of each ``diff --git`` part, in order, by the new file's numbers."""
    current: tuple[list[AddedLine], list[AddedLine]] | None = None
    old_left = new_left = number = 0
    for line in patch.split(b"\n"):
        if old_left > 0 or new_left > 0:
            mark = line[:1]
            if mark == b"\\":
                continue
            if mark == b"+":
                assert current is not None
                current[0].append(AddedLine(number, line[1:].decode("utf-8", "backslashreplace")))
            elif mark == b"-":
                assert current is not None
                current[1].append(AddedLine(number, line[1:].decode("utf-8", "backslashreplace")))
            if mark != b"+":
                old_left -= 1
            if mark != b"-":
                new_left -= 1
                number += 1
            continue
        if line.startswith(b"diff --git "):
            if current is not None:
                yield current
            current = ([], [])
        elif hunk := _HUNK.match(line):
            old, start, new = hunk.groups()
            old_left, new_left = int(old or 1), int(new or 1)
            number = int(start)
    if current is not None:
        yield current
