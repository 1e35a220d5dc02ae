"""``--html FILE``: the answer as one self-contained page, beside what is printed."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.core.errors import BadInput, ExitCode, Unfinished, WholeshipError

if TYPE_CHECKING:
    from wholeship.output.page.parts import Page


def flag(parser: argparse.ArgumentParser) -> None:
    """The flag."""
    parser.add_argument("--html", metavar="FILE", help="also write the answer as one self-contained page")


def check(args: argparse.Namespace) -> None:
    """:class:`BadInput` when a page is wanted where none can be: better known before the work than after."""
    if not args.html:
        return
    target = Path(args.html)
    if target.is_dir():
        raise BadInput(f"{target} is a folder", advice="name a file: --html FILE")
    if not target.parent.is_dir():
        raise BadInput(f"there is no folder {target.parent} to write the page to")


@contextmanager
def even_so(
    args: argparse.Namespace, make: Callable[[Exception | KeyboardInterrupt], Page]
) -> Iterator[None]:
    """The page that *make* gives is written also when the block does not come to its answer."""
    try:
        yield
    except (WholeshipError, KeyboardInterrupt) as error:
        stopped = error
        write(args, lambda: make(stopped), ExitCode.UNFINISHED)
        raise


def write(args: argparse.Namespace, make: Callable[[], Page], code: int = ExitCode.YES) -> int:
    """Write the page that *make* gives, if one is wanted; the exit code, *code* unless that fails.

    A page that could not be written never hides the answer of the command.
    """
    if not args.html:
        return code
    from wholeship.adapters.files import write_over
    from wholeship.output.page import render

    try:
        write_over(Path(args.html), render(make()))
    except Unfinished as error:
        if code == ExitCode.YES:
            raise Unfinished(
                f"the page was not written: {error.message}", advice="what was printed holds all the same"
            ) from None
        import sys

        print(f"the page was not written: {error.message}", file=sys.stderr)
    return code
