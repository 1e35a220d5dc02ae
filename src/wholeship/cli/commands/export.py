"""`wholeship export github`: the release file as a GitHub Actions workflow."""

from __future__ import annotations

import argparse
from pathlib import Path

from wholeship.cli import options

TARGET = Path(".github/workflows/release.yml")


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    add = parser.add_argument
    add("to", choices=("github",), help="what to export to")
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml)")
    add("--output", "-o", metavar="PATH", help=f"where to write, - for standard output (default: {TARGET})")
    add("--force", action="store_true", help="write it anew, edits outside the marked regions included")
    add("--check", action="store_true", help="write nothing; say whether the workflow is up to date")
    add("--verbose", action="store_true", help="show where an error came from")


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Write the workflow, or renew its marked regions."""
    import sys

    from wholeship.adapters.files import write_over
    from wholeship.app.export import exported, pipeline_of
    from wholeship.core.errors import ExitCode
    from wholeship.github.export import workflow

    pipeline = pipeline_of(options.given_value(args, "file")[0])
    if args.output == "-":
        sys.stdout.write(workflow(pipeline))
        return ExitCode.YES
    target = Path(args.output or TARGET)
    text, before = exported(pipeline, target, anew=args.force)
    if text == before:
        print(f"{target} is up to date")
        return ExitCode.YES
    if args.check:
        print(f"{target} is not what the release file says; run: wholeship export github")
        return ExitCode.NO
    target.parent.mkdir(parents=True, exist_ok=True)
    write_over(target, text)
    print(f"{target} {'renewed' if before else 'written'}; prove it with: wholeship check {target}")
    return ExitCode.YES
