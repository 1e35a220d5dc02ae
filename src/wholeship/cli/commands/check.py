"""`wholeship check`: prove or refute the workflows."""

from __future__ import annotations

import argparse
import sys
from importlib import import_module

from wholeship.app.check_question import CheckLook, CheckQuestion
from wholeship.app.kept_checks import check_memory
from wholeship.cli import options, page
from wholeship.cli.world import MakeWorld, quiet_world
from wholeship.core.finding import Severity
from wholeship.output.terminal import ink_for


def configure(parser: argparse.ArgumentParser) -> None:
    options.workflow_options(parser)
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="workflow files or folders (default: .github/workflows)")
    options.format_option(parser, "check")
    add("--fix", action="store_true", help="make the safe fixes in the files, and check again")
    add("--baseline", metavar="FILE", help="findings in FILE are known: only new ones count")
    add("--write-baseline", metavar="FILE", help="write all findings of this run to FILE")
    add(
        "--fail-on",
        choices=("error", "warning", "note"),
        help="the lowest severity that fails the check (default: warning)",
    )
    page.output_option(parser)
    add("--inventory", action="store_true", help="list all that is published, and every note")
    add("--no-cache", action="store_true", help="look anew, whatever was answered before")
    page.page_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    page.check_page(args.html)
    outputs = page.check_outputs("check", args.output)
    question = CheckQuestion(
        tuple(args.paths),
        options.workflow_terms(args),
        Severity(args.fail_on) if args.fail_on else None,
        args.fix,
        args.baseline or "",
        args.write_baseline or "",
    )
    world = quiet_world(make_world)
    look = CheckLook(args.format, ink_for(sys.stdout), args.inventory)
    keeps = not (args.html or outputs or args.no_cache)
    memory = check_memory(question, repr(look), world, args.quick_key) if keeps else None
    kept = memory.recall() if memory is not None else None
    if kept is not None:
        sys.stdout.write(kept.text)
        return kept.code
    answer = import_module("wholeship.app.check_anew").check_anew(question, world, look, memory)
    for line in answer.fixes:
        print(line, file=sys.stderr)
    sys.stdout.write(answer.text)
    written = page.write_outputs("check", outputs, answer.report, answer.code)
    return page.write_page(args.html, "workflows:check_page", answer.report, written)
