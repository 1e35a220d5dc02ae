"""`wholeship review`: evidence, verdict, gate; ``--post`` sets the commit status and the comment."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wholeship.app.review import Bureau
    from wholeship.core.errors import ExitCode
    from wholeship.review.run import Ended


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    add = parser.add_argument
    add("--base", metavar="REV", help="what the change is for (default: the pull request's base, or main)")
    add("--pull", metavar="N", type=int, action="append", help="the pull request (several with --mirror)")
    add(
        "--post",
        nargs="?",
        const="all",
        choices=("all", "status", "comment"),
        help="set the commit status and the comment, or one of them",
    )
    add("--suite", metavar="NAME=COMMAND", action="append", default=[], help="run this suite too")
    add("--coverage", metavar="FILE", action="append", default=[], help="coverage report of this very commit")
    add("--reviewer", metavar="NAME", action="append", default=[], help="evidence, pi, claude or codex")
    add(
        "--threshold", metavar="FIELD=VALUE", action="append", default=[], help="limit for this run; is shown"
    )
    add("--settings", choices=("base", "head"), default="base", help="whose release file holds")
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml, where there is one)")
    add("--no-fetch", action="store_true", help="take the base as it is here")
    add("--repository", metavar="OWNER/NAME", help="on the code host (default: from the remote)")
    add("--api", metavar="URL", help="API of the code host, for GitHub Enterprise: https://HOST/api/v3")
    add("--login", metavar="NAME", help="who the token belongs to, where the code host does not say")
    add("--context", metavar="NAME", help="context of the commit status (default: wholeship/review)")
    add("--mirror", metavar="SHA", help="repeat the verdict of --pull on this commit of a merge queue")
    add("--show", action="store_true", help="show the status of the head, and whether it went stale")
    add("--report", metavar="FILE", help="also write the whole report there, as JSON")
    add(
        "--from-report",
        metavar="FILE",
        help="run no suite and no reviewer: an earlier job did, and left this",
    )
    add(
        "--format",
        choices=("text", "json", "markdown"),
        default="text",
        help="text; json: the verdict alone; markdown: the comment",
    )
    add("--quiet", "-q", action="store_true", help="no progress on standard error")
    add("--verbose", action="store_true", help="show where an error came from")


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Review, print, and say with the exit code whether the gate is open."""
    from wholeship.adapters.interrupts import stoppable
    from wholeship.app.review import bureau, order_of
    from wholeship.core.errors import BadInput
    from wholeship.output.terminal import showing
    from wholeship.review.run import review

    pulls = tuple(args.pull or ())
    args.pull = pulls[0] if pulls else None
    with stoppable(), showing(quiet=args.quiet) as told:
        here = bureau(args, told)
        if args.mirror:
            return _mirror(args, here, pulls)
        if len(pulls) > 1:
            raise BadInput("several pull requests are for --mirror only")
        if args.show:
            return _show(args, here)
        ended = review(order_of(args, here), here.world)
        for warning in here.world.memory.warnings:
            told.warned(warning)
    _print(args, ended)
    return _code(ended)


def _code(ended: Ended) -> ExitCode:
    from wholeship.core.errors import ExitCode

    if ended.posted.problem or ended.report.gate.state == "error":
        return ExitCode.UNFINISHED
    return ExitCode.YES if ended.report.gate.state == "success" else ExitCode.NO


def _print(args: argparse.Namespace, ended: Ended) -> None:
    import sys

    from wholeship.adapters.files import write_over
    from wholeship.output.actions import write_summary
    from wholeship.output.ink import Ink
    from wholeship.output.review_json import report_text, verdict_text
    from wholeship.output.review_text import review_markdown, review_text
    from wholeship.output.terminal import wants_colour

    if args.report:
        write_over(Path(args.report), report_text(ended))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        write_summary(review_markdown(ended))
    if args.format == "json":
        # One JSON object and nothing else; what the gate says of it goes to the other stream.
        sys.stdout.write(verdict_text(ended.report))
        sys.stderr.write(review_text(ended, Ink()).partition("\n")[0] + "\n")
    elif args.format == "markdown":
        sys.stdout.write(review_markdown(ended))
    else:
        sys.stdout.write(review_text(ended, Ink(wants_colour(sys.stdout))))
    if ended.posted.problem:
        sys.stderr.write(f"{ended.posted.problem}\n")


def _mirror(args: argparse.Namespace, here: Bureau, pulls: tuple[int, ...]) -> ExitCode:
    from wholeship.core.errors import BadInput, ExitCode
    from wholeship.review.mirror import Group, mirror
    from wholeship.review.publish import Desk
    from wholeship.review.run import ACCESS
    from wholeship.review.settings import CONTEXT

    if here.host is None:
        raise BadInput("posting needs a token and a repository on a code host", advice=ACCESS)
    if not args.base:
        raise BadInput("--mirror needs --base SHA", advice="the group's base_sha, from the merge_group event")
    desk = Desk(here.host, here.world.clock, here.host.login())
    done = mirror(desk, here.repository, Group(args.mirror, args.base, pulls), args.context or CONTEXT)
    print(f"{done.gate.state} on {done.sha[:12]}: {done.gate.headline}")
    return ExitCode.YES if done.gate.state == "success" else ExitCode.UNFINISHED


def _show(args: argparse.Namespace, here: Bureau) -> ExitCode:
    from wholeship.core.errors import BadInput, ExitCode
    from wholeship.core.text import printable
    from wholeship.review.mirror import PATIENCE, standing
    from wholeship.review.run import ACCESS
    from wholeship.review.settings import CONTEXT

    if here.host is None:
        raise BadInput("the status cannot be looked at without a token and a repository", advice=ACCESS)
    head, now = here.repository.head(), here.world.clock.now().timestamp()
    status, stale = standing(here.host, head, args.context or CONTEXT, now=now, patience=PATIENCE)
    if status is None:
        print(f"{head[:12]}: no review was posted")
        return ExitCode.UNFINISHED
    word = f"{status.state}, stale: nobody works on it any more" if stale else status.state
    print(f"{head[:12]}: {word}: {printable(status.description)} (by {printable(status.by)})")
    codes = {"success": ExitCode.YES, "failure": ExitCode.NO}
    return codes.get(status.state, ExitCode.UNFINISHED)
