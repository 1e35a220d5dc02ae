"""Geometry of the drawings."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from wholeship.output.page.layout import draw, ticks
from wholeship.output.page.parts import Edge, Node

names = st.sampled_from([f"job-{n}" for n in range(9)])
graphs = st.lists(st.tuples(names, names), max_size=20)


def boxes_of(pairs: list[tuple[str, str]]) -> tuple[list[Node], list[Edge]]:
    nodes = [Node(name, name) for name in sorted({n for pair in pairs for n in pair})]
    return nodes, [Edge(a, b) for a, b in pairs]


@given(graphs)
def test_arrows_of_an_order_point_right(pairs: list[tuple[str, str]]) -> None:
    """In a graph without cycles every box stands right of all it needs."""
    nodes, edges = boxes_of([(a, b) for a, b in pairs if a < b])
    drawing = draw(nodes, edges)
    x = {box.node.id: box.x for box in drawing.boxes}
    assert all(x[e.source] < x[e.target] for e in edges)


@given(graphs)
def test_boxes_do_not_overlap(pairs: list[tuple[str, str]]) -> None:
    """No two boxes share a pixel, and all are inside the drawing; cycles included."""
    drawing = draw(*boxes_of(pairs))
    for i, one in enumerate(drawing.boxes):
        assert one.x >= 0
        assert one.x + one.width <= drawing.width
        assert one.y >= 0
        assert one.y + one.height <= drawing.height
        for other in drawing.boxes[i + 1 :]:
            apart_x = one.x + one.width <= other.x or other.x + other.width <= one.x
            apart_y = one.y + one.height <= other.y or other.y + other.height <= one.y
            assert apart_x or apart_y


def test_long_chains_are_drawn() -> None:
    """A chain of two thousand jobs is drawn without meeting the recursion limit."""
    nodes = [Node(str(n), str(n)) for n in range(2000)]
    edges = [Edge(str(n), str(n + 1)) for n in range(1999)]
    assert len(draw(nodes, edges).boxes) == 2000


@given(st.floats(0, 1e6), st.floats(1e-3, 1e6))
def test_ticks_stay_on_the_axis(start: float, span: float) -> None:
    """Ticks rise, stay within the axis, and are few enough to read."""
    found = ticks(start + span, start=start)
    assert list(found) == sorted(set(found))
    assert len(found) <= 14
    assert all(start - span * 1e-3 <= t <= start + span * 1.001 for t in found)
