"""`wholeship withdraw`: take a published release back, as an explicit act."""

from __future__ import annotations

import argparse

from wholeship.app.withdraw import WithdrawAnswer, WithdrawQuestion, withdraw_release
from wholeship.cli import options
from wholeship.cli.show import show
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.core.reference import Tag
from wholeship.output.exit_codes import exit_code_of_release
from wholeship.output.release_json import withdraw_json


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.release_file_options(parser, formats=("text", "json"))
    add = parser.add_argument
    add("tag", metavar="TAG", help="the release to take back")
    add("--to", metavar="TAG", help="go back to this release (default: the whole one before)")
    add("--as", dest="new_tag", metavar="TAG", help="the new deploy tag (default: by the file's pattern)")
    options.promotion_options(parser)
    add("--builder", metavar="NAME", help="whose engine runs the gates")
    add(
        "--delete",
        action="store_true",
        help="delete the tags instead, watched image first; the controller then goes back by itself",
    )


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Publish the digests of an earlier release under a newer tag, or delete the tags."""
    target = options.release_target(args, tag=args.new_tag)
    back_to = Tag(args.to) if args.to else None
    question = WithdrawQuestion(Tag(args.tag), target, back_to, args.delete, args.force_older)
    with world_of(args, make_world) as world:
        answer = withdraw_release(question, world)
    code = exit_code_of_withdrawal(answer)
    told = withdraw_json(
        answer.tag,
        code,
        back_to=answer.back_to or "",
        shipped=answer.shipped,
        deleted=answer.deleted,
        aliases=answer.aliases,
    )
    show("withdraw", args.format, told)
    return code


def exit_code_of_withdrawal(answer: WithdrawAnswer) -> ExitCode:
    """Yes: every tag is gone, or the earlier release is out and proved."""
    if answer.shipped is not None:
        return exit_code_of_release(answer.shipped)
    return ExitCode.YES if answer.deleted is not None and answer.deleted.all_gone else ExitCode.NO
