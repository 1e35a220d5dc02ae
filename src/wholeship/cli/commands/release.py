"""`wholeship release`: plan, build, gate, promote, verify; goes on where an earlier try stopped."""

from __future__ import annotations

import argparse

from wholeship.cli import wiring_options as options


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser)
    options.origin(parser)
    options.making(parser)
    options.putting_out(parser)
    parser.add_argument(
        "--rehearse",
        action="store_true",
        help="on a registry made for it, on this machine; nothing leaves it",
    )


def run(args: argparse.Namespace) -> int:
    """Ship."""
    from wholeship.cli.wiring import plan_of, stand
    from wholeship.cli.wiring_answers import exit_code_of, print_release
    from wholeship.output.release_json import release_json
    from wholeship.release.ship import ship

    with stand(args) as here:
        plan, record = plan_of(here, take=True)
        verb = "goes on with" if record is not None else "ships"
        here.progress.said(f"{verb} {plan.tag}: {', '.join(image.name for image in plan.images)}")
        if plan.dirty:
            here.progress.warned("the work tree has uncommitted changes: the images are marked with it")
        with here.working_on(plan.tag):
            shipped = ship(
                plan, here.ends(plan.tag), here.workshop(plan.tag), here.bench(plan.tag), here.terms()
            )
    code = exit_code_of(shipped)
    print_release(args, release_json(shipped, code))
    return code
