"""The words of the command line: what they ask for, by the flags of the one command that is named.

``wholeship --version`` must stay under 0.12 s, so nothing here imports a command, a domain or
a third-party library before the command is known.
"""

from __future__ import annotations

import argparse
import importlib
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn

from wholeship.core.version import VERSION
from wholeship.output.asked_colours import coloured
from wholeship.output.commands import COMMANDS, EXAMPLES, grouped_commands

if TYPE_CHECKING:
    from wholeship.cli.world import MakeWorld

HERE = "wholeship.cli.here"
"""What answers where no command is given."""
HANDED_ON = ("release", "build", "gate", "promote", "verify", "repair")
"""Commands whose exit code later steps and jobs of GitHub Actions are told, as the output ``exit-code``."""
COLOURS = ("auto", "always", "never")
COMMON = ("folder", "color", "quiet", "verbose")
"""The flags of every command, by what they are stored as."""

_ALONE = "Without a command: what is seen here, and what to do next."


def run_command(words: Sequence[str], make_world: MakeWorld | None, quick_key: str) -> int:
    """Run the command that *words* ask for; its exit code. *quick_key*: what its answer is kept under."""
    chosen = command_in(words)
    parser = build_parser(only=chosen)
    if chosen is not None and chosen not in COMMANDS:
        parser.error(f"there is no command {chosen}{_meant(chosen, COMMANDS)}")
    args, unknown = parser.parse_known_args(words)
    if unknown:
        # By the command's own parser, which shows the flags there are.
        own: argparse.ArgumentParser = getattr(args, "own", parser)
        flags = [flag for action in own._actions for flag in action.option_strings]
        own.error(f"unrecognized arguments: {' '.join(unknown)}{_meant(unknown[0], flags)}")
    args.quick_key = quick_key
    from wholeship.cli.edge import guarded
    from wholeship.output.actions import handed_on

    with coloured(args.color):
        code = guarded(lambda: _run(args, make_world), verbose=args.verbose)
    return handed_on(code) if args.command in HANDED_ON else code


def _run(args: argparse.Namespace, make_world: MakeWorld | None) -> int:
    module = load_command(args.command) if args.command else importlib.import_module(HERE)
    if not args.folder:
        return int(module.run(args, make_world))
    from wholeship.cli.edge import standing_in

    with standing_in(args.folder):
        return int(module.run(args, make_world))


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser; with *only*, there is just that command (with its imports); ``*``: all, with all theirs."""
    about = "Ship every image of a release, or none: fast, proved, reviewed."
    parser = _Parser(
        prog="wholeship",
        usage="wholeship [FLAGS] [COMMAND [FLAGS]]",
        description=f"{about}\n{_ALONE}\n\n{grouped_commands()}",
        formatter_class=_Grouped,
        epilog="Flags and an example of a command: wholeship COMMAND --help.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wholeship {VERSION}")
    common_options(parser, folder="", color="auto", quiet=False, verbose=False)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", prog="wholeship")
    for name, summary in COMMANDS.items():
        if only in COMMANDS and name != only:
            continue
        sub = commands.add_parser(
            name,
            help=summary,
            description=summary,
            epilog=f"for example: {EXAMPLES[name]}",
            allow_abbrev=False,
        )
        sub.set_defaults(own=sub)
        if only in (name, "*"):
            load_command(name).configure(sub)
            # Before the command they may stand as well: there is their value, if they do not stand here.
            said = dict.fromkeys(COMMON, argparse.SUPPRESS)
            common_options(sub.add_argument_group("for every command"), **said)
    return parser


class _Parser(argparse.ArgumentParser):
    """Says what is wrong and how it is typed, as every other error; all the flags are in ``--help``."""

    def error(self, message: str) -> NoReturn:
        example = f"{self.epilog}; " if self.get_default("own") is not None else ""
        self.exit(2, f"error: {message}\n  help: {example}all flags: {self.prog} --help\n")


class _Grouped(argparse.RawDescriptionHelpFormatter):
    """Help that has the commands in its description already."""

    def _format_action(self, action: argparse.Action) -> str:
        return "" if isinstance(action, argparse._SubParsersAction) else super()._format_action(action)


def common_options(to: argparse._ActionsContainer, **default: object) -> None:
    """The flags of every command, before it and after it."""
    add = to.add_argument
    add("-C", dest="folder", metavar="DIR", default=default["folder"], help="run as if started in DIR")
    add("--color", choices=COLOURS, default=default["color"], help="colours (default: on a terminal)")
    add(
        *("--quiet", "-q"),
        action="store_true",
        default=default["quiet"],
        help="no progress on standard error",
    )
    add(
        *("--verbose", "-v"),
        action="store_true",
        default=default["verbose"],
        help="say more: what builders and gates print, and where an error came from",
    )


def command_in(words: Sequence[str]) -> str | None:
    """The first of *words* that is no flag, and no value of one."""
    waiting = iter(words)
    for word in waiting:
        if word in ("-C", "--color"):
            next(waiting, None)
        elif not word.startswith("-"):
            return word
    return None


def load_command(name: str) -> ModuleType:
    """The module of command *name*."""
    return importlib.import_module(f"wholeship.cli.commands.{name}")


def _meant(word: str, known: Iterable[str]) -> str:
    near = importlib.import_module("wholeship.core.wording").did_you_mean(word.partition("=")[0], known)
    return f"; {near}" if near else ""
