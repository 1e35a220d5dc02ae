"""`wholeship docs`: the pages of the documentation, which come with the program."""

from __future__ import annotations

from pathlib import Path

import wholeship
from wholeship.core.errors import BadInput, ToolMissing
from wholeship.core.wording import did_you_mean

PACKAGE = Path(wholeship.__file__).parent
PLACES = (PACKAGE / "docs", PACKAGE.parents[1] / "docs")
"""Where they are: in the installed package, or beside the sources."""

MANUAL = "man"
"""The name of the manual page, in roff; the test that compares it with the flags writes it."""


def page_named(name: str) -> str:
    """The page on the rule or subject *name*, as Markdown; without a name, every name there is.

    :class:`BadInput` when there is no such page.
    """
    pages = _pages()
    if not name:
        return _contents(pages)
    page = pages.get(name.removesuffix(".md"))
    if page is None:
        advice = did_you_mean(name, pages, "wholeship docs, without a name, lists them")
        raise BadInput(f"there is no page {name}", advice=advice)
    return page.read_text(encoding="utf-8")


def page_names() -> tuple[str, ...]:
    """Every name that :func:`page_named` knows."""
    return tuple(_pages())


def _pages_folder() -> Path:
    for each in PLACES:
        if (each / "rules").is_dir():
            return each
    raise ToolMissing("this installation came without its pages", advice="install wholeship anew")


def _pages() -> dict[str, Path]:
    """Every page by its name: rules, subjects, and the manual page."""
    place = _pages_folder()
    found = [*sorted((place / "rules").glob("*.md")), *sorted(place.glob("*.md"))]
    return {**{each.stem: each for each in found}, MANUAL: place / "wholeship.1"}


def _contents(pages: dict[str, Path]) -> str:
    rules = [name for name, page in pages.items() if page.parent.name == "rules"]
    others = [name for name in pages if name not in rules]
    lines = ["# Rules of check", "", *(f"- {each}" for each in rules)]
    lines += ["", "# Other pages", "", *(f"- {each}" for each in others)]
    return "\n".join([*lines, "", "`wholeship docs NAME` prints a page."]) + "\n"
