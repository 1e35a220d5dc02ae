"""`vars` and files of the runner: texts that look alike in two places and need not be."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

OPTIONS = Options(watched=Watched(("app",), "--watched"))
TAG = "${{ vars.RELEASE }}-${{ github.sha }}"


def job(name: str, environment: str, tag: str = TAG, extra: str = "") -> str:
    """A job that pushes the image *name*, in *environment* where one is named."""
    where = f"    environment: {environment}\n" if environment else ""
    needs = "    needs: worker\n" if name == "app" else ""
    steps = f"{LOGIN}      - run: docker push ghcr.io/acme/{name}:{tag}\n"
    return f"  {name}:\n    runs-on: ubuntu-latest\n{needs}{where}{extra}    steps:\n{steps}"


def report(one: str, other: str) -> WorkflowReport:
    """The report where worker and app are pushed in these environments."""
    return check_one(workflow(job("worker", one) + job("app", other), on="push"), "w.yml", options=OPTIONS)


@pytest.mark.parametrize(
    ("one", "other", "right"),
    [
        ("staging", "production", None),
        ("{name: staging}", "{name: production, url: 'https://a.io'}", None),
        ("production", "production", True),
        ("{name: production}", "production", True),
        ("", "", True),
        ("", "production", True),
    ],
)
def test_a_variable_has_a_text_of_its_own_in_each_environment(
    one: str, other: str, right: bool | None
) -> None:
    """Two environments may have two values: whether the tags are one is not known."""
    assert report(one, other).whole is right


@pytest.mark.parametrize(("one", "said"), [("", True), ("production", False)])
def test_that_an_environment_changes_nothing_is_said(one: str, said: bool) -> None:
    """A job with an environment beside one without: the answer names what it takes for granted."""
    taken = "no environment has another text for vars.RELEASE"
    assert (taken in report(one, "production").assumed) is said


def test_the_environment_counts_in_the_env_of_the_workflow_and_of_the_job() -> None:
    """The runner reads `env` once for each job, with the variables of the job's environment."""
    for top, inner in (
        ("env: {T: '${{ vars.RELEASE }}'}\n", ""),
        ("", "    env: {T: '${{ vars.RELEASE }}'}\n"),
    ):
        jobs = "".join(
            job(name, where, "$T-$GITHUB_SHA", inner)
            for name, where in (("worker", "staging"), ("app", "production"))
        )
        text = workflow(jobs, on="push").replace("jobs:", f"{top}jobs:", 1)
        assert check_one(text, "w.yml", options=OPTIONS).whole is None


def test_a_called_workflow_has_the_environment_that_its_caller_names() -> None:
    """One file called for two environments pushes under two texts; for one, under one."""
    called = (
        "on: {workflow_call: {inputs: {image: {type: string}, where: {type: string}}}}\njobs:\n  push:\n"
        "    runs-on: ubuntu-latest\n    environment: ${{ inputs.where }}\n"
        f"    steps:\n{LOGIN}      - run: docker push ghcr.io/acme/${{{{ inputs.image }}}}:{TAG}\n"
    )
    for second, right in (("production", None), ("staging", True)):
        calls = "".join(
            f"  {name}:\n    {needs}uses: ./.github/workflows/push.yml\n"
            f"    with: {{image: {name}, where: {where}}}\n"
            for name, needs, where in (("worker", "", "staging"), ("app", "needs: worker\n    ", second))
        )
        files = {".github/workflows/push.yml": called}
        assert check_one(workflow(calls, on="push"), "w.yml", files.get, options=OPTIONS).whole is right


def test_legs_in_several_environments_have_several_texts() -> None:
    """An environment that a matrix names differs by leg, and the tags tell it."""
    extra = "    strategy: {matrix: {where: [staging, production]}}\n"
    both = job("worker", "") + job("app", "${{ matrix.where }}", extra=extra)
    found = check_one(workflow(both, on="push"), "w.yml", options=OPTIONS)
    tags = {str(tag) for each in found.publishes for tag in each.tags}
    assert {f"{{vars.RELEASE in {where}}}-{{github.sha}}" for where in ("staging", "production")} < tags


@pytest.mark.parametrize(
    "name", ["$(basename $GITHUB_ENV)", "${GITHUB_OUTPUT##*/}", "$(basename $GITHUB_PATH)"]
)
def test_a_file_of_the_runner_is_called_anew_in_each_step(name: str) -> None:
    """A tag with its name in it is another in the next step, and the same within one."""
    pushes = [f"docker push ghcr.io/acme/{image}:$GITHUB_SHA-{name}" for image in ("worker", "app")]
    apart = "".join(f"      - run: {push}\n" for push in pushes)
    together = f"      - run: |\n          {pushes[0]}\n          {pushes[1]}\n"
    for steps, right in ((apart, None), (together, True)):
        one = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{steps}"
        assert check_one(workflow(one, on="push"), "w.yml", options=OPTIONS).whole is right
