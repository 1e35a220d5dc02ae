"""Shell text to a syntax tree, with the grammar that editors use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


@lru_cache(maxsize=256)
def parse(script: str) -> Node:
    """The tree of *script*. Never fails; unreadable parts are ``ERROR`` nodes."""
    if script.rstrip().endswith("\\"):
        script = script.rstrip()[:-1]  # it goes on in a line that is not there
    return _parser().parse(script.encode("utf-8", "surrogateescape")).root_node


def mistake(tree: Node) -> int:
    """The row of the first part that is not shell syntax."""
    for child in tree.children:
        if child.type == "ERROR" or child.is_missing:
            return int(child.start_point[0])
        if child.has_error:
            return mistake(child)
    return int(tree.start_point[0])


def text_of(node: Node) -> str:
    """The source text of *node*."""
    return (node.text or b"").decode("utf-8", "surrogateescape")


def pieces(node: Node, start: int | None = None, end: int | None = None) -> Iterator[str | Node]:
    """The children of *node* and the literal text between them, in order."""
    source = node.text or b""
    offset = node.start_byte
    at = offset if start is None else start
    stop = node.end_byte if end is None else end
    for child in node.children:
        if child.start_byte < at or child.end_byte > stop:
            continue
        if child.start_byte > at:
            yield source[at - offset : child.start_byte - offset].decode("utf-8", "surrogateescape")
        yield child
        at = child.end_byte
    if at < stop:
        yield source[at - offset : stop - offset].decode("utf-8", "surrogateescape")
