"""``[ … ]``, ``[[ … ]]`` and ``test``: true, false, or not known."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from wholeship.core.patterns import lazy_pattern
from wholeship.shell.arithmetic import compare_numbers, number_of
from wholeship.shell.statuses import is_filled, is_not_zero, least_length
from wholeship.texts.template import Template, Value

if TYPE_CHECKING:
    from wholeship.shell.nodes import Node

NUMERIC = {"-eq": "==", "-ne": "!=", "-lt": "<", "-gt": ">", "-le": "<=", "-ge": ">="}
"""The comparisons of numbers, as arithmetic spells them."""


Left = Callable[[str, Template], "bool | None"]
"""What ``-f`` and its like answer of a file."""


def _nobody_knows(_sign: str, _path: Template) -> bool | None:
    return None


def decide_test(node: Node, value: Callable[[Node], Value], is_left: Left = _nobody_knows) -> bool | None:
    """The answer of a test; None when it depends on what is not known."""
    if node.type == "test_command" and node.children[0].type == "((":
        return None
    parts = list(_parts(node))[1:-1]
    test = _Test(parts, value, is_left)
    answer = test.any_of()
    return answer if test.at == len(parts) else None


_SIGNS = frozenset(("=", "==", "!=", "=~", "<", ">"))
_FLAT = frozenset(
    (
        "test_command",
        "binary_expression",
        "unary_expression",
        "negated_expression",
        "parenthesized_expression",
    )
)


def _parts(node: Node) -> Iterator[Node]:
    """The words and signs of a test in their order: what binds them the grammar takes to be otherwise.

    To it ``! a = b`` is ``(! a) = b``, and ``-n a -a b = c`` is ``-n (a -a b) = c``.
    """
    for child in node.children:
        if child.type in _FLAT:
            yield from _parts(child)
        else:
            yield child


class _Test:
    """Reads a test from the left: ``||`` and ``-o`` last, then ``&&`` and ``-a``, then ``!``."""

    def __init__(self, parts: Sequence[Node], value: Callable[[Node], Value], is_left: Left) -> None:
        self.parts, self.value, self.is_left, self.at = parts, value, is_left, 0

    def _sign(self, ahead: int = 0) -> str:
        """The next part where it is a sign; empty where it is a word, or there is none."""
        at = self.at + ahead
        if at >= len(self.parts):
            return ""
        part = self.parts[at]
        return part.text if part.type == "test_operator" or not part.is_named else ""

    def any_of(self) -> bool | None:
        """``a || b``."""
        answer = self._all_of()
        while self._sign() in ("||", "-o"):
            self.at += 1
            answer = _not(_both(_not(answer), _not(self._all_of())))
        return answer

    def _all_of(self) -> bool | None:
        answer = self._one()
        while self._sign() in ("&&", "-a"):
            self.at += 1
            answer = _both(answer, self._one())
        return answer

    def _one(self) -> bool | None:
        sign = self._sign()
        if sign == "!":
            self.at += 1
            return _not(self._one())
        if sign == "(":
            self.at += 1
            answer = self.any_of()
            if self._sign() != ")":
                self.at = len(self.parts) + 1  # nothing is known of a test that could not be read
            self.at += 1
            return answer
        return self._primary(sign)

    def _primary(self, sign: str) -> bool | None:
        if self.at >= len(self.parts):
            self.at += 1
            return None
        following = self._sign(1)
        if following in _SIGNS or following in NUMERIC or following in _FILES:
            left, right = self.parts[self.at], _in_one_word(self.parts[self.at + 2 :])
            self.at += 2 + max(len(right), 1)
            if len(right) > 1:
                return _spelled(left, following, right, self.value)
            return _binary(left, following, right[0], self.value) if right else None
        if sign:
            operand = self.parts[self.at + 1 : self.at + 2]
            self.at += 2
            if not operand or sign in ("-n", "-z"):
                return _emptiness(sign, self.value(operand[0])) if operand else None
            path = self.value(operand[0]).only
            return self.is_left(sign, path) if path is not None else None
        self.at += 1
        return _truth(self.value(self.parts[self.at - 1]))


_FILES = frozenset(("-ef", "-nt", "-ot"))


def _in_one_word(parts: Sequence[Node]) -> Sequence[Node]:
    """The first of *parts* with those that touch it: the grammar takes ``*"a"*`` apart."""
    count = min(len(parts), 1)
    while 0 < count < len(parts) and parts[count - 1].end_byte == parts[count].start_byte:
        count += 1
    return parts[:count]


def _spelled(left: Node, sign: str, pieces: Sequence[Node], value: Callable[[Node], Value]) -> bool | None:
    """``[[ a == *"b"* ]]``: what is quoted stands for itself."""
    if sign not in ("=", "==", "!="):
        return None
    pattern = ""
    for piece in pieces:
        text = value(piece).literal
        quoted = piece.type in ("string", "raw_string")
        if text is None or (quoted and (_GLOB | _EXTENDED) & set(text)):
            return None
        pattern += text
    return _compared(value(left), sign, Value.literal_of(pattern), glob=True)


def plain_test(words: Sequence[Template], is_left: Left = _nobody_knows) -> bool | None:
    """``test a = b`` and its like, given the words after ``test``."""
    literals = [word.literal for word in words]
    if literals and literals[0] == "!":
        answer = plain_test(words[1:], is_left)
        return None if answer is None else not answer
    if len(words) == 2 and literals[0] in ("-n", "-z"):
        return _emptiness(literals[0] or "", Value.of(words[1]))
    if len(words) == 2 and literals[0]:
        return is_left(literals[0], words[1])
    if len(words) == 3 and literals[1] in NUMERIC:
        return _numbers(Value.of(words[0]), literals[1] or "", Value.of(words[2]))
    if len(words) == 3 and literals[1] in ("=", "==", "!="):
        return _compared(Value.of(words[0]), literals[1] or "", Value.of(words[2]), glob=False)
    return None


def _emptiness(operator: str, value: Value) -> bool | None:
    filled = _truth(value)
    return filled if operator == "-n" or filled is None else not filled


def _truth(value: Value) -> bool | None:
    """Whether the text is not empty; text with a literal part never is."""
    answers = {_filled(option) for option in value.options}
    return answers.pop() if len(answers) == 1 else None


def _filled(option: Template) -> bool | None:
    if option.literal is not None:
        return option.literal != ""
    return True if is_filled(option) else None


def _binary(left: Node, sign: str, right: Node, value: Callable[[Node], Value]) -> bool | None:
    if sign in ("=", "==", "!="):
        return _compared(value(left), sign, value(right), glob=right.type not in ("string", "raw_string"))
    if sign in NUMERIC:
        return _numbers(value(left), sign, value(right))
    if sign != "=~":
        return None
    pattern = _expression(right, value)
    answers = {_searched(each, pattern) for each in value(left).options} if pattern is not None else set()
    return answers.pop() if len(answers) == 1 else None


def _expression(node: Node, value: Callable[[Node], Value]) -> str | None:
    """The regular expression on the right of ``=~``: what is quoted stands for itself."""
    text = node.text
    if node.type in ("string", "raw_string"):
        literal = value(node).literal
        return None if literal is None else re.escape(literal)
    if node.type in ("simple_expansion", "expansion"):
        return value(node).literal
    return None if _EXPANDED.search(text) else text


_EXPANDED = lazy_pattern(r"[$][\w{(]|[`'\"]")
_OTHERWISE = lazy_pattern(r"\\[A-Za-z0-9]|\(\?|[*+?}][*+?]|\[[^]]*\\|\[\[[.=]|\{(?!\d+(?:,\d*)?\})|\[\^?\]")
"""What Python reads otherwise than the shell does."""
_CLASSES = {
    "alpha": "a-zA-Z",
    "digit": "0-9",
    "alnum": "a-zA-Z0-9",
    "lower": "a-z",
    "upper": "A-Z",
    "space": r"\s",
}


def _searched(text: Template, pattern: str) -> bool | None:
    """``=~``: of a text that is known in part, its beginning can rule the expression out."""
    known = text.literal
    if known is None:
        return _searched_head(text, pattern)
    for name, signs in _CLASSES.items():
        pattern = pattern.replace(f"[:{name}:]", signs)
    if _OTHERWISE.search(pattern) or "[:" in pattern or "\n" in known:
        return None
    try:
        return re.search(pattern, known) is not None
    except re.error:
        return None


def _searched_head(text: Template, pattern: str) -> bool | None:
    found = re.match(r"\^((?:[\w/-](?![*?{]))+)", pattern)
    if found is None or "|" in pattern:
        return None
    return False if _ruled_out(text.head, found[1]) else None


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
    if not glob and text is not None and len(text) < least_length(other):
        return False
    return matches_pattern(one, other, glob=glob)


def matches_pattern(text: Template, pattern: Template, *, glob: bool) -> bool | None:
    """Whether *text* is what *pattern* says; with *glob* as ``case`` and the right of ``[[ = ]]`` read it.

    Of a text that is known in part, the beginning and the end can rule a pattern out: ``refs/tags/…`` is
    never ``refs/heads/*``.
    """
    signs = glob and bool(_GLOB & set("".join(part for part in pattern.parts if isinstance(part, str))))
    known, wanted = text.literal, pattern.literal
    if is_not_zero(text) and wanted == "0":
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
        return False if wanted is not None and least_length(text) > len(wanted) else None
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
