"""Tags: unique by construction, or refused; in the OCI grammar, or refused."""

from __future__ import annotations

import string
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.core.errors import BadInput
from wholeship.core.reference import Tag
from wholeship.release.order import key, sequence_in
from wholeship.release.tags import FIELDS, LENGTH, TagFields, check_pattern, deploy_tag, fill

NOON = datetime(2026, 5, 28, 18, 28, 33, tzinfo=UTC)
SHA = "5f3a9c1e7b2d4860a1b2c3d4e5f60718293a4b5c"
FULL = TagFields(NOON, 123, SHA, "feature/x y", "v1.2.3")


@pytest.mark.parametrize(
    ("pattern", "tag"),
    [
        ("{timestamp}-{sequence}", "20260528-182833-000123"),
        ("{date}{time}.{sequence}", "20260528182833.000123"),
        ("{unix}{sequence}", "1779992913000123"),
        ("{sha}", SHA),
        ("{branch}-{short_sha}", "feature-x-y-5f3a9c1"),
        ("v{semver}", "v1.2.3"),
        ("{version}", "v1.2.3"),
        ("{minor}", "1.2"),
        ("{major}", "1"),
        ("latest", "latest"),
    ],
)
def test_what_each_field_gives(pattern: str, tag: str) -> None:
    """Fields are filled in as documented."""
    assert fill(pattern, FULL) == tag


@pytest.mark.parametrize("pattern", ["{timestamp}", "{date}-{time}", "{branch}-{unix}", "latest", "{major}"])
def test_a_deploy_tag_that_two_could_share_is_refused(pattern: str) -> None:
    """A time alone is not unique, and neither is a name; as an alias it will do."""
    with pytest.raises(BadInput, match="two releases could get the tag"):
        check_pattern(pattern)
    check_pattern(pattern, alias=True)


BAD = [
    "{nope}-{sequence}",
    "{sequence",
    "sequence}",
    "{}{sequence}",
    "a b{sequence}",
    "-{sequence}",
    ".{sha}",
]


@pytest.mark.parametrize("pattern", [*BAD, "{sequence}/x", "é{sequence}"])
def test_a_pattern_that_is_none_is_refused(pattern: str) -> None:
    """Unknown fields, open braces, and characters that no tag may have."""
    with pytest.raises(BadInput):
        check_pattern(pattern)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 86400 * 365), st.integers(0, 2))
def test_two_sequences_never_share_a_tag(one: int, other: int, seconds: int, apart: int) -> None:
    """Releases with different numbers have different tags, be it in the same second."""
    first = TagFields(NOON + timedelta(seconds=seconds), one)
    second = TagFields(NOON + timedelta(seconds=seconds + apart), other)
    for pattern in ("{timestamp}-{sequence}", "{date}{time}{sequence}", "{unix}{sequence}", "v{sequence}"):
        same = fill(pattern, first) == fill(pattern, second)
        if one != other and not apart:
            assert not same
        assert sequence_in(pattern, str(fill(pattern, first))) == one


PATTERNS = st.lists(
    st.sampled_from([f"{{{name}}}" for name in sorted(FIELDS)]) | st.text(string.printable, max_size=4),
    max_size=5,
).map("".join)


@given(PATTERNS, st.text(max_size=20), st.text(max_size=20), st.integers(1, 10**7))
def test_whatever_is_accepted_fills_to_a_tag(pattern: str, branch: str, version: str, number: int) -> None:
    """An accepted pattern gives a tag in the OCI grammar, or says which field is missing."""
    try:
        check_pattern(pattern)
        tag = deploy_tag(pattern, TagFields(NOON, number, SHA, branch, version))
    except BadInput:
        return
    assert Tag(tag) == tag
    assert len(tag) <= LENGTH


def test_a_given_tag_is_taken_as_it_is() -> None:
    """--tag overrides the pattern, and is checked all the same."""
    assert deploy_tag("{semver}", TagFields(NOON, 1), given="hand-made") == "hand-made"
    for bad in ("a b", "-x", "a:b", "x" * 129, "x" * 91):
        with pytest.raises(BadInput):
            deploy_tag("{sequence}", FULL, given=bad)


def test_a_missing_field_is_named() -> None:
    """Without a version there is no {semver} tag, and the advice says what to do."""
    with pytest.raises(BadInput, match="needs semver") as caught:
        deploy_tag("v{semver}", TagFields(NOON, 1, SHA, "main", "not-a-version"))
    assert "--tag" in caught.value.advice


def test_a_prerelease_has_no_major_and_minor() -> None:
    """A pre-release must not move the aliases of the releases."""
    fields = TagFields(NOON, 1, SHA, "", "2.0.0-rc.1")
    assert fields.is_prerelease
    assert fill("{semver}", fields) == "2.0.0-rc.1"
    assert fill("{minor}", fields) is None
    assert fill("{major}", fields) is None
    assert not TagFields(NOON, 1, version="2.0.0+build.5").is_prerelease


@pytest.mark.parametrize(
    "pattern", ["{timestamp}-{sequence}", "{date}-{time}-{sequence}", "{unix}{sequence}", "{sequence}"]
)
@given(seconds=st.integers(0, 10**9), step=st.integers(1, 10**6), number=st.integers(1, 10**5))
def test_later_is_greater(pattern: str, seconds: int, step: int, number: int) -> None:
    """A later release with a higher number sorts after an earlier one."""
    before = fill(pattern, TagFields(NOON + timedelta(seconds=seconds), number))
    after = fill(pattern, TagFields(NOON + timedelta(seconds=seconds + step), number + 1))
    one, two = key(pattern, str(before)), key(pattern, str(after))
    assert one is not None
    assert two is not None
    assert one < two
