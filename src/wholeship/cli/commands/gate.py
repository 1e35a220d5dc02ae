"""`wholeship gate`: run the gates on the exact candidate digests."""

from __future__ import annotations

import argparse

from wholeship.app.gate import GateQuestion, run_gates
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.output.release_json import stage_json


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser)
    options.tag_option(parser)
    options.log_option(parser)
    parser.add_argument("--builder", metavar="NAME", help="whose engine runs the images")


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    with world_of(args, make_world) as world:
        answer = run_gates(GateQuestion(options.release_target(args)), world)
    code = ExitCode.NO if answer.held else ExitCode.YES
    told = stage_json("gate", answer.record, "cleared", code, stopped=answer.held)
    show_answer("release", args.format, told, in_summary=True)
    return code
