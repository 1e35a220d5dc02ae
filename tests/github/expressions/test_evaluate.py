"""Values, coercions and functions, row by row."""

from __future__ import annotations

import math
from typing import Any

import pytest

from wholeship.github.expressions.evaluate import EvaluationError, evaluate_tree
from wholeship.github.expressions.parse import BadExpression, parse_expression
from wholeship.github.expressions.values import number_text

CONTEXTS: dict[str, Any] = {
    "github": {"ref": "refs/heads/main", "Event": {"labels": [{"name": "a"}, {"id": 1.0}, "x"]}},
    "needs": {"a": {"result": "success"}, "b": {"result": "skipped"}},
    "inputs": {"flag": True, "no": None},
}


def value(text: str) -> Any:
    """The value of *text*."""
    return evaluate_tree(parse_expression(text), CONTEXTS, {"success": lambda: True, "always": lambda: True})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("'abc' == 'ABC'", True), ("null == ''", True), ("null == 0", True), ("null == false", True),
        ("null == 'false'", False), ("'true' == true", False), ("'1' == true", True), ("' 1 ' == 1", True),
        ("'0x10' == 16", True), ("'0o17' == 15", True), ("'abc' == 0", False), ("NaN == NaN", False),
        ("fromJSON('[]') == fromJSON('[]')", False), ("github == github", True), ("'' == 0", True),
        ("inputs.missing == false", True), ("inputs.flag == 'true'", False), ("true == 1", True),
        ("'b' > 'A'", True), ("'10' < '9'", True), ("10 < '9'", False), ("true > false", True),
        ("null >= 0", True), ("null < null", False), ("null <= null", True), ("'a' < 1", False),
        ("'\u0969' == 3", False),
    ],
)  # fmt: skip
def test_comparisons(text: str, wanted: bool) -> None:
    """Strings are compared without case; values of different kinds as numbers."""
    assert value(text) is wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("true && '' || 'X'", "X"), ("'a' && 'b'", "b"), ("0 || null", None), ("'' && 'b'", ""),
        ("false || 'x' || 'y'", "x"), ("!''", True), ("!'false'", False), ("!fromJSON('[]')", False),
        ("!0 && 1", 1.0), ("1 == 1 && 2 || 3", 2.0), ("!true == false", True), ("1 < 2 == true", True),
    ],
)  # fmt: skip
def test_operators_return_operands(text: str, wanted: Any) -> None:
    """``&&`` gives the first operand that is false or the last one, ``||`` the first that is true."""
    assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("GITHUB.REF", "refs/heads/main"), ("github['ReF']", "refs/heads/main"), ("github.event.x.y", None),
        ("github.event.labels.*.name", ["a"]), ("needs.*.result", ["success", "skipped"]),
        ("github.ref.*", []), ("github.event.labels[1].id", 1.0), ("github.event.labels[9]", None),
        ("github.event.labels['1'].id", 1.0), ("github.event.labels[-1]", None), ("'a'.b == null", None),
    ],
)  # fmt: skip
def test_properties(text: str, wanted: Any) -> None:
    """Names are found whatever their case; what is not there is null; ``.*`` filters."""
    if text.startswith("'a'"):
        with pytest.raises(BadExpression):
            value(text)
        return
    assert value(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("contains('Hello', 'ELL')", True), ("contains(fromJSON('[1, \"A\"]'), 'a')", True),
        ("contains(fromJSON('[1]'), '1')", True), ("contains(github, 'ref')", False),
        ("contains('', null)", True),
        ("contains(needs.*.result, 'skipped')", True), ("startsWith('refs/tags/Vfoo', 'REFS/TAGS/v')", True),
        ("endsWith('app.YML', '.yml')", True), ("format('{0}-{1}-{{0}}', 1.50, true)", "1.5-true-{0}"),
        ("join(needs.*.result)", "success,skipped"), ("join('a', '-')", "a"), ("join(github)", ""),
        ("join(fromJSON('[1,null,true]'), ' ')", "1  true"), ("fromJSON('{\"a\": 1, \"A\": 2}').a", 2.0),
        ("toJSON('é\"')", '"é\\""'), ("toJSON(fromJSON('[1]'))", "[\n  1\n]"), ("toJSON(null)", "null"),
        ("case(false, 1, true, 2, 3)", 2.0), ("case(false, fromJSON(''), 3)", 3.0), ("hashFiles('x')", ""),
    ],
)  # fmt: skip
def test_functions(text: str, wanted: Any) -> None:
    """The functions of the language, ``case`` lazily."""
    assert value(text) == wanted


@pytest.mark.parametrize(
    "text",
    ["fromJSON('')", "fromJSON('{')", "format('{0')", "format('{1}', 1)", "case('a', 1, 2)", "format('}')"],
)
def test_errors_in_a_run(text: str) -> None:
    """What GitHub cannot evaluate is an error, not a value."""
    with pytest.raises(EvaluationError):
        value(text)


@pytest.mark.parametrize(
    ("text", "offset"),
    [
        ("True", 0), ("off", 0), ('"a"', 0), ("a ==", 0), ("1 +", 2), ("github.", 7), ("github..x", 7),
        ("contains('a')", 0), ("nope()", 0), ("'a", 0), ("github.ref ==", 13), ("(1", 2), ("1 2", 2),
        ("case(true, 1)", 0), ("github.ref = 'x'", 11), ("format()", 0), ("a && b", 0), ("1 & 2", 2),
    ],
)  # fmt: skip
def test_mistakes_have_a_place(text: str, offset: int) -> None:
    """What is no expression is refused, with the character where it goes wrong."""
    with pytest.raises(BadExpression) as caught:
        parse_expression(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("number", "wanted"),
    [
        (0.1 + 0.2, "0.3"), (3.10, "3.1"), (-0.0, "0"), (1e15, "1E+15"),
        (123456789012345.0, "123456789012345"),
        (1e-5, "0.00001"), (1.5e-7, "1.5E-07"), (math.inf, "Infinity"), (math.nan, "NaN"), (100.0, "100"),
    ],
)  # fmt: skip
def test_numbers_as_text(number: float, wanted: str) -> None:
    """Numbers print with up to fifteen digits, as .NET's G15 does."""
    assert number_text(number) == wanted
