"""`wholeship export github`: the release file as a GitHub Actions workflow."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from wholeship.app.export import Exported, ExportQuestion, export_workflow
from wholeship.cli import options
from wholeship.cli.world import MakeWorld, quiet_world
from wholeship.core.errors import ExitCode

TARGET = Path(".github/workflows/release.yml")


def configure(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("to", choices=("github",), metavar="github", help="what to export to")
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml)")
    add("--output", "-o", metavar="PATH", help=f"where to write, - for standard output (default: {TARGET})")
    add("--force", action="store_true", help="write it anew, edits outside the marked regions included")
    add("--check", action="store_true", help="write nothing; say whether the workflow is up to date")


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Write the workflow, or renew its marked regions."""
    target = None if args.output == "-" else Path(args.output or TARGET)
    file = options.given_value(args, "file")[0]
    question = ExportQuestion(file, target, args.force, args.check)
    answer = export_workflow(question, quiet_world(make_world))
    if target is None:
        sys.stdout.write(answer.text)
        return ExitCode.YES
    if answer.became is Exported.UP_TO_DATE:
        print(f"{target} is up to date")
        return ExitCode.YES
    if answer.became is Exported.STALE:
        print(f"{target} is not what the release file says; run: wholeship export github")
        return ExitCode.NO
    print(f"{target} {answer.became}; prove it with: wholeship check {target}")
    return ExitCode.YES
