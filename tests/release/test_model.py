"""The protocol, searched to its end: what can never happen, what can, and in how many states."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.release.model import SETTINGS, Order, Setting, burnt, check
from wholeship.release.lifecycle import HALF, NEXT, State

PAGE = Path(__file__).parents[2] / "docs" / "promotion.md"

FOUND = {
    "one release, 2 deaths, 2 lost replies": (342, 0, False),
    "the same without the barrier": (315, 0, False),
    "images pushed when they are ready, as pipelines do": (8, 1, False),
    "two releases, different tags, 2 deaths, 2 lost replies": (12858, 0, False),
    "two releases, one tag, tags can be overwritten": (1614, 15, True),
    "two releases, one tag, tags are written once": (4377, 0, True),
    "the same, siblings one by one": (1585, 0, False),
    "the same, one of them from the other end": (1656, 0, True),
    "three releases, two share a tag, tags are written once": (10800, 0, False),
    "three releases, different tags": (8000, 0, False),
    "two followed images, 2 deaths, 2 lost replies": (469, 0, False),
    "two releases, different tags, two followed images": (2450, 0, False),
    "two releases, one tag, written once, two followed images": (2830, 0, True),
}
"""States; steps to half a release (0: never); whether a tag can be used up with nobody out."""


@pytest.mark.parametrize("name", SETTINGS)
def test_what_the_search_finds(name: str) -> None:
    """States, shortest way to half a release and dead ends are these, and the search saw every state."""
    found = check(SETTINGS[name])
    half = found.broken.get("never half")
    assert (found.states, len(half) if half else 0, burnt(SETTINGS[name], found)) == FOUND[name]
    assert found.complete
    assert found.met, "a protocol that never publishes is safe, and no use"


@pytest.mark.parametrize("name", SETTINGS)
def test_nobody_is_told_yes_without_a_release(name: str) -> None:
    """Who says that it has published has every image under its tag."""
    assert "never a false yes" not in check(SETTINGS[name]).broken


def test_the_known_impossibility_has_its_story() -> None:
    """Two releases under one tag that can be overwritten: the second writes a sibling it saw absent, after
    the first has committed. Nothing a client does can prevent it; unique tags do."""
    path = check(SETTINGS["two releases, one tag, tags can be overwritten"]).broken["never half"]
    assert path.steps[-2:] == ("1: writes the watched image", "2: writes sibling 1")
    for step in path.steps:
        assert f"    {step}\n" in PAGE.read_text(encoding="utf-8")


def test_the_commit_point_is_what_keeps_it_whole() -> None:
    """With the watched image written like any other, half a release is one step away."""
    assert len(check(Setting(orders=(Order.ANY,))).broken["never half"]) == 1


def test_more_siblings_change_nothing() -> None:
    """Five images, one death, one lost reply: never half either."""
    found = check(Setting(images=5, crashes=1, lost=1))
    assert found.broken == {}
    assert found.complete


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documentation."""
    order = list(State).index
    moves = [
        f"    {_name(state)} --> {_name(following)}: {move}"
        for (state, move), nexts in NEXT.items()
        for following in sorted(nexts, key=order)
        if state is not State.UNKNOWN and following not in (state, State.UNKNOWN)
    ]
    notes = [f"    note right of {_name(state)}: half; exit code 6" for state in sorted(HALF, key=order)]
    ends = ["    [*] --> not_started", "    published --> [*]"]
    return "\n".join(["stateDiagram-v2", *ends, *moves, *notes])


def _name(state: State) -> str:
    return state.value.replace("-", "_")


def test_the_page_shows_the_diagram_of_the_table() -> None:
    """The diagram in the documentation is the one the lifecycle table draws."""
    assert f"```mermaid\n{diagram()}\n```" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FOUND)
def test_the_page_tells_what_was_found(name: str) -> None:
    """Every figure of the documentation is the one that is pinned here."""
    states, steps, dead_end = FOUND[name]
    verdict = f"half after {steps} step{'s' if steps > 1 else ''}" if steps else "never half"
    row = f"| {name} | {states:,} | {verdict} | {'yes' if dead_end else 'no'} |"
    assert row in PAGE.read_text(encoding="utf-8")
