"""Images that are called after the folder a command runs in, however it gets there."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, script, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.report import WorkflowReport
from wholeship.verdict.watched import Watched

PUSH = "docker push r.io/$(basename $PWD):$GITHUB_SHA"
FILES = {
    "app/Dockerfile": "FROM scratch\n",
    "worker/Dockerfile": "FROM scratch\n",
    "push.sh": f"{PUSH}\n",
    "named.sh": "docker push r.io/$NAME:$GITHUB_SHA\n",
}


def report_on(lines: str, watched: str = "app") -> WorkflowReport:
    """On one step that runs *lines* in a repository with *FILES*."""
    job = f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{script(lines)}"
    options = Options(watched=Watched((watched,) if watched else (), "--watched"))
    return check_one(workflow(job, on="push"), "w.yml", FILES.get, options=options)


@pytest.mark.parametrize(
    "lines",
    [
        f"find . -name Dockerfile -execdir sh -c '{PUSH}' \\;",
        "find . -name Dockerfile -execdir bash -c 'docker push r.io/${PWD##*/}:$GITHUB_SHA' ';'",
        "find . -name Dockerfile -exec sh -c 'for f; do docker push r.io/$(dirname $f):1; done' _ {} +",
        f"for d in $DIRS; do (cd $d && {PUSH}); done",
        f"while read -r d; do pushd $d; {PUSH}; popd; done < dirs.txt",
    ],
)
def test_a_command_in_each_of_many_folders_pushes_many_images(lines: str) -> None:
    """How many only the run knows: any can be out without the others, whoever is followed."""
    report = report_on(lines, watched="")
    assert report.whole is False
    assert [each.rule for each in report.findings if each.rule == "half-release"]


@pytest.mark.parametrize(
    ("lines", "whole"),
    [
        (f"for d in worker app; do pushd $d; {PUSH}; popd; done", True),
        (f"for d in app worker; do pushd $d; {PUSH}; popd; done", False),
        (f"pushd worker; pushd ../app; popd; {PUSH}; popd; cd app; {PUSH}", True),
        (f"cd worker; cd ../app; cd -; {PUSH}; cd ../app; {PUSH}", True),
        (f"cd app; cd ../worker; cd -; {PUSH}; cd ../worker; {PUSH}", False),
        ("env -C worker ../push.sh; env --chdir=app ../push.sh", True),
        ("env -C worker ../push.sh || true; env -C app ../push.sh", False),
        ("env NAME=worker ./named.sh; sudo -E NAME=app ./named.sh", True),
        ("env NAME=worker ./named.sh || true; env NAME=app ./named.sh", False),
    ],
)
def test_the_folder_and_the_variables_of_one_command_are_its_own(lines: str, whole: bool) -> None:
    """``pushd``, ``popd``, ``cd -``, and what ``env`` and ``sudo`` give to the program that they run."""
    report = report_on(lines)
    assert (report.whole, sorted(report.images)) == (whole, ["app", "worker"])


def test_two_folders_that_only_the_run_knows_are_two() -> None:
    """One name for both would be one image, and nothing would be asked."""
    report = report_on(f'cd "$ONE"; {PUSH} || true; cd "$OTHER"; {PUSH}', watched="")
    assert len(report.images) == 2
    assert report.whole is False


def test_the_folder_is_the_same_after_execdir() -> None:
    """What comes after ``find`` runs where it ran."""
    report = report_on(f"cd app; find . -execdir true \\; ; {PUSH}", watched="")
    assert report.images == ("app",)


def test_a_step_starts_in_its_working_directory() -> None:
    """Two steps in two folders name two images, in the order of the steps."""
    steps = "".join(
        f"      - {{run: '{PUSH}', working-directory: {folder}}}\n"
        for folder in ("services/app", "services/worker")
    )
    text = workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{steps}", on="push")
    report = check_one(text, "w.yml", options=Options(watched=Watched(("app",), "--watched")))
    assert sorted(report.images) == ["app", "worker"]
    assert report.whole is False


@pytest.mark.parametrize("name", [".env", "settings.cfg", "conf.sh"])
def test_a_sourced_file_is_read_whatever_it_is_called(name: str) -> None:
    """What it sets holds for the lines after it: worker gets another tag than app."""
    lines = f"source {name}\ndocker push r.io/worker:$TAG"
    steps = f"{script(lines)}      - run: docker push r.io/app:$TAG\n"
    head = "  r:\n    runs-on: ubuntu-latest\n    env: {TAG: '${{ github.sha }}'}\n    steps:\n"
    text = workflow(f"{head}{LOGIN}{steps}", on="push")
    options = Options(watched=Watched(("app",), "--watched"))
    report = check_one(text, "w.yml", {name: "TAG=dev\n"}.get, options=options)
    assert report.whole is None
    assert {(line.image, line.tags) for line in report.publishes} == {
        ("worker", ("dev",)),
        ("app", ("{github.sha}",)),
    }
