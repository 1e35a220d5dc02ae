"""What external reviewers may still use, and when there will be more."""

from __future__ import annotations

from collections.abc import Iterable

from wholeship.review.ports import Run
from wholeship.review.settings import Budget

HOUR, DAY = 3600.0, 86400.0


def wait_for(budget: Budget, runs: Iterable[Run], now: float, cost: float) -> tuple[float, str] | None:
    """Seconds until the next run fits *budget*, and which limit it meets; None: it fits now.

    *cost* (US dollars) is what the run is taken to cost. Infinite: it never fits.
    """
    if cost > budget.cost_per_run:
        return float("inf"), f"a run is taken to cost ${cost:.2f}, the limit is ${budget.cost_per_run:.2f}"
    past = sorted(run.at for run in runs)
    waits = (
        (_until(past, budget.runs_per_hour, HOUR, now), f"{budget.runs_per_hour} runs per hour"),
        (_until(past, budget.runs_per_day, DAY, now), f"{budget.runs_per_day} runs per day"),
        (_until_cheaper(runs, budget.cost_per_day, cost, now), f"${budget.cost_per_day:.2f} per day"),
    )
    wait, limit = max(waits)
    return (wait, limit) if wait > 0 else None


def _until(past: list[float], most: int, window: float, now: float) -> float:
    if most <= 0:
        return float("inf")
    recent = [at for at in past if at > now - window]
    return recent[-most] + window - now if len(recent) >= most else 0.0


def _until_cheaper(runs: Iterable[Run], most: float, cost: float, now: float) -> float:
    """Until enough of the day's runs are a day old for *cost* to fit."""
    recent = sorted((run for run in runs if run.at > now - DAY), key=lambda run: run.at)
    spent = sum(run.cost for run in recent)
    if cost > most or most <= 0:
        return float("inf")
    if spent + cost <= most and spent < most:
        return 0.0
    wait = 0.0
    for run in recent:
        if spent + cost <= most and spent < most:
            break
        spent -= run.cost
        wait = run.at + DAY - now
    return max(0.0, wait)


def exhausted(found: tuple[float, str]) -> str:
    """The message: which budget is used up, and when the next review can be."""
    wait, limit = found
    if wait == float("inf"):
        return f"review budget: {limit}; no review is possible with it"
    return f"review budget used up ({limit}): next review in {spoken(wait)}"


def spoken(seconds: float) -> str:
    """*seconds* as people say it: ``12 min 24 s``, ``3 h 5 min``."""
    whole = max(1, -int(-seconds // 1))
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
