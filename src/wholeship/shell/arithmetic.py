"""``(( … ))``, ``$(( … ))`` and ``let``: numbers as far as they are known.

None stands for a number that only the run knows, :data:`NOT_ZERO` for one that is above 0.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.nodes import Node
from wholeship.shell.statuses import BADLY, NOT_ZERO, is_not_zero
from wholeship.texts.template import Kind, Template, Value

Number = int | str | None
"""A number, :data:`NOT_ZERO`, or None."""
LARGEST = 2**63
"""Numbers beyond this wrap around in the shell; here they are not known."""


def number_of(text: Template) -> Number:
    """The number that *text* is to the shell."""
    if is_not_zero(text):
        return NOT_ZERO
    literal = text.literal
    if literal is None:
        return None
    plain = literal.strip()
    if not plain:
        return 0
    return int(plain) if re.fullmatch(r"[-+]?(?:0|[1-9]\d{0,17})", plain) else None


def calculated(node: Node, value: Callable[[Node], Value], changed: dict[str, Value]) -> Number:
    """The number that the expression *node* comes to; the variables it sets are put into *changed*."""
    match node.type:
        case "number" | "simple_expansion" | "expansion" | "string" | "word" | "command_substitution":
            name = node.text
            if node.type == "word" and name.isidentifier():
                return _variable(node, name, value, changed)
            return _one(value(node))
        case "variable_name":
            return _variable(node, node.text, value, changed)
        case "parenthesized_expression" | "arithmetic_expansion" | "compound_statement":
            last: Number = None
            for child in node.children:
                if child.is_named:
                    last = calculated(child, value, changed)
            return last
        case "binary_expression" if len(node.children) == 3:
            return _binary(node, value, changed)
        case "unary_expression" | "postfix_expression":
            return _unary(node, value, changed)
        case "variable_assignment":
            return _assigned(node, value, changed)
        case "ternary_expression":
            return _ternary(node, value, changed)
        case _:
            _forget(node, changed)
            return None


def _one(value: Value) -> Number:
    numbers = {number_of(option) for option in value.options}
    if len(numbers) == 1:
        return numbers.pop()
    return NOT_ZERO if all(map(_is_above_zero, numbers)) else None


def _is_above_zero(number: Number) -> bool:
    return number == NOT_ZERO or (isinstance(number, int) and number > 0)


def _variable(node: Node, name: str, value: Callable[[Node], Value], changed: Mapping[str, Value]) -> Number:
    return _one(changed[name] if name in changed else value(node))


def _truth(number: Number) -> bool | None:
    return None if number is None else number != 0


_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
}
_COMPUTED: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
}


def compare_numbers(sign: str, left: Number, right: Number) -> bool | None:
    """Whether *left* stands to *right* as *sign* says; None where that is not known."""
    if isinstance(left, int) and isinstance(right, int):
        return _COMPARED[sign](left, right)
    if left == NOT_ZERO and isinstance(right, int):
        return _of_above_zero(sign, right)
    if right == NOT_ZERO and isinstance(left, int):
        return _of_above_zero(_TURNED.get(sign, sign), left)
    return None


_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


def _of_above_zero(sign: str, other: int) -> bool | None:
    """Whether every number above 0 stands to *other* as *sign* says."""
    least = 2 if sign in ("<", ">=") else 1
    return None if other >= least else _COMPARED[sign](1, other)


def _binary(node: Node, value: Callable[[Node], Value], changed: dict[str, Value]) -> Number:
    left, sign, right = node.children[0], node.children[1].text, node.children[2]
    if sign in ("&&", "||"):
        return _logical(sign, calculated(left, value, changed), right, value, changed)
    if sign.endswith("=") and sign not in _COMPARED:
        return _set(left, sign[:-1], calculated(right, value, changed), value, changed)
    one, other = calculated(left, value, changed), calculated(right, value, changed)
    if sign in _COMPARED:
        answer = compare_numbers(sign, one, other)
        return None if answer is None else int(answer)
    return computed(sign, one, other)


def computed(sign: str, one: Number, other: Number) -> Number:
    """What *sign* makes of two numbers."""
    if isinstance(one, int) and isinstance(other, int) and sign in _COMPUTED:
        found = _COMPUTED[sign](one, other)
        return found if abs(found) < LARGEST else None
    if sign in ("+", "|", "*") and _is_above_zero(one) and _is_above_zero(other):
        return NOT_ZERO
    if sign in ("+", "|") and one == 0:
        return other
    return one if sign in ("+", "|", "-") and other == 0 else None


def _logical(
    sign: str, left: Number, right: Node, value: Callable[[Node], Value], changed: dict[str, Value]
) -> Number:
    first, stop = _truth(left), sign == "||"
    if first is stop:
        return int(stop)
    inner = dict(changed)
    second = _truth(calculated(right, value, inner))
    if first is None:
        _forget(right, changed)
        return int(stop) if second is stop else None
    changed |= inner
    return None if second is None else int(second)


def _unary(node: Node, value: Callable[[Node], Value], changed: dict[str, Value]) -> Number:
    signs = [child for child in node.children if not child.is_named or child.type == "test_operator"]
    given = [child for child in node.named_children if child.type != "test_operator"]
    if len(signs) != 1 or len(given) != 1:
        _forget(node, changed)
        return None
    sign, operand = signs[0].text, given[0]
    before = calculated(operand, value, changed)
    if sign in ("++", "--"):
        after = computed(sign[0], before, 1)
        _keep(operand, after, changed)
        return before if node.type == "postfix_expression" else after
    if sign == "!":
        truth = _truth(before)
        return None if truth is None else int(not truth)
    if isinstance(before, int):
        return -before if sign == "-" else before if sign == "+" else None
    return None


def _assigned(node: Node, value: Callable[[Node], Value], changed: dict[str, Value]) -> Number:
    left, sign, right = node.children[0], node.children[1].text, node.children[-1]
    return _set(left, sign[:-1], calculated(right, value, changed), value, changed)


def _set(
    target: Node, sign: str, given: Number, value: Callable[[Node], Value], changed: dict[str, Value]
) -> Number:
    if sign:
        given = computed(sign, calculated(target, value, changed), given)
    _keep(target, given, changed)
    return given


def _ternary(node: Node, value: Callable[[Node], Value], changed: dict[str, Value]) -> Number:
    given = [child for child in node.children if child.is_named]
    if len(given) != 3:
        _forget(node, changed)
        return None
    test = _truth(calculated(given[0], value, changed))
    if test is not None:
        return calculated(given[1 if test else 2], value, changed)
    one, other = calculated(given[1], value, dict(changed)), calculated(given[2], value, dict(changed))
    _forget(node, changed)
    return one if one == other else None


def as_value(number: Number, text: str, site: str) -> Value:
    """*number* as the text that the shell makes of it."""
    if isinstance(number, int):
        return Value.literal_of(str(number))
    return BADLY if number == NOT_ZERO else Value.hole(Kind.OUTPUT, text, site)


def _keep(target: Node, number: Number, changed: dict[str, Value]) -> None:
    name = target.text
    if name.isidentifier():
        changed[name] = as_value(number, f"{name} after a calculation", "")


_SETS = lazy_pattern(r"(\w+)\s*(?:\+\+|--|[-+*/%&|^]?=(?!=))|(?:\+\+|--)\s*(\w+)")


def _forget(node: Node, changed: dict[str, Value]) -> None:
    """What *node* may set is not known any more."""
    for one, other in _SETS.findall(node.text):
        changed[one or other] = Value.hole(Kind.OUTPUT, f"{one or other} after a calculation")
