"""`wholeship status`: whole, half, absent or unknown, from the registry; and what runs of it."""

from __future__ import annotations

import argparse
import sys

from wholeship.app.status import StatusAnswer, StatusQuestion, status_document, status_looks
from wholeship.cli import options
from wholeship.cli.page import check_page, page_option, write_page
from wholeship.cli.show import shown_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.core.reference import Tag
from wholeship.output.exit_codes import exit_code_of_status
from wholeship.output.release_json import StatusJson
from wholeship.output.terminal import is_terminal
from wholeship.output.watching import Sight, screen, watch


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser, "status")
    options.environment_option(parser)
    add = parser.add_argument
    add("tag", nargs="?", metavar="TAG", help="without: the newest whole release, and all half")
    add("--depth", type=options.positive_count, metavar="N", help="look into each of the N newest tags")
    add("--cluster", action="store_true", help="and what the cluster runs of it")
    options.cluster_options(parser)
    add(
        "--watch",
        nargs="?",
        type=float,
        const=5.0,
        metavar="SECONDS",
        help="look again and again (every 5 s); with TAG until it is whole, and with --cluster runs",
    )
    page_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    check_page(args.html)
    question = StatusQuestion(
        options.release_target(args, tag=None),  # what is looked at is no tag of a release to make
        Tag(args.tag) if args.tag else None,
        args.depth,
        options.cluster_choice(args) if args.cluster else None,
        once=args.watch is not None,
    )
    with world_of(args, make_world) as world:
        look = status_looks(question, world)
        if args.watch is None:
            told, code = _told(look())
            sys.stdout.write(shown_answer("status", args.format, told))
            return write_page(args.html, "status:status_page", told, code)

        def sight() -> Sight:
            answer = look()
            told, code = _told(answer)
            write_page(args.html, "status:status_page", told, code)
            settled = bool(args.tag) and code == ExitCode.YES and answer.settled
            return Sight(shown_answer("status", args.format, told, indent=0), code, settled)

        live = args.format == "text" and is_terminal(sys.stdout)
        with screen(world.clock, live=live, raw=args.format == "json") as show:
            return watch(sight, show, world.clock, args.watch)


def _told(answer: StatusAnswer) -> tuple[StatusJson, ExitCode]:
    return status_document(answer), exit_code_of_status(answer.found.answer, answer.rollout)
