"""`wholeship release`: plan, build, gate, promote, verify; goes on where an earlier try stopped."""

from __future__ import annotations

import argparse
from functools import partial

from wholeship.app.release import ReleaseQuestion, Stopped, ship_release
from wholeship.cli import options
from wholeship.cli.page import check_page, page_option, write_page
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.core.units import seconds_in
from wholeship.output.exit_codes import exit_code_of_release
from wholeship.output.release_json import release_json, stopped_json
from wholeship.release.record import Record


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser)
    options.origin_options(parser)
    options.building_options(parser)
    options.log_option(parser)
    options.promotion_options(parser)
    parser.add_argument(
        "--again", action="store_true", help="release under a new tag, even if this commit is out already"
    )
    options.digests_option(parser)
    either = parser.add_mutually_exclusive_group()  # no cluster runs what was only rehearsed
    either.add_argument(
        "--rehearse",
        action="store_true",
        help="use a temporary registry on this machine; nothing leaves it",
    )
    options.waiting_options(parser, either)
    page_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    check_page(args.html)
    question = ReleaseQuestion(
        options.release_target(args),
        rehearse=args.rehearse,
        reuse=not args.no_reuse,
        again=args.again,
        force_older=args.force_older,
        cluster=options.cluster_choice(args, seconds_in(args.wait) if args.wait else 0.0),
        digest_files=tuple(args.write_digests),
    )
    with world_of(args, make_world) as world:
        answer = ship_release(question, world, partial(_write_stopped_page, args.html, args.rehearse))
    code = exit_code_of_release(answer.shipped, answer.rollout)
    told = release_json(answer.shipped, code, answer.rollout)
    show_answer("release", args.format, told, in_summary=True)
    return write_page(args.html, "releases:release_page", told, code, args.rehearse)


def _write_stopped_page(file: str | None, rehearsed: bool, record: Record, error: Stopped) -> None:
    """What the journal knows of a release that came to no answer."""
    events = [(str(event.get("at", "")), str(event.get("event", ""))) for event in record.events]
    told = stopped_json(record, error)
    write_page(file, "releases:stopped_page", told, ExitCode.UNFINISHED, events, rehearsed)
