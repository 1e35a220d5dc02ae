"""`wholeship build`: every image as a candidate that no controller can select."""

from __future__ import annotations

import argparse

from wholeship.app import notice as wiring_notice
from wholeship.app import options


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser)
    options.origin(parser)
    options.making(parser)
    parser.add_argument(
        "--image", action="append", metavar="NAME", help="build only this image (may be repeated)"
    )


def run(args: argparse.Namespace) -> int:
    """Build; with --image or --platforms for a planned release, a part of it."""
    from wholeship.app.answers import print_refused, print_release
    from wholeship.app.election import candidates_refused
    from wholeship.app.world import plan_of, stand
    from wholeship.core.errors import BadInput, ExitCode
    from wholeship.output.release_json import stage_json
    from wholeship.release.ship import begin, known, save
    from wholeship.release.stages.build import build
    from wholeship.release.stages.results import Refused

    with stand(args) as here:
        for name in args.image or ():
            if name not in here.config.images:
                names = ", ".join(here.config.images)
                raise BadInput(f"there is no image {name}", advice=f"images: {names}")
        plan, earlier = plan_of(here, take=True)
        with wiring_notice.told(here, wiring_notice.Subject.of(plan)), here.working_on(plan.tag):
            ends = here.ends(plan.tag)
            record = begin(ends, plan)
            if isinstance(record, Refused):
                return print_refused(args, record)
            refused = candidates_refused(here, plan)
            if refused is not None:
                return print_refused(args, refused)
            # For a release that is planned already, --platforms chooses among what was planned.
            part = here.config.platforms_given if earlier is not None else None
            record = build(plan, record, here.workshop(plan.tag), only=args.image, platforms=part)
            save(ends)
            record = known(ends, plan.tag) or record
    print_release(args, stage_json("build", record, "built", ExitCode.YES))
    return ExitCode.YES
