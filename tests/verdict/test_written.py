"""Variables that programs write for later steps: another text in each job, one text in each."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, script, whole_of


@pytest.mark.parametrize(
    "writer",
    [
        "      - uses: someone/sets-a-version@v1\n",
        script("date +VERSION=%s >> $GITHUB_ENV"),
        script("python3 -c 'import time; print(time.time())' >> $GITHUB_ENV"),
        script("git describe --tags | sed s/^/VERSION=/ >> $GITHUB_ENV"),
    ],
)
@pytest.mark.parametrize("spelled", ["$VERSION", "${VERSION}", "${{ env.VERSION }}"])
def test_what_a_program_writes_in_two_jobs_is_not_one_tag(writer: str, spelled: str) -> None:
    """Each job runs the program for itself: nobody knows that both tags are one."""
    worker = job("worker", f"worker:{spelled}", steps=writer)
    app = job("app", f"app:{spelled}", needs="worker", steps=writer)
    assert whole_of(worker, app, watched="app").whole is None


@pytest.mark.parametrize("spelled", ["$VERSION", "${{ env.VERSION }}"])
def test_what_a_program_writes_once_is_one_tag(spelled: str) -> None:
    """In one job the variable is what it was; a push that comes first keeps the release whole."""
    both = job("both", f"worker:{spelled}", "app:$VERSION", steps=script("date +VERSION=%s >> $GITHUB_ENV"))
    assert whole_of(both, watched="app").whole is True


def test_a_default_is_not_taken_where_a_program_has_set_the_variable() -> None:
    """worker has the default as its tag, and what app gets only the program knows."""
    tag = "${VERSION:-$GITHUB_SHA}"
    writer = script("date +VERSION=%s >> $GITHUB_ENV")
    worker = job("worker", f"worker:{tag}")
    assert whole_of(worker, job("app", f"app:{tag}", needs="worker"), watched="app").whole is True
    assert (
        whole_of(worker, job("app", f"app:{tag}", needs="worker", steps=writer), watched="app").whole is None
    )
