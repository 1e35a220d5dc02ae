"""Every command's page: what it says, that nothing in it can break out, and how it looks in a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.output.page.browser import opened, running
from tests.output.page.reports import PAGES, release
from wholeship.output.page import render_page
from wholeship.output.page.parts import Graph, Node, Page, Part, Section, Step, Timeline, Tone

EVIL = (
    "\"'><img src=x onerror='window.hacked = 1'></script><script>window.hacked = 1</script>"
    "\x1b[31m\u202e{{ 6007 * 3 }}"
)
RUN = Graph(
    "a run",
    (Node("a", "a"), Node("b", "b")),
    (),
    (Step("a is pushed", {"a": "published"}, Tone.BAD), Step("b fails", {"b": "fail"}, Tone.BAD)),
)
NAMES = pytest.mark.parametrize("name", PAGES)


def parts_of(page: Page) -> Iterator[Part]:
    """Every part, those in sections too."""
    stack: list[Part] = list(page.parts)
    while stack:
        part = stack.pop()
        yield part
        if isinstance(part, Section):
            stack += part.parts


class Elements(HTMLParser):
    """The elements of a page, with their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@NAMES
def test_strangers_text_makes_no_element(name: str) -> None:
    """Whatever a name or a message holds, the page has the same elements as with harmless text."""
    tame = [tag for tag, _ in Elements(render_page(PAGES[name]("app", "a note"))).found]
    evil = Elements(render_page(PAGES[name](EVIL, EVIL)))
    assert [tag for tag, _ in evil.found].count("script") == 1
    assert set(tame) >= {tag for tag, _ in evil.found}
    assert "img" not in {tag for tag, _ in evil.found}
    assert not any(key.startswith("on") or key in ("href", "src", "style") for _, a in evil.found
                   for key in a if not (a.get(key) or "").startswith("#"))  # fmt: skip
    html = render_page(PAGES[name](EVIL, EVIL))
    assert "\x1b" not in html
    assert "\u202e" not in html
    assert "18021" not in html


@NAMES
def test_headings_have_no_gaps(name: str) -> None:
    """A screen reader can walk the headings: one at the top, and none skips a level."""
    levels = [
        int(tag[1])
        for tag, _ in Elements(render_page(PAGES[name]("app", "x"))).found
        if re.fullmatch("h[1-6]", tag)
    ]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@NAMES
def test_every_table_and_drawing_is_named(name: str) -> None:
    """Tables have captions, drawings have labels and a text beside them, what scrolls can be focused."""
    elements = Elements(render_page(PAGES[name]("app", "x"))).found
    count = [tag for tag, _ in elements].count
    assert count("table") == count("caption")
    assert all(attributes.get("aria-label") for tag, attributes in elements if tag == "svg")
    assert (
        count("svg")
        <= count("details") + sum(1 for _, a in elements if "window" in str(a.get("class", ""))) + 1
    )
    scrolls = [a for _, a in elements if "scroll" in (a.get("class") or "").split()]
    assert all(a.get("tabindex") == "0" and a.get("aria-label") for a in scrolls)


def test_the_exposure_window_is_drawn_where_it_was() -> None:
    """The stretch from the first to the last tag is enlarged, and the commit point is its last tag."""
    timeline = next(part for part in parts_of(release()) if isinstance(part, Timeline))
    assert timeline.window is not None
    first, last = 274.0 + 0.812, 274.0 + 0.999
    assert timeline.window[0] < first < last < timeline.window[1]
    assert [(mark.label, round(mark.at, 6)) for mark in timeline.marks] == [("commit point", round(last, 6))]
    starts = {lane.name: round(lane.spans[0].start, 6) for lane in timeline.lanes}
    assert starts["tag of worker"] == round(first, 6)
    assert "187 ms" in timeline.window_label


def test_what_an_earlier_try_built_takes_no_time_of_this_one() -> None:
    """An image that was built before is named as such, not drawn as if it had been built now."""
    shown = release()
    timeline = next(part for part in parts_of(shown) if isinstance(part, Timeline))
    assert {lane.name: lane.spans[0].label for lane in timeline.lanes}["app"] == "build"
    gone_on_with = release(build=0.2)
    timeline = next(part for part in parts_of(gone_on_with) if isinstance(part, Timeline))
    (span,) = next(lane for lane in timeline.lanes if lane.name == "app").spans
    assert (span.start, span.end) == (0, 0)
    assert span.label == "built by an earlier try in 3 min 52 s"


def test_a_rehearsal_says_that_it_is_one() -> None:
    """Its title and its first words: nobody takes the page of a rehearsal for that of a release."""
    page = PAGES["rehearsal"]("app", "a note")
    assert page.title.startswith("Rehearsal ")
    assert page.answer.startswith("rehearsed: ")
    assert page.tone is Tone.PLAIN
    first = page.parts[0]
    assert isinstance(first, Section)
    assert first.title == "This was a rehearsal"


def test_a_review_has_the_blockers_first() -> None:
    """Then the run that goes wrong, and the suite that fails because of the change."""
    page = PAGES["review"]("app", "the suite fails")
    assert page.answer.startswith("held")
    titles = [part.title for part in page.parts if isinstance(part, Section)]
    assert titles[:2] == ["Blockers", "How it can go wrong: half-release"]


def test_the_order_of_a_plan() -> None:
    """In the drawing of a plan nothing leads to the watched tag but the barrier behind all siblings."""
    graph = next(part for part in parts_of(PAGES["plan"]("app", "x")) if isinstance(part, Graph))
    to = {node.id: {e.source for e in graph.edges if e.target == node.id} for node in graph.nodes}
    assert to["tag"] == {"barrier"}
    assert to["barrier"] == {"tag worker"}
    assert to["tag worker"] == {"cleared"}
    assert to["cleared"] == {"gate boots"}


def test_the_critical_path_is_drawn_in_the_graph_of_all_jobs() -> None:
    """Strong boxes and arrows are those of the path, among all jobs and what they wait for."""
    graphs = [part for part in parts_of(PAGES["forecast"]("app", "x")) if isinstance(part, Graph)]
    graph = next(graph for graph in graphs if len(graph.nodes) == 3)
    assert {node.id for node in graph.nodes if node.critical} == {"build-worker", "app"}
    assert [(e.source, e.target) for e in graph.edges if e.critical] == [("build-worker", "app")]


def test_the_bad_run_can_be_stepped_through() -> None:
    """A refutation's story changes the boxes of the jobs it is about, and the missing arrow is drawn."""
    graphs = [part for part in parts_of(PAGES["check"]("app", "x")) if isinstance(part, Graph)]
    run = next(graph for graph in graphs if graph.steps)
    assert [dict(step.states) for step in run.steps] == [{"build-app": "published"}, {"build-worker": "fail"}]
    assert [(e.source, e.target) for e in run.edges if e.broken] == [("build-worker", "build-app")]


def test_a_refutation_of_one_step_is_marked() -> None:
    """There is nothing to step through: the box shows at once what becomes of it, and the step is red."""
    one = replace(RUN, steps=RUN.steps[-1:])
    html = render_page(Page("p", "a", Tone.BAD, (one,)))
    assert 'data-node="b" data-state="fail"' in html
    assert "data-run" not in html.partition("<script>")[0]
    assert '<ol class="story fixed">' in html
    html = render_page(Page("p", "a", Tone.BAD, (RUN,)))
    assert 'data-node="b">' in html
    assert '<ol class="story">' in html


def test_the_worst_is_on_top() -> None:
    """Findings of all files stand before the files, errors first; the contents list them in that order."""
    page = PAGES["check"]("app", "a note")
    titles = [part.title for part in page.parts if isinstance(part, Section)]
    assert titles == ["error: half-release", ".github/workflows/app.yml"]
    linked = re.findall(r'<a href="#(p\d+)-h">([^<]+)</a>', render_page(page))
    assert [title for _, title in linked] == titles
    assert all(f'id="{name}-h"' in render_page(page) for name, _ in linked)


# -- in a browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with running() as browser:
        yield browser


FAINT = (Path(__file__).parent / "faint.js").read_text("utf-8")
"""A function that lists text with less than 4.5 to 1 between it and its ground (WCAG 2, 1.4.3)."""


@pytest.mark.real
@NAMES
def test_it_can_be_read(browser: Any, tmp_path: Path, name: str) -> None:
    """In light and dark, text stands out from its ground, and at no width does the page scroll sideways.

    Printed, even from a dark screen, it is dark on white, with whole drawings and without buttons.
    """
    # Reduced motion: a colour in transition is neither the one nor the other.
    with opened(browser, PAGES[name]("app", "a note"), tmp_path, reduced_motion="reduce") as tab:
        for scheme in ("light", "dark"):
            tab.emulate_media(color_scheme=scheme)
            assert tab.evaluate(FAINT) == []
            for width in (360, 760, 1400):
                tab.set_viewport_size({"width": width, "height": 800})
                assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
        tab.emulate_media(media="print", color_scheme="dark")
        tab.set_viewport_size({"width": 700, "height": 900})
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert tab.evaluate(FAINT) == []
        right = "[...document.querySelectorAll('svg')].map((s) => s.getBoundingClientRect().right)"
        assert all(edge <= 700 for edge in tab.evaluate(right))
        assert not any(one.is_visible() for one in tab.locator(".player").all())


LONG = "a-service-with-quite-a-long-name-of-its-own-and-then-some-more-of-it"


@pytest.mark.real
@NAMES
def test_on_a_telephone(browser: Any, tmp_path: Path, name: str) -> None:
    """At 390 pixels neither the page nor a table is scrolled sideways; a drawing that has to be says so."""
    with opened(browser, PAGES[name](LONG, f"{LONG}/{LONG}"), tmp_path) as tab:
        tab.set_viewport_size({"width": 390, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth") <= 390
        wide = "(all) => all.filter((e) => e.scrollWidth > e.clientWidth + 1).length"
        assert tab.eval_on_selector_all("table, pre", wide) == 0
        assert tab.eval_on_selector_all(".scroll:has(> table)", wide) == 0
        hints = "(all) => all.filter((e) => !e.hidden).length"
        assert tab.eval_on_selector_all(".wider", hints) == tab.eval_on_selector_all(".drawing .scroll", wide)


@pytest.mark.real
def test_no_step_is_red_before_it_is_taken(browser: Any, tmp_path: Path) -> None:
    """Before the run nothing has failed; each step turns red when it is taken, and back."""
    with opened(browser, PAGES["check"]("app", "a note"), tmp_path, reduced_motion="reduce") as tab:
        step = tab.locator("ol.story li.tone-bad").last
        colour = "(e) => getComputedStyle(e).color"
        plain, before = tab.evaluate("getComputedStyle(document.body).color"), step.evaluate(colour)
        assert before == plain
        assert tab.locator("[data-run] .box.tone-bad").count() == 0
        tab.get_by_role("button", name="End").first.click()
        assert step.evaluate(colour) != plain
        tab.get_by_role("button", name="Start").first.click()
        assert step.evaluate(colour) == plain


@pytest.mark.real
def test_the_contents_filter_the_page(browser: Any, tmp_path: Path) -> None:
    """What is typed leaves the sections that mention it, counts them, and is taken back by an empty field."""
    with opened(browser, PAGES["check"]("app", "a note"), tmp_path) as tab:
        field = tab.get_by_role("searchbox")
        field.fill("What is Published")
        assert tab.locator("main > section:visible").count() == 1
        assert tab.locator(".found").inner_text() == "1 of 2"
        field.fill("nothing like this")
        assert tab.locator("main > section:visible").count() == 0
        field.fill("")
        assert tab.locator("main > section:visible").count() == 2


@pytest.mark.real
@NAMES
def test_hostile_text_does_nothing(browser: Any, tmp_path: Path, name: str) -> None:
    """In a real browser no name runs anything, and every step and header can still be used."""
    with opened(browser, PAGES[name](EVIL, EVIL), tmp_path) as tab:
        for button in tab.locator("button").all():
            button.click(force=True)  # one that is marked as disabled, too
        assert tab.evaluate("typeof window.hacked") == "undefined"


@pytest.mark.real
def test_the_policy_of_the_page_stops_what_gets_in(browser: Any, tmp_path: Path) -> None:
    """Were markup to slip through all the same, the page's own policy lets nothing run and nothing load."""
    html = render_page(release()).replace(
        "</main>", "<img src='https://evil.invalid/x.png'><script>window.hacked = 1</script>"
        "<p onclick='window.hacked = 1' style='color:red'>x</p></main>",
    )  # fmt: skip
    file = tmp_path / "page.html"
    file.write_text(html, encoding="utf-8")
    loaded: list[str] = []
    context = browser.new_context()
    tab = context.new_page()
    tab.on("requestfinished", lambda request: loaded.append(request.url))
    tab.goto(file.as_uri())
    tab.locator("p[onclick]").click()
    assert tab.evaluate("typeof window.hacked") == "undefined"
    assert loaded == [file.as_uri()]
    context.close()


@pytest.mark.real
def test_tables_sort_by_keyboard(browser: Any, tmp_path: Path) -> None:
    """A header is reached with Tab and sorts with Enter."""
    with opened(browser, release(), tmp_path) as tab:
        header = tab.get_by_role("button", name="image", exact=True).first
        header.focus()
        tab.keyboard.press("Enter")
        cells = tab.locator("table[data-sortable]").first.locator("tbody td:first-child")
        assert cells.all_inner_texts() == ["app", "worker"]
        tab.keyboard.press("Enter")
        assert cells.all_inner_texts() == ["worker", "app"]
        assert tab.get_by_role("columnheader", name="image").first.get_attribute("aria-sort") == "descending"


@pytest.mark.real
def test_a_screen_reader_finds_its_way(browser: Any, tmp_path: Path) -> None:
    """The page has its landmarks, and what a drawing shows is there as text too."""
    with opened(browser, PAGES["check"]("app", "a note"), tmp_path) as tab:
        outline = tab.locator("body").aria_snapshot()
        for landmark in ("banner", "main", "contentinfo", 'heading "Proof of the workflows" [level=1]'):
            assert landmark in outline
        tab.get_by_role("button", name="Next").first.click()
        assert tab.locator(".where[aria-live]").first.inner_text().startswith("Step 1 of 2: app is pushed")
        tab.get_by_text("As a list").first.click()
        assert tab.get_by_text("build-worker → build-app (may not be out), broken").first.is_visible()
