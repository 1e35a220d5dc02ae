"""`wholeship prune`: delete what old releases left in the registry; says it first."""

from __future__ import annotations

import argparse

from wholeship.app.prune import PruneQuestion, prune_releases
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.output.prune_text import prune_json


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser, "prune")
    options.environment_option(parser)
    add = parser.add_argument
    add(
        "--keep",
        type=options.positive_count,
        default=20,
        metavar="N",
        help="keep the N newest releases (default: 20)",
    )
    add(
        "--older-than",
        type=options.positive_count,
        default=0,
        metavar="DAYS",
        help="also keep those that are younger than DAYS",
    )
    add("--delete", action="store_true", help="really delete; without this flag, only list what would go")


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Find, and delete when that was asked."""
    question = PruneQuestion(options.release_target(args), args.keep, args.older_than, args.delete)
    with world_of(args, make_world) as world:
        answer = prune_releases(question, world)
    told = prune_json(answer.pruning, answer.pruned)
    show_answer("prune", args.format, told)
    return told.exit_code
