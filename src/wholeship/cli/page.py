"""``--html FILE``: the answer as one self-contained page, beside what is printed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.adapters.files import write_over
from wholeship.core.errors import BadInput, ExitCode, Unfinished

if TYPE_CHECKING:
    from wholeship.output.page.parts import Page


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


def write_page(file: str | None, make: Callable[[], Page], code: int = ExitCode.YES) -> int:
    """Write the page that *make* gives, if one is wanted; the exit code, *code* unless that fails.

    A page that could not be written never hides the answer of the command.
    """
    if not file:
        return code
    from wholeship.output.page import render

    try:
        write_over(Path(file), render(make()))
    except Unfinished as error:
        if code == ExitCode.YES:
            raise Unfinished(
                f"the page was not written: {error.message}", advice="what was printed holds all the same"
            ) from None
        print(f"the page was not written: {error.message}", file=sys.stderr)
    return code
