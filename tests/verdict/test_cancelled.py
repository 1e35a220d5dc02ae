"""Whether a run is cancelled is what the newer run says."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, workflow
from wholeship.verdict.check import check_one

ON = "{push: {branches: [main]}, workflow_dispatch: }"


@pytest.mark.parametrize(
    ("group", "told"),
    [
        ("{group: 'x-${{ github.ref }}', cancel-in-progress: \"${{ github.event_name != 'push' }}\"}", True),
        ("{group: 'x-${{ github.event_name }}', cancel-in-progress: false}", False),
        (
            (
                "{group: 'x-${{ github.event_name }}', "
                "cancel-in-progress: \"${{ github.event_name != 'push' }}\"}"
            ),
            False,
        ),
    ],
)
def test_a_manual_run_can_cancel_a_push(group: str, told: bool) -> None:
    """In one group, the newer run's own cancel-in-progress counts; in another group nothing does."""
    jobs = job("r", "api:$GITHUB_SHA", "web:$GITHUB_SHA", condition="github.event_name == 'push'")
    report = check_one(f"concurrency: {group}\n{workflow(jobs, on=ON)}", "w.yml")
    assert ("cancelled-publish" in {each.rule for each in report.findings}) is told
