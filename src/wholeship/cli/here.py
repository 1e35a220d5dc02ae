"""`wholeship` without a command: what is seen here, and the next two commands."""

from __future__ import annotations

import argparse
import sys

from wholeship.app.here import Surroundings, look_around
from wholeship.cli.world import MakeWorld, quiet_world
from wholeship.core.errors import ExitCode
from wholeship.core.wording import counted, few, listed
from wholeship.output.here_text import here_text
from wholeship.output.terminal import ink_for


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Look, and say."""
    found = look_around(quiet_world(make_world))
    text = here_text(str(found.folder), seen(found), found.next_commands, ink_for(sys.stdout))
    sys.stdout.write(text)
    return ExitCode.YES


def seen(found: Surroundings) -> dict[str, str]:
    """What there is, by name, in a few words each."""
    config = found.config
    release = "none yet"
    if found.problem:
        release = f"cannot be used: {found.problem}"
    elif config is not None:
        release = f"{config.file}: {few(config.images)}; {config.watched} is followed"
    state = "no git repository, or no branch"
    if found.branch:
        state = f"{found.branch}{', with uncommitted changes' if found.changed else ''}"
    return {
        "branch": state,
        "release file": release,
        "workflows": listed(found.workflows, shown=3) if found.workflows else "none",
        "Dockerfiles": counted(len(found.dockerfiles), "file") if found.dockerfiles else "none",
        **({"also": few(found.definitions)} if found.definitions else {}),
        "newest release here": found.newest_release or "none on this machine",
    }
