"""Versions and ranges as Masterminds reads them."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.gitops.cases import cases
from wholeship.gitops.constraint import BadConstraint, parse_constraint
from wholeship.gitops.version import Version, parse_tag_version, parse_version

CASES = cases("versions")


@pytest.mark.parametrize(("kind", "read"), [("versions", parse_version), ("flux_tags", parse_tag_version)])
def test_what_is_a_version(kind: str, read: object) -> None:
    """Exactly what upstream accepts is read."""
    assert callable(read)
    assert [text for text in CASES[kind]["valid"] if read(text) is None] == []
    assert [text for text in CASES[kind]["invalid"] if read(text) is not None] == []


@pytest.mark.parametrize(("left", "sign", "right"), CASES["order"])
def test_order(left: str, sign: str, right: str) -> None:
    """Versions compare as upstream compares them."""
    a, b = parse_version(left), parse_version(right)
    assert a is not None
    assert b is not None
    assert {"<": a < b, "=": a == b, ">": a > b}[sign]


def test_what_is_a_range() -> None:
    """Exactly the ranges upstream accepts are read."""
    for text in CASES["ranges"]["valid"]:
        parse_constraint(text)
    for text in CASES["ranges"]["invalid"]:
        with pytest.raises(BadConstraint):
            parse_constraint(text)


@pytest.mark.parametrize("text", CASES["range_checks"])
def test_range(text: str) -> None:
    """A range admits and refuses what upstream says."""
    constraint, expected = parse_constraint(text), CASES["range_checks"][text]
    for kind, wanted in (("admits", True), ("refuses", False)):
        for spelled in expected.get(kind, ()):
            version = parse_version(spelled)
            assert version is not None
            assert constraint.admits(version) is wanted, f"{text} {kind} {spelled}"


def test_limits() -> None:
    """Over-long versions and ranges are refused, as upstream does."""
    assert parse_version("1.2.3-" + "a" * 250) is not None
    assert parse_version("1.2.3-" + "a" * 251) is None
    assert parse_version(f"{2**64}.0.0") is None
    with pytest.raises(BadConstraint):
        parse_constraint("||".join(["1"] * 33))
    with pytest.raises(BadConstraint):
        parse_constraint(">=1" + " " * 510)


PARTS = st.sampled_from(["0", "1", "2", "10", "alpha", "beta", "rc-1", "-1", "99999999999999999999"])
VERSIONS = st.builds(
    Version,
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.lists(PARTS, max_size=3).map(".".join),
)


@given(VERSIONS)
def test_round_trip(version: Version) -> None:
    """A version written and read again is the same."""
    assert parse_version(str(version)) == version


@given(VERSIONS, VERSIONS, VERSIONS)
def test_total_order(a: Version, b: Version, c: Version) -> None:
    """Exactly one of less, equal and greater holds, and less is transitive."""
    assert (a < b) + (a == b) + (a > b) == 1
    assert not (a < b < c) or a < c


@given(VERSIONS)
def test_release_after_its_pre_releases(version: Version) -> None:
    """A version never comes after the release it leads to."""
    assert version <= Version(*version.core)


@given(VERSIONS, VERSIONS)
def test_complement(bound: Version, version: Version) -> None:
    """With pre-releases opted in, ``<v`` is the opposite of ``>=v``, and ``=v`` of ``!=v``."""
    opted = Version(*bound.core, bound.pre or "0")
    for one, other in (("<", ">="), (">", "<="), ("=", "!=")):
        assert parse_constraint(f"{one}{opted}").admits(version) is not parse_constraint(
            f"{other}{opted}"
        ).admits(version)


@given(VERSIONS, VERSIONS)
def test_caret_lies_in_the_half_open_interval(bound: Version, version: Version) -> None:
    """``^v`` admits nothing below v and nothing with another leading number."""
    if parse_constraint(f"^{bound}").admits(version):
        assert version >= bound
        assert version.major == bound.major


@given(st.lists(VERSIONS, min_size=1, max_size=3), VERSIONS)
def test_alternatives(bounds: list[Version], version: Version) -> None:
    """``a || b`` admits what a or b admits."""
    each = [parse_constraint(f"~{bound}") for bound in bounds]
    either = parse_constraint(" || ".join(constraint.text for constraint in each))
    assert either.admits(version) is any(constraint.admits(version) for constraint in each)


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text crashes the readers; a version that was read reads the same when it is written out."""
    version = parse_version(text)
    assert version is None or parse_version(str(version)) == version
    with suppress(BadConstraint):
        parse_constraint(text)
