"""Steps that start another workflow of the repository: its images are of the same product."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping

import pytest

from wholeship.github import starts
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

OWN, OTHER = ".github/workflows/release.yml", ".github/workflows/other.yml"
LOGIN = (
    "      - uses: docker/login-action@v3\n"
    "        with: {registry: r.example, username: b, password: '${{ secrets.T }}'}\n"
)
PUSHES = "".join(
    f"      - run: docker push r.example/acme/{name}:$GITHUB_SHA\n" for name in ("worker", "app")
)
PAT = "- {uses: actions/checkout@v4, with: {token: '${{ secrets.PAT }}'}}\n"
KEY = "- {uses: actions/checkout@v4, with: {ssh-key: '${{ secrets.KEY }}'}}\n"
APP = "- {id: app, uses: actions/create-github-app-token@v2, with: {app-id: 1, private-key: k}}\n"


def listed(files: Mapping[str, str]) -> Callable[[str], str | None]:
    """A repository of *files* whose folders can be listed."""

    def read(path: str) -> str | None:
        if not path.endswith("/"):
            return files.get(path)
        return "\n".join(each[len(path) :] for each in files if each.startswith(path)) or None

    return read


def asked(steps: str, other: str, *, pushes: str = PUSHES) -> WorkflowReport:
    """A release that also does *steps*, in a repository with the workflow *other*."""
    inside = textwrap.indent(steps, " " * 6)
    head = "on: {push: {branches: [main]}}\njobs:\n  one:\n    runs-on: ubuntu-latest\n    steps:\n"
    text = f"{head}{LOGIN}{inside}\n{pushes}"
    repository = listed({OWN: text, OTHER: other})
    return check_one(text, OWN, repository, Options(Watched(("app",), "--watched")))


def publishing(on: str, name: str = "") -> str:
    return (
        f"name: {name or 'other'}\non: {on}\njobs:\n  web:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}"
        "      - run: docker push r.example/acme/web:$GITHUB_SHA\n"
    )


def hidden(report: WorkflowReport) -> list[str]:
    return [each.message for each in report.findings if each.rule == "hidden-publish"]


STARTED = [
    ("- run: gh workflow run other.yml", "workflow_dispatch"),
    ("- run: gh workflow run other -f a=b", "workflow_dispatch"),
    ("- run: gh workflow run $NAME", "workflow_dispatch"),
    ("- run: gh api repos/a/b/actions/workflows/other.yml/dispatches -f ref=main", "workflow_dispatch"),
    ("- run: gh api repos/$GITHUB_REPOSITORY/dispatches -f event_type=x", "repository_dispatch"),
    ("- uses: peter-evans/repository-dispatch@v3", "repository_dispatch"),
    ("- {uses: benc-uk/workflow-dispatch@v1, with: {workflow: other.yml}}", "workflow_dispatch"),
    (f"{PAT}- run: git tag v1 && git push origin v1", "{push: {tags: ['v*']}}"),
    (f"{KEY}- run: git push --tags", "{push: {tags: ['v*']}}"),
    (f"{PAT}- run: ./tag.sh", "{push: {tags: ['v*']}}"),
    ("- {run: gh release create v1, env: {GH_TOKEN: '${{ secrets.PAT }}'}}", "release"),
    (APP + "- {run: gh release create v1, env: {GH_TOKEN: '${{ steps.app.outputs.token }}'}}", "release"),
    ("- {uses: softprops/action-gh-release@v2, with: {token: '${{ secrets.PAT }}'}}", "release"),
    (f"{PAT}- uses: stefanzweifel/git-auto-commit-action@v5", "push"),
]  # fmt: skip
NOT_STARTED = [
    ("- run: gh workflow run third.yml -R acme/third", "push"),
    ("- {uses: peter-evans/repository-dispatch@v3, with: {repository: acme/deploy}}", "push"),
    ("- uses: actions/checkout@v4\n- run: git tag v1 && git push origin v1", "{push: {tags: ['v*']}}"),
    ("- {run: gh release create v1, env: {GH_TOKEN: '${{ secrets.GITHUB_TOKEN }}'}}", "release"),
    ("- {run: gh release create v1, env: {GH_TOKEN: '${{ github.token }}'}}", "release"),
    ("- uses: softprops/action-gh-release@v2", "release"),
    ("- {run: gh release create v1, env: {GH_TOKEN: '${{ secrets.PAT }}'}}", "workflow_dispatch"),
    ("- {run: gh release create v1 --draft, env: {GH_TOKEN: '${{ secrets.PAT }}'}}", "release"),
    (f"{PAT}- run: git push --delete origin v1", "push"),
    (f"{PAT}- run: git pull", "push"),
]


@pytest.mark.parametrize(("steps", "on"), STARTED)
def test_a_workflow_that_is_started_and_publishes_is_told(steps: str, on: str) -> None:
    """What it pushes is not in order with what is pushed here, so that there is no yes."""
    if "./tag.sh" in steps:
        steps = steps.replace("./tag.sh", "|\n    VERSION=1\n    git push origin refs/tags/v$VERSION")
    found = asked(steps, publishing(on))
    assert found.whole is None
    assert any(f"{OTHER}, which it starts" in each for each in hidden(found))


@pytest.mark.parametrize(("steps", "on"), NOT_STARTED)
def test_what_starts_nothing_here_says_nothing_of_the_other(steps: str, on: str) -> None:
    """The run's own token starts no workflow, but for dispatches; nor does a draft, or another repository."""
    assert not any(OTHER in each for each in hidden(asked(steps, publishing(on))))


@pytest.mark.parametrize(("steps", "on"), STARTED[:2])
def test_a_started_workflow_that_publishes_nothing_is_harmless(steps: str, on: str) -> None:
    """One that runs tests, or waits for another event, adds no image."""
    tests = f"name: other\non: {on}\njobs: {{t: {{runs-on: u, steps: [{{run: pytest}}]}}}}\n"
    assert not any(OTHER in each for each in hidden(asked(steps, tests)))
    assert not any(OTHER in each for each in hidden(asked(steps, publishing("pull_request"))))


def test_a_started_workflow_without_a_login_pushes_nothing() -> None:
    """Like a step: what has no login and no secret for a registry cannot push, whatever its words are."""
    steps, on = STARTED[0]
    words = (
        f"name: other\non: {on}\njobs:\n  t:\n    runs-on: u\n    steps:\n      - run: docker push a/b:1\n"
    )
    assert not any(OTHER in each for each in hidden(asked(steps, words)))
    allowed = words.replace(
        "jobs:", "permissions: {packages: write}\njobs:".replace("{", "").replace("}", "")
    )
    assert any(OTHER in each for each in hidden(asked(steps, allowed.replace(": packages", ":\n  packages"))))


def test_where_nothing_is_published_nothing_is_started_half() -> None:
    """A workflow that only makes the release has no image that could be out alone."""
    steps, on = STARTED[0]
    assert not any(OTHER in each for each in hidden(asked(steps, publishing(on), pushes="")))


def test_a_folder_of_too_many_workflows_is_not_taken_for_harmless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any of them may be the one that is started."""
    monkeypatch.setattr(starts, "MOST", 1)
    steps, on = STARTED[0]
    assert any("workflows, which it starts" in each for each in hidden(asked(steps, publishing(on))))
