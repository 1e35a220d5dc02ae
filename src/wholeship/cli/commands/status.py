"""`wholeship status`: whole, half, absent or unknown, from the registry."""

from __future__ import annotations

import argparse

from wholeship.cli import wiring_options as options


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser, formats=("text", "json"))
    parser.add_argument(
        "tag", nargs="?", metavar="TAG", help="without: the newest whole release, and all half"
    )
    parser.add_argument("--depth", type=int, default=20, metavar="N", help="look at the N newest tags")


def run(args: argparse.Namespace) -> int:
    """Look, and say."""
    import sys

    from wholeship.cli.wiring import stand
    from wholeship.cli.wiring_answers import exit_code_of_status, members, sight
    from wholeship.core.reference import Tag
    from wholeship.output.release_json import encode, overview_json, status_json
    from wholeship.output.release_text import Ink, status_text
    from wholeship.output.terminal import wants_colour
    from wholeship.release.status import overview

    wanted = args.tag
    args.tag = None  # not the tag of a release to make
    with stand(args) as here:
        if wanted:
            found = sight(here, Tag(wanted))
            answer, code = status_json(found), exit_code_of_status(found.answer)
        else:
            whole = overview(
                here.registry,
                members(here),
                here.config.watched,
                pattern=here.config.tag,
                elector=here.elector(),
                record_home=here.home,
                depth=args.depth,
            )
            answer, code = overview_json(whole), exit_code_of_status(whole.answer)
    if args.format == "json":
        sys.stdout.write(encode(answer) + "\n")
    else:
        sys.stdout.write(status_text(answer, Ink(wants_colour(sys.stdout))))
    return code
