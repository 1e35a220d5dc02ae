"""Where things go: boxes of a layered graph, ticks of an axis. Pure geometry, in CSS pixels.

Layers are longest-path layers (a job stands right of everything it needs); inside a layer, boxes are
ordered by the mean position of what they need, a few sweeps each way (Sugiyama's barycentre
heuristic), which is plenty for workflows of up to some hundred jobs.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import pairwise

from wholeship.core.values import dataclass
from wholeship.output.page.parts import Edge, Node

BOX_HEIGHT = 44
LANE_HEIGHT = 6
GAP_X = 56
GAP_Y = 18
CHARACTER = 7.4
SWEEPS = 4


@dataclass(frozen=True, slots=True)
class Box:
    """A placed node."""

    node: Node
    x: float
    y: float
    width: float
    height: float = BOX_HEIGHT


@dataclass(frozen=True, slots=True)
class Arrow:
    """A routed edge: an SVG path from the right of one box to the left of another."""

    edge: Edge
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """A laid-out graph."""

    width: float
    height: float
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


def draw(nodes: Sequence[Node], edges: Sequence[Edge]) -> Drawing:
    """Place *nodes* and route *edges*; edges that name no node, or close a cycle, do not shift layers.

    An edge over several layers gets a lane of its own in each layer between, so that it never runs
    behind a box.
    """
    by_id = {node.id: node for node in nodes}
    edges = [edge for edge in edges if edge.source in by_id and edge.target in by_id]
    columns = _layers(nodes, edges)
    routes = _lanes(columns, edges)
    links = [pair for route in routes for pair in pairwise(route)]
    boxes: dict[str, Box] = {}
    columns = _ordered(columns, links)
    height = max((_taken(column) for column in columns), default=0.0) + 2 * GAP_Y
    x = 8.0
    for column in columns:
        width = max(_width(by_id.get(name)) for name in column)
        y = (height - _taken(column)) / 2
        for name in column:
            tall = BOX_HEIGHT if name in by_id else LANE_HEIGHT
            boxes[name] = Box(by_id.get(name, Node(name, "")), x, y, width, tall)
            y += tall + GAP_Y
        x += width + GAP_X
    arrows = tuple(Arrow(e, _arrow_path([boxes[n] for n in r])) for e, r in zip(edges, routes, strict=True))
    placed = tuple(box for name, box in boxes.items() if name in by_id)
    return Drawing(max(x - GAP_X + 8, 8), height, placed, arrows)


def _width(node: Node | None) -> float:
    if node is None:
        return 0.0
    return CHARACTER * max(len(node.label), len(node.note) * 0.85) + 28


def _taken(column: Sequence[str]) -> float:
    return sum((LANE_HEIGHT if "\0" in name else BOX_HEIGHT) + GAP_Y for name in column) - GAP_Y


def _lanes(columns: list[list[str]], edges: Sequence[Edge]) -> list[list[str]]:
    """The names each edge passes; adds to *columns* a lane (a name with a NUL in it) per layer crossed."""
    layer = {name: index for index, column in enumerate(columns) for name in column}
    routes = []
    for number, edge in enumerate(edges):
        between = range(layer[edge.source] + 1, layer[edge.target])
        lanes = [f"{number}\0{index}" for index in between]
        for index, lane in zip(between, lanes, strict=True):
            columns[index].append(lane)
        routes.append([edge.source, *lanes, edge.target])
    return routes


def _layers(nodes: Sequence[Node], edges: Iterable[Edge]) -> list[list[str]]:
    needs: dict[str, list[str]] = defaultdict(list)
    for edge in edges:
        needs[edge.target].append(edge.source)
    depth: dict[str, int] = {}

    def visit(start: str) -> None:
        # An explicit stack: a chain of a thousand jobs must not meet Python's recursion limit.
        stack: list[tuple[str, int]] = [(start, 0)]
        open_now: set[str] = set()
        while stack:
            name, index = stack.pop()
            if name in depth:
                continue
            open_now.add(name)
            waiting = [n for n in needs[name] if n not in depth and n not in open_now]
            if waiting and index <= len(needs[name]):
                stack += [(name, index + 1), (waiting[0], 0)]
                continue
            depth[name] = max((depth[n] + 1 for n in needs[name] if n in depth), default=0)
            open_now.discard(name)

    for node in nodes:
        visit(node.id)
    columns: list[list[str]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for node in nodes:
        columns[depth[node.id]].append(node.id)
    return columns


def _ordered(columns: list[list[str]], links: Iterable[tuple[str, str]]) -> list[list[str]]:
    before: dict[str, list[str]] = defaultdict(list)
    after: dict[str, list[str]] = defaultdict(list)
    for source, target in links:
        before[target].append(source)
        after[source].append(target)
    for sweep in range(SWEEPS):
        neighbours = before if sweep % 2 == 0 else after
        place = {name: index for column in columns for index, name in enumerate(column)}
        columns = [
            sorted(
                column,
                key=lambda name: (
                    sum(place[n] for n in neighbours[name]) / len(neighbours[name])
                    if neighbours[name]
                    else place[name]
                ),
            )
            for column in columns
        ]
    return columns


def _arrow_path(boxes: Sequence[Box]) -> str:
    first = boxes[0]
    x, y = first.x + first.width, first.y + first.height / 2
    path = [f"M{x:.1f},{y:.1f}"]
    for box in boxes[1:]:
        to_x, to_y = box.x, box.y + box.height / 2
        bend = max(20.0, (to_x - x) / 2)
        path.append(f"C{x + bend:.1f},{y:.1f} {to_x - bend:.1f},{to_y:.1f} {to_x:.1f},{to_y:.1f}")
        if box is not boxes[-1]:
            path.append(f"H{box.x + box.width:.1f}")
        x, y = box.x + box.width, to_y
    return " ".join(path)


def ticks(end: float, *, start: float = 0.0, wanted: int = 6) -> tuple[float, ...]:
    """Round values from *start* to *end*, about *wanted* of them, at 1-2-5 steps (or 15, 30, 60 for time)."""
    span = end - start
    if span <= 0 or not math.isfinite(span):
        return (start,)
    step = _round_step(span / wanted)
    first = math.ceil(start / step - 1e-9)
    last = math.floor(end / step + 1e-9)
    return tuple(round(i * step, 9) for i in range(first, last + 1))


def _round_step(rough: float) -> float:
    for step in (15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0):
        if rough > 10 and rough <= step:
            return step
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(m * magnitude for m in (1, 2, 5, 10) if m * magnitude >= rough * (1 - 1e-9))
