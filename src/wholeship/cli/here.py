"""`wholeship` without a command: what is seen here, and the next two commands."""

from __future__ import annotations

import argparse
import sys

from wholeship.app.here import look_around
from wholeship.cli.world import MakeWorld, quiet_world
from wholeship.core.errors import ExitCode
from wholeship.output.here_text import here_text
from wholeship.output.terminal import ink_for


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Look, and say."""
    found = look_around(quiet_world(make_world))
    text = here_text(str(found.folder), found.seen(), found.next_commands, ink_for(sys.stdout))
    sys.stdout.write(text)
    return ExitCode.YES
