"""A page value → one HTML file. Everything from outside passes through autoescaping and ``printable``."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from wholeship.core.text import Redactor, printable
from wholeship.core.version import VERSION
from wholeship.core.wording import elapsed
from wholeship.output.page.layout import draw, ticks
from wholeship.output.page.parts import Chart, Page, Timeline

if TYPE_CHECKING:
    from jinja2 import Environment

LANE_HEIGHT = 30
PLOT_WIDTH = 760
LABEL_SHOWN = 26
"""Most characters of a lane's name that are drawn; the whole of it is in the table below the drawing."""
SHRINK = 0.62
"""How far a wide drawing is made smaller before it scrolls instead."""


def render_page(page: Page) -> str:
    """The HTML of *page*: no network, works from a file, an e-mail or an artifact."""
    style, script = _asset("page.css") + _widths(), _asset("page.js")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        "base-uri 'none'; form-action 'none'"
    )
    html = (
        _template_environment()
        .get_template("page.html.j2")
        .render(page=page, style=style, script=script, policy=policy, version=VERSION)
    )
    return Redactor()(html)


def _asset(name: str) -> str:
    return (files("wholeship.output.page") / "templates" / name).read_text(encoding="utf-8")


def _widths() -> str:
    """Classes for least widths: the policy admits no style attribute on an element."""
    return "".join(f".min-{width}{{min-width:{width}px}}" for width in range(0, 6001, 100))


def _least(width: float) -> int:
    """The least width of a drawing *width* wide, in the steps that there are classes for."""
    return min(int(width * SHRINK) // 100 * 100, 6000)


def _hash(text: str) -> str:
    return "'sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() + "'"


def _template_environment() -> Environment:
    from jinja2 import Environment, FunctionLoader, StrictUndefined

    environment = Environment(
        loader=FunctionLoader(_asset),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_clean,
    )
    environment.filters |= {
        "duration": elapsed,
        "states": _states,
        "kind": _part_kind,
        "number": _short_number,
    }
    environment.filters |= {"moment": _moment, "least": _least}
    environment.globals |= {"draw": draw, "plot": _plot, "curve": _curve}
    return environment


def _clean(value: Any) -> Any:
    from markupsafe import Markup

    if isinstance(value, Markup) or not isinstance(value, str):
        return value
    return printable(value, newlines=True)


def _part_kind(part: object) -> str:
    return type(part).__name__.lower()


def _short_number(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _moment(seconds: float, step: float) -> str:
    """A tick of an axis whose ticks are *step* seconds apart."""
    if seconds == 0:
        return "0"
    if step >= 60 and step % 60 == 0:
        return f"{seconds / 60:.0f} min"
    if step >= 1:
        return elapsed(seconds)
    places = 0 if step >= 0.001 else 1 if step >= 0.0001 else 2
    return f"{seconds * 1000:.{places}f} ms"


def _states(states: dict[str, str]) -> str:
    return json.dumps(dict(states))


def _plot(timeline: Timeline, start: float, end: float) -> dict[str, Any]:
    """Pixel geometry of the part of *timeline* between two instants (seconds)."""
    span = max(end - start, 1e-9)
    # An enlarged stretch shows who does something in it, not everybody.
    shown = [lane for lane in timeline.lanes if any(s.end >= start and s.start <= end for s in lane.spans)]
    names = [lane.name[:LABEL_SHOWN] for lane in shown]
    left = 7.0 * max(map(len, names), default=0) + 24

    def x(at: float) -> float:
        return round(left + (min(max(at, start), end) - start) / span * PLOT_WIDTH, 2)

    lanes = []
    for row, lane in enumerate(shown):
        spans = [s for s in lane.spans if s.end >= start and s.start <= end]
        bars = [{"span": s, "x": x(s.start), "width": max(x(s.end) - x(s.start), 1.5)} for s in spans]
        for number, bar in enumerate(bars):
            bar["label_x"] = _label_x(bar, left + PLOT_WIDTH, last=number == len(bars) - 1)
        name = lane.name if len(lane.name) <= LABEL_SHOWN else lane.name[: LABEL_SHOWN - 1] + "…"
        lanes.append({"name": name, "whole": lane.name, "y": row * LANE_HEIGHT + 6, "bars": bars})
    bottom = len(shown) * LANE_HEIGHT + 8
    at = ticks(end, start=start) if start == 0 else ticks(end - start)
    moments = at if start == 0 else tuple(start + tick for tick in at)
    return {
        "lanes": lanes,
        "bottom": bottom,
        "width": left + PLOT_WIDTH + 30,
        "height": bottom + 44,
        "left": left,
        "ticks": [{"at": t, "x": x(t)} for t in moments],
        "step": at[1] - at[0] if len(at) > 1 else span,
        "marks": [{"mark": m, "x": x(m.at)} for m in timeline.marks if start <= m.at <= end],
        "start": start,
    }


def _label_x(bar: dict[str, Any], right: float, *, last: bool) -> float | None:
    """Where a bar's label goes: into it, or beside it when it is the last and there is room."""
    needs = len(bar["span"].label) * 7 + 8
    if bar["width"] > needs:
        return float(bar["x"]) + 5
    beside = float(bar["x"]) + float(bar["width"]) + 5
    return beside if last and beside + needs < right else None


def _curve(chart: Chart) -> dict[str, Any]:
    """Pixel geometry of a line chart."""
    points = [p for s in chart.series for p in s.points] or [(0.0, 0.0)]
    right = max(p[0] for p in points) or 1.0
    top = max([p[1] for p in points] + [chart.ceiling or 0.0]) * 1.1 or 1.0
    height, moments = 220.0, ticks(right)

    def at(x: float, y: float) -> str:
        return f"{60 + x / right * PLOT_WIDTH:.1f},{height - y / top * (height - 16):.1f}"

    return {
        "lines": [{"name": s.name, "points": " ".join(at(*p) for p in s.points)} for s in chart.series],
        "y_ticks": [{"at": t, "y": height - t / top * (height - 16)} for t in ticks(top, wanted=5)],
        "x_ticks": [{"at": t, "x": 60 + t / right * PLOT_WIDTH} for t in moments],
        "step": moments[1] - moments[0] if len(moments) > 1 else right,
        "ceiling": None if chart.ceiling is None else height - chart.ceiling / top * (height - 16),
        "height": height,
        "width": PLOT_WIDTH + 90,
    }
