"""The world that a command acts in: as it is, or as whoever calls ``main`` made it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wholeship.app.world import World
from wholeship.core.progress import Progress, Silent
from wholeship.output.showing import showing

MakeWorld = Callable[[Progress], World]


@contextmanager
def world_of(
    args: argparse.Namespace, make_world: MakeWorld | None = None, *, shown: bool = False
) -> Iterator[World]:
    """The world for the time of the block; progress is shown unless it would disturb.

    *shown*: also beside JSON, where a command takes minutes.
    """
    quiet = args.quiet or (args.format == "json" and not shown)
    logs = args.verbose or getattr(args, "logs", False)
    with showing(sys.stderr, quiet=quiet, logs=logs) as progress:
        yield (make_world or World)(progress)


def quiet_world(make_world: MakeWorld | None = None) -> World:
    """The world for a command that has nothing to say before its answer."""
    return (make_world or World)(Silent())
