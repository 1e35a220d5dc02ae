"""The value of an expression as far as it is known before the run.

What is known is folded; the rest becomes atoms, the same atom everywhere in a run (``unknowns``). With
everything known this gives what ``evaluate`` gives; with something unknown it covers every value that
``evaluate`` could give.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field, replace

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.github.expressions import values
from wholeship.github.expressions.evaluate import EvaluationError, call, format_parts
from wholeship.github.expressions.parse import STATUS_FUNCTIONS, parse_expression
from wholeship.github.expressions.symbolic import (
    TOO_MANY,
    Cases,
    Choice,
    Fields,
    Items,
    NotKnown,
    Symbol,
    Text,
    Truth,
    Unknown,
    concatenated,
    from_value,
    is_plain,
    lift,
    merge_branches,
    named,
    plain_value,
    rendered,
    symbolic_text,
    truth,
)
from wholeship.github.expressions.tree import (
    Access,
    And,
    Compare,
    Context,
    FunctionCall,
    Literal,
    Not,
    Or,
    Star,
    Tree,
    children,
    literal_text,
    text_of,
    walk_tree,
)
from wholeship.github.expressions.unknowns import Unknowns
from wholeship.logic.formula import FALSE, TRUE, Formula, conj, disj, neg
from wholeship.pipeline.run import Tells
from wholeship.texts.template import EMPTY, Hole, Kind, Same, Template, Value

Contexts = Mapping[str, Symbol | Callable[[], Symbol]]
"""Contexts by name; those that cost something are made when they are asked for."""

KINDS = {
    "github": Kind.EVENT, "vars": Kind.VARIABLE, "secrets": Kind.VARIABLE, "inputs": Kind.INPUT,
    "matrix": Kind.MATRIX, "strategy": Kind.MATRIX, "runner": Kind.RUNNER, "job": Kind.RUNNER,
}  # fmt: skip
VOLATILE = frozenset(("env", "steps", "job"))
"""The contexts that change from step to step."""
_LOCAL = frozenset(("steps", "job", "runner", "matrix", "strategy", "env"))

Branches = list[tuple[Formula, Symbol]]
Bindings = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Environment:
    """Where an expression stands: its contexts, the status functions, and the site of what is made here."""

    contexts: Contexts
    unknowns: Unknowns
    functions: Mapping[str, Symbol] = field(default_factory=dict)
    site: str = ""
    cache: dict[str, Symbol] = field(default_factory=dict)
    """Values of expressions that read none of :data:`VOLATILE`; shared by the steps of a leg."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A tree, and what is asked about it again and again. ``status``: it calls a status function."""

    tree: Tree
    text: str
    kinds: frozenset[Kind]
    local: bool
    status: bool
    volatile: bool

    @classmethod
    def of(cls, tree: Tree) -> Expression:
        """The expression *tree*."""
        names = {node.name for node in walk_tree(tree) if isinstance(node, Context)}
        calls = {node.name for node in walk_tree(tree) if isinstance(node, FunctionCall)}
        kinds = {KINDS.get(name, Kind.OUTPUT) for name in names} or {Kind.OUTPUT}
        if "hashfiles" in calls:
            kinds.add(Kind.FILE)
        status = bool(calls & STATUS_FUNCTIONS)
        local = bool(names & _LOCAL or calls & (STATUS_FUNCTIONS - {"always"}))
        return cls(tree, text_of(tree), frozenset(kinds), local, status, bool(names & VOLATILE))

    def hole(self, site: str, bound: Bindings = ()) -> Hole:
        """The hole for it, when nothing is known of its value; *bound* is what its names stand for."""
        return Hole(self.text, self.kinds, site if self.local else "", bound)


@functools.lru_cache(maxsize=8192)
def expression(text: str) -> Expression:
    """The expression *text* spells. Raises :class:`BadExpression`."""
    return Expression.of(parse_expression(text))


def evaluate_partly(found: Expression, scope: Environment) -> Symbol:
    """The value of *found*; what GitHub would refuse to evaluate is unknown."""
    if found.volatile:
        return _named(found, scope)
    if found.text not in scope.cache:
        scope.cache[found.text] = _named(found, scope)
    return scope.cache[found.text]


def _named(found: Expression, scope: Environment) -> Symbol:
    partial = _Partial(scope)
    symbol = partial.of(found.tree)
    return named(symbol, partial.hole(found)) if isinstance(symbol, Truth) else symbol


_REBOUND = frozenset(("inputs", "needs", "env", "steps", "matrix", "secrets", "jobs"))
"""Contexts whose names stand for something else in another workflow, job, leg or step."""


def _bindable(tree: Tree) -> Iterator[Tree]:
    """The outermost properties of such contexts in *tree*: ``inputs.name``, ``steps.meta.outputs``."""
    if isinstance(tree, Access):
        target: Tree = tree
        while isinstance(target, Access) and isinstance(target.key, Literal):
            target = target.target
        if isinstance(target, Context):
            if target.name in _REBOUND:
                yield tree
            return
    for each in children(tree):
        yield from _bindable(each)


def when_true(symbol: Symbol, unknowns: Unknowns) -> Formula:
    """When a condition with this value holds."""
    match symbol:
        case Truth(formula, _, spelled):
            return TRUE if spelled else formula
        case Text(template, loose):
            if any(isinstance(part, str) for part in template.parts):
                return TRUE
            return disj(map(unknowns.printed_truth if loose else unknowns.truth, template.holes))
        case Unknown(hole):
            return unknowns.truth(hole)
        case Choice() | Cases():
            return disj(
                conj((guard, when_true(leaf, unknowns))) for guard, leaf in symbol_branches(symbol, unknowns)
            )
        case _:
            return TRUE if isinstance(symbol, (Items, Fields)) or values.truthy(symbol) else FALSE


def symbol_branches(symbol: Symbol, unknowns: Unknowns) -> Branches:
    """What it can be, and when."""
    match symbol:
        case Cases(cases):
            return [
                (guard if inner is TRUE else conj((guard, inner)), deeper)
                for guard, leaf in cases
                for inner, deeper in symbol_branches(leaf, unknowns)
            ]
        case Truth(formula, _, spelled):
            yes, no = ("true", "false") if spelled else (True, False)
            return [(formula, yes), (neg(formula), no)]
        case Choice(value, name, site, shows, filled):
            options = value.options
            texts = [f"{name} is {str(option) or 'empty'}" for option in options]
            # Unset, it is one of them only where the empty text is.
            tells = tuple(
                Tells(
                    shown,
                    early=EMPTY in options and not values.equal_values(None, str(option)),
                    unset=filled and option == EMPTY,
                )
                for option, shown in zip(options, shows, strict=bool(shows))
            )
            guards = unknowns.one_of(texts, site, tells if any(shows) else ())
            return [(guard, symbolic_text(option)) for guard, option in zip(guards, options, strict=True)]
        case _:
            return [(TRUE, symbol)]


def as_text(symbol: Symbol) -> Symbol:
    """It as a string, as ``env``, outputs and ``format`` take it."""
    match symbol:
        case Truth(formula, hole):
            return Truth(formula, hole, spelled=True)
        case Unknown(hole):
            return Text(Template((hole,)), loose=True)
        case Cases(cases):
            return merge_branches((guard, as_text(leaf)) for guard, leaf in cases)  # not more than before
        case Text() | Choice():
            return symbol
        case Items():
            return "Array"
        case Fields():
            return "Object"
        case _:
            return values.to_text(symbol)


class _Partial:
    def __init__(self, scope: Environment) -> None:
        self.scope = scope
        self.unknowns = scope.unknowns

    def of(self, tree: Tree) -> Symbol:
        match tree:
            case Literal(value):
                return value
            case Context(name):
                found = self.scope.contexts.get(name)
                return found() if callable(found) else found
            case Access(target, key):
                return self.access(self.of(target), self.of(key), tree)
            case Star(target):
                return self.star(self.of(target), tree)
            case Not(operand):
                return truth(neg(self.when(self.of(operand))))
            case Compare(operator, left, right):
                return self.compare(operator, self.of(left), self.of(right), tree)
            case And(operands):
                return self.chain(operands, False, tree)
            case Or(operands):
                return self.chain(operands, True, tree)
            case FunctionCall():
                return self.call(tree)

    def when(self, symbol: Symbol) -> Formula:
        return when_true(symbol, self.unknowns)

    def unknown(self, tree: Tree) -> Unknown:
        return Unknown(self.hole(Expression.of(tree)))

    def hole(self, found: Expression) -> Hole:
        """The hole for it, told apart from the same expression where its names stand for something else."""
        return found.hole(self.scope.site, tuple(self.bindings(found.tree)))

    def bindings(self, tree: Tree) -> Iterator[tuple[str, str]]:
        for each in dict.fromkeys(_bindable(tree)):
            name = text_of(each)
            value = str(rendered(self.of(each))) if each != tree else ""
            if each != tree and value != f"{{{name}}}":
                yield name, value

    # Operators

    def chain(self, operands: Sequence[Tree], wanted: bool, tree: Tree) -> Symbol:
        """``||`` (the first that holds) and ``&&`` (the first that does not)."""
        value = self.of(operands[0])
        if len(operands) == 1:
            return value
        stops = self.when(value) if wanted else neg(self.when(value))
        if stops == TRUE:
            return value
        rest = self.chain(operands[1:], wanted, tree)
        if stops == FALSE:
            return rest
        kept = [
            (guard, leaf)
            for when, each in symbol_branches(value, self.unknowns)
            for guard, leaf in self.stopping(each, when, wanted)
        ]
        return self.merged([*kept, (neg(stops), rest)], tree)

    def stopping(self, leaf: Symbol, when: Formula, wanted: bool) -> Branches:
        """The part of *leaf* at which a chain stops, as the value it then has."""
        holds = self.when(leaf)
        stops = conj((when, holds if wanted else neg(holds)))
        if stops == FALSE:
            return []
        return [(stops, "" if isinstance(leaf, Text) and not wanted else leaf)]

    def merged(self, ways: Branches, tree: Tree) -> Symbol:
        found = merge_branches(ways)
        return self.unknown(tree) if found is TOO_MANY else found

    def spread(
        self, symbols: Sequence[Symbol], change: Callable[[list[Symbol]], Symbol], tree: Tree
    ) -> Symbol:
        """*change* applied to everything that *symbols* can be."""
        ways: list[tuple[Formula, list[Symbol]]] = [(TRUE, [])]
        for symbol in symbols:
            steps = symbol_branches(symbol, self.unknowns)
            ways = [
                (both, [*before, leaf])
                for guard, before in ways
                for when, leaf in steps
                if (both := conj((guard, when))) != FALSE
            ]
            if len(ways) > 256:
                return self.unknown(tree)
        return self.merged([(guard, change(leaves)) for guard, leaves in ways], tree)

    def compare(self, operator: str, left: Symbol, right: Symbol, tree: Tree) -> Symbol:
        if is_plain(left) and is_plain(right):
            return values.compare_values(operator, left, right)
        if operator == "!=":
            return truth(neg(self.when(self.compare("==", left, right, tree))))
        return self.spread([left, right], lambda two: self.compare_leaves(operator, two[0], two[1]), tree)

    def compare_leaves(self, operator: str, left: Symbol, right: Symbol) -> Symbol:
        if operator == "==":
            return truth(self.equal(left, right))
        if is_plain(left) and is_plain(right):
            return values.compare_values(operator, left, right)
        if isinstance(left, (Items, Fields)) or isinstance(right, (Items, Fields)):
            return operator in ("<=", ">=") and left is right
        return truth(self.ordered(operator, left, right))

    def ordered(self, operator: str, left: Symbol, right: Symbol) -> Formula:
        shown = f"{_shown(left)} {operator} {_shown(right)}"
        hole = _only_hole(left)
        if isinstance(left, Text) and left.loose:
            hole, shown = None, f"format('{{0}}', {_shown(left)}) {operator} {_shown(right)}"
        if hole is not None and is_plain(right):
            known = right
            return self.unknowns.other(hole, shown, lambda each: values.compare_values(operator, each, known))
        return self.unknowns.opaque(shown, _sites(left, right))

    def equal(self, left: Symbol, right: Symbol) -> Formula:
        if is_plain(left) and is_plain(right):
            return TRUE if values.equal_values(left, right) else FALSE
        if isinstance(left, (Items, Fields)) or isinstance(right, (Items, Fields)):
            return TRUE if left is right else FALSE
        if is_plain(left):
            left, right = right, left
        if is_plain(right):
            return self.equal_plain(left, right)
        return self.equal_templates(_template(left), _template(right))

    def equal_plain(self, left: Symbol, right: Symbol) -> Formula:
        loose = isinstance(left, Text) and left.loose
        asked = self.unknowns.printed_equal if loose else self.unknowns.equal
        hole = _only_hole(left)
        if hole is not None:
            return asked(hole, right)
        template = _template(left)
        if not isinstance(right, str):
            if _NO_NUMBER.search(template.head + template.tail):
                return FALSE  # so it equals no null, boolean or number
            shown = f"{template} == {literal_text(right)}"  # type: ignore[arg-type]
            return self.unknowns.opaque(shown, _sites(left))
        middle = _middle(template, right)
        if middle is None:
            return FALSE
        if len(template.holes) == 1:
            return asked(template.holes[0], middle)
        return self.unknowns.opaque(f"{template} == {literal_text(right)}", _sites(left))

    def equal_templates(self, left: Template, right: Template) -> Formula:
        one, other = _folded(left), _folded(right)
        answer = one.compare(other)
        if answer is not Same.MAYBE:
            return TRUE if answer is Same.YES else FALSE
        if one.parts[:-1] == other.parts[:-1] and isinstance(one.parts[-1], Hole):
            last = other.parts[-1]
            if isinstance(last, Hole) and self.unknowns.apart(one.parts[-1], last):
                return FALSE
            if isinstance(last, Hole):
                left, right = Template.of(one.parts[-1]), Template.of(last)
        first, second = sorted((str(left), str(right)))
        sites = {hole.site for hole in (*left.holes, *right.holes)}
        return self.unknowns.opaque(f"{first} == {second}", " ".join(sorted(sites - {""})))

    # Properties

    def access(self, target: Symbol, key: Symbol, tree: Tree) -> Symbol:
        if isinstance(target, Fields) and isinstance(key, str):
            return target.get(key)
        if isinstance(target, (Cases, Truth, Choice)) or isinstance(key, (Cases, Truth, Choice)):
            return self.spread([target, key], lambda two: self.access(two[0], two[1], tree), tree)
        if isinstance(target, Unknown):
            return Unknown(_deeper(target.hole, key)) if is_plain(key) else self.unknown(tree)
        if not isinstance(target, (Items, Fields)):
            return None
        if isinstance(key, (Items, Fields)):
            return Items((), filtered=True) if isinstance(target, Items) and target.filtered else None
        if not is_plain(key):
            return self.unknown(tree)
        if isinstance(target, Fields):
            return target.get(values.to_text(key))
        if target.filtered:
            return self.filtered(target, key, tree)
        index = values.to_number(key)
        return target.items[int(index)] if 0 <= index < len(target.items) else None

    def filtered(self, target: Items, key: Symbol, tree: Tree) -> Symbol:
        found: list[Symbol] = []
        for item in target.items:
            if isinstance(item, Fields):
                if item.has(values.to_text(key)):
                    found.append(item.get(values.to_text(key)))
            elif isinstance(item, Items):
                if 0 <= values.to_number(key) < len(item.items):
                    found.append(self.access(item, key, tree))
            elif not is_plain(item) and not isinstance(item, Text):
                return self.unknown(tree)
        return Items(tuple(found), filtered=True)

    def star(self, target: Symbol, tree: Tree) -> Symbol:
        if isinstance(target, (Cases, Choice, Truth)):
            return self.spread([target], lambda one: self.star(one[0], tree), tree)
        if isinstance(target, Unknown) or (isinstance(target, Fields) and target.rest is not None):
            return self.unknown(tree)
        if isinstance(target, Items) and target.filtered:
            inner = [self.star(item, tree) for item in target.items]
            if any(isinstance(each, Unknown) for each in inner):
                return self.unknown(tree)
            return Items(
                tuple(i for each in inner if isinstance(each, Items) for i in each.items), filtered=True
            )
        if isinstance(target, Items):
            return Items(target.items, filtered=True)
        if isinstance(target, Fields):
            return Items(tuple(target.entries.values()), filtered=True)
        return Items((), filtered=True)

    # Functions

    def call(self, tree: FunctionCall) -> Symbol:
        name = tree.name
        if name == "always":
            return True
        if name in ("success", "failure", "cancelled"):
            if tree.arguments or name not in self.scope.functions:
                return truth(self.unknowns.opaque(text_of(tree), self.scope.site))
            return self.scope.functions[name]
        if name == "case":
            return self.case(tree.arguments, tree)
        if name == "hashfiles":
            return Text(Template((Hole(text_of(tree), frozenset({Kind.FILE})),)))
        arguments = [self.of(each) for each in tree.arguments]
        if name == "fromjson":
            arguments = [_not_empty(arguments[0])]
        try:
            return self.known(name, arguments)
        except NotKnown:
            return self.partly(name, arguments, tree)

    def known(self, name: str, arguments: list[Symbol]) -> Symbol:
        """All arguments are known. Raises :class:`NotKnown`."""
        known = [plain_value(each) for each in arguments]
        try:
            return lift(call(name, known))
        except EvaluationError:
            raise NotKnown from None

    def known_or_not(self, name: str, arguments: list[Symbol], tree: FunctionCall) -> Symbol:
        """The same; unknown where something is."""
        try:
            return self.known(name, arguments)
        except NotKnown:
            return self.unknown(tree)

    def partly(self, name: str, arguments: list[Symbol], tree: FunctionCall) -> Symbol:
        if name == "format":
            return self.format(arguments, tree)
        items = arguments[0]
        if name == "contains" and isinstance(items, Items):
            return self.spread([arguments[1]], lambda one: self.among(items, one[0]), tree)
        if name == "join" and isinstance(arguments[0], Items):
            return self.join(arguments, tree)
        if name == "tojson" and isinstance(items, (Cases, Truth, Choice)):
            return self.spread(arguments, lambda leaves: self.known_or_not(name, leaves, tree), tree)
        if name in ("contains", "startswith", "endswith", "fromjson", "join"):
            return self.spread(arguments, lambda leaves: self.leaves(name, leaves, tree), tree)
        return self.unknown(tree)

    def leaves(self, name: str, leaves: list[Symbol], tree: FunctionCall) -> Symbol:
        try:
            return self.known(name, leaves)
        except NotKnown:
            pass
        if name == "contains" and isinstance(leaves[0], Items):
            return self.among(leaves[0], leaves[1])
        if name == "join" and isinstance(leaves[0], Text):
            return leaves[0]
        if name == "fromjson" and isinstance(leaves[0], Text):
            found = structured(leaves[0].template)
            if found is not None:
                return found
        if name in ("fromjson", "join"):
            return Unknown(self.applied("fromJSON" if name == "fromjson" else name, leaves, tree))
        if any(isinstance(each, (Items, Fields)) for each in leaves):
            return False
        where, what = leaves
        if is_plain(what):
            return truth(self.about_text(name, where, values.to_text(what)))
        return truth(self.about_known(name, where, what))

    def applied(self, name: str, leaves: Sequence[Symbol], tree: Tree) -> Hole:
        """The hole for a function of something that has a name."""
        holes = [
            hole
            for each in leaves
            if not is_plain(each) and not isinstance(each, (Items, Fields))
            for hole in _template(each).holes
        ]
        if not holes or any(isinstance(each, (Items, Fields)) for each in leaves):
            return self.hole(Expression.of(tree))
        kinds = frozenset(kind for hole in holes for kind in hole.kinds)
        return Hole(f"{name}({', '.join(map(_shown, leaves))})", kinds, _sites(*leaves))

    def about_text(self, name: str, where: Symbol, what: str) -> Formula:
        """``contains``, ``startsWith`` or ``endsWith`` of a text partly known and a text that is."""
        ask = self.unknowns
        if isinstance(where, Unknown):
            asked = {"startswith": ask.starts, "endswith": ask.ends}.get(name, ask.contains)
            return asked(where.hole, what)
        template = _template(where)
        folded = values.fold_case(what)
        head, tail = values.fold_case(template.head), values.fold_case(template.tail)
        hole = template.holes[0] if len(template.holes) == 1 else None
        if name == "startswith":
            if head.startswith(folded):
                return TRUE
            if not folded.startswith(head):
                return FALSE
            if hole is not None and not tail:
                return ask.starts(hole, what[len(head) :])
        elif name == "endswith":
            if tail.endswith(folded):
                return TRUE
            if not folded.endswith(tail):
                return FALSE
            if hole is not None and not head:
                return ask.ends(hole, what[: len(what) - len(tail)])
        elif any(isinstance(part, str) and folded in values.fold_case(part) for part in template.parts):
            return TRUE
        elif hole is not None and not head and not tail:
            return ask.contains(hole, what)
        shown = {"startswith": "startsWith", "endswith": "endsWith"}.get(name, name)
        return ask.opaque(f"{shown}({_shown(where)}, {literal_text(what)})", _sites(where))

    def about_known(self, name: str, where: Symbol, what: Symbol) -> Formula:
        """The same of a text that may be known and one that is not."""
        shown = f"{_NAMES[name]}({_shown(where)}, {_shown(what)})"
        hole = _only_hole(what)
        if hole is not None and is_plain(where):
            whole = values.to_text(where)
            return self.unknowns.other(hole, shown, lambda known: bool(call(name, [whole, known])))
        if _template(where) == _template(what):
            return TRUE
        return self.unknowns.opaque(shown, _sites(where, what))

    def among(self, items: Items, what: Symbol) -> Symbol:
        ways = (
            conj((when, self.equal(leaf, what)))
            for item in items.items
            for when, leaf in symbol_branches(item, self.unknowns)
        )
        return truth(disj(ways))

    def case(self, arguments: Sequence[Tree], tree: Tree) -> Symbol:
        ways: Branches = []
        before: list[Formula] = []
        for at in range(0, len(arguments) - 1, 2):
            answer = self.of(arguments[at])
            if not isinstance(answer, (bool, Truth)):
                return self.unknown(tree)
            holds = self.when(answer)
            ways.append((conj((*before, holds)), self.of(arguments[at + 1])))
            before.append(neg(holds))
        ways.append((conj(before), self.of(arguments[-1])))
        return self.merged(ways, tree)

    def format(self, arguments: list[Symbol], tree: FunctionCall) -> Symbol:
        pattern = arguments[0]
        if not isinstance(pattern, str):
            return self.unknown(tree)
        try:
            parts = format_parts(pattern)
        except EvaluationError:
            return self.unknown(tree)
        if any(isinstance(part, int) and part + 1 >= len(arguments) for part in parts):
            return self.unknown(tree)
        pieces = [part if isinstance(part, str) else as_text(arguments[part + 1]) for part in parts]
        return concatenated(pieces, text_of(tree), self.scope.site)

    def join(self, arguments: list[Symbol], tree: FunctionCall) -> Symbol:
        items = arguments[0]
        assert isinstance(items, Items)
        given = arguments[1] if len(arguments) > 1 else ","
        separator: Symbol = "," if isinstance(given, (Items, Fields)) else as_text(given)
        pieces: list[Symbol] = []
        for at, item in enumerate(items.items):
            pieces += [separator, as_text(item)] if at else [as_text(item)]
        return concatenated(pieces, text_of(tree), self.scope.site)


def structured(template: Template) -> Symbol | None:
    """What JSON with holes stands for, where each hole is (part of) a string in it; None: not to be said.

    A hole whose text has quotes would make other JSON of it; what tools print as JSON has them escaped.
    """
    marks = [
        f"{_MARK}{at}{_MARK}" if isinstance(part, Hole) else part for at, part in enumerate(template.parts)
    ]
    if any(_MARK in part for part in template.parts if isinstance(part, str)):
        return None
    try:
        return _unmarked(json.loads("".join(marks)), template)
    except (ValueError, RecursionError):
        return None


_MARK = "\ue000"
"""Stands around the number of a hole; a letter that nobody uses."""


def _unmarked(value: object, template: Template) -> Symbol:
    match value:
        case list():
            return Items(tuple(_unmarked(each, template) for each in value))
        case dict() if any(_MARK in key for key in value):
            raise ValueError("a name that is not known")
        case dict():
            return Fields({key: _unmarked(each, template) for key, each in value.items()})
        case str() if _MARK in value:
            parts = value.split(_MARK)
            return symbolic_text(
                Template.of(*(template.parts[int(part)] if at % 2 else part for at, part in enumerate(parts)))
            )
        case _:
            return lift(value)


_NO_NUMBER = lazy_pattern(r"[^-+.0-9a-fA-FxXoOIinty\s]")
_NAMES = {"contains": "contains", "startswith": "startsWith", "endswith": "endsWith"}


def _template(symbol: Symbol) -> Template:
    only = rendered(symbol).only
    assert only is not None
    return only


def _only_hole(symbol: Symbol) -> Hole | None:
    """The hole, when the value is nothing else."""
    if isinstance(symbol, Unknown):
        return symbol.hole
    if isinstance(symbol, Text) and len(symbol.template.parts) == 1:
        part = symbol.template.parts[0]
        return part if isinstance(part, Hole) else None
    return None


def _shown(symbol: Symbol) -> str:
    """For people, in the text of an atom."""
    hole = _only_hole(symbol)
    if hole is not None:
        return hole.full
    return literal_text(symbol) if is_plain(symbol) else f"'{_template(symbol)}'"  # type: ignore[arg-type]


def _sites(*symbols: Symbol) -> str:
    holes = (hole for symbol in symbols if not is_plain(symbol) for hole in _template(symbol).holes)
    return " ".join(sorted({hole.site for hole in holes} - {""}))


def _middle(template: Template, whole: str) -> str | None:
    """What stands between the known ends of *template*, if it is to be *whole*; None: it cannot be."""
    head, tail, folded = (
        values.fold_case(template.head),
        values.fold_case(template.tail),
        values.fold_case(whole),
    )
    if len(whole) < len(head) + len(tail) or not (folded.startswith(head) and folded.endswith(tail)):
        return None
    return whole[len(head) : len(whole) - len(tail)]


def _folded(template: Template) -> Template:
    return Template(
        tuple(part if isinstance(part, Hole) else values.fold_case(part) for part in template.parts)
    )


def _deeper(hole: Hole, key: Symbol) -> Hole:
    return replace(hole, name=f"{hole.name}.{values.to_text(key)}")


def _not_empty(symbol: Symbol) -> Symbol:
    """*symbol* where ``fromJSON`` takes it: asked about an empty text, what asks has failed."""
    if not isinstance(symbol, Choice):
        return symbol
    options = [each for each in symbol.value.options if each != EMPTY]
    return from_value(Value.of(*options), symbol.name, symbol.site) if options else symbol
