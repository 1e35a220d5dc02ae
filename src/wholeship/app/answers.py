"""Answers → what is printed, and the exit code of the process."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from wholeship.core.errors import BadInput, ExitCode, Unfinished
from wholeship.core.reference import Tag
from wholeship.release.lifecycle import State
from wholeship.release.repair import Mended, NeedsPerson
from wholeship.release.stages.results import Drifted, Promoted, Refused, Verified
from wholeship.release.status import Member, Status, Whole, status

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.output.release_json import ReleaseJson
    from wholeship.release.ship import Shipped


def exit_code_of(shipped: Shipped) -> ExitCode:
    """Out and proved: yes. Aliases still to move: not finished. Half: the loudest."""
    if not isinstance(shipped.outcome, Promoted):
        return ExitCode.NO
    if shipped.proof is not None and not isinstance(shipped.proof, Verified):
        return exit_code_of_proof(shipped.proof)
    return ExitCode.YES if shipped.outcome.finished else ExitCode.UNFINISHED


def exit_code_of_proof(proof: Verified | Drifted) -> ExitCode:
    """What reading back amounts to."""
    if isinstance(proof, Verified):
        return ExitCode.YES
    if proof.half:
        return ExitCode.HALF
    return ExitCode.UNFINISHED if proof.late else ExitCode.NO


def exit_code_of_status(answer: Whole) -> ExitCode:
    """What a look at the registry amounts to."""
    return {
        Whole.WHOLE: ExitCode.YES,
        Whole.HALF: ExitCode.HALF,
        Whole.ABSENT: ExitCode.NO,
        Whole.UNKNOWN: ExitCode.UNFINISHED,
    }[answer]


def exit_code_of_repair(answer: Mended | NeedsPerson | Refused) -> ExitCode:
    """What repair amounts to."""
    if isinstance(answer, Mended):
        done = answer.promoted is None or answer.promoted.finished
        return ExitCode.YES if done else ExitCode.UNFINISHED
    if isinstance(answer, NeedsPerson):
        if answer.half:
            return ExitCode.HALF
        return ExitCode.UNFINISHED if answer.state is State.UNKNOWN else ExitCode.NO
    return ExitCode.NO


def print_release(args: argparse.Namespace, release: ReleaseJson) -> None:
    """In the format asked for; and as a step summary where GitHub Actions has one."""
    from wholeship.output.actions import write_summary
    from wholeship.output.ink import Ink
    from wholeship.output.release_json import encode
    from wholeship.output.release_text import release_markdown, release_text
    from wholeship.output.terminal import wants_colour

    write_summary(release_markdown(release))
    if args.format == "json":
        sys.stdout.write(encode(release) + "\n")
    elif args.format == "markdown":
        sys.stdout.write(release_markdown(release))
    else:
        sys.stdout.write(release_text(release, Ink(wants_colour(sys.stdout))))


def print_refused(args: argparse.Namespace, refused: Refused) -> ExitCode:
    """A refusal before there was a record."""
    from wholeship.output.release_json import release_json
    from wholeship.release.record import Record
    from wholeship.release.ship import Shipped

    print_release(args, release_json(Shipped(Record(refused.plan, {}), refused), ExitCode.NO))
    return ExitCode.NO


def members(here: Stand) -> list[Member]:
    """Every image of the release file."""
    return [Member(image.name, image.repository) for image in here.config.images.values()]


def sight(here: Stand, tag: Tag) -> Status:
    """What *tag* is."""
    return status(here.registry, members(here), here.config.watched, tag, record_home=here.home)


def whole_before(here: Stand, tag: Tag) -> Tag:
    """The newest whole release older than *tag*."""
    from wholeship.release.withdraw import before

    visible = here.registry.tags(here.config.images[here.config.watched].repository)
    for name in before(tag, here.config.tag, visible):
        found = sight(here, Tag(name))
        if found.answer is Whole.UNKNOWN:
            raise Unfinished(f"could not find out what {name} is", advice="run the same command again")
        if found.answer is Whole.WHOLE:
            return Tag(name)
    raise BadInput(f"no whole release before {tag} was found", advice="name one with --to TAG")
