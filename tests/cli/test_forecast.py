"""`wholeship forecast` as a user sees it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wholeship.cli.main import main
from wholeship.testing.codehost import EmbeddedCodeHost, JobState, RunState, serve

STORY = Path(__file__).parent.parent / "fixtures" / "story"
GOLDEN = Path(__file__).parent / "fixtures" / "forecast"
RELEASE = """\
registry: ghcr.io/acme
images: {app: {}, worker: {}, embeddings: {}}
watched: app
gates: none
"""
FIGURES = """\
forecast:
  jobs:
    generate-tag: {minutes: 0.2}
    connector-parity-smoke: {minutes: 6}
    build-worker: {minutes: {linux/amd64: 7, linux/arm64: 2}}
    build-embeddings-service: {minutes: {linux/amd64: 6, linux/arm64: 3}}
    build-app: {minutes: {linux/amd64: 8, linux/arm64: 17}, disk: {fixed: 2, linux/amd64: 4, linux/arm64: 8}}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / ".github" / "workflows").mkdir(parents=True)
    (tmp_path / "wholeship.yaml").write_text(RELEASE + FIGURES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def put(here: Path, state: str) -> None:
    shutil.copy(STORY / f"{state}.yml", here / ".github" / "workflows" / "publish.yml")


@pytest.mark.parametrize("state", ["before", "attempt-1", "attempt-2", "merged"])
def test_the_story(here: Path, state: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The four states of the pipeline as the forecast shows them, whole screens."""
    put(here, state)
    assert main(["forecast", "--scenario", "push", "--quiet"]) == 0
    assert capsys.readouterr().out == (GOLDEN / f"{state}.txt").read_text()


def test_missing_figures_are_asked_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any figure one line says how to get them, and it is 3; with some, a lower bound."""
    put(here, "merged")
    (here / "wholeship.yaml").write_text(RELEASE)
    assert main(["forecast", "--scenario", "push"]) == 3
    out = capsys.readouterr().out
    assert out.startswith("no figures yet for .github/workflows/publish.yml: wholeship forecast --fetch")
    assert "0 s" not in out
    assert out.count("\n") <= 2
    (here / "wholeship.yaml").write_text(RELEASE + "forecast: {jobs: {build-worker: {minutes: 7}}}\n")
    assert main(["forecast", "--scenario", "push"]) == 3
    out = capsys.readouterr().out
    assert "at least 7.0 min" in out
    assert "missing generate-tag: declare forecast.jobs.generate-tag.minutes" in out
    assert "missing 1 more; --format json names them" in out


def test_a_page_without_figures_is_not_empty(here: Path) -> None:
    """It says how to get them, and draws no time line of nothing."""
    put(here, "merged")
    (here / "wholeship.yaml").write_text(RELEASE)
    assert main(["forecast", "--html", "page.html"]) == 3
    text = (here / "page.html").read_text()
    assert "no figures yet" in text
    assert "wholeship forecast --fetch" in text
    assert "Jobs over time" not in text


def page(run: int, day: int, minutes: dict[str, float]) -> dict[str, Any]:
    """One finished run as GitHub lists it, its jobs one after the other's start."""
    start = f"2026-05-{day:02d}T10:00:00Z"
    jobs = [
        {
            "name": name,
            "run_id": run,
            "run_attempt": 1,
            "conclusion": "success",
            "created_at": start,
            "started_at": start,
            "completed_at": f"2026-05-{day:02d}T10:{int(long):02d}:{int(long % 1 * 60):02d}Z",
            "labels": ["ubuntu-latest"],
        }
        for name, long in minutes.items()
    ]
    runs = [{"id": run, "path": ".github/workflows/publish.yml", "event": "push", "head_branch": "main"}]
    return {"workflow_runs": runs, "jobs": jobs}


LONG = {
    "generate-tag": 0.5,
    "connector-parity-smoke": 6,
    "build-worker": 8,
    "build-embeddings-service": 5,
    "build-app": 9,
}


def test_history_and_the_track_record(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Past runs give the figures; a later run is put beside the forecast, and the ledger remembers."""
    put(here, "merged")
    (here / "wholeship.yaml").write_text(RELEASE)
    (here / "history.json").write_text("".join(json.dumps(page(n, n, LONG)) for n in (1, 2, 3)))
    assert main(["forecast", "--scenario", "push", "--history", "history.json", "--format", "json"]) == 0
    (scenario,) = json.loads(capsys.readouterr().out)["scenarios"]
    assert scenario["median"] == (6 + 8 + 9) * 60
    assert {job["source"] for job in scenario["jobs"]} == {"3 runs since 2026-05-01"}
    (here / "new.json").write_text(json.dumps(page(4, 20, {**LONG, "build-app": 18})))
    assert main(["forecast", "--history", "new.json", "--actual", "4", "--format", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    (entry,) = answer["actual"]
    app = next(line for line in entry["compared"] if line["job"] == "build-app")
    assert (app["said_median"], app["actual"], app["error"]) == (540, 1080, 1.0)
    assert answer["track_record"]["forecasts"] == 1
    assert "no forecast was made before run 4" in answer["remarks"][0]
    assert main(["forecast", "--scenario", "push"]) == 0
    assert "track record: 1 compared" in capsys.readouterr().out


def test_unknown_runs_and_scenarios_are_said(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run nobody knows, a scenario that is not there, a file that is no history: asked wrongly."""
    put(here, "merged")
    (here / "bad.json").write_text("{]")
    for words in (["--actual", "99"], ["--scenario", "nope"], ["--history", "bad.json"], ["nowhere.yml"]):
        assert main(["forecast", *words]) == 2
    err = capsys.readouterr().err
    assert "nothing is known of run 99" in err
    assert "there are: push, workflow_dispatch" in err


def test_a_store_that_cannot_be_written_costs_no_answer(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where forecasts cannot be kept, the answer is given all the same, with a warning."""
    put(here, "merged")
    (here / "state").write_text("a file, not a folder")
    assert main(["forecast", "--scenario", "push", "--state", "state"]) == 0
    captured = capsys.readouterr()
    assert "21.0 min" in captured.out
    assert "not kept" in captured.err


def test_what_is_no_file_is_not_waited_for(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe or a dangling link among the workflows is passed over."""
    put(here, "merged")
    os.mkfifo(here / ".github" / "workflows" / "pipe.yml")
    (here / ".github" / "workflows" / "link.yml").symlink_to("nowhere")
    assert main(["forecast", "--scenario", "push"]) == 0
    assert "critical path" in capsys.readouterr().out


def ran(number: int, app: int) -> RunState:
    """Run *number* of the story's pipeline, in which the app took *app* minutes and the rest five."""
    names = (
        "generate-tag",
        "connector-parity-smoke",
        "build-worker",
        "build-embeddings-service",
        "build-app",
    )
    jobs = [
        JobState(name, f"2026-05-{number:02d}T10:00:00Z",
                 f"2026-05-{number:02d}T10:{app if name == 'build-app' else 5:02d}:00Z",
                 f"2026-05-{number:02d}T09:59:30Z")
        for name in names
    ]  # fmt: skip
    return RunState(number, ".github/workflows/publish.yml", tuple(jobs))


@pytest.fixture
def code_host(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCodeHost]:
    """GitHub's double on the loopback with five runs, two to a page, which the flags and token name."""
    put(here, "merged")
    (here / "wholeship.yaml").write_text(RELEASE)
    host = EmbeddedCodeHost(page=2, runs=[ran(number, 8) for number in range(1, 6)])
    with serve(host) as api:
        monkeypatch.setenv("GITHUB_TOKEN", "secret-token")
        monkeypatch.setenv("GITHUB_API_URL", api)
        monkeypatch.setenv("GITHUB_REPOSITORY", host.name)
        yield host


def test_runs_are_fetched_over_http(code_host: EmbeddedCodeHost, capsys: pytest.CaptureFixture[str]) -> None:
    """New runs come from the code host page by page, are kept, and are not asked for again."""
    assert main(["forecast", "--scenario", "push", "--fetch"]) == 0
    said = capsys.readouterr()
    assert "5 new runs fetched" in said.err
    assert "5 runs since 2026-05-01" in said.out
    asked = len(code_host.seen)
    code_host.runs.append(ran(6, 9))
    assert main(["forecast", "--scenario", "push", "--fetch", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    app = next(job for job in told["scenarios"][0]["jobs"] if job["id"] == "build-app")
    assert (app["median"], app["source"]) == (480.0, "6 runs since 2026-05-01")
    jobs = [request.url for request, _ in code_host.seen[asked:] if "/jobs" in request.url]
    assert {url.partition("/runs/")[2].partition("/")[0] for url in jobs} == {"6"}


def test_a_run_to_compare_with_is_fetched_alone(
    code_host: EmbeddedCodeHost, capsys: pytest.CaptureFixture[str]
) -> None:
    """``--actual`` of a run that nobody has fetched asks for just that one."""
    assert main(["forecast", "--scenario", "push", "--fetch", "--quiet"]) == 0
    code_host.runs.append(ran(7, 10))
    capsys.readouterr()
    assert main(["forecast", "--scenario", "push", "--actual", "7", "--format", "json"]) == 0
    compared = json.loads(capsys.readouterr().out)["actual"][0]["compared"]
    errors = {line["job"]: round(line["error"], 2) for line in compared}
    assert (errors["build-app"], errors["build-worker"]) == (0.25, 0.0)


@pytest.mark.parametrize(("token", "said"), [("wrong", "does not accept the token"), ("", "GITHUB_TOKEN")])
def test_a_code_host_that_refuses_is_named(
    code_host: EmbeddedCodeHost, token: str, said: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Nothing is forecast from nothing: the refusal, or the token that lacks, is said."""
    monkeypatch.setenv("GITHUB_TOKEN", token)
    assert main(["forecast", "--scenario", "push", "--fetch"]) in (2, 3)
    assert said in capsys.readouterr().err
