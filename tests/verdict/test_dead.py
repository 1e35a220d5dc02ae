"""A publish that no run reaches is told with its condition, and no answer stands upon it."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, script, whole_of, workflow
from wholeship.core.finding import Finding
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

PUSH = "{push: {branches: [main]}}"
SHA = "$GITHUB_SHA"


def broken(report: WorkflowReport) -> list[Finding]:
    return [each for each in report.findings if each.rule == "broken-workflow"]


@pytest.mark.parametrize(
    "worker",
    [
        job("worker", f"worker:{SHA}", condition="github.event_name == 'release'"),
        job("a", condition="github.event_name == 'release'") + job("worker", f"worker:{SHA}", needs="a"),
        job(
            "worker",
            steps=script(f"docker push r.io/worker:{SHA}") + "        if: github.ref_type == 'tag'\n",
        ),
    ],
)
def test_a_publish_that_no_trigger_reaches_is_told_with_its_condition(worker: str) -> None:
    """The job, a job before it, or the step asks for an event that never comes."""
    report = whole_of(worker, job("app", f"app:{SHA}"), on=PUSH, watched="app")
    (found,) = broken(report)
    assert found.message.startswith("worker is never published: no run of this workflow fulfils `github.")
    assert report.whole is None


def test_what_is_switched_off_on_purpose_is_not_told() -> None:
    """``if: false`` is how people say that."""
    report = whole_of(job("worker", f"worker:{SHA}", condition="false"), job("app", f"app:{SHA}"), on=PUSH)
    assert broken(report) == []


def test_conditions_that_exclude_each_other_are_told() -> None:
    """success() also looks at what the needs need: a skipped one stops the publish for good."""
    report = whole_of(
        "  core: {if: github.event_name == 'merge_group', runs-on: ubuntu-latest, steps: [{run: pytest}]}\n",
        "  test: {needs: core, if: '${{ !cancelled() }}', runs-on: ubuntu-latest, steps: [{run: echo ok}]}\n",
        job("publish", f"app:{SHA}", needs="test", condition="github.event_name == 'push'"),
        on="{push: {branches: [main]}, merge_group: }",
    )
    (found,) = broken(report)
    assert "app is never published: no run meets all conditions on the way" in found.message
    assert report.publishes == ()


def test_a_group_that_the_run_itself_holds_is_told() -> None:
    """GitHub cancels such a job at once."""
    held = job("app", f"app:{SHA}", more="    concurrency: 'x-${{ github.ref }}'\n")
    text = "concurrency: 'x-${{ github.ref }}'\n" + workflow(held, on=PUSH)
    (found,) = broken(check_one(text, "w.yml"))
    assert "app never starts" in found.message


@pytest.mark.parametrize(
    ("group", "more", "told"),
    [
        ("x", "", True),
        ("'x-${{ matrix.n }}'", "", False),
        ("{group: x, queue: max}", "", False),
        ("x", ", max-parallel: 1", False),
    ],
)
def test_legs_that_share_a_group_push_each_other_out(group: str, more: str, told: bool) -> None:
    """One runs and one waits: of three one is cancelled."""
    legs = f"    concurrency: {group}\n    strategy: {{matrix: {{n: [a, b, c]}}{more}}}\n"
    report = whole_of(job("m", f"${{{{ matrix.n }}}}:{SHA}", more=legs), on=PUSH)
    assert bool(broken(report)) is told


def test_a_called_workflow_may_be_used_without_its_publish() -> None:
    """``push`` not given is told where siblings are published, and not where the call only builds."""
    called = "on: {workflow_call: {inputs: {push: {type: boolean, default: false}}}}\njobs:\n" + job(
        "w", f"worker:{SHA}", condition="inputs.push"
    )

    def repository(path: str) -> str | None:
        return called if path == ".github/workflows/c.yml" else None

    call = "  worker: {uses: ./.github/workflows/c.yml}\n"
    options = Options(watched=Watched(("app",), "--watched"))
    app = job("app", f"app:{SHA}", needs="worker", condition="${{ !failure() && !cancelled() }}")
    both = check_one(workflow(call, app, on=PUSH), ".github/workflows/w.yml", repository, options)
    assert (both.whole, len(broken(both))) == (None, 1)
    alone = check_one(workflow(call, on=PUSH), ".github/workflows/w.yml", repository)
    assert broken(alone) == []


def test_an_image_that_one_event_publishes_without_its_sibling_is_told() -> None:
    """app without worker on push: then no answer says that app is never out alone."""
    report = whole_of(
        job(
            "r",
            f"app:{SHA}",
            steps=f"{script(f'docker push r.io/worker:{SHA}')}        if: github.event_name == 'release'\n",
        ),
        on="{push: {branches: [main]}, release: {types: [published]}}",
        watched="app",
    )
    assert report.whole is None
    assert any(each.message.startswith("app without worker on push") for each in report.findings)
