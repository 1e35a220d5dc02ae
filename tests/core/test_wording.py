"""Lists, counts, times and sizes as they are said."""

from __future__ import annotations

import pytest

from wholeship.core.wording import counted, did_you_mean, elapsed, listed, listed_few, megabytes


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcde"), "a, b, c, d and e"),
    ],
)
def test_a_list_names_each_once(names: list[str], text: str) -> None:
    """A name that comes twice is said once, and nothing is cut where nobody asked for it."""
    assert listed(names) == text


def test_a_cut_list_says_how_many_are_left() -> None:
    """Nothing vanishes from a list: what is not named is counted; one more is named, not counted."""
    assert listed_few("abcdefg") == "a, b, c, d and 3 more"
    assert listed_few("abcde") == "a, b, c, d and e"


def test_one_is_singular() -> None:
    """A count and its noun agree."""
    assert [counted(n, "image") for n in (0, 1, 2)] == ["0 images", "1 image", "2 images"]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.96, "10 s"), (75, "75 s"), (185, "3 min 05 s"), (3600, "1 h 00 min")],
)
def test_times_fit_a_column(seconds: float, text: str) -> None:
    """The same time is said the same way in every screen."""
    assert elapsed(seconds) == text


def test_sizes_are_decimal() -> None:
    """As registries and disks are sold."""
    assert [megabytes(n) for n in (1_234_567, 10_000_000)] == ["1.2 MB", "10 MB"]


def test_the_name_that_was_meant() -> None:
    """The one that is most like the word; something else where none is, and the closer the fewer are."""
    assert did_you_mean("workr", ["app", "worker"]) == "did you mean worker?"
    assert did_you_mean("workr", ["app", "worker"], alike=0.95) == ""
    assert did_you_mean("x", ["app", "worker"], "known: app, worker") == "known: app, worker"
