"""Expressions worked out: HCL's operators, conditionals, ``for``, splats and calls.

HCL native syntax specification, "Expressions". What hangs on something that is not known becomes an
:class:`~.values.Unknown` that is named by what was done to which values, so that a function of the file
called with two arguments gives two different unknowns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from fractions import Fraction

from wholeship.core.values import dataclass
from wholeship.texts.template import Hole, Template
from wholeship.tools.bake import functions, syntax
from wholeship.tools.bake.choices import Choices
from wholeship.tools.bake.syntax import EACH, Node
from wholeship.tools.bake.values import (
    Data,
    Members,
    NotKnown,
    Refused,
    Unknown,
    describe,
    equal_data,
    is_list,
    mapping,
    show_data,
    to_bool,
    to_list,
    to_number,
    to_text,
    unknown_data,
    weight,
)

MOST_CALLS = 40
"""Functions of a file that call each other more deeply than this go round in circles."""

Names = Mapping[str, Data]
_WEIGHTLESS = (syntax.Literal, syntax.Name)
"""Each counts as one piece of work, whatever it comes to."""


@dataclass(frozen=True, slots=True)
class Function:
    """``function "name" { params = […] variadic_params = rest result = … }``."""

    params: tuple[str, ...]
    variadic: str
    result: Node


def no_name(name: str) -> Data:
    """A scope without names."""
    raise Refused(f"there is no variable {name}")


def no_attribute(kind: str, name: str, _attribute: str) -> Data:
    """A scope without blocks."""
    raise Refused(f"there is no {kind} {name}")


@dataclass(slots=True)
class Evaluator:
    """Works out expressions in one way. ``globals`` gives a variable of the file or raises Refused."""

    globals: Callable[[str], Data] = no_name
    functions: Mapping[str, Function] = field(default_factory=dict)
    choices: Choices = field(default_factory=Choices)
    attribute: Callable[[str, str, str], Data] = no_attribute
    """Gives the attribute of a target or group of the file."""
    site: str = ""
    """Where bake runs: a clock that is read there is not the same elsewhere."""
    made: int = 0
    """How many values were made anew (a clock, a random number)."""
    doubts: int = 0
    """How often a value was not known where HCL could have refused it."""
    depth: int = 0

    def value(self, node: Node, names: Names) -> Data:
        """What *node* comes to where *names* are bound; raises :class:`~.values.Refused`."""
        found = self._value(node, names)
        budget = self.choices.budget
        budget.spend(1 if isinstance(node, _WEIGHTLESS) else weight(found, budget.left))
        return found

    def _value(self, node: Node, names: Names) -> Data:
        match node:
            case syntax.Literal(value):
                return Template.literal_of(value) if isinstance(value, str) else value
            case syntax.Joined(parts):
                return Template.of(*(to_text(self.value(part, names)) for part in parts))
            case syntax.Name(name):
                return names[name] if name in names else self.globals(name)
            case syntax.Member(of, key):
                place = _block_attribute(node)
                if place and place[0] not in names:
                    return self.attribute(*place)
                return self.member(self.value(of, names), self.value(key, names))
            case syntax.Splat(of, rest):
                return self.splat(self.value(of, names), rest, names)
            case syntax.Items(items):
                return tuple(self.value(item, names) for item in items)
            case syntax.Pairs(pairs):
                return self.pairs(pairs, names)
            case syntax.Choice(condition, yes, no):
                return self.conditional(condition, yes, no, names)
            case syntax.Unary(sign, of):
                return self.unary(sign, self.value(of, names))
            case syntax.Binary(sign, left, right):
                return self.binary(sign, left, right, names)
            case syntax.FunctionCall():
                return self.call(node, names)
            case syntax.For():
                return self.comprehension(node, names)

    def doubtful(self, name: str, *sources: Data) -> Unknown:
        """An unknown that HCL may refuse instead of giving it a value."""
        self.doubts += 1
        return unknown_data(name, *sources)

    def decide(self, value: Data) -> bool | None:
        """Whether a condition holds in this way; None: not known."""
        try:
            return to_bool(value)
        except NotKnown:
            answer = self.choices.choose(show_data(value))
            return None if answer is None else answer == 0

    def equal(self, one: Data, other: Data) -> Data:
        """Whether both are equal, decided for this way where it is not known."""
        try:
            return equal_data(one, other)
        except NotKnown:
            first, second = sorted((show_data(one), show_data(other)))
            question = f"{first} == {second}"
            answer = self.choices.choose(question)
            return unknown_data(question, one, other) if answer is None else answer == 0

    # Operators

    def unary(self, sign: str, value: Data) -> Data:
        """``!x`` or ``-x``."""
        if sign == "-":
            try:
                return functions.negated(value)
            except NotKnown:
                return self.doubtful(f"-{show_data(value)}", value)
        truth = self.decide(value)
        return self.doubtful(f"!{show_data(value)}", value) if truth is None else not truth

    def binary(self, sign: str, left: Node, right: Node, names: Names) -> Data:
        """An operator between two expressions; ``&&`` and ``||`` look at the second only where it counts."""
        one = self.value(left, names)
        if sign in ("&&", "||"):
            truth = self.decide(one)
            if truth is not None and truth is (sign == "||"):
                return truth
            other = self.value(right, names)
            second = self.decide(other)
            if truth is None or second is None:
                return self.doubtful(f"{show_data(one)} {sign} {show_data(other)}", one, other)
            return second
        other = self.value(right, names)
        if sign in ("==", "!="):
            same = self.equal(one, other)
            if not isinstance(same, bool):
                return unknown_data(f"{show_data(one)} {sign} {show_data(other)}", one, other)
            return same is (sign == "==")
        return self.arithmetic(sign, one, other)

    def arithmetic(self, sign: str, one: Data, other: Data) -> Data:
        """An operator between two numbers."""
        question = f"{show_data(one)} {sign} {show_data(other)}"
        try:
            return functions.calculate(sign, to_number(one), to_number(other))
        except NotKnown:
            self.doubts += 1
            if sign not in ("<", ">", "<=", ">="):
                return unknown_data(question, one, other)
            answer = self.choices.choose(question)
            return unknown_data(question, one, other) if answer is None else answer == 0

    def conditional(self, condition: Node, yes: Node, no: Node, names: Names) -> Data:
        """``condition ? yes : no``; both get one type, so a number beside a text is a text."""
        asked = self.value(condition, names)
        if asked is None:
            raise Refused("a condition is null")
        truth = self.decide(asked)
        if truth is None:
            both = [self._tried(branch, names) for branch in (yes, no)]
            return self.doubtful(
                f"{show_data(asked)} ? {show_data(both[0])} : {show_data(both[1])}", asked, *both
            )
        chosen = self.value(yes if truth else no, names)
        return _beside(chosen, self._aside(no if truth else yes, names))

    def _tried(self, node: Node, names: Names) -> Data:
        try:
            return self.value(node, names)
        except Refused:
            return None

    def _aside(self, node: Node, names: Names) -> Data:
        """A value that only its type is asked of: nothing is decided for it, and it is no doubt."""
        doubts, decided = self.doubts, self.choices.open
        self.choices.open = False
        try:
            return self._tried(node, names)
        finally:
            self.doubts, self.choices.open = doubts, decided

    # Structures

    def member(self, of: Data, key: Data) -> Data:
        """``of[key]``."""
        if isinstance(of, Unknown) or isinstance(key, Unknown):
            return self.doubtful(f"{show_data(of)}[{show_data(key)}]", of, key)
        try:
            if isinstance(of, dict):
                return of[_key(key)]
            if isinstance(of, tuple):
                at = to_number(key)
                if at.denominator == 1 and 0 <= at < len(of):
                    return of[int(at)]
        except KeyError:
            pass
        except NotKnown:
            return self.doubtful(f"{show_data(of)}[{show_data(key)}]", of, key)
        raise Refused(f"there is no {show_data(key)} in {show_data(of)}")

    def splat(self, of: Data, rest: Node, names: Names) -> Data:
        """``of[*].rest``; one value is a list of itself, and null a list of nothing."""
        if of is None:
            return ()
        if isinstance(of, Unknown):
            return self.doubtful(f"{show_data(of)}[*]", of)
        items = to_list(of) if is_list(of) else (of,)
        return tuple(self.value(rest, {**names, EACH: item}) for item in items)

    def pairs(self, pairs: tuple[tuple[Node, Node], ...], names: Names) -> Data:
        """``{key = value}``."""
        found = [(self.value(key, names), self.value(value, names)) for key, value in pairs]
        return self._mapped(found)

    def _mapped(self, found: list[tuple[Data, Data]]) -> Data:
        try:
            return mapping((_key(key), value) for key, value in found)
        except NotKnown:
            named = ", ".join(f"{show_data(key)} = {show_data(value)}" for key, value in found)
            return self.doubtful(f"{{{named}}}", *(each for pair in found for each in pair))

    def comprehension(self, node: syntax.For, names: Names) -> Data:
        """``[for …]``, ``{for …}`` and ``%{ for }``."""
        source = self.value(node.source, names)
        if isinstance(source, Unknown):
            return self._unlooped(node, source, names)
        rounds = [{**names, **bound} for bound in _rounds(node.names, source)]
        if node.condition is not None:
            kept = [self.decide(self.value(node.condition, bound)) for bound in rounds]
            if None in kept:
                return self._unlooped(node, source, names)
            rounds = [bound for bound, keep in zip(rounds, kept, strict=True) if keep]
        values = [self.value(node.value, bound) for bound in rounds]
        if node.text:
            return Template.of(*map(to_text, values))
        if node.key is None:
            return tuple(values)
        found = list(zip((self.value(node.key, bound) for bound in rounds), values, strict=True))
        return self._grouped(found) if node.grouped else self._unique(found)

    def _unlooped(self, node: syntax.For, source: Data, names: Names) -> Data:
        """A loop over what is not known: named by its expression and all that is bound in it."""
        bound = ", ".join(f"{name} = {show_data(value)}" for name, value in sorted(names.items()))
        looped = self.doubtful(f"for {node} in {show_data(source)} where {bound}", source, *names.values())
        return to_text(looped) if node.text else looped

    def _unique(self, found: list[tuple[Data, Data]]) -> Data:
        made = self._mapped(found)
        if isinstance(made, dict) and len(made) < len(found):
            raise Refused("two items of a mapping have one key")
        return made

    def _grouped(self, found: list[tuple[Data, Data]]) -> Data:
        try:
            keys = [_key(key) for key, _ in found]
        except NotKnown:
            return self.doubtful(
                f"groups of {show_data(tuple(key for key, _ in found))}", *(k for k, _ in found)
            )
        values = [value for _, value in found]
        return mapping(
            (key, tuple(v for k, v in zip(keys, values, strict=True) if k == key))
            for key in dict.fromkeys(keys)
        )

    # Calls

    def call(self, node: syntax.FunctionCall, names: Names) -> Data:
        """A function of the file, or one that bake brings along."""
        if node.name in ("try", "can"):
            return self.tried(node, names)
        if node.name == "convert":
            return self.converted(node, names)
        arguments = [self.value(argument, names) for argument in node.arguments]
        if node.spread:
            last = arguments.pop()
            if isinstance(last, Unknown):
                return self.doubtful(
                    f"{node.name}({', '.join(map(show_data, [*arguments, last]))}…)", *arguments, last
                )
            arguments += to_list(last)
        if node.name in self.functions and node.name not in functions.NAMES:
            return self.defined(node.name, arguments)
        return self.builtin(node.name, arguments)

    def defined(self, name: str, arguments: list[Data]) -> Data:
        """A function of the file: its result, with its parameters bound."""
        function = self.functions[name]
        if len(arguments) < len(function.params) or (
            len(arguments) > len(function.params) and not function.variadic
        ):
            raise Refused(f"{name}() takes {len(function.params)} arguments, not {len(arguments)}")
        if None in arguments:
            raise Refused(f"an argument of {name}() is null")
        if self.depth > MOST_CALLS:
            raise Refused(f"{name}() calls itself")
        bound: dict[str, Data] = dict(zip(function.params, arguments, strict=False))
        if function.variadic:
            bound[function.variadic] = tuple(arguments[len(function.params) :])
        self.depth += 1
        try:
            return self.value(function.result, bound)
        finally:
            self.depth -= 1

    def builtin(self, name: str, arguments: list[Data]) -> Data:
        """A function that bake brings along; one that is not modelled here is not known."""
        named = f"{name}({', '.join(map(show_data, arguments))})"
        if name not in functions.NAMES:
            raise Refused(f"there is no function {name}")
        if name in ("equal", "notequal") and len(arguments) == 2:
            same = self.equal(*arguments)
            return same if not isinstance(same, bool) else same is (name == "equal")
        try:
            if name == "contains" and len(arguments) == 2:
                return self.contains(*arguments)
            return functions.apply(name, arguments)
        except NotKnown:
            if name in functions.KINDS:
                self.made += 1
                kinds = frozenset({functions.KINDS[name]})
                return Unknown(Hole(named, kinds, f"{self.site} {self.made}"))
            return self.doubtful(named, *arguments)

    def contains(self, items: Data, wanted: Data) -> Data:
        """``contains(list, value)``, decided item by item where it is not known."""
        answers = [self.equal(item, wanted) for item in to_list(items)]
        if True in answers:
            return True
        if any(not isinstance(answer, bool) for answer in answers):
            raise NotKnown
        return False

    def tried(self, node: syntax.FunctionCall, names: Names) -> Data:
        """``try(a, b)``: the first that has a value; ``can(a)``: whether it has one."""
        for argument in node.arguments:
            before = self.doubts
            try:
                found = self.value(argument, names)
            except Refused:
                continue
            if self.doubts > before:
                return self.doubtful(f"{node.name}({show_data(found)}, …)", found)
            return True if node.name == "can" else found
        if node.name == "can":
            return False
        raise Refused("no expression of try() has a value")

    def converted(self, node: syntax.FunctionCall, names: Names) -> Data:
        """``convert(value, type)``."""
        if len(node.arguments) != 2:
            raise Refused("convert() takes a value and a type")
        value = self.value(node.arguments[0], names)
        try:
            return functions.convert(value, functions.read_type(node.arguments[1]))
        except NotKnown:
            return self.doubtful(f"convert({show_data(value)}, {node.arguments[1]})", value)


def _block_attribute(node: syntax.Member) -> tuple[str, str, str] | None:
    """The three words of ``target.NAME.ATTRIBUTE``."""
    match node:
        case syntax.Member(
            syntax.Member(syntax.Name("target" | "group" as kind), syntax.Literal(str(name))),
            syntax.Literal(str(attribute)),
        ):
            return kind, name, attribute
    return None


def _key(key: Data) -> str:
    text = to_text(key).literal
    if text is None:
        raise NotKnown
    return text


def _rounds(names: tuple[str, ...], source: Data) -> Iterator[dict[str, Data]]:
    """What the names of a ``for`` are bound to, round by round."""
    pairs: list[tuple[Data, Data]]
    if isinstance(source, dict):
        pairs = [(Template.of(key), value) for key, value in source.items()]
    elif isinstance(source, Members):
        pairs = [(item, item) for item in source.items]
    elif isinstance(source, tuple):
        pairs = [(Fraction(at), item) for at, item in enumerate(source)]
    else:
        raise Refused("for needs a list or a mapping")
    for key, value in pairs:
        yield {names[0]: key, names[1]: value} if len(names) == 2 else {names[0]: value}


def _beside(chosen: Data, other: Data) -> Data:
    """*chosen*, in the type that both branches of a conditional have in common; raises Refused."""
    if _known_shape(chosen) and _known_shape(other) and _shape(chosen) != _shape(other):
        raise Refused(f"a condition gives {describe(chosen)} or {describe(other)}")
    if isinstance(chosen, Unknown):
        return chosen
    if isinstance(chosen, bool | Fraction):
        return to_text(chosen) if isinstance(other, Template) else chosen
    if isinstance(chosen, tuple) and isinstance(other, tuple):
        texts = any(isinstance(item, Template) for item in (*chosen, *other))
        return tuple(to_text(c) if texts and isinstance(c, bool | Fraction) else c for c in chosen)
    return chosen


def _known_shape(value: Data) -> bool:
    return value is not None and not isinstance(value, Unknown)


def _shape(value: Data) -> str:
    if isinstance(value, dict):
        return "mapping"
    return "list" if is_list(value) else "simple"
