"""Forecasts of a workflow's shape."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wholeship.core.platform import Platform
from wholeship.forecast.estimate import DiskRisk, JobShape, Shape, forecast_shape
from wholeship.forecast.figures import Figure, Figures, JobFigures
from wholeship.logic.schedule import Duration

AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
BOTH = frozenset({AMD64, ARM64})
ONE = frozenset({AMD64})


def declared(minutes: float) -> Figure:
    return Figure(Duration.exactly(minutes * 60), "declared")


FIGURES = Figures(
    {
        "generate-tag": JobFigures(whole=declared(0.2)),
        "smoke": JobFigures(whole=declared(6)),
        "build-worker": JobFigures(each={AMD64: declared(7), ARM64: declared(2)}),
        "build-embeddings": JobFigures(each={AMD64: declared(6), ARM64: declared(3)}),
        "build-app": JobFigures(
            each={AMD64: declared(8), ARM64: declared(17)}, disk_fixed=2, disk_each={AMD64: 4, ARM64: 8}
        ),
    }
)


def shape(app_needs: tuple[str, ...], platforms: frozenset[Platform]) -> Shape:
    build = JobShape("", runner="ubuntu-latest", platforms=platforms)
    return Shape(
        "publish.yml",
        "push to main",
        (
            JobShape("generate-tag"),
            JobShape("smoke"),
            replace(build, id="build-worker", needs=("generate-tag", "smoke")),
            replace(build, id="build-embeddings", needs=("generate-tag",)),
            replace(build, id="build-app", needs=app_needs),
        ),
    )


ORDERED = ("generate-tag", "build-worker", "build-embeddings")


@pytest.mark.parametrize(
    ("needs", "platforms", "minutes", "disk", "risk"),
    [
        (ORDERED, BOTH, 40, 14, DiskRisk.OVER),
        (("generate-tag",), ONE, 13, 6, DiskRisk.FITS),
        (("generate-tag", "smoke"), ONE, 14, 6, DiskRisk.FITS),
        (ORDERED, ONE, 21, 6, DiskRisk.FITS),
    ],
)
def test_the_four_states_of_a_pull_request(
    needs: tuple[str, ...], platforms: frozenset[Platform], minutes: float, disk: float, risk: DiskRisk
) -> None:
    """Order and platforms decide the minutes; platforms decide the gigabytes."""
    found = forecast_shape(shape(needs, platforms), FIGURES)
    assert found.median == pytest.approx(minutes * 60)
    assert found.peak_disk == disk
    assert found.job("build-app").disk.risk is risk  # type: ignore[union-attr]
    assert found.complete


def test_missing_figures_are_asked_for() -> None:
    """A job without a figure is named, with the key to declare; its time is not made up."""
    some = Figures({k: v for k, v in FIGURES.jobs.items() if k != "smoke"})
    found = forecast_shape(shape(ORDERED, ONE), some)
    assert not found.complete
    assert found.missing[0].job == "smoke"
    assert "forecast.jobs.smoke.minutes" in found.missing[0].advice
    assert found.job("smoke").median is None  # type: ignore[union-attr]


def test_a_measured_job_is_scaled_only_with_a_factor() -> None:
    """A job measured for two platforms is not forecast for one until somebody gives the factor."""
    measured = JobFigures(whole=Figure(Duration.exactly(1500), "42 runs"), platforms=BOTH)
    figures = Figures({**FIGURES.jobs, "build-app": measured})
    asked = forecast_shape(shape(ORDERED, ONE), figures)
    assert [m.what for m in asked.missing] == ["emulation factor"]
    told = forecast_shape(shape(ORDERED, ONE), replace(figures, emulation=5.0))
    assert told.job("build-app").median == pytest.approx(250)  # type: ignore[union-attr]
    assert "emulation × 5" in told.job("build-app").source  # type: ignore[union-attr]


def test_every_number_says_where_it_came_from() -> None:
    """Each job's figure carries its source."""
    assert {j.source for j in forecast_shape(shape(ORDERED, ONE), FIGURES).jobs} == {"declared"}


def test_billing_rounds_each_job_up() -> None:
    """Twelve seconds are billed as a minute, and every leg of a matrix is billed."""
    figures = Figures({"a": JobFigures(whole=declared(0.2)), "m": JobFigures(whole=declared(2.1))})
    jobs = (JobShape("a"), JobShape("m", ("a",), legs=3, max_parallel=2))
    found = forecast_shape(Shape("w", "push", jobs), figures)
    assert found.billed_minutes == 1 + 3 * 3
    assert found.median == pytest.approx((0.2 + 2 * 2.1) * 60)


def test_queue_is_waited_before_each_job() -> None:
    """A queue of 30 seconds costs 30 seconds per job of the critical path."""
    queued = replace(FIGURES, queue=Figure(Duration.exactly(30), "300 jobs"))
    plain, slow = (forecast_shape(shape(ORDERED, ONE), f) for f in (FIGURES, queued))
    assert slow.median - plain.median == pytest.approx(90)


def test_few_runners_serialise() -> None:
    """With one runner at a time the total is the sum of all jobs."""
    found = forecast_shape(shape(ORDERED, ONE), replace(FIGURES, concurrent=1))
    assert found.median == pytest.approx((0.2 + 6 + 7 + 6 + 8) * 60)
