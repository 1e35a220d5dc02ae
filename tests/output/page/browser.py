"""A real browser for the pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from wholeship.output.page import render_page
from wholeship.output.page.parts import Page

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@contextmanager
def running() -> Iterator[Any]:
    """Headless Chromium; skips by name where there is none."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, page: Page, folder: Path, **how: Any) -> Iterator[Any]:
    """*page* in a tab of its own, without a network; what it complains about fails the test."""
    context = browser.new_context(offline=True, **how)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    file = folder / "page.html"
    file.write_text(render_page(page), encoding="utf-8")
    tab.goto(file.as_uri())
    yield tab
    context.close()
    assert complaints == []
