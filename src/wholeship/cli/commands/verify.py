"""`wholeship verify`: read back every tag, digest and platform."""

from __future__ import annotations

import argparse

from wholeship.app.verify import VerifyQuestion, verify_release
from wholeship.cli import options
from wholeship.cli.show import show
from wholeship.cli.world import MakeWorld, world_of
from wholeship.output.exit_codes import exit_code_of_proof
from wholeship.output.release_json import proof_json


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.release_file_options(parser)
    options.tag_option(parser)


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Verify against the record."""
    with world_of(args, make_world) as world:
        answer = verify_release(VerifyQuestion(options.release_target(args)), world)
    code = exit_code_of_proof(answer.proof)
    show("release", args.format, proof_json(answer.record, answer.proof, code), in_summary=True)
    return code
