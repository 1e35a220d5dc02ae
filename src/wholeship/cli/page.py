"""``--html FILE``: the answer as one self-contained page, beside what is printed."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module
from pathlib import Path

from wholeship.core.errors import BadInput, ExitCode, Unfinished


def page_option(parser: argparse.ArgumentParser) -> None:
    """The flag."""
    parser.add_argument("--html", metavar="FILE", help="also write the answer as one self-contained page")


def check_page(file: str | None) -> None:
    """:class:`BadInput` when a page is wanted where none can be: better known before the work than after."""
    if not file:
        return
    target = Path(file)
    if target.is_dir():
        raise BadInput(f"{target} is a folder", advice="name a file: --html FILE")
    if not target.parent.is_dir():
        raise BadInput(f"there is no folder {target.parent} to write the page to")


def write_page(file: str | None, page: str, answer: object, code: int, *more: object) -> int:
    """Write the page of *answer*, if one is wanted; the exit code, *code* unless that fails.

    *page* names what makes it: a function of a module in ``output/page/``, as ``status:status_page``. A page
    that could not be written never hides the answer of the command.
    """
    if not file:
        return code
    from wholeship.adapters.files import write_over
    from wholeship.output.page import render

    module, _, function = page.partition(":")
    make = getattr(import_module(f"wholeship.output.page.{module}"), function)
    try:
        write_over(Path(file), render(make(answer, *more)))
    except Unfinished as error:
        if code == ExitCode.YES:
            raise Unfinished(
                f"the page was not written: {error.message}", advice="what was printed holds all the same"
            ) from None
        print(f"the page was not written: {error.message}", file=sys.stderr)
    return code
