"""What a page can show. Every part carries a caption and a text alternative."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from wholeship.core.values import dataclass


class Tone(StrEnum):
    """What a colour would say; always said in words and marks too."""

    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    QUIET = "quiet"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Cell:
    """A table cell. ``sort`` is what it sorts by when that differs from the text."""

    text: str
    sort: float | None = None
    tone: Tone = Tone.PLAIN
    code: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A sortable table; ``numeric`` names the columns aligned right."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    numeric: frozenset[int] = frozenset()

    def cells(self) -> tuple[tuple[Cell, ...], ...]:
        """The rows with bare strings made cells."""
        return tuple(tuple(c if isinstance(c, Cell) else Cell(c) for c in row) for row in self.rows)


@dataclass(frozen=True, slots=True)
class Span:
    """A bar on a lane, from ``start`` to ``end`` in seconds since the beginning."""

    label: str
    start: float
    end: float
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Lane:
    """A named row of a timeline."""

    name: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """An instant across all lanes, such as the commit point."""

    label: str
    at: float
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Timeline:
    """Lanes over time; ``window`` is a stretch (seconds) drawn again, enlarged.

    With a ``unit`` the bars are that many of something, one after the other, and not seconds.
    """

    caption: str
    lanes: tuple[Lane, ...]
    marks: tuple[Mark, ...] = ()
    window: tuple[float, float] | None = None
    window_label: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A box of a graph."""

    id: str
    label: str
    note: str = ""
    tone: Tone = Tone.PLAIN
    critical: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """An arrow of a graph; ``broken`` marks the promise that does not hold."""

    source: str
    target: str
    label: str = ""
    critical: bool = False
    broken: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One moment of a run that can be stepped through: what happened, and each box's state then."""

    text: str
    states: Mapping[str, str] = field(default_factory=dict)
    tone: Tone = Tone.PLAIN
    place: str = ""


@dataclass(frozen=True, slots=True)
class Graph:
    """Boxes and arrows, left to right; with ``steps``, a run to step through."""

    caption: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """A named line: ``(x, y)`` points in order of x."""

    name: str
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over time (x in seconds) with an optional ceiling, such as disk against what a runner has."""

    caption: str
    unit: str
    series: tuple[Series, ...]
    ceiling: float | None = None
    ceiling_label: str = ""


@dataclass(frozen=True, slots=True)
class Prose:
    """Paragraphs of plain text."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Code:
    """Preformatted text such as a patch."""

    caption: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A headed group of parts; ``tone`` marks its heading, ``about`` stands beside it in the contents."""

    title: str
    parts: tuple[Part, ...]
    tone: Tone = Tone.PLAIN
    about: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Two stacks of parts side by side, such as before and after."""

    left_title: str
    left: tuple[Part, ...]
    right_title: str
    right: tuple[Part, ...]


Part = Table | Timeline | Graph | Chart | Prose | Code | Section | Columns


@dataclass(frozen=True, slots=True)
class Page:
    """A whole page: what it is about, the answer in words, key figures, and the parts.

    With ``contents``, a list of its sections that can be filtered stands before them.
    """

    title: str
    answer: str
    tone: Tone
    parts: tuple[Part, ...]
    facts: tuple[tuple[str, str], ...] = ()
    footer: str = ""
    contents: bool = False
