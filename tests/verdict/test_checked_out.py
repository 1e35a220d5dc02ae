"""Tags made of what is checked out: one commit only where nothing can have put another in its place."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, workflow
from wholeship.verdict.check import check_one
from wholeship.verdict.options import Options
from wholeship.verdict.watched import Watched

CHECKOUT = "      - uses: actions/checkout@v4\n"
HEAD = "$(git rev-parse HEAD)"


def whole(first: str, second: str, *, tags: tuple[str, str] = (HEAD, HEAD), on: str = "push") -> bool | None:
    """The verdict where worker is pushed after *first*, and app, in a job after that, after *second*."""

    def job(name: str, steps: str, push: str, needs: str = "") -> str:
        run = f"      - run: docker push r.io/{push}\n"
        return f"  {name}:\n{needs}    runs-on: ubuntu-latest\n    steps:\n{CHECKOUT}{LOGIN}{steps}{run}"

    jobs = (
        job("w", first, f"worker:{tags[0]}"),
        job("a", second, f"app:{tags[1]}", "    needs: w\n"),
    )
    options = Options(watched=Watched(("app",), "--watched"))
    return check_one(workflow(*jobs, on=on), ".github/workflows/w.yml", options=options).whole


def ref(text: str) -> str:
    return f"{CHECKOUT}        with: {{ref: '{text}'}}\n"


def run(line: str) -> str:
    return f"      - run: {line}\n"


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("", ""),
        (ref("${{ github.sha }}"), ""),
        (ref("4f2d9c1b7a83e5d60f1c2b3a4d5e6f708192a3b4"), ref("4f2d9c1b7a83e5d60f1c2b3a4d5e6f708192a3b4")),
        (run("git pull"), f"{CHECKOUT}"),
        (f"{CHECKOUT}        with: {{ref: main, path: docs}}\n", ""),
    ],
)
def test_the_commit_of_the_event_is_one_text(first: str, second: str) -> None:
    """Wherever nothing else was checked out, ``git rev-parse HEAD`` is the same, and is ``github.sha``."""
    if first == run("git pull"):
        assert whole(f"{first}{CHECKOUT}", second) is True
    else:
        assert whole(first, second) is True
    if "4f2d" not in first:
        assert whole("", "", tags=("${{ github.sha }}", HEAD)) is True


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (ref("main"), ""),
        ("", ref("main")),
        (ref("main"), ref("main")),
        (ref("${{ inputs.ref }}"), ref("${{ inputs.ref }}")),
        ("", run("git pull")),
        (run("git checkout main"), run("git checkout main")),
        ("", "      - if: github.actor == 'x'\n        run: git pull\n"),
        (f"{CHECKOUT}        with: {{repository: acme/other}}\n", ""),
    ],
)
def test_another_commit_may_be_another_tag(first: str, second: str) -> None:
    """A branch may have moved on between two jobs: app may be out under a tag that worker never gets."""
    on = "{workflow_dispatch: {inputs: {ref: {type: string}}}}"
    assert whole(first, second, on=on) is not True


def test_the_tag_that_one_job_made_is_one_text() -> None:
    """Handed on as an output, it is the same for all, whatever was checked out for it."""
    text = workflow(
        "  t:\n    runs-on: ubuntu-latest\n    outputs: {tag: '${{ steps.t.outputs.tag }}'}\n    steps:\n"
        f"{ref('main')}      - id: t\n        run: echo tag={HEAD} >> $GITHUB_OUTPUT\n",
        f"  w:\n    needs: t\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}"
        "      - run: docker push r.io/worker:${{ needs.t.outputs.tag }}\n",
        f"  a:\n    needs: [t, w]\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}"
        "      - run: docker push r.io/app:${{ needs.t.outputs.tag }}\n",
        on="push",
    )
    assert check_one(text, "w.yml", options=Options(watched=Watched(("app",), "--watched"))).whole is True


def test_git_shortens_a_commit_as_far_as_it_can() -> None:
    """To seven characters in a small repository, to more in a large one: nobody knows that it is seven."""
    short = "$(git rev-parse --short HEAD)"
    assert whole("", "", tags=(short, short)) is True
    assert whole("", "", tags=("${GITHUB_SHA::7}", "$(git rev-parse --short=7 HEAD)")) is True
    assert whole("", "", tags=("${GITHUB_SHA::7}", short)) is not True


def test_each_job_has_a_name_of_its_own() -> None:
    """``github.job`` in a tag is another text in every job."""
    assert whole("", "", tags=("${{ github.job }}-1", "${{ github.job }}-1")) is not True
    assert whole("", "", tags=("w-${{ github.sha }}", "${{ github.job }}-${{ github.sha }}")) is not True
