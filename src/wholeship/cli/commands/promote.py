"""`wholeship promote`: bind the deploy tag, siblings first, the watched image last."""

from __future__ import annotations

import argparse

from wholeship.app import cluster as wiring_cluster
from wholeship.app import notice as wiring_notice
from wholeship.app import options


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser)
    options.putting_out(parser)
    parser.add_argument("--tag", metavar="TAG", help="the release (default: the newest of this machine)")
    wiring_cluster.waiting(parser)


def run(args: argparse.Namespace) -> int:
    """Promote what was gated; every digest and receipt is checked anew, and nothing is run."""
    from wholeship.app.answers import exit_code_of, print_release
    from wholeship.app.world import check_gates, needed_record, stand, tag_given
    from wholeship.output.release_json import release_json
    from wholeship.release.ship import Shipped, promotable, put_out
    from wholeship.release.stages.results import Held

    deadline = wiring_cluster.seconds_of(args.wait) if args.wait else 0.0
    with stand(args) as here:
        cluster = wiring_cluster.ready(here) if deadline else None
        tag = tag_given(here)
        with here.working_on(tag):
            ends = here.ends(tag)
            record = needed_record(here, tag)
            check_gates(here, record)
            with wiring_notice.told(here, wiring_notice.Subject.of(record.plan)) as notice:
                ready = promotable(record, ends)
                if isinstance(ready, Held):
                    shipped = Shipped(record, ready)
                else:
                    shipped = put_out(ready, ends, here.terms())
                code = exit_code_of(shipped)
                rollout = wiring_cluster.waited(here, shipped, cluster, deadline) if cluster else None
                if rollout is not None:
                    code = max(code, wiring_cluster.exit_code_of_rollout(rollout))
                answer = release_json(shipped, code, rollout)
                notice.answer(answer)
    print_release(args, answer)
    return code
