"""Where a YAML file has more in it than is read."""

from __future__ import annotations

import pytest

from wholeship.core import yamls


@pytest.mark.parametrize("most", range(1, 12))
@pytest.mark.parametrize("wrong", ["k0: again", "<<: x", "[a]: b"])
def test_what_is_cut_is_said_wherever_the_limit_falls(most: int, wrong: str) -> None:
    """Right entries, wrong ones and right ones again: none is missing without a problem that says so."""
    text = "k0: v\nk1: v\nk2: v\n" + f"{wrong}\n" * 3 + "k3: v\nk4: v\n"
    found = yamls.scan(text, "a.yml", most=most)
    document = found.documents[0] if found.documents else None
    kept = len(document.entries) if isinstance(document, yamls.Mapping) else 0
    assert kept == 5 or any("too many nodes" in each.message for each in found.problems)


def test_thousands_of_mistakes_are_not_kept() -> None:
    """A file of one key many times has no more problems than nodes that are read."""
    found = yamls.scan("k: v\n" * 5000, "a.yml", most=100)
    assert len(found.problems) <= 100
    assert found.problems[-1].message.startswith("too many nodes")
