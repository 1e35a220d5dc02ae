"""The ways in which open conditions can turn out: each is worked out once, or none of too many."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.tools.bake.choices import MOST_WAYS, Budget, Choices, TooMuch, every_way


@given(st.lists(st.integers(2, 4), max_size=3))
def test_every_combination_comes_once(counts: list[int]) -> None:
    """Independent questions give each combination of answers exactly once, if there are not too many."""
    expected: list[tuple[int | None, ...]] = list(itertools.product(*map(range, counts)))
    if len(expected) > MOST_WAYS:
        expected = [(None,) * len(counts)]
    found = list(
        every_way(lambda choices: tuple(choices.choose(str(at), count) for at, count in enumerate(counts)))
    )
    assert sorted(found, key=str) == sorted(expected, key=str)


def test_a_question_that_comes_again_has_its_answer() -> None:
    """In one way a question is always answered alike."""
    ways = every_way(lambda choices: (choices.choose("a"), choices.choose("b"), choices.choose("a")))
    assert all(first == again for first, _, again in ways)


def test_a_question_may_hang_on_an_answer() -> None:
    """A question that only comes up in one way is asked there only."""
    ways = every_way(lambda choices: choices.choose("a") == 0 and choices.choose("b", 3))
    assert sorted(map(str, ways)) == ["0", "1", "2", "False"]


def test_too_many_ways_leave_all_open() -> None:
    """Past the limit nothing is decided, instead of some ways being left out."""
    (found,) = every_way(lambda choices: tuple(choices.choose(str(at)) for at in range(6)))
    assert found == (None,) * 6


def test_all_ways_share_one_budget() -> None:
    """Work is counted over all ways together."""

    def work(choices: Choices) -> None:
        choices.choose(str(len(choices.given)))
        choices.budget.spend(300_000)

    with pytest.raises(TooMuch):
        list(every_way(work))
    with pytest.raises(TooMuch):
        Budget(1).spend(2)
