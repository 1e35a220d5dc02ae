"""Which of two releases is newer."""

from __future__ import annotations

import itertools

import pytest

from wholeship.core.reference import Tag
from wholeship.release.order import Election, PatternElector, key, newer_holder, semver_key, sequence_in

PATTERN = "{timestamp}-{sequence}"


@pytest.mark.parametrize(
    ("pattern", "tags"),
    [
        (PATTERN, ["20260528-182833-000009", "20260528-182833-000010", "20260528-182834-000001"]),
        ("{sequence}", ["000009", "000010", "1000000"]),
        ("v{semver}", ["v1.2.3-rc.2", "v1.2.3-rc.10", "v1.2.3", "v1.10.0", "v2.0.0-alpha", "v2.0.0"]),
        ("{semver}-{sequence}", ["1.0.0-000001", "1.0.0-000002", "1.0.1-000001"]),
        (
            "{branch}-{short_sha}-{unix}{sequence}",
            ["main-aaaaaaa-1768003197000009", "x-0000000-1768003198000001"],
        ),
    ],
)
def test_the_order_of_a_pattern(pattern: str, tags: list[str]) -> None:
    """Numbers as numbers, times as moments, versions by their own rules."""
    keys = [key(pattern, tag) for tag in tags]
    assert None not in keys
    assert keys == sorted(keys)  # type: ignore[type-var]
    assert all(a != b for a, b in itertools.pairwise(keys))


@pytest.mark.parametrize(
    ("pattern", "tag"),
    [
        (PATTERN, "latest"),
        (PATTERN, "20260528-182833"),
        ("{sha}", "a" * 40),
        ("v{semver}", "v1.2"),
        ("{sequence}", "12"),
    ],
)
def test_what_does_not_fit_has_no_order(pattern: str, tag: str) -> None:
    """A tag of another form, or of fields that tell no order."""
    assert key(pattern, tag) is None


def test_special_characters_of_a_pattern_are_literal() -> None:
    """A dot in a pattern is a dot."""
    assert key("a.{sequence}", "a.000001") is not None
    assert key("a.{sequence}", "ab000001") is None


def test_semver_precedence() -> None:
    """The order of Semantic Versioning 2.0.0, section 11."""
    versions = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.2.0",
        "1.10.0",
        "2.0.0",
    ]
    keys = [semver_key(version) for version in versions]
    assert keys == sorted(keys)  # type: ignore[type-var]
    assert semver_key("1.2") is None


@pytest.mark.parametrize(
    ("visible", "election"),
    [
        ((), Election.ELECTED),
        (("latest", "wholeship-record-x"), Election.ELECTED),
        (("20260528-182833-000002",), Election.ELECTED),
        (("20260528-182833-000003",), Election.ELECTED),
        (("20260528-182833-000004",), Election.OLDER),
        (("20260528-182834-000001",), Election.OLDER),
    ],
)
def test_the_opinion_without_a_policy(visible: tuple[str, ...], election: Election) -> None:
    """Newest by the pattern is elected; tags of another form do not count."""
    assert PatternElector(PATTERN).opinion("20260528-182833-000003", visible).election is election


def test_no_order_is_said() -> None:
    """A pattern of commit names tells no order, and that is unknown, not newest."""
    assert PatternElector("{sha}").opinion("a" * 40, ("b" * 40,)).election is Election.UNKNOWN


def test_a_tie_is_a_tie() -> None:
    """Two tags with the same key."""
    opinion = PatternElector("{branch}-{sequence}").opinion("main-000001", ("dev-000001",))
    assert (opinion.election, opinion.wins) == (Election.TIE, "dev-000001")


def test_sequence_is_read_back() -> None:
    """The number in a tag, for a re-run of the same CI run."""
    assert sequence_in(PATTERN, "20260528-182833-000123") == 123
    assert sequence_in(PATTERN, "v1.2.3") is None
    assert sequence_in("{semver}", "1.2.3") is None


@pytest.mark.parametrize(
    ("pattern", "version", "visible", "holder"),
    [
        ("latest", "1.4.2", ("1.4.1", "1.3.9"), ""),
        ("latest", "1.4.2", ("1.5.0",), "1.5.0"),
        ("latest", "1.4.2", ("1.5.0-rc.1",), ""),
        ("{minor}", "1.4.2", ("1.5.0",), ""),
        ("{minor}", "1.4.2", ("1.4.3", "1.4.10"), "1.4.10"),
        ("{major}", "1.4.2", ("2.0.0", "1.9.0"), "1.9.0"),
        ("{semver}", "1.4.2", ("9.0.0",), ""),
        ("latest", "v1.4.2", ("v1.5.0",), "v1.5.0"),
        ("latest", "", ("20260528-182834-000001",), "20260528-182834-000001"),
        ("latest", "", ("20260528-182832-000001",), ""),
    ],
)
def test_who_an_alias_belongs_to(pattern: str, version: str, visible: tuple[str, ...], holder: str) -> None:
    """Aliases move forward only: among the versions they stand for, or by the deploy tags."""
    assert newer_holder(pattern, version, Tag("20260528-182833-000001"), PATTERN, visible) == holder
