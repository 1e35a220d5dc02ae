"""One release in two workflow files is not whole by either of them."""

from __future__ import annotations

import pytest

from tests.verdict.checked import check_files
from tests.verdict.words import job, workflow
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

PUSH = "{push: {branches: [main]}}"


def asked(main: str, other: str) -> WorkflowReport:
    files = {".github/workflows/main.yml": main, ".github/workflows/w.yml": f"name: W\n{other}"}
    return check_files(files, options=Options(watched=Watched(("app",), "--watched"))).workflows[0]


MAIN = workflow(job("r", "lib:$GITHUB_SHA", "app:$GITHUB_SHA"), on=PUSH)


@pytest.mark.parametrize(
    ("main", "other"),
    [
        (MAIN, workflow(job("w", "worker:$GITHUB_SHA"), on=PUSH)),
        (
            workflow(
                job("r", "app:${{ github.event.workflow_run.head_sha }}"),
                on="{workflow_run: {workflows: [W], types: [completed]}}",
            ),
            workflow(job("w", "worker:$GITHUB_SHA"), on=PUSH),
        ),
    ],
)
def test_siblings_of_another_file_make_the_answer_unknown(main: str, other: str) -> None:
    """On one event, or in a run that follows the other: said with the file, and never whole."""
    report = asked(main, other)
    assert report.whole is None
    assert report.unknown[0].what == "worker in .github/workflows/w.yml"


@pytest.mark.parametrize(
    "other",
    [
        workflow(job("w", "worker:$GITHUB_SHA"), on="{push: {tags: ['v*']}}"),
        workflow(job("w", "worker:$GITHUB_RUN_ID"), on=PUSH),
        workflow(job("w", "worker:$GITHUB_SHA"), on="{schedule: [{cron: '0 0 * * *'}]}"),
    ],
)
def test_another_event_tag_or_the_same_image_is_no_release(other: str) -> None:
    """Nothing is shared."""
    assert asked(MAIN, other).whole is True


def test_a_workflow_for_changes_of_some_files_is_assumed_to_be_another_release() -> None:
    """The answer says what it takes for granted."""
    other = workflow(job("w", "worker:$GITHUB_SHA"), on="{push: {branches: [main], paths: ['worker/**']}}")
    report = asked(MAIN, other)
    assert report.whole is True
    assert report.assumed
    assert "worker" in report.assumed[0]
