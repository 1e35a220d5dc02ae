"""``[ … ]``, ``[[ … ]]`` and ``test``: true, false, or not known."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from wholeship.shell.arithmetic import compare_numbers, number_of
from wholeship.shell.statuses import is_not_zero
from wholeship.shell.syntax import text_of
from wholeship.texts.template import Template, Value

if TYPE_CHECKING:
    from tree_sitter import Node

NUMERIC = {"-eq": "==", "-ne": "!=", "-lt": "<", "-gt": ">", "-le": "<=", "-ge": ">="}
"""The comparisons of numbers, as arithmetic spells them."""


def decide_test(node: Node, value: Callable[[Node], Value]) -> bool | None:
    """The answer of a test; None when it depends on what is not known."""
    inner = [
        child for child in node.children if child.type not in ("[", "]", "[[", "]]", "(", ")", "((", "))")
    ]
    if node.type == "test_command" and node.children[0].type == "((":
        return None
    match node.type:
        case "test_command" | "parenthesized_expression":
            return decide_test(inner[0], value) if len(inner) == 1 else None
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
        answer = decide_test(operand, value)
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
        return _both(decide_test(left, value), decide_test(right, value))
    if operator in ("||", "-o"):
        answer = _both(_not(decide_test(left, value)), _not(decide_test(right, value)))
        return _not(answer)
    if operator in ("=", "==", "!="):
        return _compared(value(left), operator, value(right), glob=right.type != "string")
    if operator in NUMERIC:
        return _numbers(value(left), operator, value(right))
    return _searched(value(left), text_of(right)) if operator == "=~" else None


def _searched(left: Value, pattern: str) -> bool | None:
    """``=~``: false where the text begins otherwise than the expression asks; else not known."""
    found = re.match(r"\^((?:[\w/-](?![*?{]))+)", pattern)
    if found is None or "|" in pattern:
        return None
    return False if all(_ruled_out_head(each, found[1]) for each in left.options) else None


def _ruled_out_head(text: Template, wanted: str) -> bool:
    if text.literal is not None:
        return not text.literal.startswith(wanted)
    return _ruled_out(text.head, wanted)


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
        compare_numbers(sign, number_of(one), number_of(other))
        for one in left.options
        for other in right.options
    }
    return answers.pop() if len(answers) == 1 else None


def _equal(one: Template, other: Template, glob: bool) -> bool | None:
    text = one.literal
    if is_not_zero(other) and text in ("0", ""):
        return False
    return matches_pattern(one, other, glob=glob)


def matches_pattern(text: Template, pattern: Template, *, glob: bool) -> bool | None:
    """Whether *text* is what *pattern* says; with *glob* as ``case`` and the right of ``[[ = ]]`` read it.

    Of a text that is known in part, the beginning and the end can rule a pattern out: ``refs/tags/…`` is
    never ``refs/heads/*``.
    """
    signs = glob and bool(_GLOB & set("".join(part for part in pattern.parts if isinstance(part, str))))
    known, wanted = text.literal, pattern.literal
    if is_not_zero(text) and wanted in ("0", ""):
        return False
    if known is not None and wanted is not None:
        if not signs:
            return known == wanted
        return None if set(wanted) & _EXTENDED else fnmatch.fnmatchcase(known, wanted.replace("[^", "[!"))
    if glob and wanted is None:
        return None  # what the hole holds can be a pattern
    if _ruled_out(text.head, _plain(pattern.head, signs)):
        return False
    if _ruled_out(text.tail[::-1], _plain(pattern.tail, signs, last=True)[::-1]):
        return False
    if wanted is None or not signs:
        return False if wanted is not None and len(text.head) + len(text.tail) > len(wanted) else None
    any_end = wanted.endswith("*") and not set(wanted[:-1]) & _GLOB
    return True if any_end and text.head.startswith(wanted[:-1]) else None


_GLOB = frozenset("*?[\\(")
_EXTENDED = frozenset("(\\")
"""What is not read in a pattern: ``@(a|b)``, and what a backslash makes plain."""


def _plain(text: str, signs: bool, *, last: bool = False) -> str:
    """The part of a pattern's beginning (with *last*, of its end) that stands for itself."""
    if not signs:
        return text
    cuts = [at for at, char in enumerate(text) if char in _GLOB or (last and char in "])")]
    if not cuts:
        return text
    return text[max(cuts) + 1 :] if last else text[: min(cuts)]


def _ruled_out(one: str, other: str) -> bool:
    """Whether two texts that begin so can not be the same."""
    return not one.startswith(other) and not other.startswith(one)
