"""A policy over a listing: now, after one more tag, and what could win by accident."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from wholeship.gitops.election import Broken, Elected, Election, Nothing, Policy, Undecided
from wholeship.gitops.elector import Accident, Danger, Elector, Elects, Refuses
from wholeship.gitops.flux import Scan, parse_policy
from wholeship.gitops.image_updater import Strategy, UpdaterPolicy
from wholeship.gitops.keel import KeelPolicy
from wholeship.gitops.outlook import outlook

STORY = Elector(parse_policy(numerical="", pattern=r"^(\d{8})-(\d{6})$", extract="$1$2"), Scan.parse())
BARE = Elector(parse_policy(alphabetical=""), Scan.parse())
NUMBERS = Elector(parse_policy(numerical=""), Scan.parse())
TWO = ["20260528-182833", "20260528-190000", "latest"]
SIGNATURE = "sha256-" + "ab" * 32


@dataclass
class Counting:
    """A policy that counts the tags it is made to look at."""

    policy: Policy
    looked_at: int = 0
    controller: str = "flux"
    summary: str = ""
    follows: str = ""

    def elect(self, tags: Sequence[str]) -> Election:
        self.looked_at += len(tags)
        return self.policy.elect(tags)

    def objection(self, tag: str) -> str:
        return self.policy.objection(tag)


def test_now_after_and_without() -> None:
    """What is elected, what would be instead, and what a deletion would go back to."""
    seen = outlook(STORY, TWO, "20260528-190001")
    assert seen.now == Elected("20260528-190000", "20260528190000")
    assert seen.fallback == Elected("20260528-182833", "20260528182833")
    assert seen.after == Elects("20260528-190001", "20260528-190000")
    assert (seen.tags, seen.considered, seen.answer) == (3, 2, True)


def test_a_tag_that_loses_is_a_no() -> None:
    """A tag that would not be elected makes the answer no, whatever wins."""
    seen = outlook(STORY, TWO, "20260528-182834")
    assert isinstance(seen.after, Refuses)
    assert seen.answer is False


def test_nothing_yet_is_fine() -> None:
    """A repository before its first release is no trouble, and has nothing to fall back to."""
    seen = outlook(STORY, [])
    assert isinstance(seen.now, Nothing)
    assert seen.fallback is None
    assert seen.answer is True


def test_an_elected_stray_is_a_no() -> None:
    """When a signature's tag is what would be deployed, that is not fine."""
    seen = outlook(BARE, [*TWO, SIGNATURE])
    assert seen.strayed
    assert seen.answer is False
    assert seen.accidents[0] == Accident(
        SIGNATURE, "referrers fallback or signature", Danger.WINS, visible=True
    )


def test_a_stray_that_stops_a_numerical_policy() -> None:
    """One junk tag breaks the policy, and is named."""
    seen = outlook(NUMBERS, ["1", "2", "latest"])
    assert seen.answer is False
    assert [(one.tag, one.danger) for one in seen.accidents if one.visible] == [("latest", Danger.BREAKS)]


def test_a_coin_toss_is_a_no() -> None:
    """Ties behind a filter are chance, and chance is not a plan."""
    seen = outlook(Elector(parse_policy(semver="*", pattern=".*")), ["1.2.3", "v1.2.3"])
    assert seen.answer is False


def test_what_cannot_be_told_is_neither() -> None:
    """A strategy that looks at build times cannot be answered from names."""
    seen = outlook(Elector(UpdaterPolicy(Strategy.NEWEST_BUILD)), ["a", "b"], "c")
    assert seen.answer is None


def test_a_tag_that_is_followed_on_purpose_is_no_stray() -> None:
    """Who follows latest by digest means it."""
    for policy in (UpdaterPolicy(Strategy.DIGEST, "latest"), KeelPolicy("force", "latest", match_tag=True)):
        seen = outlook(Elector(policy), ["latest", "1.0.0"])
        assert not seen.strayed
        assert seen.answer is True


def test_thousands_of_signatures_take_no_time() -> None:
    """Every tag is looked at a few times, not once for each other tag."""
    counting = Counting(BARE.policy)
    visible = [f"sha256-{number:064x}" for number in range(5_000)] + TWO
    seen = outlook(Elector(counting, Scan.parse()), visible, "20260528-190001")
    assert len([one for one in seen.accidents if one.visible]) == 5_001
    assert counting.looked_at < 30 * len(visible)


STRAY = st.sampled_from(
    ["latest", "main", "buildcache", SIGNATURE, f"{SIGNATURE}.sig", "wholeship-candidate-1"]
)
TAGS = st.lists(
    st.one_of(STRAY, st.from_regex(r"2026052[0-9]-1[0-9]0000", fullmatch=True)), max_size=8, unique=True
)


@given(st.sampled_from([STORY, BARE, NUMBERS]), TAGS)
def test_what_is_said_of_a_stray_is_what_would_happen(elector: Elector, visible: list[str]) -> None:
    """Wins and breaks are said exactly when an election over the whole listing with the tag ends so."""
    broken = isinstance(elector.now(visible), Broken)
    for one in outlook(elector, visible).accidents:
        after = elector.now([*(tag for tag in visible if tag != one.tag), one.tag])
        if broken:
            continue  # nothing wins beside a tag that stops the policy
        assert (one.danger is Danger.BREAKS) is isinstance(after, Broken)
        wins = isinstance(after, Elected) and one.tag in (after.tag, *after.equals)
        wins = wins or (isinstance(after, Undecided) and one.tag in after.tags)
        assert (one.danger is Danger.WINS) is wins


@given(st.sampled_from([STORY, BARE, NUMBERS]), TAGS)
def test_a_visible_winner_is_the_elected_tag(elector: Elector, visible: list[str]) -> None:
    """A visible stray is said to win exactly when it is what is elected now."""
    seen = outlook(elector, visible)
    wins = {one.tag for one in seen.accidents if one.visible and one.danger is Danger.WINS}
    strays = {tag for tag in visible if tag[0] != "2"}
    elected = {seen.now.tag} if isinstance(seen.now, Elected) else set()
    assert wins == elected & strays
