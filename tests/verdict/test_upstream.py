"""Checks that stand in another workflow, or on another event, do not stand before a publish by themselves."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, script, whole_of
from wholeship.core.finding import Finding
from wholeship.verdict.report import WorkflowReport

AFTER = "{workflow_run: {workflows: [CI], types: [completed]}}"
NAME = "github.event.workflow_run.conclusion"
SHA = "app:${{ github.event.workflow_run.head_sha }}"


def bypasses(report: WorkflowReport) -> list[Finding]:
    return [each for each in report.findings if each.rule == "gate-bypass"]


@pytest.mark.parametrize("condition", ["", f"{NAME} != 'failure'", f"{NAME} != 'skipped'", "always()"])
def test_a_publish_after_a_workflow_whatever_came_of_it_is_a_bypass(condition: str) -> None:
    """Failed, cancelled and skipped runs start it, too."""
    (found,) = bypasses(whole_of(job("publish", SHA, condition=condition), on=AFTER))
    assert "after CI has not succeeded" in found.message


def test_a_publish_after_its_success_is_none() -> None:
    """The conclusion is asked for."""
    report = whole_of(job("publish", SHA, condition=f"{NAME} == 'success'"), on=AFTER)
    assert bypasses(report) == []


@pytest.mark.parametrize(
    ("ref", "told"), [("", True), ("{ref: '${{ github.event.workflow_run.head_sha }}'}", False)]
)
def test_what_is_built_is_the_commit_that_was_checked(ref: str, told: bool) -> None:
    """A plain checkout takes the head of the default branch, whatever the other run was of."""
    checkout = "      - uses: actions/checkout@v4\n" + (f"        with: {ref}\n" if ref else "")
    build = script(f"docker buildx build --push -t r.io/{SHA} .")
    report = whole_of(job("publish", steps=checkout + build, condition=f"{NAME} == 'success'"), on=AFTER)
    assert bool(bypasses(report)) is told


TEST = "      - run: pytest\n"
ONLY_PUSH = f"{TEST}        if: github.event_name == 'push'\n"
BOTH = "{push: {tags: ['v*']}, workflow_dispatch: }"


def test_a_check_that_one_event_skips_is_a_bypass_there() -> None:
    """It stands before the publish on push, and a manual run publishes without it."""
    (found,) = bypasses(whole_of(job("publish", "app:$GITHUB_REF_NAME", steps=ONLY_PUSH), on=BOTH))
    assert "workflow_dispatch" in found.message
    assert "pytest" in found.message


def test_a_check_on_each_event_is_none() -> None:
    """The same one, or another one of its kind."""
    assert bypasses(whole_of(job("publish", "app:$GITHUB_REF_NAME", steps=TEST), on=BOTH)) == []
    other = "      - run: tox\n        if: github.event_name != 'push'\n"
    report = whole_of(job("publish", "app:$GITHUB_REF_NAME", steps=ONLY_PUSH + other), on=BOTH)
    assert bypasses(report) == []
