"""Whether two versions of a file are the same program, by the grammars that editors use.

Only layout and comments may differ, and of comments only those by which no tool is steered. What a grammar
does not read without a mistake is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from itertools import zip_longest
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.review.evidence.content import ending

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LIMIT = 2 * 1024 * 1024
"""Bytes of one version."""
NOTHING, NEVER = lazy_pattern(r"(?!)"), lazy_pattern(rb"(?!)")
Token = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Language:
    """Where a grammar is, which of its nodes are comments, and which of those are orders to a tool."""

    module: str
    comments: frozenset[str]
    orders: re.Pattern[str]
    function: str = "language"
    all_orders: re.Pattern[bytes] = NEVER
    """Where a file has this in it, every comment is an order."""
    told: re.Pattern[str] = NOTHING
    """Nodes that say something to readers alone, without being comments."""
    one_line: tuple[frozenset[bytes], frozenset[bytes]] = (frozenset(), frozenset())
    """Words after which, and signs before which, the end of a line ends a statement."""


_SCRIPT_ORDERS = lazy_pattern(
    r"^(?:///\s*[<#]|/\*[-:!]|//[#@])|^//\s*\*/|^//.*\*/.*[;={(]|^/[/*]\s*[#@](?:if|el|end|exclude|include)|@ts-|@jsx|@flow|@vite|@preserve|webpack|PURE__|SIDE_EFFECTS__"
    r"|source(?:Mapping)?URL|(?:istanbul|c8|v8|stryker)\b|node:coverage"
)
_GO = Language(
    "tree_sitter_go",
    frozenset(["comment"]),
    lazy_pattern(
        r"^(?://(?!nolint|lint:)[a-z0-9]+:[a-z0-9]|//(?:export|extern|sys|line)\b|/\*line\b|//\s*\+|//go:|//\s*\*/|//.*\*/.*[;={(])"
    ),
    all_orders=lazy_pattern(rb'"C"'),
)
_JAVA = Language(
    "tree_sitter_java",
    frozenset(["line_comment", "block_comment"]),
    lazy_pattern(r"^/\*-|\\u|@deprecated|^//\s*\*/|^//.*\*/.*[;={(]"),
)
_RUST = Language(
    "tree_sitter_rust",
    frozenset(["line_comment", "block_comment"]),
    lazy_pattern(r"^//\s*\*/|^//.*\*/.*[;={(]"),
    all_orders=lazy_pattern(rb"\b(?:displaydoc|docopt)\b"),
    told=lazy_pattern(r"^#!?\[doc\(\s*(?:html_\w+ = \"[^\"]*\"\s*,?\s*)+\)\]$"),
)
_ONE_LINE = (
    frozenset(
        b"return throw break continue yield async get set static accessor type interface abstract declare"
        b" namespace module readonly using await".split()
    ),
    frozenset((b"++", b"--", b"=>")),
)


def _script(module: str, function: str = "language") -> Language:
    return Language(module, frozenset(["comment"]), _SCRIPT_ORDERS, function, one_line=_ONE_LINE)


_SCRIPT = _script("tree_sitter_javascript")
_TYPESCRIPT = _script("tree_sitter_typescript", "language_typescript")
_TSX = _script("tree_sitter_typescript", "language_tsx")
LANGUAGES: Mapping[str, Language] = {
    "go": _GO,
    "java": _JAVA,
    "rs": _RUST,
    **dict.fromkeys(("js", "mjs", "cjs", "jsx"), _SCRIPT),
    **dict.fromkeys(("ts", "mts", "cts"), _TYPESCRIPT),
    "tsx": _TSX,
}
"""By the ending of a file's name."""
_WHOLE = ("string", "template", "regex", "char", "text", "literal", "heredoc", "jsx_element", "jsx_fragment")
"""Words in the names of nodes whose white space counts: they are compared letter by letter."""


_MADE_OF_CODE = frozenset(("composite_literal", "literal_value", "literal_element", "func_literal"))
"""Nodes of Go that are called literals, and have names, comments and layout in them."""


def same_program(path: str, before: bytes, now: bytes) -> bool | None:
    """Whether *before* and *now* differ in layout and harmless comments only; None: nobody can tell."""
    language = LANGUAGES.get(ending(path))
    if language is None or max(len(before), len(now)) > LIMIT:
        return None
    trees = [_parser(language).parse(text).root_node for text in (before, now)]
    if any(tree.has_error for tree in trees):
        return None
    strict = any(language.all_orders.search(text) for text in (before, now))
    told = [_tokens(tree, text, language, strict) for tree, text in zip(trees, (before, now), strict=True)]
    return all(one == other for one, other in zip_longest(*told))


@cache
def _parser(language: Language) -> Parser:
    import tree_sitter

    grammar: Callable[[], object] = getattr(import_module(language.module), language.function)
    return tree_sitter.Parser(tree_sitter.Language(grammar()))


def _tokens(tree: Node, text: bytes, language: Language, strict: bool) -> Iterator[Token]:
    """The tree from top to bottom: names of nodes, the words of its leaves, and what lies between them.

    A grammar may leave words out of its leaves: what is between two of them, and is no space, is told too.
    """
    end = last = 0
    word = b""
    for node in _walked(tree, language):
        if text[end : node.start_byte].strip():
            yield "", text[end : node.start_byte]
        words = text[node.start_byte : node.end_byte] if _is_whole(node, language) else b""
        if _is_told(node, words, language):
            if strict or language.orders.search(words.decode("utf-8", "replace")) is not None:
                yield "order", words
        else:
            yield node.type, words
        if not _is_whole(node, language):
            continue
        end = max(end, node.end_byte)
        if words and not _is_told(node, words, language):
            after, ahead = language.one_line
            if (word in after or words in ahead) and re.search(_LINE_END, text[last : node.start_byte]):
                yield "line", b""
            word, last = words, node.end_byte
    if text[end:].strip():
        yield "", text[end:]


_LINE_END = rb"[\r\n]|\xe2\x80[\xa8\xa9]"


def _is_told(node: Node, words: bytes, language: Language) -> bool:
    """Whether a node says something to readers alone."""
    return node.type in language.comments or (
        words.startswith(b"#") and language.told.search(words.decode("utf-8", "replace")) is not None
    )


def _is_whole(node: Node, language: Language) -> bool:
    """Whether a node is compared letter by letter, not child by child."""
    if not node.child_count or node.type in language.comments or node.type.endswith("attribute_item"):
        return True
    return node.type not in _MADE_OF_CODE and any(word in node.type for word in _WHOLE)


def _walked(tree: Node, language: Language) -> Iterator[Node]:
    """Every node, a parent before its children; whole ones without theirs."""
    cursor = tree.walk()
    while True:
        node = cursor.node
        assert node is not None
        yield node
        if not _is_whole(node, language) and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return


_CONSTANTS = {
    "go": ("const_declaration", "const_spec", rb"[A-Z]\w*"),
    "rs": ("const_item", "const_item", rb"[A-Z][A-Z0-9_]+"),
}
"""How constants of the top level stand in the grammars, and names that no language has itself."""
_PLAIN = frozenset(
    (
        *("identifier", "scoped_identifier", "selector_expression", "field_identifier", "package_identifier"),
        *("int_literal", "float_literal", "interpreted_string_literal", "raw_string_literal", "rune_literal"),
        *("integer_literal", "string_literal", "boolean_literal", "char_literal", "string_content", "true"),
        *("false", "escape_sequence", "interpreted_string_literal_content", "raw_string_literal_content"),
        *("expression_list", "unary_expression", "comment", "line_comment", "block_comment"),
    )
)
"""What the value of a plain constant is made of: no call, no calculation, no macro."""


def new_constants(path: str, before: bytes, now: bytes) -> frozenset[str]:
    """The names of constants without which *now* is the program that *before* is; empty: there is more."""
    language, shape = LANGUAGES.get(ending(path)), _CONSTANTS.get(ending(path))
    if language is None or shape is None or max(len(before), len(now)) > LIMIT:
        return frozenset()
    root = _parser(language).parse(now).root_node
    known = _without_comments(_parser(language).parse(before).root_node, before, language)
    names: set[bytes] = set()
    rest = now
    for node in reversed(root.children):
        own = _names_of(node, now, shape) if node.type == shape[0] and not root.has_error else frozenset()
        if own and not any(_uses(name, known) for name in own):
            names |= own
            rest = rest[: node.start_byte] + rest[node.end_byte :]
    if not names or not same_program(path, before, rest):
        return frozenset()
    code = _without_comments(root, now, language)
    if any(_uses(name, code) > 1 for name in names):
        return frozenset()
    return frozenset(name.decode("utf-8", "replace") for name in names)


def _uses(name: bytes, text: bytes) -> int:
    return len(re.findall(rb"\b" + re.escape(name) + rb"\b", text))


def _names_of(node: Node, text: bytes, shape: tuple[str, str, bytes]) -> frozenset[bytes]:
    """The names that a declaration of plain constants gives; empty: it is none."""
    specs = [node] if node.type == shape[1] else [each for each in node.children if each.type == shape[1]]
    names = [_name_of(spec, text, shape[2]) for spec in specs]
    return frozenset(names) if b"" not in names else frozenset()


def _name_of(spec: Node, text: bytes, shape: bytes) -> bytes:
    """The name of one plain constant; empty: it is none, or several."""
    named, value = spec.children_by_field_name("name"), spec.child_by_field_name("value")
    if len(named) != 1 or value is None or b"iota" in text[value.start_byte : value.end_byte]:
        return b""
    if any(each.is_named and each.type not in _PLAIN for each in _all_within(value)):
        return b""
    name = text[named[0].start_byte : named[0].end_byte]
    return name if re.fullmatch(shape, name) else b""


def _all_within(node: Node) -> Iterator[Node]:
    yield node
    for child in node.children:
        yield from _all_within(child)


def _without_comments(root: Node, text: bytes, language: Language) -> bytes:
    parts, end = [], 0
    for node in _walked(root, language):
        if node.type in language.comments:
            parts.append(text[end : node.start_byte])
            end = node.end_byte
    return b" ".join([*parts, text[end:]])


def without_tests(path: str, text: bytes) -> bytes:
    """*text* of a source file without the modules of tests that Rust has beside the code."""
    for start, end in reversed(_inline_tests(path, text)):
        text = text[:start] + text[end:]
    return text


def with_tests_of(path: str, text: bytes, other: bytes) -> bytes:
    """The code of *text*, with the modules of tests of *other*."""
    if not _inline_tests(path, text) and not _inline_tests(path, other):
        return text
    tests = [other[start:end] for start, end in _inline_tests(path, other)]
    return b"\n".join([without_tests(path, text), *tests, b""])


def test_lines(path: str, text: bytes) -> frozenset[int]:
    """The lines of a Rust file, from 1, that stand in its modules of tests."""
    return frozenset(
        number
        for start, end in _inline_tests(path, text)
        for number in range(text.count(b"\n", 0, start) + 1, text.count(b"\n", 0, end) + 2)
    )


def _inline_tests(path: str, text: bytes) -> list[tuple[int, int]]:
    """Where the modules of tests are in a Rust file, from their attribute to their end."""
    if ending(path) != "rs" or b"cfg(test)" not in text or len(text) > LIMIT:
        return []
    found = []
    start = -1
    for node in _parser(_RUST).parse(text).root_node.children:
        if node.type == "attribute_item":
            is_test = text[node.start_byte : node.end_byte] == b"#[cfg(test)]"
            start = node.start_byte if is_test and start < 0 else start
        elif node.type not in _RUST.comments:
            if start >= 0 and node.type == "mod_item" and node.child_by_field_name("body") is not None:
                found.append((start, node.end_byte))
            start = -1
    return found


def examples(path: str, text: bytes) -> int:
    """Lines of examples in comments and docstrings that a test runner of the language runs."""
    shape = {"py": rb"(?m)^\s*>>> ", "rs": rb"(?m)^\s*//[/!].*\bassert\w*!"}.get(ending(path))
    return len(re.findall(shape, text)) if shape is not None else 0
