"""`wholeship check`: prove or refute the workflows."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app import check as wiring
from wholeship.cli.page import check_page, page_option, write_page

if TYPE_CHECKING:
    from wholeship.output.page.parts import Page
    from wholeship.verdict.check import Options
    from wholeship.verdict.report import Report

FORMATS = ("text", "json", "markdown", "sarif", "github", "mermaid")


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    wiring.questions(parser)
    add = parser.add_argument
    add("paths", nargs="*", metavar="PATH", help="workflow files or folders (default: .github/workflows)")
    add("--format", choices=FORMATS, default="text", help="what to print on standard output")
    add("--fix", action="store_true", help="make the safe fixes in the files, and check again")
    add("--baseline", metavar="FILE", help="findings in FILE are known: only new ones count")
    add("--write-baseline", metavar="FILE", help="write all findings of this run to FILE")
    add(
        "--fail-on",
        choices=("error", "warning", "note"),
        default="warning",
        help="the least severity that makes the answer no (default: warning)",
    )
    page_option(parser)


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Look, and say."""
    import sys

    from wholeship.adapters.repository import root_of
    from wholeship.app.verdict import exit_code
    from wholeship.output.formats import View, printed
    from wholeship.output.terminal import ink_for

    check_page(args.html)
    files = wiring.found(args.paths)
    root = root_of(next(iter(files.values())))
    options = _options(args, root)
    report = wiring.report_on(files, options)
    wiring.refuse_unpublished(report, root, options)
    if args.fix:
        report = _fixed(report, files, root, options)
    if args.write_baseline:
        _write_baseline(args.write_baseline, report)
    code = exit_code(report)
    sys.stdout.write(printed("check", args.format, report, View(code, ink_for(sys.stdout))))
    return write_page(args.html, lambda: _page(report), code)


def _page(report: Report) -> Page:
    from wholeship.output.page.workflows import check_page

    return check_page(report)


def _options(args: argparse.Namespace, root: Path) -> Options:
    from dataclasses import replace

    from wholeship.adapters.repository import read_file
    from wholeship.core.errors import BadInput
    from wholeship.core.finding import Severity
    from wholeship.verdict.suppress import Baseline, read_baseline

    baseline = Baseline()
    if args.baseline:
        content = read_file(Path(args.baseline))
        if content is None:
            what = (
                "there is no"
                if not Path(args.baseline).exists()
                else "no file of at most 2 MB can be read from"
            )
            raise BadInput(f"{what} {args.baseline}", advice="write one with --write-baseline FILE")
        baseline = read_baseline(content, args.baseline)
    options = wiring.options_of(args, root)
    return replace(options, baseline=baseline, failing=Severity(args.fail_on))


def _fixed(report: Report, files: dict[str, Path], root: Path, options: Options) -> Report:
    import sys

    from wholeship.adapters.files import write_over
    from wholeship.adapters.repository import WorkTreeFiles
    from wholeship.verdict.check import joined
    from wholeship.verdict.fix import fix

    repository = WorkTreeFiles(root)
    kept = []
    for workflow in report.workflows:
        name = workflow.path
        done = fix(workflow, lambda text, name=name: wiring.guarded(text, name, repository, options))  # type: ignore[misc]
        if done.fixed:
            write_over(files[name], done.text)
            rules = ", ".join(each.rule for each in done.fixed)
            print(f"{name}: {len(done.fixed)} fixed ({rules}), and checked again", file=sys.stderr)
        for each, opened in zip(done.left, done.opened, strict=True):
            why = f"would open {' and '.join(opened)}" if opened else "did not help"
            print(f"{name}:{each.place.line}: {each.rule} is left: the fix {why}", file=sys.stderr)
        kept.append(done.report if done.fixed else workflow)
    return joined(kept, options)


def _write_baseline(path: str, report: Report) -> None:
    from wholeship.adapters.files import write_over
    from wholeship.verdict.suppress import baseline_text

    known = [each.finding for w in report.workflows for each in w.suppressed if not each.where]
    write_over(Path(path), baseline_text([*report.findings, *known]))
