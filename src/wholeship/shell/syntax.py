"""Shell text to a syntax tree, with the grammar that editors use.

The grammar ends a word too early in two places, and shows no error: before the second of two variables when
text follows it (``$A-$B.z``), and at a line that is continued inside a word. Both are mended in the text,
which is then parsed again, so that no reader of the tree has to know.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.groups import regrouped
from wholeship.shell.nodes import Node

if TYPE_CHECKING:
    from tree_sitter import Node as Raw
    from tree_sitter import Parser, Tree


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def parse_script(script: str) -> Node:
    """The tree of *script*, of nodes that nobody else has. Never fails; unreadable parts are ``ERROR`` nodes.

    Nodes that remember take ten times the memory of the tree itself, which alone is kept here: even the
    parser's own nodes remember their children.
    """
    return Node(_tree_of(script).root_node)


@lru_cache(maxsize=48)
def _tree_of(script: str) -> Tree:
    if script.rstrip().endswith("\\"):
        script = script.rstrip()[:-1]  # it goes on in a line that is not there
    source = regrouped(script.encode("utf-8", "surrogateescape"))
    tree = _parser().parse(source)
    for _round in range(MENDINGS):
        mended = _mended(source, tree.root_node)
        if mended == source:
            break
        source = mended
        tree = _parser().parse(source)
    return tree


MENDINGS = 8
"""A text is mended so often at most: what is torn inside a torn part shows only after that is mended."""
_MAY_TEAR = lazy_pattern(
    rb"[^\s(](?=\$[\w@*#?!\\]|`)|\\\\.|\\|=[=~]|`|[\S](?=[ \t]+\{[^ ]|\}[ \t]+\S)", re.DOTALL
)
"""Where a word may be torn: at a variable that is not at its beginning, and at a backslash."""
_NAME = lazy_pattern(rb"[A-Za-z_]\w*|[0-9@*#?!-]")


def _mended(source: bytes, tree: Raw) -> bytes:
    """*source* with braces around the variables that were torn off, and words that go on made whole."""
    ends = [(at, at, b";") for at in _swallowed_ends(source, tree)]
    if ends:
        return _edited(source, ends)
    doubtful = [found.start() for found in _MAY_TEAR.finditer(source)]
    if not doubtful:
        return source
    nodes = list(_near(tree, doubtful))
    searches = (_bare_dollars, _continued_words, _escapes, _blanks, _backticks, _signs)
    return _edited(source, (edit for search in searches for edit in search(source, nodes)))


def _edited(source: bytes, edits: Iterable[tuple[int, int, bytes]]) -> bytes:
    stop = len(source) + 1
    for start, end, text in sorted(edits, reverse=True):
        if end <= stop:
            source = source[:start] + text + source[end:]
            stop = start
    return source


def _swallowed_ends(source: bytes, tree: Raw) -> Iterator[int]:
    """Ends of lines inside a command: after some pipelines the grammar takes the next line for more words."""
    pending = [tree]
    while pending:
        node = pending.pop()
        if source.find(b"\n", node.start_byte, node.end_byte) < 0 or node.type in _TEXTS:
            continue
        pending += node.children
        if node.type not in _SIMPLE:
            continue
        for one, other in itertools.pairwise(node.children):
            begins = (
                source[other.start_byte : other.start_byte + 1] == b"\n"
            )  # ``\\name`` at the start of a line
            end = _END.search(source, one.end_byte, other.start_byte + begins)
            if end and not one.type.startswith("heredoc") and not other.type.startswith("heredoc"):
                yield end.end() - 1
                break


_TEXTS = ("raw_string", "heredoc_body", "comment")
_SIMPLE = ("command", "declaration_command", "variable_assignments", "unset_command")
_END = lazy_pattern(rb"(?<!\\)(?<!\\\r)\n")
_HOLDS_DOLLARS = frozenset(("simple_expansion", "string", "heredoc_body", "expansion", "regex"))


def _bare_dollars(source: bytes, nodes: Sequence[Raw]) -> Iterator[tuple[int, int, bytes]]:
    """``$`` that stands alone in the tree while a name follows it in the text."""
    for node in nodes:
        if node.type != "$" or node.parent is None or node.parent.type in _HOLDS_DOLLARS:
            continue
        if node.text == b"\\$":
            yield node.start_byte, node.end_byte, b"'$'"
            continue
        name = _NAME.match(source, node.end_byte)
        if name:
            yield node.start_byte, name.end(), b"${" + name[0] + b"}"


def _continued_words(source: bytes, nodes: Sequence[Raw]) -> Iterator[tuple[int, int, bytes]]:
    """Two neighbours with nothing but the end of a line between them: that moves before the first."""
    for node in nodes:
        after = node.next_sibling
        if after is None or not node.is_named or not after.is_named or after.start_byte - node.end_byte > 3:
            continue
        between = source[node.end_byte : after.start_byte]
        if between in (b"\\\n", b"\\\r\n") and node.type != "comment":
            yield node.start_byte, after.start_byte, between + source[node.start_byte : node.end_byte]


def _escapes(source: bytes, nodes: Sequence[Raw]) -> Iterator[tuple[int, int, bytes]]:
    """A backslash that begins a word of the tree and touches the one before it."""
    for node in nodes:
        before = node.prev_sibling
        if before is None or not node.is_named or not before.is_named or before.end_byte != node.start_byte:
            continue
        escape = _ESCAPE.match(source, node.start_byte)
        if escape and node.type in ("word", "concatenation", "command_name") and before.type != "word":
            yield node.start_byte, escape.end(), b"'" + escape[1] + b"'"


_ESCAPE = lazy_pattern(rb"\\([^\n'])")


def _blanks(source: bytes, nodes: Sequence[Raw]) -> Iterator[tuple[int, int, bytes]]:
    """White space with a backslash before it: the grammar skips it like any other, to bash it is text."""
    at, inside = 0, False
    for node in nodes:
        if node.child_count:
            continue
        gap = b"" if inside or not 0 < node.start_byte - at < 80 else source[at : node.start_byte]
        for found in _ESCAPED_BLANK.finditer(gap):
            yield at + found.start(), at + found.end(), b"'" + found[1] + b"'"
        around = node.parent
        at = node.end_byte
        inside = around is not None and around.type in _VERBATIM and around.end_byte > at


def _backticks(source: bytes, nodes: Sequence[Raw]) -> Iterator[tuple[int, int, bytes]]:
    """A substitution in backticks that touches the word before it, or that seems to go on to the next one."""
    for node in nodes:
        start = node.start_byte
        found = _IN_BACKTICKS.match(source, start) if node.type == "command_substitution" else None
        if found is None:
            continue
        touching = re.match(rb"[^\s=(;|&`]", source[start - 1 : start])
        quoted = node.parent is not None and node.parent.type in _VERBATIM
        if (touching and not quoted) or found.end() < node.end_byte:
            yield start, found.end(), b"$(" + re.sub(rb"\\([`$\\])", rb"\1", found[1]) + b")"


_IN_BACKTICKS = lazy_pattern(rb"`((?:[^`\\]|\\.)*)`", re.DOTALL)


def _signs(source: bytes, nodes: Sequence[Raw]) -> Iterator[tuple[int, int, bytes]]:
    """``==`` among the words of a command: the grammar takes what follows for a pattern."""
    for node in nodes:
        if node.type in ("==", "=~") and node.parent is not None and node.parent.type == "command":
            yield node.start_byte, node.end_byte, b"'" + source[node.start_byte : node.end_byte] + b"'"


_VERBATIM = ("string", "heredoc_body", "heredoc_redirect")
_ESCAPED_BLANK = lazy_pattern(rb"\\([ \t])")


@lru_cache(maxsize=256)
def torn_words(script: str) -> int | None:
    """The row of two words of a command that touch: one word of the text that the tree still has as two."""
    tree = _tree_of(script).root_node
    source = b"\0" * tree.start_byte + (tree.text or b"")
    doubtful = [tree.start_byte + found.start() for found in _MAY_TEAR.finditer(tree.text or b"")]
    swallowed = next(_swallowed_ends(source, tree), None)
    if swallowed is not None:
        return source.count(b"\n", 0, swallowed)
    torn = (node for node in _near(tree, doubtful) if _is_torn(node, source)) if doubtful else iter(())
    first = next(torn, None)
    return None if first is None else int(first.start_point[0])


def _is_torn(node: Raw, source: bytes) -> bool:
    """Whether two words inside *node* touch, or something stands between them that is in no word."""
    gaps = (source[one.end_byte : other.start_byte] for one, other in itertools.pairwise(node.children))
    if node.type == "concatenation":
        return any(gaps)
    if node.type not in _HOLDS_WORDS:
        return False
    words = [child for child in node.children if child.is_named]
    touching = any(
        one.end_byte == other.start_byte and other.type not in _NO_WORDS
        for one, other in itertools.pairwise(words)
    )
    return touching or any(map(_strange, gaps))


def _strange(gap: bytes) -> bytes:
    """What stands between two words and is no white space."""
    return gap.replace(b"\\", b"").strip()


_HOLDS_WORDS = ("command", "for_statement", "array", "declaration_command", "file_redirect")
_NO_WORDS = ("file_redirect", "herestring_redirect", "heredoc_redirect", "comment")


def _near(tree: Raw, places: Sequence[int]) -> Iterator[Raw]:
    """The nodes that reach to one of *places* (in order), each before those inside it."""
    pending = [tree]
    while pending:
        node = pending.pop()
        at = bisect_left(places, node.start_byte - 3)
        if at < len(places) and places[at] <= node.end_byte + 3:
            yield node
            pending += reversed(node.children)


def mistake(tree: Node) -> int:
    """The row of the first part that is not shell syntax."""
    for child in tree.children:
        if child.type == "ERROR" or child.is_missing:
            return child.start_row
        if child.has_error:
            return mistake(child)
    return tree.start_row


LONGEST = 60
"""Of a line of a script, so many characters are shown."""


def shown(node: Node) -> str:
    """The first line of *node*, for a sentence."""
    return first_line(node.text)


def first_line(text: str) -> str:
    """The first line of *text*, for a sentence."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= LONGEST else f"{line[:LONGEST]}…"
