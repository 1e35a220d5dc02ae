"""Budgets: what fits, and when there will be room again."""

from __future__ import annotations

import pytest

from wholeship.review.budget import exhausted, spoken, wait_for
from wholeship.review.ports import Run
from wholeship.review.settings import Budget

NOW = 1_000_000.0


def runs(*ago: float, cost: float = 0.0) -> tuple[Run, ...]:
    return tuple(Run(NOW - seconds, "claude", "a" * 40, cost) for seconds in ago)


def test_the_hour_opens_again_when_the_oldest_run_leaves_it() -> None:
    """With the hour's runs used up, the wait ends when the oldest of them is an hour old."""
    wait = wait_for(Budget(runs_per_hour=2), runs(100, 2856), NOW, 0.0)
    assert wait == (744.0, "2 runs per hour")
    assert exhausted(wait) == "review budget used up (2 runs per hour): next review in 12 min 24 s"


def test_what_fits_waits_for_nothing() -> None:
    """Below every limit there is no wait; runs of yesterday do not count."""
    assert wait_for(Budget(runs_per_hour=2), runs(10, 4000, 90000, cost=9.0), NOW, 0.5) is None


def test_money_is_a_limit_of_its_own() -> None:
    """The day's money opens again when enough of it was spent a day ago."""
    past = (*runs(80000, cost=15.0), *runs(50, cost=4.0))
    assert wait_for(Budget(cost_per_day=20.0), past, NOW, 2.0) == (6400.0, "$20.00 per day")
    assert wait_for(Budget(cost_per_day=20.0), past, NOW, 1.0) is None


@pytest.mark.parametrize(
    "budget",
    [Budget(runs_per_hour=0), Budget(runs_per_day=0), Budget(cost_per_day=0.0), Budget(cost_per_run=0.1)],
)
def test_none_means_none(budget: Budget) -> None:
    """A limit of zero, or a run dearer than allowed, never opens, and no time is promised."""
    wait = wait_for(budget, (), NOW, 0.5)
    assert wait is not None
    assert "no review is possible" in exhausted(wait)


def test_a_used_up_budget_without_a_price_still_holds() -> None:
    """When the day's money is gone, a run that is said to cost nothing does not slip through."""
    assert wait_for(Budget(cost_per_day=5.0), runs(100, cost=5.0), NOW, 0.0) is not None


def test_the_wait_is_true() -> None:
    """After the wait that was told, the same run fits."""
    past = runs(*range(0, 3500, 500), cost=3.0)
    budget = Budget(runs_per_hour=3, runs_per_day=50, cost_per_day=12.0)
    wait = wait_for(budget, past, NOW, 1.0)
    assert wait is not None
    assert wait_for(budget, past, NOW + wait[0] + 0.001, 1.0) is None
    assert wait_for(budget, past, NOW + wait[0] - 1.0, 1.0) is not None


@pytest.mark.parametrize(
    ("seconds", "words"), [(744, "12 min 24 s"), (0.2, "1 s"), (59.5, "1 min 0 s"), (11105, "3 h 5 min")]
)
def test_times_as_people_say_them(seconds: float, words: str) -> None:
    """Waits are rounded up: nobody comes a second too early."""
    assert spoken(seconds) == words
