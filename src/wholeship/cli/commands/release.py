"""`wholeship release`: plan, build, gate, promote, verify; goes on where an earlier try stopped."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wholeship.app import cluster as wiring_cluster
from wholeship.app import notice as wiring_notice
from wholeship.app import options
from wholeship.app import page as wiring_page

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.output.page.parts import Page
    from wholeship.output.release_json import ReleaseJson
    from wholeship.release.plan import Plan


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser)
    options.origin(parser)
    options.making(parser)
    options.putting_out(parser)
    either = parser.add_mutually_exclusive_group()  # no cluster runs what was only rehearsed
    either.add_argument(
        "--rehearse",
        action="store_true",
        help="on a registry made for it, on this machine; nothing leaves it",
    )
    wiring_cluster.waiting(parser, either)
    wiring_page.flag(parser)


def run(args: argparse.Namespace) -> int:
    """Ship."""
    from wholeship.app.answers import exit_code_of, print_release
    from wholeship.app.world import check_scripts, plan_of, stand
    from wholeship.output.release_json import release_json
    from wholeship.release.ship import ship

    wiring_page.check(args)
    deadline = wiring_cluster.seconds_of(args.wait) if args.wait else 0.0
    with stand(args) as here:
        here.look_for_builder()
        cluster = wiring_cluster.ready(here) if deadline else None
        plan, record = plan_of(here, take=True)
        verb = "goes on with" if record is not None else "ships"
        here.progress.said(f"{verb} {plan.tag}: {', '.join(image.name for image in plan.images)}")
        if plan.dirty:
            here.progress.warned("the work tree has uncommitted changes: the images are marked with it")
        check_scripts(here, plan)
        with (
            wiring_page.even_so(args, lambda error: _stopped(here, plan, error)),
            wiring_notice.told(here, wiring_notice.Subject.of(plan)) as notice,
        ):
            with here.working_on(plan.tag):
                shipped = ship(
                    plan, here.ends(plan.tag), here.workshop(plan.tag), here.bench(plan.tag), here.terms()
                )
            code = exit_code_of(shipped)
            rollout = wiring_cluster.waited(here, shipped, cluster, deadline) if cluster else None
            if rollout is not None:
                code = max(code, wiring_cluster.exit_code_of_rollout(rollout))
            answer = release_json(shipped, code, rollout)
            notice.answer(answer)
    print_release(args, answer)
    return wiring_page.write(args, lambda: _page(answer), code)


def _page(answer: ReleaseJson) -> Page:
    from wholeship.output.page.releases import release_page

    return release_page(answer)


def _stopped(here: Stand, plan: Plan, error: Exception | KeyboardInterrupt) -> Page:
    """What the journal knows of a release that came to no answer."""
    from wholeship.core.errors import WholeshipError
    from wholeship.output.page.releases import stopped_page
    from wholeship.output.release_json import stopped_json
    from wholeship.release.record import Record, fold

    try:
        record = fold(here.state.journal(plan.tag).entries(), f"the journal of {plan.tag}")
    except WholeshipError:
        record = None  # why it cannot be read is most likely what ended the release
    record = record or Record(plan, {})
    events = [(str(event.get("at", "")), str(event.get("event", ""))) for event in record.events]
    return stopped_page(stopped_json(record, error), events)
