"""Schedules of dependent activities."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.logic.schedule import Activity, Cycle, Duration, critical, estimate, run


def exactly(name: str, seconds: float, *needs: str, limits: tuple[str, ...] = ()) -> Activity:
    return Activity(name, needs, Duration.exactly(seconds), limits)


MERGED = [
    exactly("tag", 12),
    exactly("smoke", 360),
    exactly("worker", 420, "tag", "smoke"),
    exactly("embeddings", 360, "tag"),
    exactly("app", 480, "tag", "worker", "embeddings"),
]


def test_critical_path_adds_up() -> None:
    """The total is the sum along the critical path; what is not on it has slack."""
    found = estimate(MERGED, runs=5)
    assert found.path == ("smoke", "worker", "app")
    assert found.median == found.p90 == 1260
    assert found.slack["embeddings"] == pytest.approx(780 - 372)
    assert found.slack["worker"] == 0
    assert found.share["smoke"] == 1
    assert found.share["embeddings"] == 0


def test_one_runner_makes_a_queue() -> None:
    """With one place to run, everything is done one after the other, and the path says whom it waited for."""
    jobs = [exactly(n, 10, limits=("runner",)) for n in ("a", "b", "c")]
    timings = run(jobs, {"runner": 1}, lambda d: d.at(0.5))
    assert [timings[n].start for n in ("a", "b", "c")] == [0, 10, 20]
    assert critical(timings) == ("a", "b", "c")


def test_matrix_limit_and_pool_count_together() -> None:
    """An activity needs room in every limit it counts against."""
    legs = [exactly(f"leg{i}", 10, limits=("pool", "matrix")) for i in range(4)]
    timings = run(
        [*legs, exactly("other", 10, limits=("pool",))], {"pool": 3, "matrix": 2}, lambda d: d.at(0.5)
    )
    assert timings["other"].start == 0
    assert max(t.end for t in timings.values()) == 20


@pytest.mark.parametrize("limits", [{}, {"zero": 0}])
def test_impossible_runs_are_refused(limits: dict[str, int]) -> None:
    """A cycle, or a limit of nothing, is an error that names who waits; never an endless loop."""
    jobs = [exactly("a", 1, "b"), exactly("b", 1, "a")] if not limits else [exactly("a", 1, limits=("zero",))]
    with pytest.raises(Cycle, match="a"):
        run(jobs, limits, lambda d: d.at(0.5))


def test_delay_is_waited() -> None:
    """A queue in front of a job counts, and counts again for each job on the path."""
    wait = Duration.exactly(30)
    jobs = [
        Activity("a", (), Duration.exactly(60), delay=wait),
        Activity("b", ("a",), Duration.exactly(60), delay=wait),
    ]
    assert estimate(jobs, runs=1).median == 180


def test_same_seed_same_figures() -> None:
    """An estimate is a function of its input."""
    jobs = [
        Activity("a", (), Duration.between(60, 120)),
        Activity("b", ("a",), Duration.observed([5, 9, 30])),
    ]
    assert estimate(jobs) == estimate(jobs)


def test_curve_goes_through_both_figures() -> None:
    """A declared median and p90 are the median and p90 of the curve."""
    curve = Duration.between(480, 600)
    assert curve.at(0.5) == pytest.approx(480)
    assert curve.at(0.9) == pytest.approx(600)


lengths = st.lists(st.floats(0, 1000), min_size=1, max_size=8)


@given(lengths, st.integers(1, 4))
def test_limits_never_help(seconds: list[float], places: int) -> None:
    """The total is at least the longest activity and the work per place, and at most all in a row."""
    jobs = [exactly(str(i), s, limits=("p",)) for i, s in enumerate(seconds)]
    total = max(t.end for t in run(jobs, {"p": places}, lambda d: d.at(0.5)).values())
    assert max(seconds) - 1e-6 <= total <= sum(seconds) + 1e-6
    assert total >= sum(seconds) / places - 1e-6


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), max_size=12), lengths)
def test_nothing_starts_too_early(pairs: list[tuple[int, int]], seconds: list[float]) -> None:
    """Nothing starts before what it needs has ended, and slack never pushes the total."""
    needs: dict[int, set[str]] = {}
    for low, high in pairs:
        if low < high < len(seconds):
            needs.setdefault(high, set()).add(str(low))
    jobs = [exactly(str(i), s, *sorted(needs.get(i, ()))) for i, s in enumerate(seconds)]
    found = estimate(jobs, runs=1)
    for job in jobs:
        for need in job.needs:
            assert found.timings[job.id].start >= found.timings[need].end
        stretched = [
            exactly(j.id, j.duration.at(0.5) + (found.slack[j.id] if j.id == job.id else 0), *j.needs)
            for j in jobs
        ]
        assert estimate(stretched, runs=1).median <= found.median + 1e-6
