"""`wholeship withdraw`: take a published release back, as an explicit act."""

from __future__ import annotations

import argparse
from dataclasses import replace

from wholeship.app.withdraw import WithdrawQuestion, withdraw_release
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.core.reference import Tag
from wholeship.output.exit_codes import exit_code_of_withdrawal
from wholeship.output.release_json import withdraw_json
from wholeship.output.terminal import agreed, on_terminal


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser, "withdraw")
    options.environment_option(parser)
    add = parser.add_argument
    add("tag", metavar="TAG", help="the release to take back")
    add("--to", metavar="TAG", help="go back to this release (default: the whole one before)")
    add("--as", dest="new_tag", metavar="TAG", help="the new deploy tag (default: by the file's pattern)")
    options.promotion_options(parser)
    options.dry_run_option(parser)
    add("--yes", "-y", action="store_true", help="do not ask on a terminal")
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
    question = WithdrawQuestion(
        Tag(args.tag), target, back_to, args.delete, args.force_older, args.dry_run or _asks(args)
    )
    with world_of(args, make_world) as world:
        answer = withdraw_release(question, world)
        if question.dry and not args.dry_run and answer.would:
            if not agreed(answer.tag, answer.would):
                return ExitCode.NO
            answer = withdraw_release(replace(question, dry=False), world)
    code = exit_code_of_withdrawal(answer.shipped, answer.deleted, answer.would)
    told = withdraw_json(
        answer.tag,
        code,
        back_to=answer.back_to or "",
        shipped=answer.shipped,
        deleted=answer.deleted,
        aliases=answer.aliases,
        would=answer.would,
    )
    show_answer("withdraw", args.format, told)
    return code


def _asks(args: argparse.Namespace) -> bool:
    """Whether there is a person to ask."""
    return not args.yes and args.format == "text" and on_terminal()
