"""The legs of a matrix, as GitHub documents them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.oracle.matrix import EmptyMatrix, legs


def test_vectors_are_multiplied() -> None:
    """The first name varies slowest."""
    assert [(leg["a"], leg["b"]) for leg in legs({"a": [1, 2], "b": ["x", "y"]})] == [
        (1, "x"),
        (1, "y"),
        (2, "x"),
        (2, "y"),
    ]


def test_exclude_goes_first() -> None:
    """An excluded leg that an include names is a leg of its own again."""
    found = legs({"a": [1, 2], "exclude": [{"a": 1}], "include": [{"a": 1, "z": "new"}]})
    assert found == [{"a": 2}, {"a": 1, "z": "new"}]


def test_include_adds_to_what_fits() -> None:
    """GitHub's own example: what fits grows, what fits nothing is a new leg, nothing original is changed."""
    found = legs(
        {
            "fruit": ["apple", "pear"],
            "animal": ["cat", "dog"],
            "include": [
                {"color": "green"},
                {"color": "pink", "animal": "cat"},
                {"fruit": "apple", "shape": "circle"},
                {"fruit": "banana"},
                {"fruit": "banana", "animal": "cat"},
            ],
        }
    )
    assert found == [
        {"fruit": "apple", "animal": "cat", "color": "pink", "shape": "circle"},
        {"fruit": "apple", "animal": "dog", "color": "green", "shape": "circle"},
        {"fruit": "pear", "animal": "cat", "color": "pink"},
        {"fruit": "pear", "animal": "dog", "color": "green"},
        {"fruit": "banana"},
        {"fruit": "banana", "animal": "cat"},
    ]


def test_include_alone() -> None:
    """Without vectors each entry is a leg."""
    assert legs({"include": [{"a": 1}, {"b": 2}]}) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize("matrix", [{}, {"a": []}, {"a": [1], "exclude": [{"a": 1}]}, "text"])
def test_nothing_is_an_error(matrix: Any) -> None:
    """A matrix without a leg does not vanish: the job fails."""
    with pytest.raises(EmptyMatrix):
        legs(matrix)
