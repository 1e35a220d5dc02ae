"""`wholeship review`: evidence, verdict, gate; ``--post`` sets the commit status and the comment."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from wholeship.app.review import (
    MirrorQuestion,
    ReviewQuestion,
    StandingQuestion,
    look_at_standing,
    mirror_verdict,
    review_change,
)
from wholeship.app.review_settings import SettingsChoice
from wholeship.app.world import World
from wholeship.cli import options, page
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import BadInput, ExitCode
from wholeship.core.text import printable
from wholeship.output.actions import write_summary
from wholeship.output.ink import Ink
from wholeship.output.review_json import report_text
from wholeship.output.review_text import review_markdown, review_text
from wholeship.review.run import Ended


def configure(parser: argparse.ArgumentParser) -> None:
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
        "--threshold",
        metavar="FIELD=VALUE",
        action="append",
        default=[],
        help="limit for this run; the report shows it",
    )
    add("--untrusted", action="store_true", help="run suites where they reach nothing, or not at all")
    add(
        "--mutate",
        metavar="N",
        type=int,
        nargs="?",
        const=20,
        default=0,
        help="also try N mutants of the changed lines (20)",
    )
    add(
        "--settings",
        choices=("base", "head"),
        default="base",
        help="whose release file counts: the base's or the head's",
    )
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml, where there is one)")
    add("--no-fetch", action="store_true", help="take the base as it is here")
    options.code_host_options(parser)
    add("--login", metavar="NAME", help="who the token belongs to, where the code host does not say")
    add("--context", metavar="NAME", help="context of the commit status (default: wholeship/review)")
    add("--mirror", metavar="SHA", help="repeat the verdict of --pull on this commit of a merge queue")
    add("--show", action="store_true", help="show the status of the head, and whether it went stale")
    add("--report", metavar="FILE", help="also write the whole report there, as JSON")
    page.page_option(parser)
    add(
        "--from-report",
        metavar="FILE",
        help="use the report of an earlier job; run no suite and no reviewer",
    )
    options.format_option(parser, "review", "text; json: the verdict alone; markdown: the comment")


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Review, print, and say with the exit code whether the gate is open."""
    page.check_page(args.html)
    with world_of(args, make_world, shown=True) as world, world.stoppable():
        if args.mirror:
            return _mirror(args, world)
        if len(args.pull or ()) > 1:
            raise BadInput("several pull requests are for --mirror only")
        if args.show:
            return _standing(args, world)
        ended = review_change(_question(args), world)
    if args.report:
        world.write_file(Path(args.report), report_text(ended))
    return page.write_page(args.html, "reviews:review_page", ended, _told(args, ended))


def _question(args: argparse.Namespace) -> ReviewQuestion:
    return ReviewQuestion(
        base=args.base or "",
        pull=args.pull[0] if args.pull else None,
        post=args.post or "",
        fetch=not args.no_fetch,
        settings=SettingsChoice(
            file=options.given_value(args, "file")[0],
            of_head=args.settings == "head",
            suites=tuple(args.suite),
            reviewers=tuple(args.reviewer),
            thresholds=tuple(args.threshold),
            coverage=tuple(args.coverage),
            context=args.context or "",
            from_report=bool(args.from_report),
            untrusted=args.untrusted,
            mutate=max(0, args.mutate),
        ),
        host=options.host_choice(args, patient=bool(args.post or args.pull)),
        from_report=args.from_report or "",
    )


def _told(args: argparse.Namespace, ended: Ended) -> ExitCode:
    if os.environ.get("GITHUB_ACTIONS") == "true":
        write_summary(review_markdown(ended))
    show_answer("review", args.format, ended)
    if args.format == "json":
        # One JSON object and nothing else; what the gate says of it goes to the other stream.
        sys.stderr.write(review_text(ended, Ink()).partition("\n")[0] + "\n")
    if ended.posted.problem:
        sys.stderr.write(f"{ended.posted.problem}\n")
    if ended.posted.problem or ended.report.gate.state == "error":
        return ExitCode.UNFINISHED
    return ExitCode.YES if ended.report.gate.state == "success" else ExitCode.NO


def _mirror(args: argparse.Namespace, world: World) -> ExitCode:
    question = MirrorQuestion(
        args.mirror, args.base or "", tuple(args.pull or ()), args.context or "", options.host_choice(args)
    )
    done = mirror_verdict(question, world)
    print(f"{done.gate.state} on {done.sha[:12]}: {done.gate.headline}")
    return ExitCode.YES if done.gate.state == "success" else ExitCode.UNFINISHED


def _standing(args: argparse.Namespace, world: World) -> ExitCode:
    answer = look_at_standing(StandingQuestion(args.context or "", options.host_choice(args)), world)
    head, status = answer.head[:12], answer.status
    if status is None:
        print(f"{head}: no review was posted")
        return ExitCode.UNFINISHED
    word = f"{status.state}, stale: nobody works on it any more" if answer.stale else status.state
    print(f"{head}: {word}: {printable(status.description)} (by {printable(status.by)})")
    codes = {"success": ExitCode.YES, "failure": ExitCode.NO}
    return codes.get(status.state, ExitCode.UNFINISHED)
