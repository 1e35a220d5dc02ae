"""`wholeship withdraw`: take a published release back, as an explicit act."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wholeship.app import notice as wiring_notice
from wholeship.app import options

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.core.errors import BadInput
    from wholeship.core.reference import Tag
    from wholeship.output.release_json import WithdrawJson


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser, formats=("text", "json"))
    parser.add_argument("tag", metavar="TAG", help="the release to take back")
    parser.add_argument("--to", metavar="TAG", help="go back to this release (default: the whole one before)")
    parser.add_argument(
        "--as", dest="new_tag", metavar="TAG", help="the new deploy tag (default: by the file's pattern)"
    )
    parser.add_argument("--builder", metavar="NAME", help="whose engine runs the gates")
    parser.add_argument(
        "--delete",
        action="store_true",
        help="delete the tags instead, watched image first; the controller then goes back by itself",
    )


def run(args: argparse.Namespace) -> int:
    """Publish the digests of an earlier release under a newer tag, or delete the tags."""
    import sys

    from wholeship.app.world import stand
    from wholeship.core.reference import Tag
    from wholeship.output.ink import Ink
    from wholeship.output.release_json import encode
    from wholeship.output.release_text import withdraw_text
    from wholeship.output.terminal import wants_colour

    tag = Tag(args.tag)
    args.tag = args.new_tag
    with stand(args) as here:
        told = _delete(here, tag) if args.delete else _go_back(here, tag)
    if args.format == "json":
        sys.stdout.write(encode(told) + "\n")
    else:
        sys.stdout.write(withdraw_text(told, Ink(wants_colour(sys.stdout))))
    return told.exit_code


def _delete(here: Stand, tag: Tag) -> WithdrawJson:
    from dataclasses import replace

    from wholeship.app.answers import members, sight
    from wholeship.app.withdraw import following
    from wholeship.core.errors import ExitCode
    from wholeship.output.release_json import withdraw_json
    from wholeship.release.status import Whole
    from wholeship.release.withdraw import delete

    found = sight(here, tag)
    if found.answer is Whole.ABSENT and all(image.digest is None for image in found.images):
        raise _not_out(tag)
    aliases = [replace(follower, stays="deleting a tag moves no other") for follower in following(here, tag)]
    deleted = delete(here.registry, members(here), here.config.watched, tag)
    code = ExitCode.YES if deleted.all_gone else ExitCode.NO
    return withdraw_json(tag, code, deleted=deleted, aliases=aliases)


def _not_out(tag: Tag, more: str = "") -> BadInput:
    from wholeship.core.errors import BadInput

    what = f"{tag} is not out: there is nothing to take back"
    return BadInput(what, advice=f"what is out is told by: wholeship status{more}")


def _go_back(here: Stand, tag: Tag) -> WithdrawJson:
    from wholeship.app.answers import exit_code_of, sight, whole_before
    from wholeship.app.withdraw import record_again
    from wholeship.core.reference import Tag
    from wholeship.output.release_json import release_json, withdraw_json
    from wholeship.release.ship import adopted, finish
    from wholeship.release.status import Whole

    if not here.args.to and sight(here, tag).answer is Whole.ABSENT:
        raise _not_out(tag, "; with --to TAG that release is put out again")
    target = Tag(here.args.to) if here.args.to else whole_before(here, tag)
    record, aliases = record_again(here, target, tag)
    subject = wiring_notice.Subject.of(record.plan, f"it was to take back {tag}")
    with here.working_on(record.plan.tag), wiring_notice.told(here, subject) as notice:
        ends = here.ends(record.plan.tag)
        adopted(ends, record)
        shipped = finish(record, ends, here.bench(record.plan.tag), here.terms())
        code = exit_code_of(shipped)
        notice.answer(release_json(shipped, code))
    return withdraw_json(tag, code, back_to=target, shipped=shipped, aliases=aliases)
