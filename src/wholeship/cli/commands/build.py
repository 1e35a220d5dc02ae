"""`wholeship build`: every image as a candidate that no controller can select."""

from __future__ import annotations

import argparse

from wholeship.app.build import BuildQuestion, build_candidates
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.output.release_json import release_json, stage_json
from wholeship.release.record import Record
from wholeship.release.ship import Shipped


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser)
    options.origin_options(parser)
    options.building_options(parser)
    options.log_option(parser)
    parser.add_argument(
        "--image", action="append", metavar="NAME", help="build only this image (may be repeated)"
    )


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Build; with --image or --platforms for a planned release, a part of it."""
    question = BuildQuestion(options.release_target(args), tuple(args.image or ()), not args.no_reuse)
    with world_of(args, make_world) as world:
        answer = build_candidates(question, world)
    if not isinstance(answer, Record):
        told = release_json(Shipped(Record(answer.plan, {}), answer), ExitCode.NO)
        show_answer("release", args.format, told, in_summary=True)
        return ExitCode.NO
    told = stage_json("build", answer, "built", ExitCode.YES)
    show_answer("release", args.format, told, in_summary=True)
    return ExitCode.YES
