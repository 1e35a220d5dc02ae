"""`wholeship status`: whole, half, absent or unknown, from the registry; and what runs of it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from wholeship.app import cluster as wiring_cluster
from wholeship.app import options
from wholeship.app import page as wiring_page

if TYPE_CHECKING:
    from wholeship.app.watching import Sight
    from wholeship.app.world import Stand
    from wholeship.gitops.manifests import Watch
    from wholeship.output.release_json import StatusJson
    from wholeship.release.rollout import Rollout
    from wholeship.release.status import Whole


def configure(parser: argparse.ArgumentParser) -> None:
    """Flags."""
    options.common(parser, formats=("text", "json"))
    add = parser.add_argument
    add("tag", nargs="?", metavar="TAG", help="without: the newest whole release, and all half")
    add("--depth", type=options.count, default=20, metavar="N", help="look at the N newest tags")
    add("--cluster", action="store_true", help="and what the cluster runs of it")
    wiring_cluster.flags(parser)
    add(
        "--watch",
        nargs="?",
        type=float,
        const=5.0,
        metavar="SECONDS",
        help="look again and again (every 5 s); with TAG until it is whole, and with --cluster runs",
    )
    wiring_page.flag(parser)


def run(args: argparse.Namespace) -> int:
    """Look, and say."""
    import sys

    from wholeship.app.outlooks import followed
    from wholeship.app.watching import screen, watch
    from wholeship.app.world import stand
    from wholeship.output.page.status import status_page
    from wholeship.output.terminal import is_terminal

    wiring_page.check(args)
    wanted, args.tag = args.tag, None  # not the tag of a release to make
    with stand(args) as here:
        manifests = followed(here)
        follows = manifests.watch if manifests else None
        if args.watch is None:
            answer, code = _look(here, wanted, follows)
            sys.stdout.write(_shown(args, answer))
            return wiring_page.write(args, lambda: status_page(answer), code)

        def sight() -> Sight:
            from wholeship.app.watching import Sight

            answer, code = _look(here, wanted, follows)
            wiring_page.write(args, lambda: status_page(answer), code)
            settled = bool(wanted) and code == 0 and (answer.rollout is None or answer.rollout.done)
            return Sight(_shown(args, answer), code, settled)

        live = args.format == "text" and is_terminal(sys.stdout)
        with screen(here.clock, live=live, raw=args.format == "json") as show:
            return watch(sight, show, here.clock, args.watch)


def _look(here: Stand, wanted: str | None, follows: Watch | None) -> tuple[StatusJson, int]:
    """What is out, what is elected, and what runs."""
    from wholeship.app.answers import members, sight
    from wholeship.app.election import PolicyElector
    from wholeship.app.outlooks import elected_now
    from wholeship.core.reference import Tag
    from wholeship.output.release_json import overview_json, status_json
    from wholeship.release.status import overview

    controller = elected_now(here, follows) if follows else None
    if wanted:
        found = sight(here, Tag(wanted))
        rollout = wiring_cluster.seen(here, found) if here.args.cluster else None
        return status_json(found, controller, rollout), _code(found.answer, rollout)
    whole = overview(
        here.registry,
        members(here),
        here.config.watched,
        pattern=here.config.tag,
        elector=PolicyElector(follows.elector) if follows else None,
        record_home=here.home,
        depth=here.args.depth,
    )
    rollout = wiring_cluster.seen(here, whole.newest_whole) if here.args.cluster else None
    return overview_json(whole, controller, rollout), _code(whole.answer, rollout)


def _code(answer: Whole, rollout: Rollout | None) -> int:
    """What is out, and, where that was asked, whether it runs."""
    from wholeship.app.answers import exit_code_of_status

    code = exit_code_of_status(answer)
    return code if rollout is None else max(code, wiring_cluster.exit_code_of_rollout(rollout))


def _shown(args: argparse.Namespace, answer: StatusJson) -> str:
    import sys

    from wholeship.output.ink import Ink
    from wholeship.output.release_json import encode
    from wholeship.output.release_text import status_text
    from wholeship.output.terminal import wants_colour

    if args.format == "json":
        return encode(answer, indent=0 if args.watch is not None else 2) + "\n"
    return status_text(answer, Ink(wants_colour(sys.stdout)))
