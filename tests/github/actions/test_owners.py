"""The lists of actions, entry by entry: what of theirs pushes is said, everyday use is not."""

from __future__ import annotations

import pytest

from tests.tools.words import call
from wholeship.github.actions import ALL_ACTIONS, bystanders
from wholeship.github.actions.owners import NAMED, OWNERS
from wholeship.github.actions.wrappers import WRAPPERS
from wholeship.pipeline.effects import Opaque, Write
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

PUSH = "docker push r.example/acme/app:1"
JOB_TOO = "docker push r.example/acme/job:$GITHUB_REF_NAME || true"
EVERY_OWNER = sorted(owner for group in OWNERS for owner in group.names)
EVERY_NAME = sorted(name for group in NAMED for name in group.names)


def may_push(action: str, inputs: dict[str, str] | None = None, files: dict[str, str] | None = None) -> bool:
    effects = call(action, inputs or {}, files=files).effects
    return any(isinstance(each, Opaque | Write) for each in effects)


@pytest.mark.parametrize("owner", EVERY_OWNER)
def test_an_owner_vouches_for_what_sets_up_and_not_for_what_pushes(owner: str) -> None:
    """Setting up is quiet; a name that speaks of pushing is not, nor is a text that pushes."""
    assert not may_push(f"{owner}/setup-it")
    assert not may_push(f"{owner}/report-it", {"command": "true"})
    for name in ("push-image", "docker-build", "container-deploy", "trigger-workflow", "acr"):
        assert may_push(f"{owner}/{name}")
    assert may_push(f"{owner}/report-it", {"command": PUSH})
    assert may_push(f"{owner}/report-it", {"pre-run": "tools/x.py"}, {"tools/x.py": f"system('{PUSH}')"})


@pytest.mark.parametrize("name", EVERY_NAME)
def test_an_action_that_is_vouched_for_by_name_is_quiet_until_it_is_given_a_push(name: str) -> None:
    """It deploys, logs in, publishes pages: no image. What it is given to run counts."""
    assert not may_push(name)
    assert name in ALL_ACTIONS or name in WRAPPERS or may_push(name, {"run": PUSH})


@pytest.mark.parametrize("name", sorted(bystanders.ACTIONS))
def test_a_bystander_runs_no_text(name: str) -> None:
    """Each was looked up: none of them has an input that it runs."""
    assert not may_push(name)


@pytest.mark.parametrize(
    ("action", "inputs"),
    [
        ("azure/container-apps-deploy-action", {"imagetobuild": "r.example/job:1", "appsourcepath": "."}),
        ("azure/container-apps-deploy-action", {"appsourcepath": "."}),
        ("google-github-actions/deploy-cloudrun", {"source": "."}),
        ("aws-actions/aws-codebuild-run-build", {"project-name": "images"}),
        ("peter-evans/repository-dispatch", {"event-type": "images"}),
        ("appleboy/ssh-action", {"script": PUSH}),
        ("appleboy/ssh-action", {"script": "cd app\n./release.sh"}),
        ("appleboy/ssh-action", {"script_path": "tools/there.sh"}),
        ("garygrossgarten/github-action-ssh", {"command": "docker compose push"}),
        ("addnab/docker-run-action", {"image": "docker", "run": PUSH}),
        ("acme/setup-and-test", {"run": PUSH}),
    ],
)
def test_actions_that_build_start_or_run_elsewhere_may_push(action: str, inputs: dict[str, str]) -> None:
    """They build in a cloud, start another workflow, or run a text on another machine or in a container."""
    assert may_push(action, inputs)


@pytest.mark.parametrize(
    ("action", "inputs"),
    [
        ("azure/container-apps-deploy-action", {"imagetodeploy": "r.example/job:1"}),
        ("google-github-actions/deploy-cloudrun", {"image": "r.example/job:1"}),
        (
            "appleboy/ssh-action",
            {"script": "docker compose pull\ndocker compose up -d\ndocker image prune -f"},
        ),
        ("appleboy/ssh-action", {"script_path": "tools/there.sh"}),
        ("acme/setup-thing", {"build-args": "docker"}),
    ],
)
def test_their_everyday_use_is_quiet(action: str, inputs: dict[str, str]) -> None:
    """An image that is there already is deployed, a machine pulls and restarts."""
    assert not may_push(action, inputs, {"tools/there.sh": "docker compose pull\n"})


JOB = """
on: {{push: {{tags: ["v*"]}}}}
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/login-action@v3
        with: {{registry: r.example, username: bot, password: "${{{{ secrets.TOKEN }}}}"}}
      - {step}
      - run: docker push r.example/acme/worker:$GITHUB_REF_NAME
      - run: docker push r.example/acme/app:$GITHUB_REF_NAME
"""


@pytest.mark.parametrize(
    ("step", "files"),
    [
        (
            "{uses: pre-commit/action@v3.0.1}",
            {".pre-commit-config.yaml": "entry: push.sh", "push.sh": JOB_TOO},
        ),
        ("{uses: cypress-io/github-action@v6, with: {build: ./push.sh}}", {"push.sh": JOB_TOO}),
        ("{uses: cypress-io/github-action@v6, with: {start: ./push.sh}}", {"push.sh": JOB_TOO}),
        ("{uses: appleboy/ssh-action@v1, with: {host: h, script: 'docker push r.example/acme/job:1'}}", {}),
        (
            "{uses: nick-fields/retry@v3, with: {max_attempts: 2, command: ./push.sh}}",
            {"push.sh": JOB_TOO},
        ),
    ],
)
def test_no_release_is_whole_where_an_action_runs_a_push(step: str, files: dict[str, str]) -> None:
    """The same step without its push leaves the release whole."""
    options = Options(Watched(("app",), "--watched"))
    text = JOB.format(step=step)
    assert check_one(text, ".github/workflows/a.yml", files.get, options).whole is not True
    clean = dict.fromkeys(files, "echo nothing")
    text = text.replace("docker push r.example/acme/job:1", "docker pull x")
    assert check_one(text, ".github/workflows/a.yml", clean.get, options).whole is True
