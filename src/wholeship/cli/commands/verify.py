"""`wholeship verify`: read back every tag, digest and platform."""

from __future__ import annotations

import argparse

from wholeship.app import notice as wiring_notice
from wholeship.app import options


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser)
    parser.add_argument("--tag", metavar="TAG", help="the release (default: the newest of this machine)")


def run(args: argparse.Namespace) -> int:
    """Verify against the record."""
    from wholeship.app.answers import exit_code_of_proof, print_release
    from wholeship.app.world import needed_record, stand, tag_given
    from wholeship.output.release_json import proof_json
    from wholeship.release.ship import complete, prove

    with stand(args) as here:
        tag = tag_given(here)
        record = complete(needed_record(here, tag, keep=False))
        with wiring_notice.told(here, wiring_notice.Subject.of(record.plan)) as notice:
            proof = prove(record.plan, here.ends(tag), record)
            code = exit_code_of_proof(proof)
            answer = proof_json(record, proof, code)
            notice.answer(answer)
    print_release(args, answer)
    return code
