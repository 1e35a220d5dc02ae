"""A Compose file as a tree, and how trees are merged: compose-go ``override/merge.go``, ``loader/reset.go``.

Only what says how images are made is kept of a service. Texts are templates from the start: their variables
are filled in before anything is merged. Plain values are read as Go's YAML library reads them, and printed as
Go does, which is what a build argument gets. go-yaml ``resolve.go``: ``0123`` is octal, ``1_000`` a thousand,
a date a moment in time. Go's ``fmt``: ``1.10`` is printed as ``1.1``, a million as ``1e+06``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from wholeship.core import yamls
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.texts.template import Hole, Kind, Template
from wholeship.tools.compose.interpolate import Lookup, NotCompose, interpolate

if TYPE_CHECKING:
    import yaml

Tree = dict[str, "Node"]
Node = Tree | list["Node"] | Template | int | float | bool | None
Path = tuple[str, ...]

KEPT = frozenset({"image", "build", "environment", "env_file", "extends", "profiles", "platform"})
"""The keys of a service that are looked at."""
MOST_NODES = 100_000


@dataclass(frozen=True, slots=True)
class Document:
    """One YAML document: its tree, and where ``!reset`` and ``!override`` stand in it."""

    tree: Tree
    resets: tuple[Path, ...] = ()

    def apply(self, below: Tree) -> None:
        """Take out of *below* what this document resets."""
        for path in self.resets:
            _remove(below, path)


def _remove(tree: Node, path: Path) -> None:
    for key in path[:-1]:
        tree = tree.get(key) if isinstance(tree, dict) else None
    if isinstance(tree, dict) and path:
        tree.pop(path[-1], None)


def compose_documents(text: str, lookup: Lookup) -> list[Document]:
    """The documents of a Compose file, variables filled in; raises NotCompose."""
    import yaml

    try:
        nodes = yamls.composed(text)
    except RecursionError as error:
        raise NotCompose("the file is nested too deeply") from error
    except yaml.YAMLError as error:
        raise NotCompose(f"the file is no YAML: {getattr(error, 'problem', error)}") from error
    return [_document(node, lookup) for node in nodes if node is not None]


def _document(node: yaml.Node, lookup: Lookup) -> Document:
    reader = _TreeReader(lookup)
    tree = reader.read(node, ())
    if not isinstance(tree, dict):
        raise NotCompose("the file is no mapping")
    return Document(tree, tuple(reader.resets))


@dataclass(slots=True)
class _TreeReader:
    lookup: Lookup
    resets: list[Path] = field(default_factory=list)
    count: int = 0

    def read(self, node: yaml.Node, path: Path) -> Node:
        import yaml

        self.count += 1
        if self.count > MOST_NODES:
            raise NotCompose("the file is too large")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            items = (self._kept(item, (*path, str(at))) for at, item in enumerate(node.value))
            return [item for each in items for item in each]
        return self._scalar(node)

    def _scalar(self, node: Any) -> Node:
        text: str = node.value
        if node.style or node.tag.endswith(":str") or node.tag == "!":
            return interpolate(text, self.lookup)
        value = compose_scalar(text)
        return interpolate(text, self.lookup) if isinstance(value, str) else value

    def _kept(self, node: yaml.Node, path: Path) -> list[Node]:
        """The value of *node*, or nothing where it is reset."""
        if node.tag in ("!reset", "!override"):
            self.resets.append(path)
        return [] if node.tag == "!reset" else [self.read(node, path)]

    def _mapping(self, node: Any, path: Path) -> Tree:
        own: Tree = {}
        merged: Tree = {}
        for key_node, value_node in node.value:
            key = key_node.value
            if not isinstance(key, str):
                raise NotCompose("a key is no text")
            if key == "<<" and not key_node.style:
                for each in self._bases(value_node, path):
                    merged = {**each, **merged}
                continue
            if key in own:
                raise NotCompose(f"{key} is given twice")
            if len(path) == 2 and path[0] == "services" and key not in KEPT:
                continue
            own.update((key, value) for value in self._kept(value_node, (*path, key)))
        return {**merged, **own}

    def _bases(self, node: Any, path: Path) -> Iterator[Tree]:
        import yaml

        for each in node.value if isinstance(node, yaml.SequenceNode) else [node]:
            tree = self.read(each, path)
            if not isinstance(tree, dict):
                raise NotCompose("'<<' needs a mapping")
            yield tree


_PAIRED = frozenset(
    {("environment",), ("build", "args"), ("build", "labels"), ("build", "additional_contexts")}
)
_LISTED = frozenset({("env_file",), ("build", "extra_hosts")})
_UNIQUE = _PAIRED | {("build", "tags"), ("profiles",)}


def merge_files(below: Tree, above: Tree) -> Tree:
    """Two files: *above* is laid over *below*."""
    return _mappings(below, above, ())


def merge_service(below: Tree, above: Tree) -> Tree:
    """Two services: *above* is laid over *below*."""
    return _mappings(below, above, ("services", "?"))


def _merged(below: Node, above: Node, path: Path) -> Node:
    part = path[2:] if path[:1] == ("services",) and len(path) > 2 else ()
    if part == ("build",):
        return _mappings(_build(below), _build(above), path)
    if part in _PAIRED:
        return unique([*sequence(below), *sequence(above)])
    if part in _LISTED:
        return _appended(sequence(below), sequence(above))
    if above is None:
        return below
    if isinstance(below, dict) and isinstance(above, dict):
        return _mappings(below, above, path)
    if isinstance(below, list) and isinstance(above, list):
        return _appended(below, above)
    if isinstance(below, dict | list):
        raise NotCompose(f"{'.'.join(path)} cannot be merged")
    return above


def _mappings(below: Tree, above: Tree, path: Path) -> Tree:
    made = dict(below)
    for key, value in above.items():
        made[key] = _merged(below[key], value, (*path, key)) if key in below else value
    return made


def _build(value: Node) -> Tree:
    if isinstance(value, Template):
        return {"context": value}
    return value if isinstance(value, dict) else {}


def _appended(below: list[Node], above: list[Node]) -> list[Node]:
    made = list(below)
    for item in above:
        if item not in made:
            made.append(item)
    return made


def sequence(value: Node) -> list[Node]:
    """A mapping as a list of ``KEY=VALUE``, in order of its keys; a text as a list of itself."""
    if isinstance(value, dict):
        return list(_pairs(value))
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, Template) else []


def _pairs(value: Mapping[str, Node]) -> Iterator[Template]:
    for key in sorted(value):
        each = value[key]
        if each is None:
            yield Template.of(key)
        elif isinstance(each, list):
            yield from (Template.of(key, "=", scalar_text(item)) for item in each)
        else:
            yield Template.of(key, "=", scalar_text(each))


def scalar_text(value: Node) -> Template:
    """A single value as Go prints it; raises NotCompose."""
    if isinstance(value, Template):
        return value
    if isinstance(value, int | float):
        return Template.of(printed_number(value))
    raise NotCompose("a single value is needed")


def unique(items: Iterable[Node]) -> list[Node]:
    """One entry for each key: the last, where the first stood."""
    found: dict[str, Node] = {}
    for item in items:
        key, _ = scalar_text(item).cut("=")
        found[str(key)] = item
    return list(found.values())


def enforce_unique(service: Tree) -> Tree:
    """*service* without entries of a list that are given again."""
    made = dict(service)
    for path in _UNIQUE:
        holder = made
        if len(path) == 2:
            inner = made.get(path[0])
            if not isinstance(inner, dict):
                continue
            holder = made[path[0]] = dict(inner)
        value = holder.get(path[-1])
        if isinstance(value, list):
            holder[path[-1]] = unique(value)
    return made


Scalar = Template | int | float | bool | None

_WORDS: dict[str, Scalar] = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_INT = lazy_pattern(r"([-+]?)(?:0[xX]([0-9a-fA-F]+)|0[bB]([01]+)|0[oO]?([0-7]+)|(0|[1-9][0-9]*))")
_FLOAT = lazy_pattern(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_SPECIAL = lazy_pattern(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_MOMENT = lazy_pattern(r"\d{4}-\d{1,2}-\d{1,2}(?:[Tt ].*)?")


def compose_scalar(text: str) -> Scalar | str:
    """What an unquoted value is; a text where it is nothing else."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or text == "-0":
        return text
    if _MOMENT.fullmatch(text) or _SPECIAL.fullmatch(text):
        return Template.of(Hole(f"{text} as Go prints it", frozenset({Kind.OUTPUT})))
    plain = text.replace("_", "")
    if (found := _INT.fullmatch(plain)) and len(plain) <= 18:
        digits, base = next((d, b) for d, b in zip(found.groups()[1:], (16, 2, 8, 10), strict=True) if d)
        return int(digits, base) * (-1 if found[1] == "-" else 1)
    if _FLOAT.fullmatch(plain) and math.isfinite(number := float(plain)):
        return number
    return text


def printed_number(value: int | float | bool) -> str:
    """A value as Go prints it: powers of ten from a million on, and below a ten-thousandth."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    number = Decimal(repr(value)).normalize()
    power = number.adjusted()
    if -4 <= power < 6:
        return format(number, "f")
    digits = "".join(map(str, number.as_tuple().digits))
    rest = f".{digits[1:]}" if digits[1:] else ""
    return f"{'-' if value < 0 else ''}{digits[0]}{rest}e{'-' if power < 0 else '+'}{abs(power):02d}"
