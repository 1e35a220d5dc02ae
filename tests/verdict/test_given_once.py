"""What names one release only: the tags that two runs may make alike, and those that nobody types twice."""

from __future__ import annotations

import pytest

from tests.verdict.words import LOGIN, job, whole_of, workflow
from wholeship.verdict.check import check_one, study_of

CHECKOUT = "      - {uses: actions/checkout@v4}\n"
DEEP = "      - {uses: actions/checkout@v4, with: {fetch-depth: 0}}\n"


def told_of(tag: str, on: str = "push") -> list[str]:
    """Why the rule on tags that two runs make says that *tag* is not unique."""
    steps = "".join(f"      - run: docker push r.io/{name}:{tag}\n" for name in ("worker", "app"))
    text = workflow(f"  r:\n    runs-on: ubuntu-latest\n    steps:\n{LOGIN}{CHECKOUT}{steps}", on=on)
    return [each.message for each in check_one(text, "w.yml").findings if each.rule == "tag-collision"]


@pytest.mark.parametrize(
    ("tag", "why"),
    [
        ("$(git rev-list --count HEAD)", "a shallow clone (fetch-depth is 1 unless it is set) counts one"),
        ("1.0.$(git rev-list HEAD --count)", "two branches can count alike"),
        ("$(git log --oneline | wc -l)", "two branches can count alike"),
        ("$(git log -1 --format=%cd --date=short)", "git prints the same of both"),
        ("$(date -d @$(git log -1 --format=%ct) +%Y%m%d)", "make the same tag"),
    ],
)
def test_a_number_or_a_date_of_a_commit_is_not_its_id(tag: str, why: str) -> None:
    """Two commits can have it in common, and so two runs make one tag."""
    (said,) = told_of(tag)
    assert why in said


@pytest.mark.parametrize(
    "tag",
    [
        "$(git rev-parse --short HEAD)",
        "$(git log -1 --format=%h)",
        "$(git rev-list -1 HEAD)",
        "$(git show -s --format=%H)",
        "$(git rev-list --count HEAD)-$GITHUB_SHA",
        "${{ github.run_number }}",
    ],
)
def test_what_has_the_commit_or_the_run_in_it_is_made_once(tag: str) -> None:
    """The id of a commit in any spelling, and the number of the run."""
    assert told_of(tag) == []


@pytest.mark.parametrize(
    ("one", "other", "whole"),
    [(CHECKOUT, CHECKOUT, True), (DEEP, DEEP, True), (CHECKOUT, DEEP, None)],
)
@pytest.mark.parametrize("tag", ["$(git rev-list --count HEAD)", "$(git describe --always --tags)"])
def test_a_shallow_clone_counts_and_describes_otherwise(
    one: str, other: str, whole: bool | None, tag: str
) -> None:
    """Two jobs, in order, have one tag where they have the same history; else nobody knows."""
    jobs = job("worker", f"worker:{tag}", steps=one), job("app", f"app:{tag}", steps=other, needs="worker")
    assert whole_of(*jobs, watched="app").whole is whole


def test_the_history_that_a_step_fetches_is_there_in_later_ones() -> None:
    """``git fetch`` in one job and not in the other: another number."""
    fetch = f"{CHECKOUT}      - run: git fetch --unshallow --tags\n"
    tag = "$(git rev-list --count HEAD)"
    jobs = (
        job("worker", f"worker:{tag}", steps=fetch),
        job("app", f"app:{tag}", steps=CHECKOUT, needs="worker"),
    )
    assert whole_of(*jobs, watched="app").whole is None


@pytest.mark.parametrize(
    ("on", "tag"),
    [
        ("{workflow_dispatch: {inputs: {tag: {required: true}}}}", "${{ inputs.tag }}"),
        ("{repository_dispatch: }", "${{ github.event.client_payload.tag }}"),
    ],
)
def test_that_a_tag_is_typed_once_is_assumed_and_said(on: str, tag: str) -> None:
    """A person may type one text twice, or `latest`: the answer says that it takes this not to happen."""
    jobs = job("worker", f"worker:{tag}"), job("app", f"app:{tag}", needs="worker")
    report = whole_of(*jobs, on=on, watched="app")
    assert report.whole is True
    (said,) = report.assumed
    assert "nobody gives two runs the same text, or one that moves" in said


def test_an_input_beside_what_is_new_in_each_run_is_not_taken_for_granted() -> None:
    """With the commit or the run in it the tag is another in each run, whatever is typed."""
    tag = "${{ inputs.tag }}-${{ github.run_id }}"
    jobs = job("worker", f"worker:{tag}"), job("app", f"app:{tag}", needs="worker")
    on = "{workflow_dispatch: {inputs: {tag: {required: true}}}}"
    assert whole_of(*jobs, on=on, watched="app").assumed == ()
    assert study_of(workflow(*jobs, on=on), "w.yml").cases[0].releases


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$RUNNER_NAME-$GITHUB_SHA", "$RUNNER_NAME-$GITHUB_SHA"),
        ("$(echo $GITHUB_SHA | md5sum)", "$(printf $GITHUB_SHA | md5sum)"),
    ],
)
def test_the_name_of_a_runner_and_a_sum_of_another_text_are_two(one: str, other: str) -> None:
    """Each job has a runner of its own; a sum of a line is not that of the text in it."""
    jobs = job("worker", f"worker:{one}"), job("app", f"app:{other}", needs="worker")
    assert whole_of(*jobs, watched="app").whole is not True
