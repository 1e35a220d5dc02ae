"""`wholeship check`: prove or refute the workflows."""

from __future__ import annotations

import argparse
import sys

from wholeship.app.check import CheckQuestion, check_workflows
from wholeship.cli import options
from wholeship.cli.page import (
    check_outputs,
    check_page,
    output_option,
    page_option,
    write_outputs,
    write_page,
)
from wholeship.cli.show import show
from wholeship.cli.world import MakeWorld, quiet_world
from wholeship.core.finding import Severity
from wholeship.output.check_outcome import exit_code_of_check, fix_lines
from wholeship.output.formats import formats_of


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.workflow_options(parser)
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="workflow files or folders (default: .github/workflows)")
    add("--format", choices=formats_of("check"), default="text", help="what to print on standard output")
    add("--fix", action="store_true", help="make the safe fixes in the files, and check again")
    add("--baseline", metavar="FILE", help="findings in FILE are known: only new ones count")
    add("--write-baseline", metavar="FILE", help="write all findings of this run to FILE")
    add(
        "--fail-on",
        choices=("error", "warning", "note"),
        help="the least severity that makes the answer no (default: warning)",
    )
    output_option(parser)
    add("--inventory", action="store_true", help="list all that is published, and every note")
    page_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Look, and say."""
    check_page(args.html)
    outputs = check_outputs("check", args.output)
    question = CheckQuestion(
        tuple(args.paths),
        options.workflow_terms(args),
        Severity(args.fail_on) if args.fail_on else None,
        args.fix,
        args.baseline or "",
        args.write_baseline or "",
    )
    answer = check_workflows(question, quiet_world(make_world))
    for name, fixed in answer.fixed.items():
        for line in fix_lines(name, fixed):
            print(line, file=sys.stderr)
    code = exit_code_of_check(answer.report)
    show("check", args.format, answer.report, code, inventory=args.inventory)
    written = write_outputs("check", outputs, answer.report, code)
    return write_page(args.html, "workflows:check_page", answer.report, written)
