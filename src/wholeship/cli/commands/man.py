"""`wholeship man`: the manual page."""

from __future__ import annotations

import argparse
import sys

from wholeship import __version__
from wholeship.cli.manual import command_pages, common_flags
from wholeship.output.manual import man_page


def configure(parser: argparse.ArgumentParser) -> None:
    """No flags of its own."""
    parser.epilog = f"{parser.epilog} | man -l -"


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Print it."""
    sys.stdout.write(man_page(command_pages(), common_flags(), __version__))
    return 0
