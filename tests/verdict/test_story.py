"""The pull request that wholeship comes from: its four states, and the pipeline that followed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import golden
from tests.verdict.checked import check_files
from wholeship.core.finding import Severity
from wholeship.output.check_text import check_text
from wholeship.output.diff_markdown import diff_markdown
from wholeship.output.diff_text import diff_text
from wholeship.output.ink import Ink
from wholeship.verdict.diff import Kind, Turn, diff
from wholeship.verdict.options import Options
from wholeship.verdict.report import Report
from wholeship.verdict.watched import Watched

FIXTURES = Path(__file__).parents[1] / "fixtures" / "story"
PATH = ".github/workflows/images.yml"
FOLLOWED = Options(watched=Watched(("app",), "--watched"))
NOBODY = Options()


def report(state: str, options: Options = FOLLOWED) -> Report:
    return check_files({PATH: (FIXTURES / f"{state}.yml").read_text()}, options=options)


def rules(found: Report, least: Severity = Severity.NOTE) -> set[str]:
    return {each.rule for each in found.findings if each.severity.rank <= least.rank}


@pytest.mark.parametrize("state", ["before", "attempt-1", "attempt-2", "merged", "candidates"])
def test_what_is_said_of_each_state(state: str) -> None:
    """The whole answer, word for word, with app followed and with nobody having said so."""
    golden.check(FIXTURES / f"{state}.txt", check_text(report(state), Ink()))
    golden.check(FIXTURES / f"{state}-unwatched.txt", check_text(report(state, NOBODY), Ink()))


def test_before_is_whole() -> None:
    """The order was safe: app is out only when its siblings are, in every run."""
    (found,) = report("before").workflows
    assert found.whole is True
    assert found.watched == "app"
    assert not rules(report("before"), Severity.ERROR)


def test_attempt_1_can_be_half_and_lost_the_gate() -> None:
    """app can appear without its siblings, and does not wait for the smoke test any more."""
    found = report("attempt-1")
    assert rules(found, Severity.ERROR) == {"half-release"}
    change = diff(report("before"), found)
    lost = [line for each in change.workflows for line in each.lines if line.turn is Turn.LOST]
    gates = [(line.subject, line.what) for line in lost if line.kind is Kind.GATE]
    assert gates == [("app", "connector-parity-smoke: Worker self-check")]
    assert change.worse


def test_attempt_2_can_be_half_and_nothing_else() -> None:
    """The gate is back; a sibling that fails after app was pushed leaves half a release."""
    found = report("attempt-2")
    assert rules(found, Severity.ERROR) == {"half-release"}
    (finding,) = (each for each in found.findings if each.rule == "half-release")
    assert [moment.subject for moment in finding.story] == ["build-app", "build-worker"]
    assert [moment.outcome for moment in finding.story][-1] == "failure"
    assert [line.turn for each in diff(report("attempt-1"), found).workflows for line in each.lines] == [
        Turn.ADDED
    ]


def test_merged_is_whole_with_four_things_to_know() -> None:
    """Whole; QEMU without need, a tag that repeats, a smoke test of other bytes, a moving tag."""
    found = report("merged")
    assert next(iter(found.workflows)).whole is True
    assert rules(found) == {"needless-emulation", "tag-collision", "tested-not-shipped", "moving-tag-race"}
    emulations = [each for each in found.findings if each.rule == "needless-emulation"]
    assert len(emulations) == 3
    for each in emulations:
        assert each.fix is not None
        assert "`if: contains(env.BUILD_PLATFORMS, 'arm64')`" in each.fix.description
        assert each.fix.safe


def test_candidates_ship_what_was_tested() -> None:
    """Candidates by digest, a smoke test of the digests, one promotion: whole, and nothing to say."""
    found = report("candidates")
    assert next(iter(found.workflows)).whole is True
    assert not rules(found)
    assert {line.gates for line in next(iter(found.workflows)).publishes} == {
        ("smoke: Every candidate checks itself",)
    }


@pytest.mark.parametrize(
    ("base", "head"),
    [("before", "attempt-1"), ("attempt-1", "attempt-2"), ("attempt-2", "merged"), ("merged", "candidates")],
)
def test_what_is_said_of_each_step(base: str, head: str) -> None:
    """What each change does, for a terminal and for the pull request, word for word."""
    change = diff(report(base), report(head), base=base, head=head)
    golden.check(FIXTURES / f"{base}-to-{head}.txt", diff_text(change, Ink()))
    golden.check(FIXTURES / f"{base}-to-{head}.md", diff_markdown(change))


def test_nothing_is_said_of_no_change() -> None:
    """A file compared with itself, or with its comments changed, has no difference."""
    text = (FIXTURES / "merged.yml").read_text()
    commented = check_files({PATH: text.replace("jobs:\n", "# a comment\n\njobs:\n")}, options=FOLLOWED)
    assert diff(report("merged"), commented).workflows == ()
