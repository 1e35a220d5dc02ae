"""The blocks of a definition: variables, functions, targets and groups, worked out when they are asked for.

buildx ``bake/hclparser``: all files are one body. A later variable, function or group of one name takes the
place of the earlier; targets of one name are merged. The order in which things stand does not matter.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field

from wholeship.core.values import dataclass
from wholeship.texts.template import EMPTY, Hole, Kind, Template
from wholeship.tools.bake import functions, syntax
from wholeship.tools.bake.choices import Choices, TooMuch
from wholeship.tools.bake.evaluate import Evaluator, Function
from wholeship.tools.bake.syntax import Body, Node
from wholeship.tools.bake.values import (
    Data,
    NotKnown,
    Refused,
    Unknown,
    is_list,
    show_data,
    to_bool,
    to_list,
    to_map,
    to_number,
    to_text,
    unknown_data,
)
from wholeship.tools.bake.variables import from_environment

MOST_LEGS = 1000
"""Matrices with more targets than this are not unfolded."""

Lookup = Callable[[str], Template | None]

BUILT_IN = {
    "BAKE_CMD_CONTEXT": Template.of("cwd://"),
    "BAKE_LOCAL_PLATFORM": Template.of(Hole("BAKE_LOCAL_PLATFORM", frozenset({Kind.RUNNER}))),
}
"""Variables that bake sets itself."""

TEXTS = frozenset({"context", "dockerfile", "dockerfile-inline", "target", "network", "shm-size", "call"})
LISTS = frozenset(
    {"tags", "platforms", "inherits", "annotations", "entitlements", "no-cache-filter", "ulimits"}
)
MAPPINGS = frozenset({"args", "contexts", "labels", "extra-hosts"})
TRUTHS = frozenset({"pull", "no-cache"})


@dataclass(frozen=True, slots=True)
class Leg:
    """One target of a block: a block without a matrix has one, with its own name."""

    block: syntax.Block
    name: str
    names: Mapping[str, Data]


@dataclass(slots=True)
class Blocks:
    """All blocks of the HCL and JSON files, in one way of how open conditions turn out."""

    bodies: Sequence[Body]
    lookup: Lookup
    """A variable of the environment, or one given with ``--var``."""
    choices: Choices = field(default_factory=Choices)
    site: str = ""
    built_in: Mapping[str, Template] = field(default_factory=lambda: BUILT_IN)
    evaluator: Evaluator = field(init=False)
    variables: dict[str, syntax.Block] = field(init=False)
    attributes: dict[str, Node] = field(init=False)
    _values: dict[str, Data] = field(init=False, default_factory=dict)
    _asked: set[str] = field(init=False, default_factory=set)
    _legs: list[Leg] | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self.variables = {block.labels[0]: block for block in self.blocks("variable")}
        self.attributes = {name: node for body in self.bodies for name, node in body.attributes.items()}
        made = {block.labels[0]: _function(block) for block in self.blocks("function")}
        self.evaluator = Evaluator(self.variable, made, self.choices, self.attribute, self.site)

    def blocks(self, kind: str) -> list[syntax.Block]:
        """The blocks of one kind, in the order of the files."""
        found = [block for body in self.bodies for block in body.blocks if block.kind == kind]
        if any(len(block.labels) != 1 for block in found):
            raise Refused(f"a {kind} has no name, or two")
        return found

    # Variables

    def variable(self, name: str) -> Data:
        """The value of a variable or of an attribute of the file; raises Refused."""
        if name in self.built_in:
            return self.built_in[name]
        if name not in self._values:
            if name not in self.variables and name not in self.attributes:
                raise Refused(f"there is no variable {name}")
            self._values[name] = self._once(name, lambda: self._work_out(name))
        return self._values[name]

    def _once(self, name: str, work: Callable[[], Data]) -> Data:
        """What *work* gives, unless it is asked for while it works."""
        if name in self._asked:
            raise Refused(f"{name} refers to itself")
        self._asked.add(name)
        try:
            return work()
        finally:
            self._asked.discard(name)

    def _work_out(self, name: str) -> Data:
        block = self.variables.get(name)
        body = block.body if block else Body()
        written = self.attributes.get(name, body.attributes.get("default"))
        kind = body.attributes.get("type") if name not in self.attributes else None
        default = self.evaluator.value(written, {}) if written is not None else None
        try:
            if kind is not None:
                kind = functions.read_type(kind)
                default = functions.convert(default, kind)
            if block is None:
                return default
            return from_environment(name, default, kind, written is not None, self._given)
        except NotKnown:
            given = self.lookup(name) or EMPTY
            return self.evaluator.doubtful(
                f"{name} = {show_data(default)} or {show_data(given)}", default, given
            )

    def _given(self, name: str, *, json: bool = False) -> Template | None:
        """The environment's text for a variable; its JSON spelling when no variable has that name."""
        if not json:
            return self.lookup(name)
        name += "_JSON"
        return None if name in self.variables or name in self.built_in else self.lookup(name)

    # Targets and groups

    def legs(self) -> list[Leg]:
        """The targets of all blocks, matrices unfolded; raises Refused."""
        if self._legs is None:
            self._legs = [leg for block in self.blocks("target") for leg in self._unfolded(block)]
        return self._legs

    def _unfolded(self, block: syntax.Block) -> list[Leg]:
        attributes = block.body.attributes
        name = attributes.get("name")
        if "matrix" not in attributes:
            if name is not None:
                raise Refused(f"target {block.labels[0]} has a name without a matrix")
            return [Leg(block, block.labels[0], {})]
        matrix = to_map(self._certain(attributes["matrix"]))
        axes = [[(key, item) for item in _members(value)] for key, value in matrix.items()]
        if math.prod(map(len, axes)) > MOST_LEGS:
            raise TooMuch
        choices: list[dict[str, Data]] = [dict(choice) for choice in itertools.product(*axes)]
        found = [Leg(block, self._leg_name(block, name, choice), choice) for choice in choices]
        if len({leg.name for leg in found}) < len(found):
            raise Refused(f"two targets of {block.labels[0]} have one name")
        return found

    def _certain(self, node: Node) -> Data:
        value = self.evaluator.value(node, {})
        if isinstance(value, Unknown):
            raise NotKnown
        return value

    def _leg_name(self, block: syntax.Block, name: Node | None, names: Mapping[str, Data]) -> str:
        """A target's name. One that is not known has its hole in it: no command can name it."""
        return block.labels[0] if name is None else str(to_text(self.evaluator.value(name, names)))

    def families(self) -> dict[str, tuple[str, ...]]:
        """The targets that a matrix makes, by its block's name, under which they are a group."""
        found: dict[str, dict[str, None]] = {}
        for leg in self.legs():
            found.setdefault(leg.block.labels[0], {})[leg.name] = None
        return {name: tuple(names) for name, names in found.items() if tuple(names) != (name,)}

    def groups(self) -> dict[str, Data]:
        """The members of each group, as they are written."""
        return {
            block.labels[0]: self.text_list(block.body.attributes.get("targets"), {})
            for block in self.blocks("group")
        }

    # Attributes of blocks

    def attribute(self, kind: str, name: str, attribute: str) -> Data:
        """``target.NAME.ATTRIBUTE``: as that block has it, without what it inherits."""
        if kind == "group":
            found: Data = self.groups().get(name, ()) if attribute == "targets" else None
            return found
        legs = [leg for leg in self.legs() if leg.name == name]
        if not legs:
            raise Refused(f"there is no target {name}")
        key = f"{kind}.{name}.{attribute}"
        return self._once(key, lambda: self.of(legs[-1], attribute))

    def of(self, leg: Leg, attribute: str) -> Data:
        """One attribute of a target, in the type that it has there; null where it is not given."""
        node = leg.block.body.attributes.get(attribute)
        if attribute == "name":
            return Template.of(leg.name)
        if attribute == "description":
            return self.text(node, leg.names) or EMPTY
        if attribute in TEXTS:
            return self.text(node, leg.names)
        if attribute in LISTS:
            return self.text_list(node, leg.names) if node is not None else None
        if attribute in MAPPINGS:
            return self.text_mapping(node, leg.names)
        if attribute in TRUTHS:
            return None if node is None else to_bool(self.evaluator.value(node, leg.names))
        return self.evaluator.doubtful(f"target.{leg.name}.{attribute}")

    def text(self, node: Node | None, names: Mapping[str, Data]) -> Template | None:
        """An attribute that is a text; None where it is null or not given."""
        value = self.evaluator.value(node, names) if node is not None else None
        return None if value is None else _as_text(value)

    def text_list(self, node: Node | None, names: Mapping[str, Data]) -> Data:
        """An attribute that is a list of texts: a list, null, or unknown."""
        value = self.evaluator.value(node, names) if node is not None else None
        if value is None or isinstance(value, Unknown):
            return value
        items = to_list(value)
        if None in items:
            raise Refused("a text of a list is null")
        return tuple(map(_as_text, items))

    def text_mapping(self, node: Node | None, names: Mapping[str, Data]) -> Data:
        """An attribute that is a mapping of texts; what is null in it stays null."""
        value = self.evaluator.value(node, names) if node is not None else None
        if value is None or isinstance(value, Unknown):
            return value
        return {key: None if each is None else _as_text(each) for key, each in to_map(value).items()}


def _as_text(value: Data) -> Template:
    try:
        return to_text(value)
    except NotKnown:
        return to_text(unknown_data(f"text of {show_data(value)}", value))


def _members(value: Data) -> tuple[Data, ...]:
    if isinstance(value, dict):
        return tuple(value.values())
    if not is_list(value) and not isinstance(value, Unknown):
        raise Refused("an axis of a matrix is no list")
    return to_list(value)


def _function(block: syntax.Block) -> Function:
    attributes = block.body.attributes
    params = attributes.get("params")
    if not isinstance(params, syntax.Items) or "result" not in attributes:
        raise Refused(f"function {block.labels[0]} has no params or no result")
    variadic = attributes.get("variadic_params")
    names = tuple(_keyword(node) for node in params.items)
    return Function(names, _keyword(variadic) if variadic is not None else "", attributes["result"])


def _keyword(node: Node) -> str:
    """A parameter's name; in a JSON file it is a text."""
    if isinstance(node, syntax.Name):
        return node.name
    if isinstance(node, syntax.Literal) and isinstance(node.value, str):
        return node.value
    raise Refused("a parameter is no name")


__all__ = ["BUILT_IN", "Blocks", "Leg", "Lookup", "to_number"]
