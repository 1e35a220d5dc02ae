"""YAML as nodes that know where they stand, from people and strangers alike.

PyYAML's C parser composes; nothing is constructed, so no tag can run anything. Scalars are read by the
YAML 1.2 core schema (``on`` and ``no`` are strings, ``012`` is twelve). Refused, with their place:
duplicate keys, merge keys, custom tags, several documents where one is wanted, more than
``DEPTH_LIMIT`` levels, ``NODE_LIMIT`` nodes counted after aliases are expanded, ``SIZE_LIMIT`` bytes.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from wholeship.core.errors import BadConfig, Problem
from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.values import dataclass

if TYPE_CHECKING:
    import yaml

SIZE_LIMIT = 1024 * 1024
DEPTH_LIMIT = 100
NODE_LIMIT = 100_000
DOCUMENT_LIMIT = 2_000

_BREAK = lazy_pattern("\r\n|[\n\r\x85\u2028\u2029]")
"""A line break of YAML 1.1, as PyYAML counts them."""
_INT = lazy_pattern(r"[-+]?[0-9]+")
_OTHER_INT = lazy_pattern(r"0o([0-7]+)|0x([0-9a-fA-F]+)")
_FLOAT = lazy_pattern(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = {
    ".inf": float("inf"), "+.inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan"),
}  # fmt: skip
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value. ``text`` is as written; ``value`` is what the core schema makes of it.

    ``style`` is empty for a plain scalar, else the character that opens it: a quote, ``|`` or ``>``.
    """

    place: Place
    text: str
    value: str | int | float | bool | None
    style: str = ""


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    place: Place
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, its keys in order; keys are scalars and appear once."""

    place: Place
    entries: tuple[tuple[Scalar, Node], ...]

    def get(self, key: str) -> Node | None:
        """The value under *key*."""
        return next((value for name, value in self.entries if name.text == key), None)


Node = Scalar | Sequence | Mapping


def read_yaml(text: str | bytes, file: str) -> Node | None:
    """The one document in *text*; None when it is empty. Raises :class:`BadConfig` with every mistake."""
    documents = read_all(text, file)
    if len(documents) > 1:
        place = documents[1].place
        raise BadConfig((Problem("a second document", place, "keep one document in this file"),))
    return documents[0] if documents else None


def read_all(text: str | bytes, file: str) -> tuple[Node, ...]:
    """Every document in *text*, empty ones left out. Raises :class:`BadConfig`."""
    found = scan(text, file)
    if found.problems:
        raise BadConfig(found.problems)
    return found.documents


@dataclass(frozen=True, slots=True)
class Scan:
    """What could be read, and everything that is wrong with it; what is wrong is left out."""

    documents: tuple[Node, ...] = ()
    problems: tuple[Problem, ...] = ()


def scan(text: str | bytes, file: str, *, fold_keys: bool = False, most: int = NODE_LIMIT) -> Scan:
    """Every document in *text* as far as it can be read; nothing is raised.

    *fold_keys*: two keys that differ only by case are one key twice. *most*: so many nodes are read.
    """
    import yaml

    whole = Place(file)
    size = len(text)
    if size > SIZE_LIMIT:
        return Scan((), (Problem(f"{size} bytes; the limit is {SIZE_LIMIT}", whole),))
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return Scan((), (Problem(f"not UTF-8 (byte {error.start})", whole),))
    try:
        nodes_found = composed(text)
    except yaml.MarkedYAMLError as error:
        place = _place_of(error, text, file)
        return Scan((), (Problem(f"not YAML: {error.problem or error.context or error}", place),))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error).split("\n", 1)[0]
        return Scan((), (Problem(f"not YAML: {reason}", whole),))
    converter = _Converter(file, fold_keys, most)
    if len(nodes_found) > DOCUMENT_LIMIT:
        return Scan((), (Problem(f"more than {DOCUMENT_LIMIT} documents in one file", whole),))
    nodes = tuple(
        n for n in (converter.convert(c, "", 0) for c in nodes_found if c is not None) if n is not None
    )
    kept = tuple(n for n in nodes if not (isinstance(n, Scalar) and n.value is None and not n.text))
    return Scan(kept, tuple(converter.problems))


def _place_of(error: yaml.MarkedYAMLError, text: str, file: str) -> Place:
    """Where *error* is; what is missing at the end of the file is missing on its last line."""
    mark = error.problem_mark or error.context_mark
    if mark is None:
        return Place(file)
    lines = _BREAK.split(text)
    if mark.line >= len(lines):
        return Place(file, len(lines), len(lines[-1]) + 1)
    return Place(file, mark.line + 1, mark.column + 1)


def plain_node(node: Node) -> Any:
    """*node* as Python values, without places."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain_node(item) for item in node.items]
    return {key.text: plain_node(value) for key, value in node.entries}


def walk_node(node: Node) -> Iterator[Node]:
    """*node* and everything below it."""
    yield node
    if isinstance(node, Sequence):
        for item in node.items:
            yield from walk_node(item)
    elif isinstance(node, Mapping):
        for _, value in node.entries:
            yield from walk_node(value)


def composed(text: str) -> list[yaml.Node]:
    """The documents in *text* as PyYAML's nodes, for formats with tags and merge keys.

    Raises ``yaml.YAMLError``, and ``RecursionError`` where it is nested too deeply.
    A plain scalar has no tag.
    """
    loader = _loader()
    if _may_be_deep(text):
        _refuse_depth(text, loader)
    return _composed(text, loader)


def _composed(text: str, loader: Any) -> list[yaml.Node]:
    """The documents in *text*. An anchor may be given again (YAML 1.2.2, 3.2.2.2); the last counts."""
    import yaml

    try:
        return list(itertools.islice(yaml.compose_all(text, loader), DOCUMENT_LIMIT + 1))
    except yaml.composer.ComposerError as error:
        if "duplicate anchor" not in str(error.context):
            raise

    class Patient(yaml.SafeLoader):
        """PyYAML refuses the second anchor of one name; this one forgets the first."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            event = self.peek_event()  # type: ignore[no-untyped-call]
            if not isinstance(event, yaml.AliasEvent):
                self.anchors.pop(getattr(event, "anchor", None), None)
            return super().compose_node(parent, index)

    return list(yaml.compose_all(text, Patient))


_INDENTED = lazy_pattern(r"^[ \t?:-]{400}", re.MULTILINE)


def _may_be_deep(text: str) -> bool:
    """Whether *text* could be nested so deeply that libyaml's composer, which recurses in C, would crash."""
    return text.count("[") + text.count("{") > 2000 or _INDENTED.search(text) is not None


def _refuse_depth(text: str, loader: Any) -> None:
    """Raise ``RecursionError`` when *text* is too deep; reads events, which takes no stack."""
    import yaml

    depth = 0
    for event in yaml.parse(text, loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_LIMIT * 2:
                raise RecursionError
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


@functools.cache
def _loader() -> Any:
    """libyaml's parser without PyYAML's resolver: what a plain scalar means is decided here."""
    import yaml

    try:
        from yaml._yaml import CParser
    except ImportError:
        return yaml.SafeLoader

    class Loader(CParser):
        """Composes; leaves the tag of what is not tagged empty."""

        def resolve(self, *_: object) -> str:
            return ""

        def descend_resolver(self, *_: object) -> None:
            pass

        def ascend_resolver(self) -> None:
            pass

    return Loader


class _Converter:
    """PyYAML's nodes → ours, counting as it goes so that an alias bomb stops early."""

    def __init__(self, file: str, fold_keys: bool = False, most: int = NODE_LIMIT) -> None:
        import yaml

        self.file = file
        self._fold = fold_keys
        self._most = most
        self._scalars, self._sequences = yaml.ScalarNode, yaml.SequenceNode
        self.problems: list[Problem] = []
        self._count = 0
        self._said_cut = False  # too deep or too many, whatever came first
        self._is_cut = False  # past the nodes that are read: nothing more is looked at
        self._open: set[int] = set()

    def convert(self, node: yaml.Node, path: str, depth: int) -> Node | None:
        self._count += 1
        if self._is_cut:
            return None
        start, end = node.start_mark, node.end_mark
        place = Place(self.file, start.line + 1, start.column + 1, path, end.line + 1, end.column + 1)
        tag = node.tag
        if self._count > self._most or depth > DEPTH_LIMIT:
            self._cut(place, depth)
            return None
        if tag and (tag[0] == "!" or "python" in tag):
            self.problems.append(Problem(f"the tag {tag} is not supported", place))
            return None
        if isinstance(node, self._scalars):
            text, style = node.value, node.style
            if style:  # quoted or block; plain is None in Python's parser and "" in C's
                return Scalar(place, text, text, style)
            return Scalar(place, text, core_value(text))
        if id(node) in self._open:
            self.problems.append(Problem("an alias that contains itself", place))
            return None
        self._open.add(id(node))
        try:
            if isinstance(node, self._sequences):
                items = [self.convert(item, f"{path}[{i}]", depth + 1) for i, item in enumerate(node.value)]
                return Sequence(place, tuple(i for i in items if i is not None))
            return self._mapping(node, place, path, depth)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: yaml.Node, place: Place, path: str, depth: int) -> Node:
        entries: list[tuple[Scalar, Node]] = []
        seen: dict[str, Scalar] = {}
        for key_node, value_node in node.value:
            start, end = key_node.start_mark, key_node.end_mark
            where = Place(self.file, start.line + 1, start.column + 1, path, end.line + 1, end.column + 1)
            if not isinstance(key_node, self._scalars):
                self._refused(Problem("a key that is not a plain word", where))
                continue
            text, style = key_node.value, key_node.style
            key = Scalar(where, text, text if style else core_value(text), style or "")
            if text == "<<" and not style:
                self._refused(Problem("merge keys (<<) are not supported", where))
                continue
            name = text.upper() if self._fold else text
            if name in seen:
                first = seen[name].place
                self._refused(Problem(f"the key {text!r} appears twice", where, f"first at {first}"))
                continue
            seen[name] = key
            value = self.convert(value_node, f"{path}.{text}" if path else text, depth + 1)
            if value is not None:
                entries.append((key, value))
        return Mapping(place, tuple(entries))

    def _refused(self, problem: Problem) -> None:
        """Notes *problem*, which counts as a node: a file of nothing else has no more of them."""
        self._count += 1
        if self._count <= self._most:
            self.problems.append(problem)
        elif not self._is_cut:
            self._cut(problem.place, 0)

    def _cut(self, place: Place, depth: int) -> None:
        """Says once that what comes at *place* is not read any more."""
        if not self._said_cut:
            too_deep = f"too deep (over {DEPTH_LIMIT} levels)"
            what = too_deep if depth > DEPTH_LIMIT else f"too many nodes (over {self._most})"
            self.problems.append(Problem(what, place, "aliases count once for each use"))
        self._said_cut = True
        self._is_cut = self._count > self._most


def core_value(text: str) -> str | int | float | bool | None:
    """What an unquoted scalar means in the YAML 1.2 core schema (section 10.3.2)."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":  # most scalars are words
        return text
    if _INT.fullmatch(text):
        return int(text) if len(text) < 4000 else text
    other = _OTHER_INT.fullmatch(text)
    if other:
        return int(other[1], 8) if other[1] else int(other[2], 16)
    if _FLOAT.fullmatch(text):
        return float(text)
    return _SPECIAL.get(text.lower(), text)
