"""`wholeship docs`: the page on a rule or a subject."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.markdown import Markdown

from wholeship.app.pages import MANUAL, page_named
from wholeship.output.terminal import wants_colour


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "name", nargs="?", default="", metavar="NAME", help="a rule or a page; without: all names"
    )


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Print it: as it is written, or set for a terminal."""
    text = page_named(args.name)
    if args.name == MANUAL or not wants_colour(sys.stdout):
        sys.stdout.write(text)
        return 0
    Console().print(Markdown(text))
    return 0
