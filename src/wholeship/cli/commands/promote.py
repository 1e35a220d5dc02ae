"""`wholeship promote`: bind the deploy tag, siblings first, the watched image last."""

from __future__ import annotations

import argparse

from wholeship.app.promote import PromoteQuestion, promote_release
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.units import seconds_in
from wholeship.output.exit_codes import exit_code_of_release
from wholeship.output.release_json import release_json


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser)
    options.promotion_options(parser)
    options.dry_run_option(parser)
    options.tag_option(parser)
    parser.add_argument("--create-repositories", action="store_true", help=options.MAKES)
    parser.add_argument("--to", default="", metavar="ENVIRONMENT", help="a whole release's digests, there")
    options.digests_option(parser)
    options.waiting_options(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Promote what was gated."""
    cluster = options.cluster_choice(args, seconds_in(args.wait) if args.wait else 0.0)
    target, files = options.release_target(args), tuple(args.write_digests)
    question = PromoteQuestion(target, args.force_older, args.dry_run, args.to, cluster, files)
    with world_of(args, make_world) as world:
        answer = promote_release(question, world)
    code = exit_code_of_release(answer.shipped, answer.rollout)
    show_answer("release", args.format, release_json(answer.shipped, code, answer.rollout), in_summary=True)
    return code
