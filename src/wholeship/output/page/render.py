"""A page value → one HTML file. Everything from outside passes through autoescaping and ``printable``."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from wholeship import __version__
from wholeship.core.text import Redactor, printable
from wholeship.output.page.layout import draw, ticks
from wholeship.output.page.parts import Chart, Page, Timeline
from wholeship.output.terminal import duration

if TYPE_CHECKING:
    from jinja2 import Environment

LANE_HEIGHT = 30
PLOT_WIDTH = 760
LABEL_WIDTH = 170


def render(page: Page) -> str:
    """The HTML of *page*: no network, works from a file, an e-mail or an artifact."""
    style, script = _asset("page.css"), _asset("page.js")
    policy = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; img-src data:"
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(page=page, style=style, script=script, policy=policy, version=__version__)
    )
    return Redactor()(html)


def _asset(name: str) -> str:
    return (files("wholeship.output.page") / "templates" / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    environment.filters |= {"duration": duration, "states": _states, "kind": _kind, "number": _number}
    environment.globals |= {"draw": draw, "plot": _plot, "curve": _curve}
    return environment


def _clean(value: Any) -> Any:
    from markupsafe import Markup

    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return printable(value, newlines=True)


def _kind(part: object) -> str:
    return type(part).__name__.lower()


def _number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _states(states: dict[str, str]) -> str:
    return json.dumps(dict(states))


def _plot(timeline: Timeline, start: float, end: float) -> dict[str, Any]:
    """Pixel geometry of the part of *timeline* between two instants (seconds)."""
    span = max(end - start, 1e-9)

    def x(at: float) -> float:
        return round(LABEL_WIDTH + (min(max(at, start), end) - start) / span * PLOT_WIDTH, 2)

    lanes = []
    for row, lane in enumerate(timeline.lanes):
        bars = [
            {"span": s, "x": x(s.start), "width": max(x(s.end) - x(s.start), 1.5)}
            for s in lane.spans
            if s.end >= start and s.start <= end
        ]
        lanes.append({"name": lane.name, "y": row * LANE_HEIGHT + 6, "bars": bars})
    bottom = len(timeline.lanes) * LANE_HEIGHT + 8
    return {
        "lanes": lanes,
        "bottom": bottom,
        "width": LABEL_WIDTH + PLOT_WIDTH + 30,
        "height": bottom + 44,
        "left": LABEL_WIDTH,
        "ticks": [{"at": t, "x": x(t)} for t in ticks(end, start=start)],
        "marks": [{"mark": m, "x": x(m.at)} for m in timeline.marks if start <= m.at <= end],
        "start": start,
    }


def _curve(chart: Chart) -> dict[str, Any]:
    """Pixel geometry of a line chart."""
    points = [p for s in chart.series for p in s.points] or [(0.0, 0.0)]
    right = max(p[0] for p in points) or 1.0
    top = max([p[1] for p in points] + [chart.ceiling or 0.0]) * 1.1 or 1.0
    height = 220.0

    def at(x: float, y: float) -> str:
        return f"{60 + x / right * PLOT_WIDTH:.1f},{height - y / top * (height - 16):.1f}"

    return {
        "lines": [{"name": s.name, "points": " ".join(at(*p) for p in s.points)} for s in chart.series],
        "y_ticks": [{"at": t, "y": height - t / top * (height - 16)} for t in ticks(top, wanted=5)],
        "x_ticks": [{"at": t, "x": 60 + t / right * PLOT_WIDTH} for t in ticks(right)],
        "ceiling": None if chart.ceiling is None else height - chart.ceiling / top * (height - 16),
        "height": height,
        "width": PLOT_WIDTH + 90,
    }
