"""`wholeship diff`: what a change does to the workflows."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wholeship.app import check as wiring
from wholeship.cli.page import check_page, page_option, write_page

if TYPE_CHECKING:
    from wholeship.output.page.parts import Page
    from wholeship.verdict.diff import Change

FORMATS = ("text", "json", "markdown", "github")


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    wiring.questions(parser)
    add = parser.add_argument
    add("base", metavar="BASE", help="a git revision, a workflow file or a folder: the state before")
    add("head", nargs="?", metavar="HEAD", help="the state after (default: the work tree)")
    add("--format", choices=FORMATS, default="text", help="what to print on standard output")
    page_option(parser)


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Compare, and say."""
    import sys

    from wholeship.app.diff import compared, sides
    from wholeship.core.errors import ExitCode
    from wholeship.output.formats import View, printed
    from wholeship.output.terminal import ink_for

    check_page(args.html)
    before, after, root = sides(args.base, args.head)
    options = wiring.options_of(args, root)
    change = compared(before, after, options, wiring.figures_of(args, root))
    code = ExitCode.NO if change.worse else ExitCode.YES
    sys.stdout.write(printed("diff", args.format, change, View(code, ink_for(sys.stdout))))
    return write_page(args.html, lambda: _page(change), code)


def _page(change: Change) -> Page:
    from wholeship.output.page.changes import diff_page

    return diff_page(change)
