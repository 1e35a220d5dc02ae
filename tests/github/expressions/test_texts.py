"""Texts with expressions in them, and the syntax of ``if``."""

from __future__ import annotations

import pytest

from wholeship.core.place import Place
from wholeship.core.yamls import Scalar, core_value
from wholeship.github.expressions.parse import BadExpression
from wholeship.github.expressions.partial import Environment, evaluate_partly, expression
from wholeship.github.expressions.symbolic import Fields, Text, Truth, rendered, unknown_text
from wholeship.github.expressions.texts import Inserted, condition_of, parts_of, text_symbol
from wholeship.github.expressions.unknowns import Unknowns
from wholeship.logic.formula import FALSE, TRUE, Atom, Formula, conj, disj, neg
from wholeship.pipeline.run import Data, Function, Status
from wholeship.texts.template import Hole, Kind, Template

SUCCESS, FAILURE = Atom(Status(Function.SUCCESS)), Atom(Status(Function.FAILURE))
DRY = Atom(Data("inputs.dry"))
HOLE = Hole.of(Kind.COMMIT, "github.sha")


def scope() -> Environment:
    """A scope with one input that is not known."""
    dry = Truth(DRY, Hole.of(Kind.INPUT, "inputs.dry"))
    status = {
        "success": Truth(SUCCESS, Hole("success()", frozenset({Kind.EVENT}))),
        "failure": Truth(FAILURE, Hole("failure()", frozenset({Kind.EVENT}))),
    }
    contexts = {
        "inputs": Fields({"dry": dry, "tag": unknown_text(Kind.INPUT, "inputs.tag")}),
        "github": Fields({"event_name": "push"}),
    }
    return Environment(contexts, Unknowns(), status)


def when(text: str, *, block: bool = False) -> Formula:
    """When ``if: text`` holds."""
    value = text if block else core_value(text)
    node = Scalar(Place("f", 1, 1), text, value, "|" if block else "")
    return condition_of(node, scope(), SUCCESS).formula


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", SUCCESS), ("  ", SUCCESS), ("inputs.dry", conj((SUCCESS, DRY))),
        ("${{ inputs.dry }}", conj((SUCCESS, DRY))), ("!inputs.dry", conj((SUCCESS, neg(DRY)))),
        ("always()", TRUE), ("ALWAYS() && inputs.dry", DRY), ("!success()", neg(SUCCESS)),
        ("(false && always()) || inputs.dry", DRY), ("'always()' == inputs.dry", FALSE),
        ("failure() || github.event_name == 'push'", TRUE), ("contains('x', success())", FALSE),
        ("github.event_name == 'PUSH'", SUCCESS), ("false", FALSE), ("0", FALSE), ("${{ false }}", FALSE),
        ("${{ 'false' }}", FALSE), ("${{ '0' }}", FALSE), ("true", SUCCESS),
        ("${{ false }} == true", SUCCESS), ("${{ inputs.dry }} && inputs.dry", SUCCESS),
        ("${{ inputs.dry }}${{ inputs.dry }}", SUCCESS), ("${{ failure() }} || x", TRUE),
    ],
)  # fmt: skip
def test_conditions(text: str, wanted: Formula) -> None:
    """The implicit success() goes by the tree; ``${{ }}`` with more around it always holds."""
    assert when(text) == wanted


def test_white_space_after_an_expression_is_read_both_ways() -> None:
    """``if: |`` with ``${{ }}`` and a final newline may be the value or an always-true text."""
    found = when("${{ inputs.dry }}\n", block=True)
    unsure = Atom(Data("white space after ${{ }} makes the condition a text"))
    assert found == disj((conj((SUCCESS, DRY)), conj((SUCCESS, unsure))))
    assert when("inputs.dry\n", block=True) == conj((SUCCESS, DRY))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"), ("v${{ inputs.tag }}", "v{inputs.tag}"), ("${{ inputs.dry }}", "{inputs.dry}"),
        ("${{ inputs.dry && 'a' || 'b' }}-x", "a-x | b-x"), ("${{ github.event_name }}!", "push!"),
        ("${{ github.missing }}", ""), ("a ${{ '}}' }} b", "a }} b"), ("${{ format('{0}', 1.0) }}", "1"),
        ("${{ inputs.tag || 'latest' }}", "{inputs.tag} | latest"), ("${{ !inputs.dry }}", "{!inputs.dry}"),
    ],
)  # fmt: skip
def test_texts(text: str, wanted: str) -> None:
    """Known parts are put in, unknown ones are holes, and conditions make readings."""
    assert str(rendered(text_symbol(text, scope()))) == wanted


def test_parts_keep_their_offsets() -> None:
    """Each expression knows where in the text it stands."""
    parts = parts_of("a${{ github.ref }}b")
    assert [part.offset if isinstance(part, Inserted) else part for part in parts] == ["a", 5, "b"]


@pytest.mark.parametrize(
    ("text", "offset"), [("a${{ x", 1), ("${{ }}", 3), ("${{ 1 + }}", 6), ("${{ '}}", 0)]
)
def test_broken_insertions_have_a_place(text: str, offset: int) -> None:
    """What is wrong inside ``${{ }}`` is found where it stands in the whole text."""
    with pytest.raises(BadExpression) as caught:
        parts_of(text)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    ("parts", "asked", "wanted"),
    [
        (('{"tags":["r/a:', HOLE, '","r/a:latest"]}'), ".tags[0]", "r/a:{github.sha}"),
        (('{"tags":["r/a:', HOLE, '","r/a:latest"]}'), ".tags[1]", "r/a:latest"),
        (('["x', HOLE, '-', HOLE, '"]'), "[0]", "x{github.sha}-{github.sha}"),
        (('{"a":1,"b":"', HOLE, '"}'), ".a", "1"),
        # Not in a string, as a name, or not JSON: nothing is said of its parts.
        (('{"a":', HOLE, '}'), ".a", "{fromJSON('{\"a\":{github.sha}}').a}"),
        (('{"', HOLE, '":1}'), ".a", "{fromJSON('{\"{github.sha}\":1}').a}"),
    ],
)  # fmt: skip
def test_json_that_is_partly_known(parts: tuple[str | Hole, ...], asked: str, wanted: str) -> None:
    """JSON whose strings have holes has the structure that is written; a hole elsewhere leaves it open."""
    environment = Environment({"needs": Fields({"json": Text(Template.of(*parts))})}, Unknowns())
    found = evaluate_partly(expression(f"fromJSON(needs.json){asked}"), environment)
    assert str(rendered(found)) == wanted
