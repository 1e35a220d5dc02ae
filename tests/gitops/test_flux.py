"""Flux's choice, case by case as upstream answers, and the laws behind the cases."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gitops.cases import cases
from wholeship.gitops.election import Broken, Elected, Election, Nothing, Undecided
from wholeship.gitops.flux import (
    Alphabetical,
    Filter,
    ImagePolicy,
    InvalidPolicy,
    Order,
    Scan,
    parse_policy,
)

ELECTIONS = [
    pytest.param(case, id=f"{kind}: {case['case']}")
    for kind in ("semver", "alphabetical", "numerical", "filtered")
    for case in cases(f"elections/{kind}")
]


def election(case: dict[str, Any], tags: list[str]) -> Election:
    try:
        return parse_policy(**case["policy"]).elect(tags)
    except InvalidPolicy as error:
        return Broken(str(error))


@pytest.mark.parametrize("case", ELECTIONS)
def test_upstream_case(case: dict[str, Any]) -> None:
    """Every recorded election of the upstream controller has the same winner, or fails, here."""
    tags = list(case["tags"])
    for _ in range(5 if case.get("any_order") else 1):
        answer = election(case, tags)
        if "elects_one_of" in case:
            assert isinstance(answer, Undecided)
            assert set(case["elects_one_of"]) <= set(answer.tags)
        elif case["elects"] is None:
            assert isinstance(answer, Nothing | Broken)
            assert case.get("says", "") in answer.reason
        else:
            assert isinstance(answer, Elected)
            assert answer.tag == case["elects"]
        random.Random(1).shuffle(tags)


@pytest.mark.parametrize("case", cases("scans")["filters"], ids=lambda case: case["case"])
def test_filter_case(case: dict[str, Any]) -> None:
    """A filter yields the keys upstream yields."""
    keys = Filter.parse(case["pattern"], case["extract"]).keys(case["tags"])
    assert sorted(keys) == case["keys"]


@pytest.mark.parametrize("case", cases("scans")["exclusions"], ids=lambda case: case["case"])
def test_exclusion_case(case: dict[str, Any]) -> None:
    """A scan keeps the tags upstream keeps."""
    if case["keeps"] is None:
        with pytest.raises(InvalidPolicy):
            Scan.parse(case["exclusions"])
    else:
        assert set(Scan.parse(case["exclusions"]).keep(case["tags"])) == set(case["keeps"])


def test_orders() -> None:
    """An order is asc, desc or nothing, in any case; all else is refused."""
    orders = cases("scans")["orders"]
    assert {Order.parse(text) for text in orders["valid"]} == {Order.ASC, Order.DESC}
    for text in orders["invalid"]:
        with pytest.raises(InvalidPolicy):
            Order.parse(text)


def test_the_default_exclusion_drops_signature_tags_only() -> None:
    """An absent exclusionList drops .sig, and leaves the referrers fallback tag of newer cosign alone."""
    tags = ["1.0", "sha256-" + "a" * 64 + ".sig", "sha256-" + "a" * 64]
    assert Scan.parse().keep(tags) == ("sha256-" + "a" * 64, "1.0")


def test_a_policy_without_a_choice_is_invalid() -> None:
    """One of semver, alphabetical and numerical must be there."""
    with pytest.raises(InvalidPolicy):
        parse_policy()


def test_semver_counts_before_the_others() -> None:
    """With several choices the first in upstream's order is used."""
    policy = parse_policy(semver="*", alphabetical="asc", numerical="bogus")
    assert policy.summary == "semver *"


def test_a_junk_tag_is_named_when_it_breaks_a_filtered_numerical_policy() -> None:
    """The tag that fails the policy is named as it is listed, not as it was extracted."""
    answer = parse_policy(numerical="", pattern="^b-(.*)$", extract="$1").elect(["b-1", "b-x"])
    assert isinstance(answer, Broken)
    assert answer.tag == "b-x"


def test_equal_extracts_elect_the_last_and_name_the_rest() -> None:
    """Two tags with one key: the later in the list stands for both, and the other is on record."""
    answer = parse_policy(numerical="", pattern=r"^[a-z]+-(\d+)$", extract="$1").elect(["a-7", "b-7", "c-1"])
    assert answer == Elected("b-7", "7", ("a-7",))


def test_objections() -> None:
    """Why a tag is not considered is said in words."""
    policy = parse_policy(semver=">=1.0.0", pattern="^v")
    assert "does not match" in policy.objection("1.2.3")
    assert "no version" in policy.objection("v1.2")
    assert "not in the range" in policy.objection("v0.2.0")
    assert policy.objection("v1.2.3") == ""


TAGS = st.lists(st.text("0123456789.-_vab", min_size=1, max_size=8), min_size=1, max_size=12, unique=True)
FILTERED = st.sampled_from(
    [
        parse_policy(alphabetical="", pattern=".*"),
        parse_policy(semver="*-0", pattern=r"^v?\d"),
        parse_policy(numerical="desc", pattern=r"^v?(\d+)$", extract="$1"),
    ]
)
PLAIN = st.sampled_from(
    [parse_policy(alphabetical="desc"), parse_policy(semver=">=0-0"), parse_policy(numerical="")]
)


@given(FILTERED, TAGS)
def test_who_may_win_does_not_depend_on_order(policy: ImagePolicy, tags: list[str]) -> None:
    """Behind a filter the answer is about the set of tags: turning the list round changes nothing.

    The one thing order decides is which of several tags with the very same key stands for it.
    """
    there, back = policy.elect(tags), policy.elect(tags[::-1])
    assert winners(policy, there) == winners(policy, back)


def winners(policy: ImagePolicy, answer: Election) -> object:
    assert policy.filter is not None
    if isinstance(answer, Elected):
        return {policy.filter.key(answer.tag)}
    if isinstance(answer, Undecided):
        return {policy.filter.key(tag) for tag in answer.tags}
    return type(answer)


def possible(answer: Election) -> tuple[str, ...]:
    if isinstance(answer, Elected):
        return (answer.tag, *answer.equals)
    return answer.tags if isinstance(answer, Undecided) else ()


@given(st.one_of(FILTERED, PLAIN), TAGS)
def test_only_listed_tags_without_objection_win(policy: ImagePolicy, tags: list[str]) -> None:
    """Whatever is elected is in the list, and the policy has nothing against it."""
    answer = policy.elect(tags)
    for tag in possible(answer):
        assert tag in tags
        assert policy.objection(tag) == ""


@given(st.one_of(FILTERED, PLAIN), TAGS)
def test_losers_do_not_matter(policy: ImagePolicy, tags: list[str]) -> None:
    """Taking away every tag but the winner elects the same tag."""
    answer = policy.elect(tags)
    if isinstance(answer, Elected):
        alone = policy.elect([answer.tag])
        assert isinstance(alone, Elected)
        assert alone.tag == answer.tag


@given(st.one_of(FILTERED, PLAIN), TAGS)
def test_the_winner_of_all_is_the_winner_of_the_part_winners(policy: ImagePolicy, tags: list[str]) -> None:
    """Electing in two halves and then between the winners elects one of the winners' equals."""
    half = len(tags) // 2
    first, second, whole = policy.elect(tags[:half]), policy.elect(tags[half:]), policy.elect(tags)
    if isinstance(first, Elected) and isinstance(second, Elected) and isinstance(whole, Elected):
        final = policy.elect([first.tag, second.tag])
        assert isinstance(final, Elected | Undecided)
        assert set(possible(final)) & set(possible(whole))


@given(TAGS)
def test_alphabetical_is_byte_order(tags: list[str]) -> None:
    """Ascending elects the greatest by bytes, descending the smallest."""
    assert ImagePolicy(Alphabetical()).elect(tags) == Elected(max(tags, key=str.encode))
    assert ImagePolicy(Alphabetical(Order.DESC)).elect(tags) == Elected(min(tags, key=str.encode))


@given(TAGS, st.lists(st.sampled_from(["a", "^1", "b$", r"\."]), max_size=3))
def test_scanning_twice_changes_nothing(tags: list[str], exclusions: list[str]) -> None:
    """A scan of what a scan kept is the same, in descending byte order."""
    scan = Scan.parse(exclusions)
    kept = scan.keep(tags)
    assert scan.keep(kept) == kept
    assert list(kept) == sorted(kept, key=str.encode, reverse=True)
    assert all(scan.excludes(tag) is None for tag in kept)


def test_an_empty_exclusion_drops_every_tag() -> None:
    """An empty pattern matches everything, so nothing is stored and nothing elected."""
    assert Scan.parse([""]).keep(["1.0.0", "latest"]) == ()
