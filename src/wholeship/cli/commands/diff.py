"""`wholeship diff`: what a change does to the workflows."""

from __future__ import annotations

import argparse

from wholeship.app.diff import DiffQuestion, compare_workflows
from wholeship.cli import options, page
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, quiet_world
from wholeship.core.errors import ExitCode


def configure(parser: argparse.ArgumentParser) -> None:
    options.workflow_options(parser)
    add = parser.add_argument
    add("base", metavar="BASE", help="a git revision, a workflow file or a folder: the state before")
    add("head", nargs="?", metavar="HEAD", help="the state after (default: the work tree)")
    options.format_option(parser, "diff")
    add("--no-cache", action="store_true", help="look anew, whatever was looked at before")
    page.output_option(parser)
    page.page_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    page.check_page(args.html)
    outputs = page.check_outputs("diff", args.output)
    question = DiffQuestion(args.base, args.head, options.workflow_terms(args), not args.no_cache)
    change = compare_workflows(question, quiet_world(make_world))
    code = ExitCode.NO if change.worse else ExitCode.YES
    show_answer("diff", args.format, change, code)
    written = page.write_outputs("diff", outputs, change, code)
    return page.write_page(args.html, "changes:diff_page", change, written)
