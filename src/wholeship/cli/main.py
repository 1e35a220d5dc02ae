"""The command line: picks one command, imports only that one.

``wholeship --version`` must stay under 0.12 s, so nothing here imports a command, a domain or
a third-party library before the command is known.
"""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from wholeship import __version__
from wholeship.cli import streams

if TYPE_CHECKING:
    from wholeship.cli.world import MakeWorld

COMMANDS: dict[str, str] = {
    "init": "look at what is here, and write a commented wholeship.yaml",
    "plan": "what a release would do; nothing is touched",
    "release": "plan, build, gate, promote, verify; resumes where an earlier try stopped",
    "build": "build every image as a candidate that no controller can select",
    "gate": "run the gates on the exact candidate digests",
    "promote": "bind the deploy tag: siblings first, the watched image last",
    "verify": "read back every tag, digest and platform",
    "status": "whole, half, absent or unknown, from the registry",
    "repair": "finish a release forward, or say exactly what a person must do",
    "withdraw": "take a published release back, as an explicit act",
    "drill": "a rehearsal release killed at every step and hit by every fault",
    "check": "prove the workflows, or show the run in which they break a promise",
    "diff": "two versions of the workflows: gates lost, windows opened",
    "forecast": "critical path and peak disk, from history or declared figures",
    "export": "write the release file as a GitHub Actions workflow",
    "review": "evidence, verdict, gate; --post sets the commit status and the comment",
    "policy": "which tag the controller elects now, and would after this release",
    "schema": "print the JSON Schema of a file or an output",
    "completion": "print a shell completion script",
}
"""Every command and its line in ``--help``. The module is ``cli/commands/NAME.py``."""


def load(name: str) -> ModuleType:
    """The module of command *name*."""
    return importlib.import_module(f"wholeship.cli.commands.{name}")


def build_parser(only: str | None = None) -> argparse.ArgumentParser:
    """The parser; with *only*, just that command gets its options (and its imports)."""
    parser = argparse.ArgumentParser(
        prog="wholeship",
        description="Ship every image of a release, or none: fast, proved, reviewed.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"wholeship {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for name, summary in COMMANDS.items():
        sub = commands.add_parser(name, help=summary, description=summary, allow_abbrev=False)
        sub.set_defaults(own=sub)
        if only in (name, "*"):
            load(name).configure(sub)
    return parser


def main(argv: Sequence[str] | None = None, make_world: MakeWorld | None = None) -> int:
    """Run one command; the exit code of the process (``core/errors.py`` has the table).

    *make_world* makes the world it acts in, for whoever has another than the real one.
    """
    streams.prepare()
    words = list(sys.argv[1:] if argv is None else argv)
    chosen = next((word for word in words if not word.startswith("-")), None)
    parser = build_parser(only=chosen if chosen in COMMANDS else None)
    args, unknown = parser.parse_known_args(words)
    if unknown:
        # By the command's own parser, which shows the flags there are.
        getattr(args, "own", parser).error(f"unrecognized arguments: {' '.join(unknown)}")
    if args.command is None:
        parser.print_help()
        return 2
    from wholeship.cli.edge import guarded

    return guarded(lambda: load(args.command).run(args, make_world), verbose=getattr(args, "verbose", False))
