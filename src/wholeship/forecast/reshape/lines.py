"""Lines of a workflow in block style, cut and put in by row, so that everything else stays byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from wholeship.core import yamls


class Unshaped(Exception):
    """The workflow cannot be reshaped; says why, for people."""


@dataclass(slots=True)
class Rows:
    """The lines of one file and the changes to them; rows count from 0 and mean the lines as they were."""

    lines: Sequence[str]
    _cut: set[int] = field(default_factory=set)
    _put: dict[int, list[str]] = field(default_factory=dict)

    def block(self, row: int, column: int) -> range:
        """The rows of the entry that starts at *row*: deeper lines, without blank ones at the end."""
        end = row + 1
        while end < len(self.lines) and _belongs(self.lines[end], column):
            end += 1
        while end > row + 1 and not self.lines[end - 1].strip():
            end -= 1
        return range(row, end)

    def cut(self, rows: Iterable[int]) -> None:
        """Leave *rows* out."""
        self._cut |= set(rows)

    def put(self, row: int, lines: Iterable[str]) -> None:
        """*lines* before *row*."""
        self._put.setdefault(row, []).extend(lines)

    def text(self, rows: Iterable[int]) -> str:
        """What *rows* said."""
        return "\n".join(self.lines[row] for row in rows)

    def made(self) -> str:
        """The text with all changes."""
        out: list[str] = []
        for row, line in enumerate(self.lines):
            out += self._put.get(row, ())
            if row not in self._cut:
                out.append(line)
        out += self._put.get(len(self.lines), ())
        return "\n".join(out)


@dataclass(frozen=True, slots=True)
class KeyedLines:
    """``key: value`` in a mapping in block style."""

    key: yamls.Scalar
    value: yamls.Node
    rows: range

    @property
    def indent(self) -> int:
        """Spaces before the key."""
        return self.key.place.column - 1


def entry(rows: Rows, mapping: yamls.Mapping, name: str) -> KeyedLines | None:
    """The entry called *name*; None when there is none. Raises :class:`Unshaped` in flow style."""
    for key, value in mapping.entries:
        if key.text == name:
            row, column = key.place.line - 1, key.place.column - 1
            line = rows.lines[row]
            if line[:column].strip(" -"):
                raise Unshaped(f"line {row + 1} is written in flow style, {{…}}")
            return KeyedLines(key, value, rows.block(row, column))
    return None


def needed(rows: Rows, mapping: yamls.Mapping, name: str) -> KeyedLines:
    """As :func:`entry`, for one that must be there."""
    found = entry(rows, mapping, name)
    if found is None:
        raise Unshaped(f"line {mapping.place.line} has no {name}")
    return found


def item(rows: Rows, node: yamls.Node) -> range:
    """The rows of a list item in block style, its dash included."""
    row = node.place.line - 1
    dash = rows.lines[row].find("-")
    if dash < 0 or rows.lines[row][:dash].strip():
        raise Unshaped(f"line {row + 1} is not a list in block style")
    return rows.block(row, dash)


def _belongs(line: str, column: int) -> bool:
    stripped = line.lstrip(" ")
    return not stripped or len(line) - len(stripped) > column
