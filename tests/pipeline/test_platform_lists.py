"""Lists of platforms, as builders take them."""

from __future__ import annotations

import pytest

from wholeship.pipeline.effects import platforms
from wholeship.texts.template import Hole, Kind, Template


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("linux/amd64,linux/arm64", ["linux/amd64", "linux/arm64"]),
        ("arm64", ["linux/arm64"]),
        ("linux", []),
        ("local", []),
        ("", []),
        ("windows", None),
        ("linux/amd64,linux", None),
        ("local linux/arm64", None),
        ("nonsense", None),
    ],
)
def test_what_a_list_says(text: str, read: list[str] | None) -> None:
    """A system alone is the builder's own platform; beside others nobody knows which one that is."""
    found = platforms(Template.of(text))
    assert (found if found is None else sorted(map(str, found))) == read


def test_a_list_of_which_a_part_is_open_is_not_known() -> None:
    """It is not taken for a smaller one."""
    assert platforms(Template.of("linux/amd64,", Hole.of(Kind.INPUT, "inputs.more"))) is None
