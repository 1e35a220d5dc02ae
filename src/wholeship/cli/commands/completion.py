"""`wholeship completion`: a completion script for the shell."""

from __future__ import annotations

import argparse
import sys

from wholeship.app.pages import page_names
from wholeship.cli.parsing import build_parser
from wholeship.output.completion import completion_script


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("shell", choices=("bash", "zsh", "fish", "tcsh"), help="for example: bash")


def run(args: argparse.Namespace, make_world: object = None) -> int:
    sys.stdout.write(completion_script(build_parser(only="*"), args.shell, page_names()))
    return 0
