"""The world that a command acts in: as it is, or as whoever calls ``main`` made it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from wholeship.app.world import World, real_world
from wholeship.core.progress import Progress
from wholeship.output.terminal import showing

MakeWorld = Callable[[Progress], World]


@contextmanager
def world_of(args: argparse.Namespace, make_world: MakeWorld | None = None) -> Iterator[World]:
    """The world for the time of the block; progress is shown unless it would disturb."""
    with showing(sys.stderr, quiet=args.quiet or args.format == "json") as progress:
        yield (make_world or real_world)(progress)
