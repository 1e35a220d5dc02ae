"""`wholeship repair`: finish a release forward, or say exactly what a person must do."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wholeship.app import notice as wiring_notice
from wholeship.app import options

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.release.record import Record


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser, formats=("text", "json"))
    options.putting_out(parser)
    parser.add_argument("tag", metavar="TAG", help="the release")
    parser.add_argument(
        "--move-tag",
        action="append",
        default=[],
        metavar="REPOSITORY:TAG",
        help="move this bound tag to what was released (may be repeated); no other is ever moved",
    )


def run(args: argparse.Namespace) -> int:
    """Mend, or explain."""
    import sys

    from wholeship.app.answers import exit_code_of_repair, sight
    from wholeship.app.world import record_of, stand
    from wholeship.core.reference import Tag
    from wholeship.output.ink import Ink
    from wholeship.output.release_json import encode, repair_json
    from wholeship.output.release_text import repair_text
    from wholeship.output.terminal import wants_colour
    from wholeship.release.repair import Mended, NeedsPerson, repair, without_record
    from wholeship.release.stages.results import Refused

    tag = Tag(args.tag)
    args.tag = None
    with stand(args) as here, here.working_on(tag):
        record = record_of(here, tag)
        answer: Mended | NeedsPerson | Refused
        with wiring_notice.told(here, _subject(here, tag, record)) as notice:
            if record is None or not record.candidates:
                answer = without_record(sight(here, tag), planned=record is not None)
            else:
                answer = repair(record, here.ends(tag), here.terms(), move=args.move_tag)
            code = exit_code_of_repair(answer)
            told = repair_json(answer, code)
            notice.repair(told)
    if args.format == "json":
        sys.stdout.write(encode(told) + "\n")
    else:
        sys.stdout.write(repair_text(told, Ink(wants_colour(sys.stdout))))
    return code


def _subject(here: Stand, tag: str, record: Record | None) -> wiring_notice.Subject:
    """What is repaired, for a notice: by its record, else by the release file."""
    purpose = "it was to be repaired"
    if record is not None:
        return wiring_notice.Subject.of(record.plan, purpose)
    return wiring_notice.Subject(tag, list(here.config.images), purpose=purpose)
