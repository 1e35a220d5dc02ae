"""YAML nodes → a struct, by its type, with every mistake at once and each at its place."""

from __future__ import annotations

import types
from typing import Annotated, Any, Generic, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import msgspec

from wholeship.core.errors import BadConfig, Problem
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.core.wording import did_you_mean, nearest
from wholeship.core.yamls import Mapping, Node, Scalar, Sequence

Shape = TypeVar("Shape", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class Reading(Generic[Shape]):
    """What could be read: values that do not fit are left at their defaults.

    ``doubtful`` are the paths of those values, and of the keys that a misspelt one probably meant:
    whoever goes on with ``value`` should say nothing more about them.
    """

    value: Shape
    problems: tuple[Problem, ...]
    doubtful: frozenset[str]


def read_shape(node: Node, shape: type[Shape]) -> Reading[Shape]:
    """*node* as a *shape*, as far as it goes, with every key and value that does not fit.

    Raises :class:`BadConfig` when there is nothing to go on with: no mapping, or a key that must be there.
    """
    reader = _FileReader()
    value = reader.struct(node, shape)
    problems = tuple(sorted(reader.problems, key=lambda p: p.place))
    if value is None:
        raise BadConfig(problems)
    return Reading(value, problems, frozenset(reader.doubtful))


class _FileReader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.doubtful: set[str] = set()

    def problem(self, message: str, place: Place, hint: str = "") -> None:
        where = f"{place.path}: " if place.path else ""
        self.problems.append(Problem(f"{where}{message}", place, hint))
        self.doubtful.add(place.path)

    def struct(self, node: Node, shape: type[msgspec.Struct]) -> Any:
        if not isinstance(node, Mapping):
            self.problem(f"should be a mapping, is {_node_kind(node)}", node.place, _as_mapping(node, shape))
            return None
        hints = get_type_hints(shape, include_extras=True)
        fields = {field.encode_name: field for field in msgspec.structs.fields(shape)}
        values: dict[str, Any] = {}
        for key, value in node.entries:
            field = fields.get(key.text)
            if field is None:
                hint = did_you_mean(key.text, fields, f"known: {', '.join(sorted(fields))}")
                where = key.place.path
                self.problems.append(
                    Problem(
                        f"{where}: unknown key {key.text}" if where else f"unknown key {key.text}",
                        key.place,
                        hint,
                    )
                )
                near = nearest(key.text, fields)
                self.doubtful |= {f"{where}.{near}" if where else near} if near else set()
            else:
                read = self.value(value, hints[field.name])
                if read is not None:
                    values[field.name] = read
        for field in fields.values():
            path = f"{node.place.path}.{field.encode_name}" if node.place.path else field.encode_name
            if field.required and field.name not in values and path not in self.doubtful:
                self.problem(f"the key {field.encode_name} is missing", node.place)
        try:
            return shape(**values)
        except TypeError:  # a missing field, reported above
            return None

    def value(self, node: Node, kind: Any) -> Any:
        if get_origin(kind) is Annotated:
            kind = get_args(kind)[0]
        origin = get_origin(kind)
        if origin in (Union, types.UnionType):
            return self.union(node, [k for k in get_args(kind) if k is not msgspec.UnsetType])
        if origin is Literal:
            return self.choice(node, get_args(kind))
        if origin is dict:
            return self.mapping(node, get_args(kind)[1])
        if origin is tuple:
            return self.items(node, get_args(kind)[0])
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.struct(node, kind)
        return self.scalar(node, kind)

    def union(self, node: Node, kinds: list[Any]) -> Any:
        """The first member that can hold this sort of node; its own mistakes are then reported."""
        fitting = [kind for kind in kinds if _could_be(node, kind)]
        if not fitting:
            wanted = " or ".join(dict.fromkeys(_type_name(kind) for kind in kinds if kind is not type(None)))
            self.problem(f"should be {wanted}, is {_node_kind(node)}", node.place)
            return None
        if len(fitting) == 1:
            return self.value(node, fitting[0])
        trials: list[_FileReader] = []
        for kind in fitting:
            trial = _FileReader()
            value = trial.value(node, kind)
            if not trial.problems:
                return value
            trials.append(trial)
        best = min(trials, key=lambda trial: len(trial.problems))
        self.problems += best.problems
        self.doubtful |= best.doubtful
        return None

    def choice(self, node: Node, choices: tuple[Any, ...]) -> Any:
        if isinstance(node, Scalar) and node.text in choices:
            return node.text
        given = node.text if isinstance(node, Scalar) else _node_kind(node)
        hint = did_you_mean(str(given), map(str, choices))
        self.problem(f"should be one of {', '.join(map(str, choices))}, is {given}", node.place, hint)
        return None

    def mapping(self, node: Node, kind: Any) -> dict[str, Any]:
        if not isinstance(node, Mapping):
            self.problem(f"should be a mapping, is {_node_kind(node)}", node.place)
            return {}
        read = {key.text: self.value(value, kind) for key, value in node.entries}
        return {name: value for name, value in read.items() if value is not None}

    def items(self, node: Node, kind: Any) -> tuple[Any, ...]:
        if not isinstance(node, Sequence):
            self.problem(f"should be a list, is {_node_kind(node)}", node.place, "write [a, b]")
            return ()
        return tuple(read for item in node.items if (read := self.value(item, kind)) is not None)

    def scalar(self, node: Node, kind: Any) -> Any:
        if isinstance(node, Scalar):
            value = node.value
            if kind is str and value is not None:
                return node.text  # 1.10 stays 1.10, and yes stays yes
            if kind is bool and isinstance(value, bool):
                return value
            if kind is int and isinstance(value, int) and not isinstance(value, bool):
                return value
            if kind is float and isinstance(value, int | float) and not isinstance(value, bool):
                return float(value)
            if kind is type(None) and value is None:
                return None
        self.problem(f"should be {_type_name(kind)}, is {_node_kind(node)}", node.place)
        return None


def _as_mapping(node: Node, shape: type[msgspec.Struct]) -> str:
    """How to write *node* as a mapping of *shape*, where that can be told."""
    if not isinstance(node, Scalar):
        return ""
    if node.value is None:
        return "write {} to take every default"
    for name, kind in get_type_hints(shape).items():
        if get_origin(kind) is Literal and node.text in get_args(kind):
            return f"write {{{name}: {node.text}}}"
    return ""


def _could_be(node: Node, kind: Any) -> bool:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    origin = get_origin(kind)
    if origin is Literal:
        return isinstance(node, Scalar) and node.value is not None
    if origin is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return isinstance(node, Mapping)
    if origin is tuple:
        return isinstance(node, Sequence)
    if not isinstance(node, Scalar):
        return False
    if kind is type(None):
        return node.value is None
    if kind is str:
        return node.value is not None
    if kind is bool:
        return isinstance(node.value, bool)
    return isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _node_kind(node: Node) -> str:
    if isinstance(node, Mapping):
        return "a mapping"
    if isinstance(node, Sequence):
        return "a list"
    return "empty" if node.value is None else f"{node.text[:60]!r}"


def _type_name(kind: Any) -> str:
    if get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    origin = get_origin(kind)
    if origin is Literal:
        return " or ".join(map(str, get_args(kind)))
    if origin is dict or (isinstance(kind, type) and issubclass(kind, msgspec.Struct)):
        return "a mapping"
    if origin is tuple:
        return "a list"
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}.get(kind, "empty")
