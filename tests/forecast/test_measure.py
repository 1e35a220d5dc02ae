"""Minutes and gigabytes of two versions, and what the rules of `check` are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from wholeship.forecast.declared import Declared, figures_of
from wholeship.forecast.figures import Figure, Figures, JobFigures
from wholeship.forecast.hooks import disks_of, minutes_of
from wholeship.forecast.measure import measures
from wholeship.logic.schedule import Duration
from wholeship.verdict.check import study_of
from wholeship.verdict.options import Options
from wholeship.verdict.study import Study

STORY = Path(__file__).parents[1] / "fixtures" / "story"
AMD, ARM = "linux/amd64", "linux/arm64"
DECLARED = figures_of(
    Declared(
        {
            "generate-tag": (0.2, None),
            "connector-parity-smoke": (6, None),
            "build-worker": ({AMD: 7, ARM: 2}, None),
            "build-embeddings-service": ({AMD: 6, ARM: 3}, None),
            "build-app": ({AMD: 8, ARM: 17}, {"fixed": 2, AMD: 4, ARM: 8}),
        }
    )
)


def study(state: str) -> Study:
    return study_of((STORY / f"{state}.yml").read_bytes(), "publish.yml", options=Options())


def said(before: str, after: str, figures: Figures = DECLARED) -> list[str]:
    return [str(each) for each in measures([study(before)], [study(after)], lambda _path, _event: figures)]


def test_the_table_of_the_story() -> None:
    """From before to merged: what the pull request claimed, computed."""
    assert said("before", "merged") == [
        "build-embeddings-service on push: 9.0 min → 6.0 min",
        "build-worker on push: 9.0 min → 7.0 min",
        "build-app on push: 25.0 min → 8.0 min",
        "critical path on push: 40.0 min → 21.0 min",
        "runner minutes on push: 50 → 28",
        "peak disk on push: 14 GB → 6 GB",
        "disk-full risk on push: build-app: over the guarantee → none",
    ]


def test_the_seven_minutes_that_the_order_costs() -> None:
    """The safe order of the merged state costs seven minutes against attempt 2."""
    assert "critical path on push: 14.0 min → 21.0 min" in said("attempt-2", "merged")


def test_nothing_is_made_up() -> None:
    """Without a figure for every job there are no times; without a version to compare, nothing at all."""
    few = Figures({"build-app": DECLARED.jobs["build-app"]}, DECLARED.runners)
    assert said("before", "merged", few) == [
        "peak disk on push: 14 GB → 6 GB",
        "disk-full risk on push: build-app: over the guarantee → none",
    ]
    assert measures([], [study("merged")], lambda _path, _event: DECLARED) == ()


@pytest.mark.parametrize(("factor", "critical"), [(None, False), (3.0, True)])
def test_history_was_measured_for_the_platforms_of_the_base(factor: float | None, critical: bool) -> None:
    """Past runs are scaled to other platforms by the declared factor; without one, nothing is said."""
    history = {
        name: JobFigures(whole=Figure(Duration.exactly(60 * minutes), "9 runs"))
        for name, minutes in {
            "generate-tag": 1,
            "connector-parity-smoke": 6,
            "build-worker": 8,
            "build-embeddings-service": 8,
            "build-app": 20,
        }.items()
    }
    found = said("before", "merged", Figures(history, emulation=factor))
    assert ("critical path on push: 34.0 min → 13.0 min" in found) is critical


def test_what_a_wait_costs() -> None:
    """A wait costs what the critical path is longer by; one that is not on it costs nothing."""
    minutes = minutes_of(lambda _path, _event: DECLARED)
    merged = study("merged")
    # Without the wait for build-worker, build-app begins after build-embeddings-service.
    assert minutes(merged, "build-app", "build-worker") == pytest.approx(21 - (0.2 + 6 + 8))
    assert minutes(merged, "build-app", "build-embeddings-service") == 0


def test_disks_over_the_guarantee() -> None:
    """Jobs over their guarantee are told with both figures, scenario by scenario."""
    disks = disks_of(lambda _path, _event: DECLARED)
    assert list(disks(study("merged"))) == []
    assert list(disks(study("before"))) == [
        ("push", "build-app", 14, 14),
        ("workflow_dispatch", "build-app", 14, 14),
    ]
