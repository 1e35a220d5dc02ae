"""Matrices, expanded as GitHub does."""

from __future__ import annotations

import pytest

from wholeship.core.yamls import read_yaml
from wholeship.github.expressions.partial import Environment
from wholeship.github.expressions.symbolic import Fields, Text, rendered, unknown_text
from wholeship.github.expressions.unknowns import Unknowns
from wholeship.github.reading.matrix import Expansion, expand
from wholeship.github.reading.scope import Scope
from wholeship.texts.template import Kind

LIST: Text = unknown_text(Kind.OUTPUT, "list")


def expanded(text: str) -> Expansion:
    """The matrix in *text*."""
    node = read_yaml(text, "f.yml")
    assert node is not None
    environment = Environment({"inputs": Fields({"list": LIST, "known": "[1, 2]"})}, Unknowns())
    return expand(node, Scope(environment), "job")


def legs(text: str) -> list[dict[str, str]]:
    """The values of each leg."""
    return [
        {key: str(rendered(value)) for key, value in each.matrix.entries.items()}
        for each in expanded(text).combinations
    ]


def test_the_example_of_the_documentation() -> None:
    """GitHub docs, "Running variations of jobs": includes extend, overwrite extras, or stand alone."""
    found = legs(
        "fruit: [apple, pear]\nanimal: [cat, dog]\ninclude:\n"
        "- color: green\n- {color: pink, animal: cat}\n- {fruit: apple, shape: circle}\n"
        "- fruit: banana\n- {fruit: banana, animal: cat}\n"
    )
    assert found == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_exclude_comes_first_and_compares_loosely() -> None:
    """A partial match on any case and kind removes; what is left is extended."""
    excluded = "exclude:\n- {os: LINUX, n: '1'}\n- os: windows\n"
    text = f"os: [Linux, windows]\nn: [1, 2]\n{excluded}include:\n- {{os: windows}}"
    assert legs(text) == [{"os": "Linux", "n": "2"}, {"os": "windows"}]


def test_objects_are_compared_leaf_by_leaf() -> None:
    """An object in a vector is one value; an include fits when its leaves agree."""
    text = "p: [{a: 1, b: x}, {a: 2}]\ninclude:\n- {p: {a: 1}, extra: y}"
    found = expanded(text).combinations
    assert [each.name for each in found] == ["1, x", "2"]
    assert [str(rendered(each.matrix.get("extra"))) for each in found] == ["y", ""]


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        ("os: []", "an empty list in a matrix"),
        ("{}", "a matrix without values"),
        ("os: [a]\nexclude: [{arch: b}]", "an exclude of arch, which is no key of the matrix"),
        (f"a: [{', '.join('x' * 40)}]\nb: [{', '.join('y' * 40)}]", "a matrix of more than 256 combinations"),
    ],
)
def test_what_github_refuses(text: str, mistake: str) -> None:
    """A matrix that fails its job is a mistake, not an empty one."""
    assert expanded(text).mistake == mistake


def test_all_excluded_may_be_empty() -> None:
    """Everything excluded leaves no leg."""
    assert expanded("os: [a]\nexclude: [{os: a}]") == Expansion((), may_be_empty=True)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("${{ fromJSON(inputs.list) }}", ["…"]),
        ("os: ${{ fromJSON(inputs.list) }}\narch: [a, b]", ["a, …", "b, …"]),
        ("os: [a]\ninclude: ${{ fromJSON(inputs.list) }}", ["…"]),
        ("os: ${{ not an expression }}", ["…"]),
        ("os: ${{ fromJSON(inputs.list) }}\ninclude: [{os: c}]", ["…"]),
    ],
)
def test_data_stands_for_many(text: str, names: list[str]) -> None:
    """A matrix that is data is a leg that stands for any number of them, none included."""
    found = expanded(text)
    assert [each.name for each in found.combinations] == names
    assert all(each.many for each in found.combinations)
    assert found.may_be_empty
    assert str(rendered(found.combinations[0].matrix.get("os"))) == "{matrix.os}"


def test_known_json_is_expanded() -> None:
    """A list that can be computed before the run is a list."""
    assert legs("n: ${{ fromJSON(inputs.known) }}") == [{"n": "1"}, {"n": "2"}]


def test_numbers_print_as_numbers() -> None:
    """``3.10`` is the number 3.1."""
    assert legs("v: [3.10, '3.10']") == [{"v": "3.1"}, {"v": "3.10"}]
