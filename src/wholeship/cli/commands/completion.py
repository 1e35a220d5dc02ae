"""`wholeship completion`: a completion script for the shell."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from wholeship.app.pages import page_names
from wholeship.cli.parsing import build_parser
from wholeship.core.errors import ToolMissing

_FILES = frozenset({"FILE", "PATH", "FORMAT=FILE"})
_FOLDERS = frozenset({"DIR", "FOLDER"})


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
    parser = build_parser(only="*")
    for command, action in _actions(parser):
        if action.metavar in _FOLDERS:
            action.complete = shtab.DIRECTORY  # type: ignore[attr-defined]
        elif action.metavar in _FILES:
            action.complete = shtab.FILE  # type: ignore[attr-defined]
        elif command == "docs" and not action.option_strings:
            action.choices = page_names()
    sys.stdout.write(shtab.complete(parser, shell=args.shell) + "\n")
    return 0


def _actions(parser: argparse.ArgumentParser, command: str = "") -> Iterator[tuple[str, argparse.Action]]:
    """Everything that can be typed, with the command that it belongs to."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, inner in action.choices.items():
                yield from _actions(inner, name)
        else:
            yield command, action
