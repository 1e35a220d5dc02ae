"""RE2 patterns and Go's Expand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.gitops.pattern import BadPattern, compile_pattern


@pytest.mark.parametrize(
    ("template", "expanded"),
    [
        ("$1", "20260528"),
        ("$d", "20260528"),
        ("${d}", "20260528"),
        ("$d$t", "20260528162300"),
        ("$d_$t", "162300"),
        ("${d}_$t", "20260528_162300"),
        ("$1x", ""),
        ("$01", ""),
        ("$9", ""),
        ("$nobody", ""),
        ("$$", "$"),
        ("$", "$"),
        ("a$-b", "a$-b"),
        ("${d", "${d"),
        ("${}", "${}"),
        ("$0", "20260528-162300"),
    ],
)
def test_expand(template: str, expanded: str) -> None:
    """Templates are filled in by Go's rules, the longest run of word characters being the name."""
    match = compile_pattern(r"(?P<d>\d{8})-(?<t>\d{6})").search("v20260528-162300")
    assert match is not None
    assert match.expand(template) == expanded


def test_a_group_that_took_no_part_is_empty() -> None:
    """An unmatched group expands to nothing."""
    match = compile_pattern("(a)|(b)").search("b")
    assert match is not None
    assert match.expand("<$1$2>") == "<b>"


@pytest.mark.parametrize(
    "pattern",
    [
        *("(?!x)", "(?<=x)", r"(.)\1", "a++", r"\Z", "[=", "(", "a{1001}", r"\C", "(?P<é>a)"),
        *("(?P<n>a)(?P<n>b)", "a" * 5000),
    ],
)
def test_refused(pattern: str) -> None:
    """What RE2 in Go refuses, and what cannot be evaluated faithfully, is refused with a reason."""
    with pytest.raises(BadPattern) as caught:
        compile_pattern(pattern)
    assert str(caught.value)


def test_only_ascii_digits() -> None:
    r"""``\d`` is 0 to 9, whatever Unicode says."""
    assert not compile_pattern(r"^\d$").matches("٣")
    assert compile_pattern(r"^\pN$").matches("٣")


def test_patterns_that_ruin_backtracking_are_quick() -> None:
    """A pattern that takes a backtracking engine exponential time is answered at once."""
    assert not compile_pattern("^(a+)+$").matches("a" * 2000 + "b")


@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=20))
def test_any_pattern_is_compiled_or_refused(pattern: str, text: str, template: str) -> None:
    """Nothing but a refusal comes out of a pattern, and nothing out of a template."""
    try:
        match = compile_pattern(pattern).search(text)
    except BadPattern:
        return
    if match is not None:
        match.expand(template)
