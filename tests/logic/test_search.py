"""The search visits everything, takes the shortest way, and says when it has not seen all."""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from tests.logic.search import System, explore

Jugs = tuple[int, int]


def pour(jugs: Jugs) -> Iterator[tuple[str, Jugs]]:
    """A jug of three litres and one of five: fill, empty, pour over."""
    small, large = jugs
    yield "fill small", (3, large)
    yield "fill large", (small, 5)
    yield "empty small", (0, large)
    yield "empty large", (small, 0)
    over = min(small, 5 - large)
    yield "small to large", (small - over, large + over)
    over = min(large, 3 - small)
    yield "large to small", (small + over, large - over)


def jugs() -> System[Jugs]:
    return System(((0, 0),), pour)


def test_the_shortest_way_to_break_a_claim_is_found() -> None:
    """Four litres out of jugs of three and five: known to take six steps, and 16 states can be reached."""
    found = explore(jugs(), always={"never four": lambda jugs: jugs[1] != 4})
    assert len(found.broken["never four"]) == 6
    assert found.broken["never four"].end[1] == 4
    assert (found.states, found.complete, found.ends) == (16, True, ())


def test_a_path_can_be_followed() -> None:
    """Every step of a path is one that the system has, from its first state to its last."""
    found = explore(jugs(), always={}, sometimes={"four": lambda jugs: 4 in jugs})
    path = found.met["four"]
    assert path.states[0] == (0, 0)
    for step, before, after in zip(path.steps, path.states, path.states[1:], strict=False):
        assert (step, after) in list(pour(before))


def test_a_claim_that_holds_is_not_broken() -> None:
    """All states are looked at, and none is against it."""
    found = explore(jugs(), always={"never over": lambda jugs: jugs <= (3, 5)})
    assert found.broken == {}


def test_a_search_that_was_stopped_says_so() -> None:
    """Without an end it stops at its limit and does not call itself complete."""
    found = explore(System((0,), lambda n: [("up", n + 1)]), always={}, limit=100)
    assert not found.complete
    assert found.states > 100


def test_ends_are_states_that_nothing_follows() -> None:
    """A system that stops has its last states listed."""
    found = explore(System((0,), lambda n: [("one", n + 1), ("two", n + 2)] if n < 3 else []), always={})
    assert set(found.ends) == {3, 4}
    assert found.depth == 2


@given(st.dictionaries(st.integers(0, 12), st.lists(st.integers(0, 12), max_size=4), max_size=12))
def test_law_states_are_those_that_can_be_reached(graph: dict[int, list[int]]) -> None:
    """Of any graph, exactly the nodes that can be reached from the first are counted."""
    reached, waiting = {0}, [0]
    while waiting:
        for node in graph.get(waiting.pop(), []):
            if node not in reached:
                reached.add(node)
                waiting.append(node)
    found = explore(System((0,), lambda n: [(str(m), m) for m in graph.get(n, [])]), always={})
    assert found.states == len(reached)
    assert set(found.ends) == {n for n in reached if not graph.get(n)}
