"""`wholeship repair`: finish a release forward, or say exactly what to do by hand."""

from __future__ import annotations

import argparse

from wholeship.app.repair import RepairQuestion, repair_release
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.reference import Tag
from wholeship.output.exit_codes import exit_code_of_repair
from wholeship.output.release_json import repair_json


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser, "repair")
    options.environment_option(parser)
    options.promotion_options(parser)
    options.dry_run_option(parser)
    options.digests_option(parser)
    parser.add_argument("tag", metavar="TAG", help="the release")
    parser.add_argument(
        "--move-tag",
        action="append",
        default=[],
        metavar="REPOSITORY:TAG",
        help="move this bound tag to what was released (may be repeated); no other is ever moved",
    )


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    target = options.release_target(args, tag=None)  # what is repaired is no tag of a release to make
    moved, files = tuple(args.move_tag), tuple(args.write_digests)
    question = RepairQuestion(Tag(args.tag), target, args.force_older, moved, args.dry_run, files)
    with world_of(args, make_world) as world:
        answer = repair_release(question, world)
    code = exit_code_of_repair(answer)
    show_answer("repair", args.format, repair_json(answer, code))
    return code
