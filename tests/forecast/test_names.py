"""What a run shows a job as: matrix legs, names with expressions, and the history that is known by them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from wholeship.forecast import history
from wholeship.forecast.estimate import JobShape, Shape, forecast_shape, is_shown_as
from wholeship.forecast.ledger import compare_forecast
from wholeship.forecast.shape import shape_of
from wholeship.github.read import read_workflow
from wholeship.pipeline.publish import Facts

WORKFLOW = """\
on: push
jobs:
  plan:
    name: Plan
    runs-on: ubuntu-24.04
    outputs: {legs: "${{ steps.a.outputs.legs }}"}
    steps: [{id: a, run: ./legs}]
  build:
    name: Build app (${{ matrix.platform }})
    needs: plan
    strategy: {matrix: {include: "${{ fromJSON(needs.plan.outputs.legs) }}"}}
    runs-on: ubuntu-24.04
    steps: [{run: make}]
  test:
    name: Test ${{ matrix.python }}
    strategy: {matrix: {python: ['3.11', '3.12']}}
    runs-on: ubuntu-24.04
    steps: [{run: make test}]
  lint:
    strategy: {matrix: {tool: [ruff, mypy]}}
    runs-on: ubuntu-24.04
    steps: [{run: make lint}]
  any:
    name: ${{ matrix.name }}
    needs: plan
    strategy: {matrix: {include: "${{ fromJSON(needs.plan.outputs.legs) }}"}}
    runs-on: ubuntu-24.04
    steps: [{run: make}]
"""


def shape() -> Shape:
    (instance,) = read_workflow(WORKFLOW, ".github/workflows/x.yml").instances
    return shape_of(instance, Facts())


def job(id: str) -> JobShape:
    return next(each for each in shape().jobs if each.id == id)


@pytest.mark.parametrize(
    ("id", "shown", "other"),
    [
        ("plan", ["Plan"], ["plans", "Planning"]),
        ("build", ["Build app (linux/amd64)", "Build app (linux/arm64)"], ["Build app", "Build worker (a)"]),
        ("test", ["Test 3.11", "Test 3.12"], ["Test 3.13", "Test "]),
        ("lint", ["lint (ruff)", "lint (mypy)"], ["lints (ruff)"]),
        ("any", ["any (x)"], ["Build app (linux/amd64)", "Plan"]),
    ],
)
def test_a_job_is_known_by_what_a_run_shows(id: str, shown: list[str], other: list[str]) -> None:
    """Each leg by its own name, known or not before the run; a name that says nothing fits nothing."""
    assert [name for name in shown if is_shown_as(job(id), name)] == shown
    assert not [name for name in other if is_shown_as(job(id), name)]


def ran(run: int, seconds: dict[str, int]) -> dict[str, Any]:
    """What GitHub answers for a run, all jobs started at once."""
    at = "2026-05-28T18:{:02d}:{:02d}Z"
    jobs = [
        {
            "run_id": run, "run_attempt": 1, "name": name, "conclusion": "success",
            "created_at": at.format(run, 0), "started_at": at.format(run, 0),
            "completed_at": at.format(run, took),
        }
        for name, took in seconds.items()
    ]  # fmt: skip
    path = ".github/workflows/x.yml"
    return {"workflow_runs": [{"id": run, "path": path, "event": "push", "run_attempt": 1}], "jobs": jobs}


def test_history_of_legs_is_figures_of_their_job() -> None:
    """The slowest leg speaks for the job, and the actual run is compared by the same names."""
    seconds = {"Plan": 1, "Build app (linux/amd64)": 8, "Build app (linux/arm64)": 20, "Test 3.11": 3,
               "Test 3.12": 5, "lint (ruff)": 1, "lint (mypy)": 9}  # fmt: skip
    past = history.read_history(json.dumps(ran(1, seconds)))
    said = forecast_shape(shape(), history.figures(past))
    assert {m.job for m in said.missing if m.what == "duration"} == {"any"}
    medians = {each.id: each.median for each in said.jobs}
    assert medians == {"plan": 1, "build": 20, "test": 5, "lint": 9, "any": None}
    later = {**seconds, "Build app (linux/arm64)": 25}
    entry = compare_forecast(
        said, history.read_history(json.dumps(ran(2, later))).jobs, when=past.jobs[0].started
    )
    errors = {each.job: round(each.error, 2) for each in entry.compared}
    assert errors["build"] == 0.25
    assert errors["plan"] == errors["test"] == errors["lint"] == 0
