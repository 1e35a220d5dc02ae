"""The forecast for people: what is said where figures are missing."""

from __future__ import annotations

import pytest

from wholeship.output.forecast_json import DiskJson, ForecastJson, JobJson, RecordJson, ScenarioJson
from wholeship.output.forecast_text import forecast_markdown, forecast_text
from wholeship.output.ink import Ink


def scenario(*medians: float | None, workflow: str = "a.yml", complete: bool = False) -> ScenarioJson:
    disk = DiskJson(None, 14.0, [], "unknown", "")
    jobs = [
        JobJson(f"j{at}", median, median, 0.0, 0.0, 0.0, 0.0, "", [], disk)
        for at, median in enumerate(medians)
    ]
    total = sum(median or 0.0 for median in medians)
    return ScenarioJson(workflow, "push", total, total, complete, [], 0, None, jobs, [], [])


def answer(*scenarios: ScenarioJson) -> ForecastJson:
    return ForecastJson(scenarios=list(scenarios), track_record=RecordJson(0, 0, 0, 0), exit_code=3)


@pytest.mark.parametrize("medians", [(None,), (None, 0.0)])
def test_without_a_figure_it_is_one_line(medians: tuple[float | None, ...]) -> None:
    """Also where calls, which take no time by themselves, are among the jobs, and with many files."""
    many = [scenario(*medians, workflow=name) for name in "aabcd"]
    text = forecast_text(answer(*many), Ink())
    assert text.startswith("no figures yet for 4 workflows: wholeship forecast --fetch")
    assert len(text.strip().splitlines()) == 1
    assert "0 s" not in forecast_markdown(answer(*many))


def test_what_has_figures_is_shown_beside_what_has_none() -> None:
    """One line for those without, a table for those with; a forecast that is complete is always shown."""
    text = forecast_text(answer(scenario(None), scenario(60.0, None, workflow="b.yml")), Ink())
    assert text.startswith("no figures yet for a.yml: ")
    assert "b.yml, push: at least 1.0 min" in text
    assert "a.yml, push: 0 s" in forecast_text(answer(scenario(0.0, complete=True)), Ink())
