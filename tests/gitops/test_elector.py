"""What a release is told about its tag before it is written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.gitops.election import Elected
from wholeship.gitops.elector import (
    CANDIDATE,
    HEX,
    Danger,
    Elector,
    Elects,
    Reason,
    Refuses,
    accidents,
    candidates_are_safe,
)
from wholeship.gitops.flux import Scan, parse_policy

STORY = Elector(parse_policy(numerical="", pattern=r"^(\d{8})-(\d{6})$", extract="$1$2"), Scan.parse())
GUARDED = Elector(parse_policy(alphabetical="asc", pattern=r"^\d{8}-\d{6}-\d{6}$"), Scan.parse())
BARE = Elector(parse_policy(alphabetical=""), Scan.parse())
NUMBERS = Elector(parse_policy(numerical=""), Scan.parse())


def refusal(elector: Elector, visible: list[str], tag: str) -> Refuses:
    answer = elector.judge(visible, tag)
    assert isinstance(answer, Refuses)
    assert answer.message
    return answer


def test_a_newer_tag_is_elected() -> None:
    """A tag that matches and comes last wins, and says over whom."""
    assert STORY.judge(["20260528-182833"], "20260528-182834") == Elects("20260528-182834", "20260528-182833")
    assert STORY.judge([], "20260528-182834") == Elects("20260528-182834", "")


def test_judging_again_after_the_write_says_the_same() -> None:
    """A tag that is visible already and wins is elected: a resumed release is not refused."""
    assert STORY.judge(["20260528-182833", "20260528-182834"], "20260528-182834") == Elects(
        "20260528-182834", "20260528-182833"
    )


def test_a_tag_that_does_not_match_freezes_deploys() -> None:
    """The sequence that made tags unique is the one the filter of the story did not know."""
    answer = refusal(STORY, ["20260528-182833"], "20260528-182834-000017")
    assert answer.reason is Reason.FROZEN
    assert "does not match the filter" in answer.message


def test_an_older_tag_never_rolls_out() -> None:
    """A slow run that finishes after a newer one is refused, and told which tag wins."""
    answer = refusal(STORY, ["20260528-182833"], "20260528-182800")
    assert answer.reason is Reason.NOT_NEWER
    assert answer.others == ("20260528-182833",)


def test_a_tie_is_refused() -> None:
    """Equal keys are a coin toss, whether or not the list has an order."""
    seventeen = Elector(parse_policy(numerical=""), Scan.parse())
    assert refusal(seventeen, ["20260528162300124"], "20260528162300123").reason is Reason.TIE
    versions = Elector(parse_policy(semver="*", pattern=".*"))
    assert refusal(versions, ["v1.2.3"], "1.2.3").reason is Reason.TIE
    keys = Elector(parse_policy(numerical="", pattern=r"-(\d+)$", extract="$1"))
    assert refusal(keys, ["a-5"], "b-5").reason is Reason.TIE


def test_a_policy_that_is_broken_already() -> None:
    """One junk tag fails a numerical policy, and the refusal names it."""
    answer = refusal(NUMBERS, ["1", "latest"], "2")
    assert answer.reason is Reason.BROKEN
    assert answer.others == ("latest",)
    assert "latest" in answer.advice


def test_a_tag_that_would_break_the_policy() -> None:
    """A tag that is no number is worse than one that is ignored."""
    assert refusal(NUMBERS, ["1"], "20260528-162300").reason is Reason.BREAKS


def test_excluded_by_the_scan() -> None:
    """What the exclusionList drops is never seen by the policy."""
    elector = Elector(parse_policy(alphabetical=""), Scan.parse(["^2026"]))
    answer = refusal(elector, [], "20260528")
    assert answer.reason is Reason.FROZEN
    assert "exclusionList" in answer.message


def test_accidents_of_a_policy_without_a_filter() -> None:
    """Without a filter, latest, caches and the signatures of cosign 3 beat every date."""
    found = {one.tag: one for one in accidents(BARE, ["20260528-162300", "latest"])}
    assert found["latest"].visible
    assert found["latest"].danger is Danger.WINS
    assert found[f"sha256-{HEX}"].danger is Danger.WINS
    assert f"sha256-{HEX}.sig" not in found  # the default exclusionList
    assert found[CANDIDATE].danger is Danger.WINS
    assert not candidates_are_safe(BARE)


def test_accidents_come_with_the_visible_ones_first() -> None:
    """What is there already is more urgent than what could come."""
    listed = f"sha256-{'ab' * 32}"
    assert accidents(BARE, ["20260528-162300", listed])[0].tag == listed


def test_no_accidents_behind_an_anchored_filter() -> None:
    """A filter anchored at both ends keeps every stray tag out, and candidates with them."""
    assert accidents(GUARDED, ["20260528-162300-000001", "latest"]) == ()
    assert candidates_are_safe(GUARDED)


def test_strays_break_a_bare_numerical_policy() -> None:
    """Every stray that is no number stops the policy."""
    assert {one.danger for one in accidents(NUMBERS, ["1"])} == {Danger.BREAKS}


STAMPS = st.integers(20000101, 20991231).map(lambda day: f"{day}-120000")


@given(st.lists(STAMPS, max_size=8), STAMPS)
def test_what_is_promised_is_what_happens(visible: list[str], tag: str) -> None:
    """Elects is said exactly when the election over the listing with the tag is won by it alone."""
    after = STORY.now([*visible, tag])
    wins = isinstance(after, Elected) and after.tag == tag and not after.equals
    assert isinstance(STORY.judge(visible, tag), Elects) is wins


@given(st.lists(STAMPS, min_size=1, max_size=6, unique=True))
def test_releases_in_order_are_all_elected(stamps: list[str]) -> None:
    """Tags written in ascending order are each elected in turn, and none a second time."""
    visible: list[str] = []
    for tag in sorted(stamps):
        assert isinstance(STORY.judge(visible, tag), Elects)
        visible.append(tag)
    for tag in sorted(stamps)[:-1]:
        assert refusal(STORY, visible, tag).reason is Reason.NOT_NEWER


@pytest.mark.parametrize("elector", [STORY, GUARDED, BARE, NUMBERS])
def test_thousands_of_tags(elector: Elector) -> None:
    """A long history is no obstacle."""
    visible = [f"{20000000 + n}-120000" for n in range(20_000)] + ["latest"] * (elector is STORY)
    newest = "40020000-120000"
    answer = elector.judge(visible, newest)
    assert answer == elector.judge([*visible[-3:], *visible[20_000:]], newest)
    assert accidents(elector, visible[:2000]) == accidents(elector, visible[1990:2000])
