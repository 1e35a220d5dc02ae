"""Lines of a workflow in block style, cut and put in by row, so that everything else stays byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field

from wholeship.core import yamls
from wholeship.core.values import dataclass

BUILD = "docker/build-push-action"
LOGIN = "docker/login-action"
"""The actions that a reshaped workflow still uses."""


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


def set_needs(rows: Rows, body: yamls.Mapping, wanted: list[str]) -> None:
    """The job *body* needs exactly *wanted*."""
    at = entry(rows, body, "needs")
    first = at or needed(rows, body, "runs-on")
    rows.cut(at.rows if at else ())
    row = at.rows.start if at else first.rows.stop
    if wanted:
        rows.put(row, [f"{' ' * first.indent}needs: [{', '.join(wanted)}]"])


def names_needed(body: yamls.Mapping) -> list[str]:
    """The jobs that *body* needs."""
    node = body.get("needs")
    if isinstance(node, yamls.Scalar):
        return [node.text]
    return (
        [each.text for each in node.items if isinstance(each, yamls.Scalar)]
        if isinstance(node, yamls.Sequence)
        else []
    )


def step_at(body: yamls.Mapping, line: int) -> yamls.Mapping:
    """The job's own step that begins at *line*; :class:`Unshaped` when it stands in another file."""
    steps = body.get("steps")
    for step in steps.items if isinstance(steps, yamls.Sequence) else ():
        if isinstance(step, yamls.Mapping) and step.place.line == line:
            return step
    raise Unshaped(f"the step at line {line} is not written in the job itself")


@dataclass(frozen=True, slots=True)
class JobLines:
    """A job of one script: what it needs and runs under, the steps that log in, and its variables."""

    needs: Sequence[str]
    condition: str
    runner: str
    login: Sequence[str]
    step: str
    variables: Sequence[tuple[str, str]]
    script: Sequence[str]

    def written(self, name: str, indent: int) -> list[str]:
        """The job called *name*, as it stands under ``jobs``; it may write packages, and nothing else."""
        lines = [
            "",
            f"{name}:",
            f"  needs: [{', '.join(self.needs)}]",
            *([f"  if: {self.condition}"] if self.condition else []),
            f"  runs-on: {self.runner}",
            "  timeout-minutes: 10",
            "  permissions:",
            "    packages: write",
            "  steps:",
            *(f"    {line}" for line in self.login),
            f"    - name: {self.step}",
            "      env:",
            *(f"        {variable}: {value}" for variable, value in self.variables),
            "      run: |",
            *(f"        {line}" for line in self.script),
        ]
        return [f"{' ' * indent}{line}" if line else "" for line in lines]


def _belongs(line: str, column: int) -> bool:
    stripped = line.lstrip(" ")
    return not stripped or len(line) - len(stripped) > column
