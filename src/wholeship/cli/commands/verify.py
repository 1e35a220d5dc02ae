"""`wholeship verify`: read back every tag, digest and platform."""

from __future__ import annotations

import argparse

from wholeship.app.verify import VerifyQuestion, verify_release
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of
from wholeship.output.exit_codes import exit_code_of_proof
from wholeship.output.release_json import proof_json


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser)
    options.environment_option(parser)
    options.tag_option(parser)
    parser.add_argument(
        "--policy",
        action="store_true",
        help="also require that what is stated of it is signed by an identity that the release file trusts",
    )


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    """Verify against the record."""
    with world_of(args, make_world) as world:
        answer = verify_release(VerifyQuestion(options.release_target(args), args.policy), world)
    code = exit_code_of_proof(answer.proof, answer.distrusted)
    told = proof_json(answer.record, answer.proof, code, answer.distrusted)
    show_answer("release", args.format, told, in_summary=True)
    return code
