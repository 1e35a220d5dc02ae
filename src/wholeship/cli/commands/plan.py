"""`wholeship plan`: what a release would do; nothing is touched, unless it is saved for CI jobs."""

from __future__ import annotations

import argparse
import sys

from wholeship.app.plan import PlanAnswer, PlanQuestion, make_release_plan
from wholeship.cli import options
from wholeship.cli.page import check_page, page_option, write_page
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.output.release_json import PlanJson, plan_json
from wholeship.release.stages.results import Refused


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser, "plan")
    options.origin_options(parser)
    options.building_options(parser)
    parser.add_argument(
        "--save",
        action="store_true",
        help="take the tag and record the plan, for build, gate and promote jobs",
    )
    page_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    check_page(args.html)
    with world_of(args, make_world) as world:
        answer = make_release_plan(
            PlanQuestion(options.release_target(args), not args.no_reuse, args.save), world
        )
    if isinstance(answer, Refused):
        print(f"{answer.reason}\n  help: {answer.advice}", file=sys.stderr)
        return ExitCode.NO
    told = plan_document(answer)
    show_answer("plan", args.format, told)
    code = ExitCode.NO if answer.refused else ExitCode.YES
    code = code if answer.possible else ExitCode.USAGE
    return write_page(args.html, "releases:plan_page", told, code)


def plan_document(answer: PlanAnswer) -> PlanJson:
    """The plan as it is printed."""
    return plan_json(
        answer.plan,
        builder=answer.config.builder,
        why=answer.why,
        forecast=answer.forecast,
        sources=answer.config.sources,
        remarks=answer.remarks,
        resumes=answer.resumes,
        refused=answer.refused,
        already_out=answer.already_out,
    )
