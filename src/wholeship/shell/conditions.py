"""``[ … ]``, ``[[ … ]]`` and ``test``: true, false, or not known."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wholeship.shell.arithmetic import compared, number_of
from wholeship.shell.statuses import is_not_zero
from wholeship.shell.syntax import text_of
from wholeship.texts.template import Template, Value

if TYPE_CHECKING:
    from tree_sitter import Node

NUMERIC = {"-eq": "==", "-ne": "!=", "-lt": "<", "-gt": ">", "-le": "<=", "-ge": ">="}
"""The comparisons of numbers, as arithmetic spells them."""


def decide(node: Node, value: Callable[[Node], Value]) -> bool | None:
    """The answer of a test; None when it depends on what is not known."""
    inner = [
        child for child in node.children if child.type not in ("[", "]", "[[", "]]", "(", ")", "((", "))")
    ]
    if node.type == "test_command" and node.children[0].type == "((":
        return None
    match node.type:
        case "test_command" | "parenthesized_expression":
            return decide(inner[0], value) if len(inner) == 1 else None
        case "negated_expression" | "unary_expression":
            return _unary(node, value)
        case "binary_expression":
            return _binary(node, value)
        case _:
            return _truth(value(node))


def plain_test(words: Sequence[Template]) -> bool | None:
    """``test a = b`` and its like, given the words after ``test``."""
    literals = [word.literal for word in words]
    if literals and literals[0] == "!":
        answer = plain_test(words[1:])
        return None if answer is None else not answer
    if len(words) == 2 and literals[0] in ("-n", "-z"):
        return _emptiness(literals[0] or "", Value.of(words[1]))
    if len(words) == 3 and literals[1] in NUMERIC:
        return _numbers(Value.of(words[0]), literals[1] or "", Value.of(words[2]))
    if len(words) == 3 and literals[1] in ("=", "==", "!="):
        return _compared(Value.of(words[0]), literals[1] or "", Value.of(words[2]), glob=False)
    return None


def _unary(node: Node, value: Callable[[Node], Value]) -> bool | None:
    operator, operand = text_of(node.children[0]), node.children[-1]
    if operator == "!":
        answer = decide(operand, value)
        return None if answer is None else not answer
    return _emptiness(operator, value(operand)) if operator in ("-n", "-z") else None


def _emptiness(operator: str, value: Value) -> bool | None:
    filled = _truth(value)
    return filled if operator == "-n" or filled is None else not filled


def _truth(value: Value) -> bool | None:
    """Whether the text is not empty; text with a literal part never is."""
    answers = {_filled(option) for option in value.options}
    return answers.pop() if len(answers) == 1 else None


def _filled(option: Template) -> bool | None:
    if is_not_zero(option):
        return True
    if option.literal is not None:
        return option.literal != ""
    return True if any(isinstance(part, str) for part in option.parts) else None


def _binary(node: Node, value: Callable[[Node], Value]) -> bool | None:
    if len(node.children) < 3:
        return None
    left, operator, right = node.children[0], text_of(node.children[1]), node.children[2]
    if operator in ("&&", "-a"):
        return _both(decide(left, value), decide(right, value))
    if operator in ("||", "-o"):
        answer = _both(_not(decide(left, value)), _not(decide(right, value)))
        return _not(answer)
    if operator in ("=", "==", "!="):
        return _compared(value(left), operator, value(right), glob=right.type != "string")
    if operator in NUMERIC:
        return _numbers(value(left), operator, value(right))
    if operator == "=~" and text_of(right).startswith("^refs/"):
        head = text_of(right)[1:].rstrip("*+.(")
        text = value(left).literal
        return False if text is not None and not text.startswith(head[:10]) else None
    return None


def _not(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return True if one and other else None


def _compared(left: Value, operator: str, right: Value, *, glob: bool) -> bool | None:
    answers = {_equal(one, other, glob) for one in left.options for other in right.options}
    equal = answers.pop() if len(answers) == 1 else None
    return _not(equal) if operator == "!=" else equal


def _numbers(left: Value, operator: str, right: Value) -> bool | None:
    sign = NUMERIC[operator]
    if any(option.literal == "" for option in (*left.options, *right.options)):
        return None  # an error to ``[``, 0 to ``[[``
    answers = {
        compared(sign, number_of(one), number_of(other)) for one in left.options for other in right.options
    }
    return answers.pop() if len(answers) == 1 else None


def _equal(one: Template, other: Template, glob: bool) -> bool | None:
    text, pattern = one.literal, other.literal
    if (is_not_zero(one) and pattern == "0") or (is_not_zero(other) and text == "0"):
        return False
    if (is_not_zero(one) and pattern == "") or (is_not_zero(other) and text == ""):
        return False
    if text is None or pattern is None:
        return None
    if glob and any(char in pattern for char in "*?["):
        return fnmatch.fnmatchcase(text, pattern)
    return text == pattern
