"""`wholeship policy`: which tag the controller elects now, and would after this release."""

from __future__ import annotations

import argparse

from wholeship.app.policy import PolicyQuestion, ask_policy, policy_document
from wholeship.cli import options
from wholeship.cli.show import show_answer
from wholeship.cli.world import MakeWorld, world_of


def configure(parser: argparse.ArgumentParser) -> None:
    options.release_file_options(parser, "policy")
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


def run(args: argparse.Namespace, make_world: MakeWorld | None = None) -> int:
    question = PolicyQuestion(
        options.release_target(args),
        place=args.policy or "",
        name=args.name,
        image=args.image or "",
        tag=args.tag or "",
        tags=args.tags or "",
    )
    with world_of(args, make_world) as world:
        told = policy_document(ask_policy(question, world))
    show_answer("policy", args.format, told, in_summary=True)
    return told.exit_code
