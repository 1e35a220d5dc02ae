"""HCL as text: what is not HCL is refused with its line, and what stands on one line is told apart."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.tools.bake.json_syntax import read_json
from wholeship.tools.bake.syntax import (
    MOST_NESTED,
    FunctionCall,
    Items,
    Joined,
    Literal,
    Name,
    NotHcl,
    read_expression,
    read_hcl,
    read_template,
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = ", "a name is missing, line 1"),
        ('a = "x', "the end of a text is missing, line 1"),
        ('a = "x\ny"', "a line's end in a text, line 1"),
        ('b = 1\na = "\\q"', "an escape that HCL does not know, line 2"),
        ("a = <<EOT\nx\n", "the end of heredoc EOT is missing, line 2"),
        ('target "a" {\n', "'}' is missing, line 2"),
        ("a = 1\na = 2", "a is given twice, line 2"),
        ('a = "%{ if x }"', "%{ endif } is missing, line 1"),
        ('a = "%{ endif }"', "%{ endif } without its beginning, line 1"),
        ("a = {b = 1 c = 2}", "',' is missing, line 1"),
        ("a = [for x y : x]", "'in' is missing, line 1"),
    ],
)
def test_what_is_not_hcl_is_refused_with_its_line(text: str, message: str) -> None:
    """Every refusal says what is missing, and where."""
    with pytest.raises(NotHcl) as refused:
        read_hcl(text)
    assert str(refused.value) == message


def test_a_line_ends_an_expression_but_not_in_brackets() -> None:
    """A name on the next line is another attribute, unless a bracket is open."""
    body = read_hcl("a = b\nc = [\n  d\n  ,\n]\ne = f(\n  1,\n)\n")
    assert body.attributes == {
        "a": Name("b"),
        "c": Items((Name("d"),)),
        "e": FunctionCall("f", (Literal(Fraction(1)),)),
    }


def test_a_lone_interpolation_is_its_expression() -> None:
    """``"${x}"`` is x, whatever its type; with anything beside it, a text."""
    assert read_expression('"${x}"') == Name("x")
    assert read_expression('"${x} "') == Joined((Name("x"), Literal(" ")))
    assert read_template('say "${x}"') == Joined((Literal('say "'), Name("x"), Literal('"')))


@pytest.mark.parametrize("text", ["(" * (MOST_NESTED + 1), "!" * (MOST_NESTED + 1), "[" * 5000, '"${' * 100])
def test_deep_expressions_are_refused(text: str) -> None:
    """What is nested too deeply is refused before Python's stack ends."""
    with pytest.raises(NotHcl, match="nested too deeply"):
        read_expression(text)


@given(st.text(alphabet='ab"${}%~<>=[](),.!?:|&*+-\\\n EOT01#/', max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the readers fail in another way."""
    for read in (read_hcl, read_template, read_expression, read_json):
        line = 1
        try:
            read(text)
        except NotHcl as error:
            line = error.line
        assert 1 <= line <= text.count("\n") + 1


@pytest.mark.parametrize(
    "text",
    ["[]", '{"target": {}}', '{"target": 1}', '{"target": {"a": 1}}', "{", '{"a": NaN}', '{"a": "${"}'],
)
def test_what_is_no_bake_file_in_json_is_refused(text: str) -> None:
    """JSON that bake does not take is refused."""
    with pytest.raises(NotHcl):
        read_json(text)
