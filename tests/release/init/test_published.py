"""What the analysis proves is pushed, as sightings."""

from __future__ import annotations

import pytest

from wholeship.release.init.published import PublishedRun, seen_in_run
from wholeship.release.init.sightings import SeenImage
from wholeship.verdict.check import study_of


def runs(text: str) -> list[PublishedRun]:
    """Every scenario of a workflow."""
    study = study_of(text, ".github/workflows/w.yml")
    return [PublishedRun(study.path, study.name, c.instance, c.facts, c.images) for c in study.cases]


def seen(text: str, source: str = "github.com/acme/pay") -> list[SeenImage]:
    return [each for run in runs(text) for each in seen_in_run(run, source)]


WORKFLOW = """\
on: %s
env: {REGISTRY: ghcr.io/acme}
jobs:
  one:
    runs-on: ubuntu-latest
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: %s
          context: ./app
          platforms: ${{ inputs.platforms || 'linux/amd64' }}
          tags: |
            ${{ env.REGISTRY }}/app:${{ github.sha }}
            ${{ env.REGISTRY }}/app:latest
"""


@pytest.mark.parametrize(
    ("triggers", "scenarios"),
    [
        ("push", ("push",)),
        ("[push, release]", ("push", "release")),
        ("{push: {tags: ['v*']}}", ("release",)),
        ("{push: {tags: ['v*'], branches: [main]}}", ("push",)),
        ("{workflow_dispatch: }", ("manual",)),
        ("{schedule: [{cron: 0 0 * * *}]}", ("push",)),
    ],
)
def test_scenarios_by_trigger(triggers: str, scenarios: tuple[str, ...]) -> None:
    """Each trigger is one of the release file's scenarios."""
    found = seen(WORKFLOW % (triggers, "true"))
    assert tuple(dict.fromkeys(s for each in found for s in each.scenarios)) == scenarios
    for each in found:
        assert each.repository == "ghcr.io/acme/app"
        assert [(tag.pattern, tag.deploy) for tag in each.tags] == [("{sha}", True), ("latest", False)]
        assert (each.context, each.dockerfile) == ("app", "app/Dockerfile")


@pytest.mark.parametrize(("triggers", "push"), [("pull_request", "true"), ("push", "false")])
def test_what_publishes_nothing_is_not_seen(triggers: str, push: str) -> None:
    """Pull requests and builds that are not pushed are no release."""
    assert seen(WORKFLOW % (triggers, push)) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "on: push",
        "jobs: []",
        "on: push\njobs: {a: {steps: [1, {with: 3, uses: docker/build-push-action@v1}]}}",
        (
            "on: [push, {a: b}]\n"
            'jobs: {a: {strategy: {matrix: {x: [1], include: [3]}}, steps: [{run: "docker build \'"}]}}'
        ),
    ],
)
def test_odd_workflows_are_no_failure(text: str) -> None:
    """Whatever a workflow file holds, it is read without a stumble."""
    assert seen(text) == []


def test_a_matrix_is_laid_out() -> None:
    """Included entries join the legs they fit, or are legs of their own; conditions on a leg are read."""
    text = """\
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    strategy:
      matrix:
        image: [app, app-client]
        include:
          - {image: app, port: 1}
          - {image: other, file: x.Dockerfile}
    steps:
      - uses: docker/build-push-action@v6
        with:
          push: true
          file: ${{ matrix.file || (endsWith(matrix.image, 'client') && 'client/Dockerfile')
            || 'Dockerfile' }}
          tags: ghcr.io/acme/${{ matrix.image }}:1
          build-args: |
            PORT=${{ matrix.port }}
            ${{ matrix.extra && 'X=1' }}
"""
    found = seen(text)
    assert [(s.name, s.dockerfile, dict(s.args)) for s in found] == [
        ("app", "Dockerfile", {"PORT": "1"}),
        ("app-client", "client/Dockerfile", {"PORT": ""}),
        ("other", "x.Dockerfile", {"PORT": ""}),
    ]
    assert found[1].left == ()


def test_scripts_are_read_too() -> None:
    """docker build and docker push in a script, with the folder that they run in."""
    text = """\
on: push
jobs:
  a:
    runs-on: ubuntu-24.04-arm
    steps:
      - uses: actions/checkout@v4
      - working-directory: svc
        run: |
          docker build -t ghcr.io/acme/svc:${{ github.sha }} -f build/Dockerfile --build-arg A=1 \\
            --build-arg B --platform=linux/arm64 .
          docker push ghcr.io/acme/svc:${{ github.sha }}
"""
    (found,) = seen(text)
    assert (found.repository, found.context, found.dockerfile) == (
        "ghcr.io/acme/svc",
        "svc",
        "svc/build/Dockerfile",
    )
    assert (dict(found.args), found.platforms) == ({"A": "1"}, ("linux/arm64",))
    assert found.left == ("the build argument B ({the environment})",)
    assert found.where == ".github/workflows/w.yml:11"
