"""`wholeship gate`: run the gates on the exact candidate digests."""

from __future__ import annotations

import argparse

from wholeship.app import notice as wiring_notice
from wholeship.app import options


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser)
    parser.add_argument("--tag", metavar="TAG", help="the release (default: the newest of this machine)")
    parser.add_argument("--builder", metavar="NAME", help="whose engine runs the images")


def run(args: argparse.Namespace) -> int:
    """Gate."""
    from wholeship.app.answers import print_release
    from wholeship.app.world import check_gates, needed_record, stand, tag_given
    from wholeship.core.errors import ExitCode
    from wholeship.output.release_json import stage_json
    from wholeship.release.ship import known, save
    from wholeship.release.stages.build import assemble
    from wholeship.release.stages.gate import clear
    from wholeship.release.stages.join import join
    from wholeship.release.stages.results import Held

    with stand(args) as here:
        tag = tag_given(here)
        with here.working_on(tag):
            ends = here.ends(tag)
            record = needed_record(here, tag)
            check_gates(here, record)
            record = join(record, here.registry, ends.journal, here.progress)
            with wiring_notice.told(here, wiring_notice.Subject.of(record.plan)) as notice:
                gated = clear(assemble(record, here.registry), record, here.bench(tag))
                save(ends)
                record = known(ends, tag) or record
                held = gated if isinstance(gated, Held) else None
                code = ExitCode.NO if held else ExitCode.YES
                answer = stage_json("gate", record, "held" if held else "cleared", code, held=held)
                notice.answer(answer)
    print_release(args, answer)
    return code
