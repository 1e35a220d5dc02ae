"""`wholeship drill`: a rehearsal release killed at every step and hit by every fault."""

from __future__ import annotations

import argparse
import sys

from wholeship.app.drill import DrillAnswer, DrillQuestion, drill_document, play_drill
from wholeship.cli import options
from wholeship.cli.page import check_page, page_option, write_page
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.output.drill_json import DrillJson
from wholeship.testing.drill.engine import End


def configure(parser: argparse.ArgumentParser) -> None:
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
    options.format_option(parser, "drill")
    page_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    check_page(args.html)
    question = DrillQuestion(
        tuple(args.family), args.full, args.seed, args.jobs, args.replay or "", args.registry or ""
    )
    with world_of(args, make_world) as world:
        answer = play_drill(question, world)
    told = drill_document(answer, exit_code_of_drill(answer))
    show_answer("drill", args.format, told)
    if args.replay and args.format == "text":
        sys.stdout.write(_story(told))
    return write_page(args.html, "drills:drill_page", told, told.exit_code)


def exit_code_of_drill(answer: DrillAnswer) -> ExitCode:
    """Half in a registry that others may look at is louder than half in memory."""
    failed = answer.report.failed
    if answer.registry and any(run.end is End.HALF for run in failed):
        return ExitCode.HALF
    return ExitCode.NO if failed else ExitCode.YES


def _story(drill: DrillJson) -> str:
    lines = [line for failure in drill.failures for line in failure.story]
    return "\n".join(["", "what the process asked, and what it heard:", *lines]) + "\n" if lines else ""
