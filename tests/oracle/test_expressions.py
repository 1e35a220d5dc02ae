"""The oracle's own reading of GitHub's expressions, held to what GitHub documents and people measured."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.expressions import ExpressionError, Scope, holds, interpolate, parse, text, value_of

CONTEXTS: dict[str, Any] = {
    "github": {"ref": "refs/heads/Main", "event": {"n": 3}},
    "needs": {"a": {"result": "success", "outputs": {"x": "1"}}, "b": {"result": "skipped", "outputs": {}}},
    "inputs": {"flag": True},
    "list": ["a", "b"],
}


def scope(*results: str) -> Scope:
    """A job whose ancestors came to *results*."""
    return Scope(
        CONTEXTS,
        {
            "success": lambda: all(entry == "success" for entry in results),
            "failure": lambda: "failure" in results,
            "cancelled": lambda: False,
            "always": lambda: True,
        },
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("'abc' == 'ABC'", True),
        ("null == ''", True),
        ("null == 'false'", False),
        ("'true' == true", False),
        ("'1' == true", True),
        ("!'false'", False),
        ("!fromJSON('[]')", False),
        ("inputs.flag == 'true'", False),
        ("github.event.missing.deeper", None),
        ("github['ref']", "refs/heads/Main"),
        ("GITHUB.REF", "refs/heads/Main"),
        ("true && '' || 'X'", "X"),
        ("'a' || 'b'", "a"),
        ("1 < 2 && '10' > 9", True),
        ("contains(github.ref, 'MAIN')", True),
        ("contains(list, 'B')", True),
        ("startsWith('refs/tags/Vfoo', 'refs/tags/v')", True),
        ("contains(needs.*.result, 'skipped')", True),
        ("join(needs.*.result)", "success,skipped"),
        ("format('{0}-{{{1}}}', 'a', 2)", "a-{2}"),
        ("fromJSON('{\"a\": [1, 2]}').a[1]", 2),
        ("case(false, 'a', true, 'b', 'c')", "b"),
        ("'it''s'", "it's"),
        ("0x1F", 31),
        ("-0 == false", True),
    ],
)
def test_a_value(source: str, expected: Any) -> None:
    """Texts are compared ignoring case, unlike kinds as numbers; what is missing is null."""
    assert value_of(parse(source), scope()) == expected


@pytest.mark.parametrize(
    "source", ["True", "fromJSON('')", 'a == "b"', "1 +", "nothing()", "case('x', 1, 2)"]
)
def test_a_mistake(source: str) -> None:
    """What GitHub refuses is an error here too."""
    with pytest.raises(ExpressionError):
        value_of(parse(source), scope())


@pytest.mark.parametrize(
    ("condition", "results", "expected"),
    [
        (None, ("success",), True),
        (None, ("success", "skipped"), False),
        ("github.event.n == 3", ("failure",), False),
        ("always() && github.event.n == 3", ("failure",), True),
        ("(false && always()) || github.event.n == 3", ("failure",), True),
        ("'always()' != ''", ("failure",), False),
        ("${{ false }} == true", ("success",), True),
        ("${{ false }}", ("success",), False),
        ("${{ !failure() }}", ("skipped",), True),
        (False, ("success",), False),
        ("'false'", ("success",), True),
    ],
)
def test_a_condition(condition: Any, results: tuple[str, ...], expected: bool) -> None:
    """A condition without a status function also asks ``success()``; text around ``${{ }}`` makes it true."""
    assert holds(condition, scope(*results)) is expected


def test_a_text_with_expressions() -> None:
    """A lone expression keeps its kind; among text it is printed."""
    assert interpolate("${{ inputs.flag }}", scope()) is True
    assert interpolate("a-${{ inputs.flag }}-${{ '}}' }}", scope()) == "a-true-}}"


@pytest.mark.parametrize(
    ("value", "expected"), [(None, ""), (True, "true"), (3.0, "3"), (0.5, "0.5"), ([1], "Array")]
)
def test_printed(value: Any, expected: str) -> None:
    """Null is nothing, booleans are words, numbers have no needless digits."""
    assert text(value) == expected
