"""Code decides: thresholds, failing suites, counterexamples; the headline that says so."""

from __future__ import annotations

import pytest

from tests.review.world import captured, changed, evidence_on, suite, verdict
from wholeship.core.errors import BadInput
from wholeship.review.evidence.suites import SuitesEvidence
from wholeship.review.evidence.weakened import WeakenedTest
from wholeship.review.evidence.workflow import WorkflowEvidence
from wholeship.review.gate import decide_gate, no_verdict
from wholeship.review.ports import Counterexample, WorkflowComparison
from wholeship.review.sentence import NOTHING_SHOWN
from wholeship.review.settings import Thresholds
from wholeship.review.verdict import Unusable

CHANGE = captured(changed("src/a.py", "x = 1"))
CALM = evidence_on(CHANGE)


def test_the_story_headline() -> None:
    """The headline is a sentence; behind it are the numbers people know, and a miss behind a semicolon."""
    story = verdict(bug_free_confidence=86, simplicity=82, slop=25)
    passed = decide_gate(story, CALM, Thresholds(slop=30))
    assert passed.headline == "the suite passes, and nothing was found against it"
    assert passed.scores == "bug_free 86, simplicity 82, slop 25, bugs 0, 0 blockers"
    held = decide_gate(story, CALM, Thresholds())
    assert held.state == "failure"
    assert held.headline == "too much of it is waste; take out what was left behind"
    assert held.scores == "bug_free 86, simplicity 82, slop 25, bugs 0, 0 blockers; slop>15"


def test_what_was_found_and_what_is_missing_are_told_apart() -> None:
    """Without a suite nothing shows that a change works, clean or off by one; a bug is told otherwise."""
    bare = evidence_on(CHANGE, suites=SuitesEvidence())
    unsure = verdict(bug_free_confidence=60, tests_adequate=False)
    assert decide_gate(unsure, bare, Thresholds()).headline == NOTHING_SHOWN
    gutted = evidence_on(CHANGE, weakened=(WeakenedTest("tests/test_a.py", 3, "a test is skipped"),))
    found = decide_gate(verdict(bugs=1, tests_adequate=False), gutted, Thresholds())
    assert found.headline == "a test is skipped (tests/test_a.py:3)"
    unnoticed = evidence_on(CHANGE, suites=SuitesEvidence((suite(),), unnoticed=("src/a.py",), tried=1))
    assert "add a test that needs it" in decide_gate(unsure, unnoticed, Thresholds()).headline


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("bug_free_confidence", 79, "bug_free<80"),
        ("bugs", 1, "bugs>0"),
        ("slop", 16, "slop>15"),
        ("simplicity", 69, "simplicity<70"),
        ("blockers", ["a gate was lost"], "blockers>0"),
        ("tests_adequate", False, "tests inadequate"),
        ("behavior_change_risk", "high", "risk high"),
    ],
)
def test_each_default_threshold_holds_alone(field: str, value: object, reason: str) -> None:
    """Each field that misses its default limit closes the gate by itself."""
    gate = decide_gate(verdict(**{field: value}), CALM, Thresholds())
    assert (gate.state, gate.reasons) == ("failure", (reason,))


def test_at_the_limits_it_is_open() -> None:
    """The limits themselves pass."""
    edge = verdict(bug_free_confidence=80, slop=15, simplicity=70, behavior_change_risk="medium")
    assert decide_gate(edge, CALM, Thresholds()).state == "success"


def test_facts_cannot_be_bought_off() -> None:
    """A failing suite or a new counterexample holds the gate under the mildest thresholds there are."""
    mild = Thresholds().changed(
        {
            "bug_free_confidence": 0,
            "bugs": 1000,
            "slop": 100,
            "simplicity": 0,
            "blockers": 1000,
            "tests_adequate": False,
            "behavior_change_risk": "high",
        }
    )
    failing = evidence_on(CHANGE, suites=SuitesEvidence((suite(passed=False, caused=False),)))
    assert decide_gate(verdict(), failing, mild).reasons == ("unit fails",)
    found = Counterexample("half-release", "build.yml", 97, "app without worker")
    opened = evidence_on(
        CHANGE, workflow=WorkflowEvidence(("build.yml",), WorkflowComparison(("build.yml",), opened=(found,)))
    )
    assert decide_gate(verdict(), opened, mild).reasons == ("new half-release",)


def test_overrides_are_shown() -> None:
    """A limit set for this run only stands in the headline, passed or held."""
    gate = decide_gate(verdict(slop=25), CALM, Thresholds(slop=30), overridden={"slop": "30"})
    assert gate.state == "success"
    assert "(this run: slop=30)" in gate.description


def test_no_verdict_is_an_error() -> None:
    """Without a valid verdict the state is error, with the reason."""
    gate = decide_gate(Unusable("the reply is empty"), CALM, Thresholds())
    assert (gate.state, gate.headline) == ("error", "not reviewed: the reply is empty")


def test_a_description_fits() -> None:
    """The description is cut to what a commit status takes, on characters, and redacted."""
    gate = no_verdict("é" * 400)
    assert len(gate.description) == 140
    token = "ghp_0123456789abcdefghij0123456789abcdef"
    assert token not in no_verdict(f"said {token}").description


@pytest.mark.parametrize(
    "values",
    [
        {"slop": True},
        {"slop": 101},
        {"slop": "1e2"},
        {"slop": "-1"},
        {"slop": "٣"},
        {"bugs": "none"},
        {"tests_adequate": "yes"},
        {"behavior_change_risk": "huge"},
        {"confidence": 80},
    ],
)
def test_limits_are_read_strictly(values: dict[str, object]) -> None:
    """A limit that is not one is refused, whoever wrote it."""
    with pytest.raises(BadInput):
        Thresholds().changed(values)


def test_the_stricter_of_both() -> None:
    """Of two sets of limits the stricter one holds, field by field."""
    one = Thresholds(bug_free_confidence=90, slop=20)
    other = Thresholds(bug_free_confidence=70, slop=10, tests_adequate=False)
    both = one.stricter(other)
    assert (both.bug_free_confidence, both.slop, both.tests_adequate) == (90, 10, True)
