"""`wholeship policy`: which tag the controller elects now, and would after this release."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wholeship.app import options

if TYPE_CHECKING:
    from wholeship.output.policy_json import PolicyJson


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser)
    add = parser.add_argument
    add(
        "--policy",
        metavar="PLACE",
        help="file, folder, or REPOSITORY//FOLDER?ref=REVISION (default: as the release file says)",
    )
    add("--name", metavar="NAME", help="the policy, where several follow the image")
    add("--image", metavar="REPOSITORY[:TAG]", help="the followed image; no release file is read then")
    add(
        "--tags",
        metavar="FILE",
        help="take the visible tags from here (- for standard input), not from the registry",
    )
    add("--tag", metavar="TAG", help="would this tag be elected? (default: the one a release would get)")
    add("--scenario", metavar="NAME", help="push, release or manual, for the release's tag")


def run(args: argparse.Namespace) -> int:
    """Ask the policy."""
    import sys

    from wholeship.output.actions import write_summary
    from wholeship.output.ink import Ink
    from wholeship.output.policy_text import policy_markdown, policy_text
    from wholeship.output.release_json import encode
    from wholeship.output.terminal import wants_colour

    told = _of_release(args) if _has_release_file(args) else _of_manifests(args)
    write_summary(policy_markdown(told))
    if args.format == "json":
        sys.stdout.write(encode(told) + "\n")
    elif args.format == "markdown":
        sys.stdout.write(policy_markdown(told))
    else:
        sys.stdout.write(policy_text(told, Ink(wants_colour(sys.stdout))))
    return told.exit_code


def _has_release_file(args: argparse.Namespace) -> bool:
    from pathlib import Path

    from wholeship.app.options import given
    from wholeship.release.config import FILE

    if args.image:
        return False
    return bool(given(args, "file")[0]) or Path(FILE).exists()


def _of_release(args: argparse.Namespace) -> PolicyJson:
    from wholeship.app.outlooks import answered, listing_of, of_release, tags_from
    from wholeship.app.world import stand

    with stand(args) as here:
        question, concerns, manifests = of_release(here, args.policy, args.name)
        if args.tags:
            tags = tags_from(args.tags)
            return answered([question], lambda _: tags, args.tags, concerns, manifests)
        return answered([question], listing_of(here.registry), "", concerns, manifests)


def _of_manifests(args: argparse.Namespace) -> PolicyJson:
    from wholeship.adapters.clock import SystemClock
    from wholeship.app.outlooks import answered, listing_of, of_manifests, tags_from
    from wholeship.app.world import registry_client

    questions, manifests = of_manifests(args.policy or ".", args.name, args.image, args.tag)
    if args.tags:
        tags = tags_from(args.tags)
        return answered(questions, lambda _: tags, args.tags, (), manifests)
    return answered(questions, listing_of(registry_client(SystemClock())), "", (), manifests)
