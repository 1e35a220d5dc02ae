"""Where a release comes from, and who is asked first."""

from __future__ import annotations

import pytest

from wholeship.core.errors import BadInput
from wholeship.release.scenario import ci_origin, scenario_of

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_SHA": "5f3a9c1e7b2d4860a1b2c3d4e5f60718293a4b5c",
    "GITHUB_REF": "refs/heads/main",
    "GITHUB_RUN_NUMBER": "812",
    "GITHUB_RUN_ATTEMPT": "2",
    "GITHUB_RUN_ID": "99",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
}


@pytest.mark.parametrize(
    ("flag", "environment", "scenario"),
    [
        (None, {}, "manual"),
        (None, {"GITHUB_EVENT_NAME": "push"}, "push"),
        (None, {"GITHUB_EVENT_NAME": "schedule"}, "push"),
        (None, {"GITHUB_EVENT_NAME": "release"}, "release"),
        (None, {"GITHUB_EVENT_NAME": "workflow_dispatch"}, "manual"),
        (None, {"GITHUB_EVENT_NAME": "pull_request"}, "manual"),
        (None, {"GITHUB_EVENT_NAME": "push", "WHOLESHIP_SCENARIO": "release"}, "release"),
        ("manual", {"GITHUB_EVENT_NAME": "push", "WHOLESHIP_SCENARIO": "release"}, "manual"),
    ],
)
def test_the_scenario(flag: str | None, environment: dict[str, str], scenario: str) -> None:
    """The flag, then WHOLESHIP_SCENARIO, then the CI's event, then manual."""
    assert scenario_of(flag, environment) == scenario


def test_an_unknown_scenario_names_the_known() -> None:
    """A scenario that is none is refused."""
    with pytest.raises(BadInput) as caught:
        scenario_of("pusch", {})
    assert "push" in caught.value.advice


def test_github_actions_is_believed_about_its_run() -> None:
    """Commit, branch, number, attempt and address come from the CI's variables."""
    origin = ci_origin("push", GITHUB)
    assert origin is not None
    assert (origin.commit, origin.branch, origin.version) == (GITHUB["GITHUB_SHA"], "main", "")
    assert (origin.run, origin.attempt) == (812, 2)
    assert origin.source == "https://github.com/acme/shop"
    assert origin.run_url == "https://github.com/acme/shop/actions/runs/99"


def test_a_tag_is_a_version() -> None:
    """On a tag there is a version, and no branch."""
    origin = ci_origin("release", {**GITHUB, "GITHUB_REF": "refs/tags/v1.2.3"})
    assert origin is not None
    assert (origin.branch, origin.version) == ("", "v1.2.3")


def test_elsewhere_the_ci_says_nothing() -> None:
    """Outside GitHub Actions git is asked."""
    assert ci_origin("push", {}) is None
    assert ci_origin("push", {**GITHUB, "GITHUB_ACTIONS": "false"}) is None


@pytest.mark.parametrize("number", ["", "x", "-1", "1e3", "9" * 13])
def test_a_run_number_that_is_none(number: str) -> None:
    """Then the counter of this machine is used."""
    origin = ci_origin("push", {**GITHUB, "GITHUB_RUN_NUMBER": number})
    assert origin is not None
    assert origin.run is None
