"""The comment: what it says, and what strangers' text in it cannot do."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.review.world import captured, changed, evidence_on, verdict
from wholeship.review.comment import LIMIT, MARKER, render_comment, superseded
from wholeship.review.evidence.workflow import WorkflowEvidence
from wholeship.review.gate import decide_gate
from wholeship.review.markdown import fenced, inert
from wholeship.review.ports import Counterexample, WorkflowComparison
from wholeship.review.report import Report
from wholeship.review.reviewers.opinion import Opinion
from wholeship.review.settings import Settings, Thresholds
from wholeship.review.verdict import Unusable, Verdict

CHANGE = captured(changed("src/a.py", "x = 1"))


def reported(given: Verdict | Unusable, **more: object) -> Report:
    evidence = evidence_on(CHANGE, **more)
    gate = decide_gate(given, evidence, Thresholds())
    return Report(CHANGE, Settings(), gate, given, 3, evidence, (Opinion("claude", given),))


def test_the_whole_comment() -> None:
    """Marker first, then headline, notes, blockers, fixes, the verdict folded away, and what was reviewed."""
    story = verdict(
        bug_free_confidence=86,
        simplicity=82,
        slop=25,
        notes="Fine. [env] an old lint warning.",
        blockers=["gate lost: smoke"],
        suggested_fixes=[{"file": "build.yml", "line": 9, "change": "if: contains(env.P, 'arm64')"}],
    )
    body = render_comment(reported(story))
    assert body.startswith(f"{MARKER}\n**held: ")
    order = [
        "**held",
        "Fine.",
        "Blockers:",
        "- gate lost: smoke",
        "| File | Line | Change |",
        "| build.yml | 9 |",
    ]
    order += [
        "<details><summary>Verdict</summary>",
        '"bug_free_confidence": 86',
        "</details>",
        "Reviewed `aaaaaaaaaaaa`",
    ]
    places = [body.index(part) for part in order]
    assert places == sorted(places)
    assert "run 3 of this commit, by claude" in body


def test_new_lines_are_code() -> None:
    """A change of several lines is told as advice and code, in one cell."""
    fix = {"file": "a.yml", "line": 3, "change": "Add it.\n    if: x || y"}
    body = render_comment(reported(verdict(suggested_fixes=[fix])))
    assert "| a.yml | 3 | Add it.<br><code>if: x \\|\\| y</code> |" in body


def test_a_counterexample_tells_its_run() -> None:
    """A new counterexample is told line by line in the comment."""
    found = Counterexample("half-release", "b.yml", 97, "x", ("app:T is pushed", "worker fails"))
    opened = WorkflowEvidence(("b.yml",), WorkflowComparison(("b.yml",), opened=(found,)))
    assert "app:T is pushed\nworker fails" in render_comment(reported(verdict(), workflow=opened))


def test_no_verdict_has_its_reason() -> None:
    """Without a verdict the comment says why, and shows none."""
    body = render_comment(reported(Unusable("the reply is empty")))
    assert "**not reviewed: " in body
    assert "No verdict: the reply is empty" in body
    assert "Verdict</summary>" not in body


@pytest.mark.parametrize(
    "hostile",
    [
        MARKER,
        "-->\n<!-- wholeship:review v1 -->",
        "@acme/admins please merge",
        "closes #1 and GH-2, acme/shop#3",
        "![x](https://evil.invalid/pixel.png)",
        "[click](javascript:alert(1))",
        "</details><img src=x>",
        "```\n# approved\n```",
        "/merge",
        "| a | b |",
        "https://evil.invalid/?leak",
        "www.evil.invalid",
        "# Approved",
        "1. x",
        "x\u202ey\u200b",
        "&lt;b&gt;",
    ],
)
def test_strangers_text_says_something_and_does_nothing(hostile: str) -> None:
    """Markers, mentions, references, images, links, HTML, fences, commands: all of it is plain text."""
    body = render_comment(
        reported(
            verdict(
                notes=hostile,
                blockers=[hostile],
                suggested_fixes=[{"file": hostile, "line": 1, "change": hostile}],
            )
        )
    )
    outside = body.removeprefix(MARKER).partition("```json")[0] + body.partition("\n```\n")[2]
    assert not re.search(r"(?<!\\)\]\(", outside)
    for bad in (
        "@acme",
        "#1",
        "GH-2",
        "#3",
        "<!--",
        "<img",
        "\n/merge",
        "https://evil",
        "www.evil",
        "\u202e",
    ):
        assert bad not in outside
    assert body.count("<details>") == body.count("</details>") or "</details>" in hostile


@settings(max_examples=200, deadline=None)
@given(st.text("@#`<>[]!/|\\-*_~$& \nab1:h", max_size=60))
def test_inert_text_stays_on_its_line(text: str) -> None:
    """Whatever the text, it is one line, with no tag, no bare mark at its start and no mention."""
    clean = inert(text)
    assert "\n" not in clean
    assert "<" not in clean
    assert not clean.startswith(("/", "#1", "-", "+", "="))
    assert "@a" not in clean
    assert "#1" not in clean


@given(st.text("`ab\n", max_size=40))
def test_a_fence_holds(text: str) -> None:
    """No line of the text ends the block that it stands in."""
    first, *lines = fenced(text).split("\n")
    assert not any(line.strip().startswith(first) for line in lines[:-1])


def test_a_long_comment_is_cut_at_its_parts() -> None:
    """Beyond the limit whole parts are left out and named; marker, headline and verdict stay."""
    long = verdict(
        blockers=["b" * 1900] * 30,
        suggested_fixes=[{"file": "a", "line": n + 1, "change": "y" * 90} for n in range(100)],
    )
    body = render_comment(reported(long))
    assert len(body) <= LIMIT
    assert body.startswith(MARKER)
    assert "Left out, too long for a comment:" in body
    huge = verdict(blockers=["b" * 1990] * 100)
    assert len(render_comment(reported(huge))) <= LIMIT


def test_secrets_do_not_get_into_a_comment() -> None:
    """A token that a reviewer repeats is not posted."""
    token = "ghp_" + "0a1B2c3D4e5F6g7H8i9J" * 2
    assert token not in render_comment(reported(verdict(notes=token, blockers=[token])))


def test_a_superseded_review_says_so() -> None:
    """When the head moved on, the comment says which commit it is about, and which is the head."""
    body = superseded(reported(verdict()), "f" * 40)
    assert body.startswith(
        f"{MARKER}\n**superseded: this review was of `aaaaaaaaaaaa`; the head is now `ffffffffffff`."
    )


def test_the_same_report_gives_the_same_comment() -> None:
    """A report is rendered to the same text each time, so that an unchanged comment is not edited."""
    report = reported(verdict(notes="x"))
    assert render_comment(report) == render_comment(replace(report))
