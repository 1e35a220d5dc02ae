"""One tag in several spellings is one tag; what may be one tag is not called another."""

from __future__ import annotations

import pytest

from tests.verdict.words import job, whole_of
from wholeship.pipeline.overlap import may_be_one
from wholeship.texts.template import Template
from wholeship.verdict.check import study_of

NAME = "$GITHUB_REF_NAME"


def stem(tag: str, ref: str = "") -> Template:
    checkout = f"      - {{uses: actions/checkout@v4, with: {{ref: '{ref}'}}}}\n" if ref else ""
    text = (
        "on: {push: {tags: ['v*']}}\njobs:\n  j:\n    runs-on: ubuntu-latest\n    steps:\n"
        f"{checkout}      - run: docker push r.io/app:{tag}\n"
    )
    return study_of(text, "w.yml").cases[0].images[0].tags[0].stem


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("$(git rev-parse HEAD)", "$GITHUB_SHA"),
        ("$(git log -1 --format=%H)", "${{ github.sha }}"),
        ("${GITHUB_SHA::7}", "$(git rev-parse --short=7 HEAD)"),
        ("${GITHUB_SHA:0:7}", "$(echo $GITHUB_SHA | cut -c1-7)"),
        ("${GITHUB_REF_NAME#v}", "${GITHUB_REF#refs/tags/v}"),
        ("${GITHUB_REF_NAME#v}", "$(echo $GITHUB_REF_NAME | sed s/^v//)"),
        (NAME, "${GITHUB_REF##*/}"),
        (NAME, "${GITHUB_REF#refs/tags/}"),
        (NAME, "$(echo $GITHUB_REF | cut -d/ -f3)"),
    ],
)
def test_the_usual_spellings_of_one_tag_are_one(one: str, other: str) -> None:
    """However a workflow strips ``refs/tags/``, the ``v``, or all but seven characters."""
    assert stem(one) == stem(other)


def test_the_head_of_another_checkout_is_another_commit() -> None:
    """``git rev-parse HEAD`` is the event's commit only where that is what is checked out."""
    assert stem("$(git rev-parse HEAD)", ref="main") != stem("$GITHUB_SHA")


@pytest.mark.parametrize(
    ("one", "other", "whole"),
    [
        ("$(git rev-parse HEAD)", "$GITHUB_SHA", False),
        ("${GITHUB_REF_NAME#v}", "$(cat VERSION)", None),
        ("$(git describe --tags)", NAME, None),
        ("$GITHUB_SHA", "$(./tag.sh)", None),
    ],
)
def test_what_may_be_one_tag_is_unknown_and_never_another_release(
    one: str, other: str, whole: bool | None
) -> None:
    """Two jobs without order: half where the tags are surely one, unknown where they may be."""
    pair = whole_of(job("worker", f"worker:{one}"), job("app", f"app:{other}"), watched="app")
    assert pair.whole is whole
    assert bool(pair.unknown) is (whole is None)


@pytest.mark.parametrize(
    ("one", "other", "may_be"),
    [
        (NAME, "$(cat VERSION)", True),
        ("$(./version.sh)", "${{ github.run_number }}", True),
        (NAME, "$GITHUB_SHA", False),
        (NAME, NAME, False),
        ("1.2.3", "1.2.4", False),
        ("$GITHUB_SHA", "$(./tag.sh)", True),
        ("$GITHUB_SHA-arm", "$(./tag.sh)-arm", True),
        ("$GITHUB_SHA-arm", "$(./tag.sh)-debug-arm", False),
        ("$GITHUB_SHA-arm", "$(./tag.sh)-0-arm", False),
        ("v$GITHUB_SHA", "vx$(./tag.sh)", False),
        ("$GITHUB_SHA", "$(./a.sh).$(./b.sh)", False),
        ("$GITHUB_SHA", "a$(./a.sh)b$(./b.sh)0", True),
        ("$(git rev-parse --short HEAD)", "$(./tag.sh)-debug", False),
        ("v$GITHUB_SHA", "v0$(./tag.sh)", True),
        ("app-$GITHUB_SHA", "app-$(./tag.sh)", True),
        ("1.$(./minor.sh).0", "1.2.$(./patch.sh)", True),
        ("${GITHUB_SHA::7}", "$(git rev-parse --short HEAD)", True),
        ("${GITHUB_SHA::7}", "${GITHUB_SHA::8}", False),
        ("1${{ github.run_number }}", "${{ github.run_number }}1", True),
        ("${{ github.run_number }}", "${{ github.run_id }}", False),
        ("1.4.2", "$(./version.sh)", True),
        ("latest", "$(./version.sh)", False),
        (f"{NAME}-$GITHUB_SHA", "main-$GITHUB_SHA", True),
        (f"{NAME}-amd64-$(cat VERSION)", f"{NAME}-arm64-$(cat VERSION)", False),
        ("$(date +%s)", "$(date +%N)", False),
    ],
)
def test_what_may_be_one_tag_is_neither_one_nor_two(one: str, other: str, may_be: bool) -> None:
    """A name and what a file or a program says may be one text; a commit and a name are not.

    Nor are a commit, which is hexadecimal, and a text with other letters where that stands.
    """
    assert may_be_one(stem(one), stem(other)) is may_be
