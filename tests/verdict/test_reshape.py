"""The better shape of a workflow, as an edit of its text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from wholeship.forecast.better import better
from wholeship.forecast.figures import Figures
from wholeship.pipeline.ports import no_repository
from wholeship.verdict.check import check_one, study_of
from wholeship.verdict.options import Options
from wholeship.verdict.reshape import NotReshaped, Reshaped, reshape
from wholeship.verdict.watched import Watched

FIXTURES = Path(__file__).parent / "fixtures"
STORY = Path(__file__).parents[1] / "fixtures" / "story"
PATH = ".github/workflows/publish.yml"


def story(state: str) -> str:
    return (STORY / f"{state}.yml").read_text()


def reshaped(text: str) -> Reshaped | NotReshaped:
    return reshape(study_of(text, PATH))


def test_the_merged_state_reshaped() -> None:
    """The whole text: candidates side by side, the smoke on the candidate, one job that gives the tags."""
    found = reshaped(story("merged"))
    assert isinstance(found, Reshaped)
    assert found.text == (FIXTURES / "reshape" / "merged.yml").read_text()


@pytest.mark.parametrize("state", ["before", "attempt-1", "attempt-2", "merged"])
def test_every_state_becomes_whole_and_ships_what_was_tested(state: str) -> None:
    """Whatever the order was, the new shape is proved whole, gated, and ships the bytes that were tested."""
    found = reshaped(story(state))
    assert isinstance(found, Reshaped)
    report = check_one(found.text, PATH, options=Options(watched=Watched(("app",), "--watched")))
    assert report.whole is True
    assert "tested-not-shipped" not in {finding.rule for finding in report.findings}
    assert all(line.gates for line in report.publishes)


def test_comments_and_other_jobs_stay() -> None:
    """Lines that the reshaping does not need to change are kept, byte for byte."""
    text = story("merged").replace("  build-app:\n", "  # Our own words.\n  build-app:\n")
    found = reshaped(text)
    assert isinstance(found, Reshaped)
    before = story("merged").split("  connector-parity-smoke:")[0]
    assert found.text.startswith(before)
    assert "  # Our own words.\n  build-app:\n" in found.text


REASONS: Mapping[str, Callable[[str], str]] = {
    "is not published by one docker/build-push-action": lambda _text: story("candidates"),
    "tags are made by an action": lambda text: text.replace("acme/worker:latest", "acme/other:latest"),
    "there is a job called promote": lambda text: text.replace("generate-tag", "promote"),
    "does not log in": lambda text: text.replace("docker/login-action@v3", "acme/login@v3"),
    "under different conditions": lambda text: text.replace(
        "  build-app:\n", "  build-app:\n    if: github.ref == 'refs/heads/main'\n"
    ),
    "flow style": lambda text: text.replace(
        "        with:\n          context: .\n          file: docker/app/Dockerfile\n"
        "          platforms: ${{ env.BUILD_PLATFORMS }}\n          push: true\n          tags: |\n"
        "            ${{ env.REGISTRY }}/acme/app:${{ needs.generate-tag.outputs.tag }}\n"
        "            ${{ env.REGISTRY }}/acme/app:latest\n",
        "        with: {file: docker/app/Dockerfile, push: true, tags: 'ghcr.io/acme/app:latest'}\n",
    ),
    "does not publish several images": lambda _text: (
        "on: push\njobs: {a: {runs-on: x, steps: [{run: ls}]}}\n"
    ),
}


@pytest.mark.parametrize("reason", REASONS)
def test_what_does_not_fit_is_left_to_a_person(reason: str) -> None:
    """A workflow of another kind is never half edited: the reason is said."""
    found = reshaped(REASONS[reason](story("merged")))
    assert isinstance(found, NotReshaped), found.text
    assert reason in found.reason


def test_the_offer_is_a_patch_that_was_proved() -> None:
    """What is offered is a unified diff; what cannot be reshaped is offered as a reason."""
    study = study_of(story("merged"), PATH)
    offered = better(study, no_repository, Options(), lambda _path, _event: Figures())
    assert offered.patch.startswith(f"--- a/{PATH}\n+++ b/{PATH}\n")
    assert {forecast.scenario for forecast in offered.forecasts} == {"push", "workflow_dispatch"}
    other = study_of(story("candidates"), PATH)
    assert better(other, no_repository, Options(), lambda _path, _event: Figures()).patch == ""
