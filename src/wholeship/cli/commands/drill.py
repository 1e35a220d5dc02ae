"""`wholeship drill`: a rehearsal release killed at every step and hit by every fault."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wholeship.cli.page import check_page, page_option, write_page

if TYPE_CHECKING:
    from wholeship.output.drill_json import DrillJson
    from wholeship.output.page.parts import Page


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    add = parser.add_argument
    add("--full", action="store_true", help="every step of every case; without: a sample, in about a minute")
    add("--family", action="append", default=[], metavar="LETTER", help="only these families: K, R, A, …")
    add(
        "--seed",
        type=int,
        default=0,
        metavar="N",
        help="which sample, and which orders by chance (default: 0)",
    )
    add("--jobs", type=int, default=0, metavar="N", help="processes (default: one for each core)")
    add("--replay", metavar="RUN", help="play one run again, as a failure prints it")
    add(
        "--registry",
        metavar="HOST/PATH",
        help="on a scratch repository of your own registry, under names made for it; slow, a few faults only",
    )
    add("--format", choices=("text", "json"), default="text", help="what to print on standard output")
    page_option(parser)
    add("--quiet", "-q", action="store_true", help="no progress on standard error")
    add("--verbose", action="store_true", help="show where an error came from")


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Drill."""
    import sys

    from wholeship.app import drill as wiring_drill
    from wholeship.output.drill_json import drill_text
    from wholeship.output.encoding import encode

    check_page(args.html)
    if args.replay:
        drill = wiring_drill.replayed(args.replay)
    elif args.registry:
        drill = wiring_drill.on_registry(args)
    else:
        drill = wiring_drill.built_in(args)
    sys.stdout.write(encode(drill) + "\n" if args.format == "json" else drill_text(drill))
    if args.replay and args.format == "text":
        sys.stdout.write(_story(drill))
    return write_page(args.html, lambda: _page(drill), drill.exit_code)


def _page(drill: DrillJson) -> Page:
    from wholeship.output.page.drills import drill_page

    return drill_page(drill)


def _story(drill: DrillJson) -> str:
    lines = [line for failure in drill.failures for line in failure.story]
    return "\n".join(["", "what the process asked, and what it heard:", *lines]) + "\n" if lines else ""
