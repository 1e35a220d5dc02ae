"""`wholeship forecast`: critical path and peak disk per scenario; afterwards, forecast against actual."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wholeship.cli.page import check_page, page_option, write_page

if TYPE_CHECKING:
    from wholeship.output.forecast_json import ForecastJson


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    add = parser.add_argument
    add("path", nargs="*", metavar="PATH", help="workflow files (default: those that publish images)")
    add("--scenario", metavar="NAME", default="", help="only this one, for example push")
    add("--history", metavar="FILE", action="append", default=[], help="run history as GitHub's API gives it")
    add("--fetch", action="store_true", help="fetch new runs from the code host first")
    add("--actual", metavar="RUN", type=int, help="put a finished run beside the forecast made before it")
    add(
        "--better",
        action="store_true",
        help="the same release in the shape that is safe and fast, as a patch",
    )
    add("--patch", metavar="FILE", help="write the patch of --better there")
    add("--file", metavar="FILE", help="the release file (default: wholeship.yaml, where there is one)")
    add("--state", metavar="DIR", help="folder of the history (default: .wholeship)")
    add("--repository", metavar="OWNER/NAME", help="on the code host (default: from the remote)")
    add("--api", metavar="URL", help="API of the code host, for GitHub Enterprise: https://HOST/api/v3")
    add("--format", choices=("text", "json", "markdown"), default="text", help="what to print")
    add("--quiet", "-q", action="store_true", help="no progress on standard error")
    add("--verbose", action="store_true", help="show where an error came from")
    page_option(parser)
    parser.set_defaults(login="")


def run(args: argparse.Namespace, make_world: object = None) -> int:
    """Forecast, or compare; 3 when a figure is missing."""
    import sys
    from datetime import UTC, datetime

    from wholeship.app.forecast import Desk, answered, betters, fetch, forecast_of, patched, scenes
    from wholeship.core.errors import ExitCode
    from wholeship.forecast.ledger import track_record
    from wholeship.output.forecast_json import forecast_json
    from wholeship.output.page.forecasts import forecast_page
    from wholeship.output.terminal import showing

    check_page(args.html)
    with showing(sys.stderr, quiet=args.quiet or args.format == "json") as progress:
        desk = Desk(args, progress)
        found = scenes(args.path, args.scenario)
        if args.fetch:
            progress.said(f"{fetch(desk, found)} new runs fetched")
        actual = [answered(desk, found, args.actual)] if args.actual is not None else []
        forecasts = [] if actual else [forecast_of(s, desk.figures(s.path, s.event)) for s in found]
        now = datetime.now(UTC)
        for each in forecasts:
            desk.kept(lambda each=each: desk.store.remember(each, now))
        shapes = betters(desk, found) if args.better or args.patch else []
        record = track_record(desk.store.entries())
    code = ExitCode.YES if all(each.complete for each in forecasts) else ExitCode.UNFINISHED
    answer = forecast_json(forecasts, record, code, actual=actual, better=shapes, remarks=desk.remarks)
    if args.patch:
        patched(args.patch, shapes)
    _print(args, answer)
    return write_page(args.html, lambda: forecast_page(answer, [s.shape for s in found]), code)


def _print(args: argparse.Namespace, answer: ForecastJson) -> None:
    import sys

    from wholeship.output.actions import write_summary
    from wholeship.output.encoding import encode
    from wholeship.output.forecast_text import forecast_markdown, forecast_text
    from wholeship.output.ink import Ink
    from wholeship.output.terminal import wants_colour

    write_summary(forecast_markdown(answer))
    if args.format == "json":
        sys.stdout.write(encode(answer) + "\n")
    elif args.format == "markdown":
        sys.stdout.write(forecast_markdown(answer))
    else:
        sys.stdout.write(forecast_text(answer, Ink(wants_colour(sys.stdout))))
