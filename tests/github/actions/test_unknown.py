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


@pytest.mark.parametrize(
    "step",
    [
        "{uses: acme/docker-build-push-and-deploy@v1, with: {image: a, password: '${{ secrets.T }}'}}",
        "{uses: acme/setup-and-push@v1}",
        "{uses: acme/deploy@v1}",
        "{uses: acme/trigger-build@v1}",
        "{uses: actions/github-script@v7, with: {script: \"await exec.exec('docker', ['push', 'a'])\"}}",
        '{uses: actions/github-script@v7, with: {script: "github.rest.actions.createWorkflowDispatch({})"}}',
        "{uses: hashicorp/run@v1, with: {script: 'docker push a'}}",
        "{uses: gradle/gradle-build-action@v2, with: {arguments: 'jib'}}",
        "{uses: azure/cli@v2, with: {inlineScript: './push.sh'}}",
    ],
)
def test_what_an_action_says_or_is_given_to_run_counts(step: str) -> None:
    """A name that also speaks of pushing is not quiet; a text to run is looked at whoever owns the action."""
    assert len(hidden(LOGIN, step)) == 1


@pytest.mark.parametrize(
    "step",
    [
        "{uses: actions/github-script@v7, with: {script: 'github.rest.issues.createComment({})'}}",
        "{uses: gradle/gradle-build-action@v2, with: {arguments: build}}",
        "{uses: azure/cli@v2, with: {inlineScript: 'az account show'}}",
        "{uses: acme/wait-for-it@v1}",
        "{uses: acme/docker-login@v1}",
        "{uses: appleboy/ssh-action@v1, with: {script: 'docker compose pull'}}",
    ],
)
def test_what_is_given_to_run_and_does_not_push_is_quiet(step: str) -> None:
    """A comment, a build, a question to a cloud, a command on another machine: nothing is said."""
    assert hidden(LOGIN, step) == []
