"""What `check` says of drawn release workflows, against what happens when they are carried out.

``ORACLE_COUNT`` sets how many are drawn in the long test, ``ORACLE_FIRST`` the number to begin with,
``ORACLE_PROCESSES`` how many cores.
"""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.oracle.drawn import draw, draw_shape
from tests.oracle.judge import WRONG, Judged, compared

FIRST = int(os.environ.get("ORACLE_FIRST", "1000"))
COUNT = int(os.environ.get("ORACLE_COUNT", "20000"))
PROCESSES = int(os.environ.get("ORACLE_PROCESSES", "0"))


KNOWN = {
    31: "candidates whose promotion one event skips are taken for releases of that event",
}
"""Drawn workflows that `check` still calls half for certain though no run shows it."""


def _wrong(found: list[Judged]) -> str:
    counted = Counter(entry.word for entry in found)
    told = [entry.told() for entry in found if entry.word in WRONG]
    if not told:
        return ""
    return "\n\n".join([*told[:5], f"{len(told)} wrong; {dict(counted)}"])


def test_no_answer_is_refuted_by_a_run() -> None:
    """What is called whole no run shows half; what is called half for certain, some run shows half."""
    found = list(compared(range(300), 120, PROCESSES))
    new = [entry for entry in found if entry.seed not in KNOWN]
    assert not _wrong(new), _wrong(new)
    still = {entry.seed: entry.word for entry in found if entry.word in WRONG and entry.seed in KNOWN}
    assert still == dict.fromkeys(KNOWN, "false half"), "mended: take it out of KNOWN"
    words = Counter(entry.word for entry in found)
    # A test that judged nothing would agree with everything.
    assert words["whole"] >= 60
    assert words["half"] >= 60


def test_no_answer_is_refuted_by_a_run_of_other_shapes() -> None:
    """The same where artifacts, lists, variables by programs, outcomes, Make and bake decide."""
    found = list(compared(range(25), 120, PROCESSES, draw_shape))
    assert not _wrong(found), _wrong(found)
    words = Counter(entry.word for entry in found)
    assert min(words["whole"], words["half"]) >= 3


@pytest.mark.extended
@pytest.mark.timeout(6 * 3600)
def test_no_answer_is_refuted_by_a_run_of_very_many() -> None:
    """The same of 20,000 others, with more runs of each; one in three has one of the other shapes."""
    every = compared(range(FIRST, FIRST + COUNT), 400, PROCESSES, draw)
    found = [entry for entry in every if entry.word in WRONG]
    assert not _wrong(found), _wrong(found)
