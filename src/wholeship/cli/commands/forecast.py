"""`wholeship forecast`: critical path and peak disk per scenario; afterwards, forecast against actual."""

from __future__ import annotations

import argparse

from wholeship.app.forecast import ForecastQuestion, forecast_workflows
from wholeship.app.past_runs import RunSources
from wholeship.cli import options
from wholeship.cli.page import check_page, page_option, write_page
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.output.forecast_json import forecast_json


def configure(parser: argparse.ArgumentParser) -> None:
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
    options.code_host_options(parser)
    options.format_option(parser, "forecast", "what to print")
    page_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Forecast, or compare; 3 when a figure is missing."""
    check_page(args.html)
    file, state = (options.given_value(args, name)[0] for name in ("file", "state"))
    sources = RunSources(file, tuple(args.history), state, options.host_choice(args))
    patch = args.patch or ""
    question = ForecastQuestion(
        tuple(args.path), args.scenario, sources, args.fetch, args.actual, args.better, patch
    )
    with world_of(args, make_world) as world:
        answer = forecast_workflows(question, world)
    code = ExitCode.YES if answer.complete else ExitCode.UNFINISHED
    told = forecast_json(
        list(answer.forecasts),
        answer.record,
        code,
        actual=list(answer.compared),
        better=answer.better,
        remarks=list(answer.remarks),
    )
    show_answer("forecast", args.format, told, in_summary=True)
    return write_page(args.html, "forecasts:forecast_page", told, code, answer.shapes)
