"""`wholeship completion`: a completion script for the shell."""

from __future__ import annotations

import argparse
import sys

from wholeship.cli.parsing import build_parser
from wholeship.core.errors import ToolMissing


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    parser.add_argument("shell", choices=("bash", "zsh", "fish", "tcsh"), help="for example: bash")


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Print it."""
    try:
        import shtab
    except ImportError:
        raise ToolMissing(
            "shell completion needs the package shtab", advice="pip install 'wholeship[completion]'"
        ) from None
    sys.stdout.write(shtab.complete(build_parser(only="*"), shell=args.shell) + "\n")
    return 0
