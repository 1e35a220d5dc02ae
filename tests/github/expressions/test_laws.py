"""Laws of evaluation, over random expressions."""

from __future__ import annotations

import copy
import json
import random
import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.github.expressions.grow import CONTEXTS, grow
from wholeship.github.expressions.evaluate import EvaluationError, evaluate_tree
from wholeship.github.expressions.parse import BadExpression, parse_expression
from wholeship.github.expressions.partial import Environment, Expression, when_true
from wholeship.github.expressions.partial import evaluate_partly as partly
from wholeship.github.expressions.symbolic import (
    Cases,
    Fields,
    Items,
    Symbol,
    Text,
    Truth,
    Unknown,
    lift,
    rendered,
)
from wholeship.github.expressions.tree import text_of
from wholeship.github.expressions.unknowns import About, Unknowns
from wholeship.github.expressions.values import to_text, truthy
from wholeship.logic.formula import FALSE, TRUE, Atom, const, rewrite
from wholeship.texts.template import Hole, Kind, Template

RESULTS = ("success", "failure", "cancelled", "skipped")
_TEXTS = ("", "a", "A", "true", "1", "refs/heads/main", "refs/tags/v1", "push", "it's", "Main", "x")
_ANY = (None, False, 0.0, "", "0", 1.0, 16.0, "a", "push", "true")


class World:
    """Some leaves of the contexts unknown, with a value each that they will turn out to have."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.unknowns = Unknowns()
        self.holes: dict[tuple[str, str], Any] = {}
        self.atoms: dict[object, bool] = {}
        self.concrete = copy.deepcopy(CONTEXTS)
        self.symbols: dict[str, Symbol] = {
            name: self.hide(value, name, self.concrete, name) for name, value in CONTEXTS.items()
        }

    def hide(self, value: Any, name: str, holder: Any, key: Any) -> Symbol:
        if isinstance(value, dict):
            entries = {k: self.hide(v, f"{name}.{k}", holder[key], k) for k, v in value.items()}
            return Fields(entries, name=name)
        if isinstance(value, list):
            return Items(tuple(self.hide(v, f"{name}.{i}", holder[key], i) for i, v in enumerate(value)))
        if self.chance.random() < 0.5:
            return lift(value)
        if name.endswith(".result"):
            return self.hide_result(name, holder, key)
        if isinstance(value, bool):
            return self.hide_truth(name, holder, key)
        hole = Hole.of(Kind.INPUT, name)
        if isinstance(value, str):
            holder[key] = self.chance.choice(_TEXTS)
            self.unknowns.know(hole, About(string=True))
        else:
            holder[key] = self.chance.choice(_ANY)
        self.holes[name, ""] = holder[key]
        return Text(Template((hole,))) if isinstance(value, str) else Unknown(hole)

    def hide_result(self, name: str, holder: Any, key: Any) -> Symbol:
        holder[key] = self.chance.choice(RESULTS)
        self.atoms |= {(name, result): result == holder[key] for result in RESULTS}
        return Cases(tuple((Atom((name, result)), result) for result in RESULTS))

    def hide_truth(self, name: str, holder: Any, key: Any) -> Symbol:
        holder[key] = self.chance.random() < 0.5
        self.atoms[name] = holder[key]
        return Truth(Atom(name), Hole.of(Kind.INPUT, name))

    def facts(self) -> dict[object, bool]:
        return {**self.atoms, **self.unknowns.answers(self.holes)}

    def decided(self, formula: Any) -> Any:
        facts = self.facts()
        return rewrite(formula, lambda atom: const(facts[atom.key]) if atom.key in facts else atom)


def _matches(template: Template, text: str, world: World) -> bool:
    """Whether *template* reads *text* when its holes are filled; holes made by functions may be anything."""
    pattern = ""
    for part in template.parts:
        if isinstance(part, str):
            pattern += re.escape(part)
        elif (part.name, part.site) in world.holes:
            pattern += re.escape(to_text(world.holes[part.name, part.site]))
        else:
            pattern += "(?s:.*)"
    return re.fullmatch(pattern, text) is not None


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**32))
def test_partial_agrees_with_full_under_every_assignment(seed: int) -> None:
    """What is known before the run holds in the run: conditions, texts, and the axioms about unknowns."""
    chance = random.Random(seed)
    world = World(chance)
    tree = grow(chance)
    symbol = partly(Expression.of(tree), Environment(world.symbols, world.unknowns))
    formula = when_true(symbol, world.unknowns)
    try:
        value = evaluate_tree(tree, world.concrete)
    except EvaluationError:
        return
    decided = world.decided(formula)
    if decided in (TRUE, FALSE):
        assert (decided == TRUE) is truthy(value), (text_of(tree), formula, value)
    assert any(_matches(each, to_text(value), world) for each in rendered(symbol).options), text_of(tree)
    assert not [axiom for axiom in world.unknowns.axioms() if world.decided(axiom) == FALSE]


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_partial_is_full_where_all_is_known(seed: int) -> None:
    """With every context known, nothing is left open, and the value is GitHub's."""
    tree = grow(random.Random(seed))
    scope = Environment({name: lift(value) for name, value in CONTEXTS.items()}, Unknowns())
    try:
        value = evaluate_tree(tree, CONTEXTS)
    except EvaluationError:
        return
    symbol = partly(Expression.of(tree), scope)
    assert rendered(symbol).literal == to_text(value)
    assert when_true(symbol, scope.unknowns) == const(truthy(value))


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32))
def test_printing_and_reading_again_changes_nothing(seed: int) -> None:
    """A tree printed and parsed is the same tree."""
    tree = grow(random.Random(seed))
    assert parse_expression(text_of(tree)) == tree


@settings(max_examples=500, deadline=None)
@given(st.text(alphabet="ab1.'\"()[]!=&|<>*,-+ \n\t{}$éı\0", max_size=40))
def test_the_parser_raises_nothing_but_its_own_error(text: str) -> None:
    """Any text is an expression or a BadExpression with a place inside the text."""
    offset = 0
    try:
        parse_expression(text)
    except BadExpression as error:
        offset = error.offset
    assert 0 <= offset <= len(text)


@pytest.mark.parametrize(
    "text", ["(" * 20000, "!" * 20000, "a." * 10000, "[" * 9000, "1 ||" * 5000, "a[" * 300]
)
def test_depth_and_length_are_limited(text: str) -> None:
    """Nesting and length beyond the limits are refused, not followed."""
    with pytest.raises(BadExpression):
        parse_expression(text)


def test_values_survive_json() -> None:
    """fromJSON(toJSON(x)) is x for what the contexts hold."""
    for value in CONTEXTS.values():
        text = evaluate_tree(parse_expression("toJSON(env)"), {"env": value})
        assert json.loads(text) == value
