"""The commands and their flags as values, read from the parsers: for the manual page and the docs."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from wholeship.cli.catalogue import COMMANDS, EXAMPLES
from wholeship.cli.main import COMMON, build_parser
from wholeship.output.manual import CommandPage, Flag


def command_pages() -> Iterator[CommandPage]:
    """Every command in the order of ``--help``; a command of a command follows it."""
    for name, parser in subparsers(build_parser(only="*")).items():
        yield CommandPage(name, COMMANDS[name], tuple(flags_of(parser)), EXAMPLES[name])
        for inner, nested in subparsers(parser).items():
            yield CommandPage(f"{name} {inner}", "", tuple(flags_of(nested)))


def common_flags() -> tuple[Flag, ...]:
    """The flags of every command."""
    actions = [action for action in build_parser()._actions if action.dest in COMMON]
    return tuple(Flag(spelled(action), action.help or "") for action in actions)


def flags_of(parser: argparse.ArgumentParser) -> Iterator[Flag]:
    """The words and flags of one command, without those of every command."""
    for action in parser._actions:
        inner = isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
        if not inner and action.dest not in COMMON and action.help != argparse.SUPPRESS:
            yield Flag(spelled(action), action.help or "")


def spelled(action: argparse.Action) -> str:
    """``--file FILE``, ``--quiet, -q``, ``[PATH]``."""
    choices = "{" + ",".join(map(str, action.choices)) + "}" if action.choices else ""
    value = action.metavar or choices or action.dest.upper()
    value = value if isinstance(value, str) else " ".join(value)
    if not action.option_strings:
        return f"[{value}]" if action.nargs in ("?", "*") else value
    names = ", ".join(sorted(action.option_strings, key=len, reverse=True))
    if action.nargs == 0:
        return names
    return f"{names} [{value}]" if action.nargs == "?" else f"{names} {value}"


def subparsers(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """The commands of *parser*."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            return dict(action.choices)
    return {}
