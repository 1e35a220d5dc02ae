"""A version that a job raises, or reads at another commit, is another tag than its sibling's."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

FILES = {"VERSION": "1.0\n", "package.json": '{"version": "1.0"}\n'}
TAG = "$(cat VERSION)-$GITHUB_SHA"


def whole(first: str, second: str, tag: str = TAG, ref: str = "") -> bool | None:
    """The verdict where worker is pushed after *first*, and app, in a job behind it, after *second*."""

    def job(name: str, image: str, script: str, more: str, checkout: str) -> str:
        lines = "".join(
            f"          {line}\n" for line in (script or "true", f"docker push r.io/{image}:{tag}")
        )
        return (
            f"  {name}:\n{more}    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v4\n"
            f"{checkout}{LOGIN}      - run: |\n{lines}"
        )

    jobs = (
        job("w", "worker", first, "", ""),
        job("a", "app", second, "    needs: w\n", f"        with: {{ref: {ref}}}\n" if ref else ""),
    )
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(*jobs, on="push"), "w.yml", FILES.get, options=options).whole


@pytest.mark.parametrize("raised", ["sed -i s/1/2/ VERSION", "bump2version patch", "echo 2 | dd of=VERSION"])
def test_a_version_that_one_job_raises_is_another_tag(raised: str) -> None:
    """Only one of two jobs raises it: app is out under a tag that worker never gets."""
    assert whole("", raised) is not True
    assert whole(raised, "") is not True
    assert whole("", "npm version patch", "$(jq -r .version package.json)-$GITHUB_SHA") is not True


def test_a_version_that_both_jobs_raise_alike_is_one_tag() -> None:
    """The same command does the same to the same file of one commit."""
    assert whole("", "") is True
    assert whole("sed -i s/1/2/ VERSION", "sed -i s/1/2/ VERSION") is True
    assert whole("sed -i s/1/2/ VERSION", "sed -i s/1/3/ VERSION") is not True


def test_a_version_at_another_commit_is_another_tag() -> None:
    """What stands in VERSION on a branch need not be what stands there at the commit of the run."""
    assert whole("", "", ref="main") is not True


@pytest.mark.parametrize("word", ["$$", "$PPID", "$(git rev-parse origin/main)", "$GITHUB_ACTION"])
def test_what_each_job_asks_for_itself_is_no_common_tag(word: str) -> None:
    """A process, or what a branch is now: each job gets its own."""
    assert whole("", "", f"{word}-$GITHUB_SHA") is not True
