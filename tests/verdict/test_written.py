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


UPLOAD = "      - {uses: actions/upload-artifact@v4, with: {name: tag, path: tag.txt}}\n"
DOWNLOAD = "      - {uses: actions/download-artifact@v4, with: {name: tag}}\n"
READS = ("$(cat tag.txt)", "$(< tag.txt)", "$(head -n1 tag.txt)", "$(tr -d ' ' < tag.txt)")


@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize("text", ["$(date +%s)", "$GITHUB_SHA", "$GITHUB_RUN_ID-$GITHUB_RUN_ATTEMPT"])
def test_what_an_artifact_hands_on_is_one_text(text: str, reads: str) -> None:
    """One job writes the tag, the others take it: also where one of them runs again."""
    meta = job("meta", steps=script(f"echo {text} > tag.txt") + UPLOAD)
    worker = job("worker", f"worker:{reads}", needs="meta", steps=DOWNLOAD)
    app = job("app", f"app:{reads}", needs="[meta, worker]", steps=DOWNLOAD)
    assert whole_of(meta, worker, app, watched="app").whole is True


@pytest.mark.parametrize("reads", READS)
@pytest.mark.parametrize(
    "other", ["echo $GITHUB_RUN_ID > tag.txt", "python3 gen.py", "curl -so tag.txt https://x.example/t"]
)
def test_a_file_that_another_job_has_written_is_another_file(other: str, reads: str) -> None:
    """Each job has a work tree of its own: what stands in a file there, only that job knows."""
    worker = job("worker", f"worker:{reads}", steps=script("echo $GITHUB_SHA > tag.txt"))
    app = job("app", f"app:{reads}", needs="worker", steps=script(other))
    assert whole_of(worker, app, watched="app").whole is not True
    twice = job("worker", f"worker:{reads}", steps=script(other))
    if "RUN_ID" not in other:
        assert whole_of(twice, app, watched="app").whole is not True


@pytest.mark.parametrize("reads", READS)
def test_a_file_that_a_step_has_written_says_what_was_written(reads: str) -> None:
    """In one job, and in two that write the same, the tag is that text; between two writes it changes."""
    writer = script("echo $GITHUB_SHA > tag.txt")
    both = job("both", f"worker:{reads}", f"app:{reads}", steps=writer)
    assert whole_of(both, watched="app").whole is True
    worker = job("worker", f"worker:{reads}", steps=writer)
    app = job("app", f"app:{reads}", needs="worker", steps=script("printf '%s\\n' $GITHUB_SHA | tee tag.txt"))
    assert whole_of(worker, app, watched="app").whole is True
    first = writer + script(f"docker push r.io/worker:{reads}") + script("echo $GITHUB_RUN_ID > tag.txt")
    changed = job("both", f"app:{reads}", steps=first)
    assert whole_of(changed, watched="app").whole is not True
