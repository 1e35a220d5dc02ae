"""Nodes of a syntax tree that remember what the parser's own make anew each time they are asked.

A loop that is unrolled, or a function that is called again, asks the same nodes many times.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import tree_sitter

_numbers = itertools.count()


class Node:
    """One node. ``id`` is that of no other node, whatever becomes of this one's tree."""

    __slots__ = (
        "_fields",
        "children",
        "end_byte",
        "id",
        "inside",
        "is_named",
        "named_children",
        "pieces",
        "raw",
        "start_byte",
        "text",
        "type",
    )
    children: list[Node]
    named_children: list[Node]
    text: str
    _fields: dict[str, Node | None]
    pieces: tuple[str | Node, ...]
    """The children and the literal text between them, in order."""
    inside: tuple[str | Node, ...]
    """The same without the first and the last letter, which are quotes."""

    def __init__(self, raw: tree_sitter.Node) -> None:
        self.raw = raw
        self.id: int = next(_numbers)
        self.type: str = sys.intern(raw.type)
        self.is_named: bool = raw.is_named
        self.start_byte: int = raw.start_byte
        self.end_byte: int = raw.end_byte

    def __getattr__(self, name: str) -> Any:
        """What is asked for the first time."""
        made = _MADE.get(name)
        if made is None:
            raise AttributeError(name)
        value = made(self)
        setattr(self, name, value)
        return value

    @property
    def child_count(self) -> int:
        """How many children it has."""
        return len(self.children)

    @property
    def has_error(self) -> bool:
        """Whether something in it is not in the grammar."""
        return self.raw.has_error

    @property
    def is_missing(self) -> bool:
        """Whether the grammar wants it, and the text has not got it."""
        return self.raw.is_missing

    @property
    def parent_text(self) -> str:
        """The text of the node around it; its own where there is none."""
        around = self.raw.parent
        return self.text if around is None else _decoded(around.text)

    @property
    def start_row(self) -> int:
        """The row, counted from 0, in which it begins."""
        return self.raw.start_point[0]

    @property
    def end_row(self) -> int:
        """The row in which it ends."""
        return self.raw.end_point[0]

    def child_by_field_name(self, name: str) -> Node | None:
        """The child that the grammar calls *name*."""
        found = self._fields
        if name not in found:
            raw = self.raw.child_by_field_name(name)
            wanted = None if raw is None else raw.id
            found[name] = next((each for each in self.children if each.raw.id == wanted), None)
        return found[name]


def _children(node: Node) -> list[Node]:
    """Walked to: ``raw.children`` would stay with ``raw``, a second list of the same."""
    cursor, found = node.raw.walk(), []
    there = cursor.goto_first_child()
    while there:
        assert cursor.node is not None
        found.append(Node(cursor.node))
        there = cursor.goto_next_sibling()
    return found


def _decoded(text: bytes | None) -> str:
    return (text or b"").decode("utf-8", "surrogateescape")


def _pieces(node: Node, at: int, stop: int) -> Iterator[str | Node]:
    """The children between two bytes of the source, and the text between them."""
    source, offset = node.raw.text or b"", node.start_byte
    for child in node.children:
        if child.start_byte < at or child.end_byte > stop:
            continue
        if child.start_byte > at:
            yield _decoded(source[at - offset : child.start_byte - offset])
        yield child
        at = child.end_byte
    if at < stop:
        yield _decoded(source[at - offset : stop - offset])


_MADE: dict[str, Callable[[Node], Any]] = {
    "children": _children,
    "named_children": lambda node: [each for each in node.children if each.is_named],
    "text": lambda node: _decoded(node.raw.text),
    "pieces": lambda node: tuple(_pieces(node, node.start_byte, node.end_byte)),
    "inside": lambda node: tuple(_pieces(node, node.start_byte + 1, node.end_byte - 1)),
    "_fields": lambda _node: {},
}
