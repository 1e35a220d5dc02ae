"""`wholeship attest`: sign what was gated, beside the images."""

from __future__ import annotations

import argparse

from wholeship.app.attest import AttestQuestion, attest_release
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.core.errors import ExitCode
from wholeship.output.release_json import stage_json


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser)
    options.tag_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    with world_of(args, make_world) as world:
        answer = attest_release(AttestQuestion(options.release_target(args)), world)
    code = ExitCode.NO if answer.stopped else ExitCode.YES
    told = stage_json("attest", answer.record, "attested", code, stopped=answer.stopped)
    show_answer("release", args.format, told, in_summary=True)
    return code
