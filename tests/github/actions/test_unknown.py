"""Actions that nobody has described: unknown where they could publish, quiet where they could not."""

from __future__ import annotations

import pytest

from wholeship.verdict.check import check_one

LOGIN = "{uses: docker/login-action@v3, with: {registry: ghcr.io, username: u, password: p}}"
JOB = "on: push\npermissions: {{packages: {packages}}}\njobs: {{a: {{runs-on: x, steps: [{steps}]}}}}\n"


def hidden(*steps: str, packages: str = "read") -> list[str]:
    text = JOB.format(packages=packages, steps=", ".join(steps))
    found = check_one(text, ".github/workflows/a.yml").findings
    return [finding.message for finding in found if finding.rule == "hidden-publish"]


@pytest.mark.parametrize("action", ["acme/ship-everything@v1", "acme/do-it@main", "nick-fields/retry@v3"])
def test_an_unknown_action_in_a_job_that_is_logged_in(action: str) -> None:
    """Whatever it is called, an unknown action after a login may publish, and that is said."""
    (message,) = hidden(LOGIN, f"{{uses: {action}}}")
    assert f"{action.partition('@')[0]} in a may publish images" in message
    assert "login to ghcr.io" in message


def test_a_token_that_may_write_packages() -> None:
    """An unknown action that is handed such a token may publish; with one that may only read it cannot."""
    step = "{uses: acme/do-it@v1, with: {token: '${{ secrets.GITHUB_TOKEN }}'}}"
    assert len(hidden(step, packages="write")) == 1
    assert hidden(step, packages="read") == []


def test_secrets_for_something_else_are_not_suspected() -> None:
    """Without a login, an action that does not speak of images may be handed any secret."""
    assert hidden("{uses: acme/ssh@v1, with: {key: '${{ secrets.SSH_KEY }}'}}") == []
    assert (
        len(hidden("{uses: acme/push-image@v1, with: {image: a, key: '${{ secrets.REGISTRY_KEY }}'}}")) == 1
    )


def test_actions_that_everybody_uses_are_quiet() -> None:
    """Checking out, setting up, notifying after a login: nothing is said."""
    names = ("actions/checkout@v4", "acme/setup-thing@v1", "slackapi/slack-github-action@v2")
    assert hidden(LOGIN, *(f"{{uses: {name}}}" for name in names)) == []
