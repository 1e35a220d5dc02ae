"""The page: self-contained, safe, and usable in a real browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from wholeship.output.page import render_page
from wholeship.output.page.parts import (
    Cell,
    Chart,
    Code,
    Columns,
    Edge,
    Graph,
    Lane,
    Mark,
    Node,
    Page,
    Prose,
    Section,
    Series,
    Span,
    Step,
    Table,
    Timeline,
    Tone,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

EVIL = "</style><script>window.hacked = 1</script><img src=x onerror='window.hacked = 1'>\x1b[31m\u202e"


def page(name: str = "app") -> Page:
    nodes = (
        Node("tag", "generate-tag"),
        Node("worker", "build-worker"),
        Node("app", name, "watched", critical=True),
    )
    edges = (Edge("tag", "worker"), Edge("tag", "app", critical=True), Edge("worker", "app", broken=True))
    steps = (
        Step(f"{name} is pushed", {"app": "published"}, Tone.BAD, "publish.yml:88"),
        Step("build-worker fails", {"worker": "fail"}, Tone.BAD),
    )
    timeline = Timeline(
        "Stages",
        (Lane(name, (Span("build", 0, 40), Span("tag", 41.2, 41.3, Tone.GOOD))),),
        (Mark("commit point", 41.25),),
        window=(41.0, 41.5),
        window_label="Exposure window",
    )
    table = Table(
        "Images",
        ("image", "seconds"),
        ((name, Cell("48 s", 48)), ("worker", Cell("9 s", 9)), ("embeddings", Cell("1 min", 60))),
        frozenset({1}),
    )
    disk = Chart("Disk", "GB", (Series(name, ((0, 2), (60, 6))),), 14, "guaranteed")
    return Page(
        f"Release of {name}",
        "half: worker is missing",
        Tone.BAD,
        (
            Section("Timeline", (timeline, disk)),
            Graph("Workflow", nodes, edges, steps),
            Columns("Before", (Prose(name),), "After", (Code("patch", name),)),
            table,
        ),
        (("tag", name),),
    )


def test_page_needs_no_network() -> None:
    """The page loads nothing: no link, no source, no import, no URL in its style."""
    html = render_page(page())
    assert not re.search(r"<(link|iframe|object|embed)\b|\b(src|href)=[\"'](?!#)|@import|url\((?!#)", html)
    assert "default-src 'none'" in unescape(html)


def test_strangers_text_stays_text() -> None:
    """Markup and escapes in any name come out as text, wherever the name is shown."""
    html = render_page(page(EVIL))
    assert "<img" not in html
    assert html.count("<script>") == 1
    assert "\x1b" not in html
    assert "\u202e" not in html


def test_same_page_same_bytes() -> None:
    """Rendering is a function of its value."""
    assert render_page(page()) == render_page(page())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"],
        )
        yield browser
        browser.close()


@pytest.fixture
def tab(browser: Browser, tmp_path: Path) -> Iterator[Any]:
    context = browser.new_context(offline=True)
    tab = context.new_page()
    tab.on("console", lambda message: pytest.fail(f"the page complained: {message.text}"))
    file = tmp_path / "page.html"
    file.write_text(render_page(page()), encoding="utf-8")
    tab.goto(file.as_uri())
    yield tab
    context.close()


@pytest.mark.real
def test_table_sorts_by_number(tab: Any) -> None:
    """A click on a header sorts by the value behind the text, and says so to screen readers."""
    first = "table[data-sortable] tbody td:first-child"
    tab.get_by_role("button", name="seconds").click()
    assert tab.locator(first).all_inner_texts() == ["worker", "app", "embeddings"]
    assert tab.locator("th[aria-sort=ascending]").inner_text().startswith("seconds")
    tab.get_by_role("button", name="seconds").click()
    assert tab.locator(first).all_inner_texts() == ["embeddings", "app", "worker"]


@pytest.mark.real
def test_run_is_stepped_by_keyboard(tab: Any) -> None:
    """The bad run can be followed with the arrow keys; each step marks the boxes it changes."""
    tab.get_by_role("button", name="Next").focus()
    tab.keyboard.press("ArrowRight")
    assert tab.locator("[data-node=app]").get_attribute("data-state") == "published"
    assert tab.locator("[data-node=worker]").get_attribute("data-state") is None
    tab.keyboard.press("ArrowRight")
    assert tab.locator("[data-node=worker]").get_attribute("data-state") == "fail"
    assert "Step 2 of 2: build-worker fails" in tab.locator(".where").inner_text()
    tab.keyboard.press("Home")
    assert tab.locator("[data-node=app]").get_attribute("data-state") is None


@pytest.mark.real
def test_nothing_is_clipped(tab: Any) -> None:
    """On a narrow screen the page itself never scrolls sideways; wide drawings scroll on their own."""
    for width in (1100, 420):
        tab.set_viewport_size({"width": width, "height": 800})
        assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.real
def test_evil_names_run_nothing(browser: Browser, tmp_path: Path) -> None:
    """A hostile name runs no script in a real browser."""
    file = tmp_path / "evil.html"
    file.write_text(render_page(page(EVIL)), encoding="utf-8")
    tab = browser.new_page()
    tab.goto(file.as_uri())
    assert tab.evaluate("typeof window.hacked") == "undefined"
