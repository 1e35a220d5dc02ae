"""The reviews of two builds are compared by their whole verdicts, and each with itself."""

from __future__ import annotations

import json
from pathlib import Path

from bench.against import Pair, Used, Work, intended
from bench.review import INTENDED, unsteady

WORK = Work("a review", Path("."), ("review",))


def said(*verdicts: object) -> list[Used]:
    return [Used(1, 1, 1, json.dumps(each), 0) for each in verdicts]


def test_only_the_notes_of_a_verdict_may_differ() -> None:
    """Words about what was there before are excused; a verdict that is better or worse is not."""
    one, other = {"notes": "a", "bugs": 0}, {"notes": "b", "bugs": 1}
    assert Pair(WORK, said(one), said(other)).differences(intended(INTENDED)) == ["bugs: 0, 1"]


def test_a_build_that_says_two_things_is_named() -> None:
    """The same question twice has one answer; a build that gives two is told, by its name."""
    pair = Pair(WORK, said(1, 1), said(1, 2))
    assert unsteady(pair) == ["the newer build gave 2 different answers"]
