"""Who is told when a release does not finish: a webhook, its URL in the environment.

Nothing about a notice changes an answer or an exit code.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wholeship.core.errors import BadInput, ExitCode, WholeshipError

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.output.release_json import ReleaseJson, RepairJson
    from wholeship.release.plan import Plan

VARIABLE = "WHOLESHIP_WEBHOOK"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Subject:
    """What a notice is about. ``purpose``: what it was for, where that is not the release itself."""

    tag: str
    images: Sequence[str]
    commit: str = ""
    run_url: str = ""
    purpose: str = ""

    @classmethod
    def of(cls, plan: Plan, purpose: str = "") -> Subject:
        """The release of *plan*."""
        images = [image.name for image in plan.images]
        return cls(str(plan.tag), images, plan.commit, plan.run_url, purpose)


class Teller:
    """Tells the webhook about one release, when there is something to tell."""

    def __init__(self, here: Stand, subject: Subject, url: str) -> None:
        self._here, self._subject, self._url = here, subject, url

    def answer(self, release: ReleaseJson) -> None:
        """What the release, or a stage of it, amounts to; nothing is told of a yes."""
        if release.exit_code != ExitCode.YES:
            reasons = release.reasons or [told for told in release.aliases.values() if "failed" in told]
            if release.rollout is not None and not release.rollout.done:
                reasons = [*reasons, *_standing(release)]
            self._tell(_what(release), reasons, release.advice)

    def repair(self, repair: RepairJson) -> None:
        """What is left after a repair: half of a release, or work. A tag that nobody knows wakes nobody."""
        what = {ExitCode.HALF: "half", ExitCode.UNFINISHED: "failed"}.get(ExitCode(repair.exit_code))
        if what is not None:
            known = f"see what to do: wholeship repair {repair.tag}"
            self._tell(what, [repair.reason or "aliases are still to be moved"], known)

    def error(self, error: WholeshipError) -> None:
        """What could not be finished; who asked wrongly is told there and then."""
        if error.exit_code == ExitCode.USAGE:
            return
        loud = {ExitCode.HALF: "half", ExitCode.UNKNOWN: "unknown"}
        self._tell(loud.get(error.exit_code, "failed"), [error.message], error.advice)

    def _tell(self, what: str, reasons: list[str], advice: str) -> None:
        if not self._url:
            return
        from wholeship.adapters.http import HttpTransport
        from wholeship.adapters.webhook import post
        from wholeship.output.notice import Notice, message
        from wholeship.release.record import RECORD

        about, home = self._subject, self._here.home
        body = message(
            Notice(
                what,
                about.tag,
                about.images,
                [*([about.purpose] if about.purpose else []), *reasons],
                help=advice,
                commit=about.commit,
                run_url=about.run_url,
                record=f"{home}:{RECORD}{about.tag}.*" if home else "",
            )
        )
        problem = post(HttpTransport(connections=1), self._url, body)
        if problem:
            self._here.progress.warned(f"the webhook was not told: {problem}")


@contextmanager
def told(here: Stand, subject: Subject) -> Iterator[Teller]:
    """A teller for the time of the block; an error that ends the block is told, and goes on."""
    # Nothing leaves a rehearsal, and nobody need be woken by one.
    rehearsed = getattr(here.args, "rehearse", False)
    teller = Teller(here, subject, "" if rehearsed else address(here.config.raw.notify.webhook))
    try:
        yield teller
    except WholeshipError as error:
        teller.error(error)
        raise


def address(variable: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The webhook's URL from the variable that the release file names; empty: nobody is told."""
    name = variable or VARIABLE
    if not _NAME.fullmatch(name):
        raise BadInput(
            "notify.webhook is not the name of a variable",
            advice="the address is a secret: put it into an environment variable, and name that here",
        )
    return environment.get(name, "").strip()


def _what(release: ReleaseJson) -> str:
    if release.exit_code == ExitCode.HALF:
        return "half"
    if release.outcome in ("held", "refused", "drifted"):
        return release.outcome
    rolled = release.rollout is None or release.rollout.done
    return "failed" if rolled else "not-rolled-out"


def _standing(release: ReleaseJson) -> list[str]:
    rollout = release.rollout
    assert rollout is not None
    if rollout.problem:
        return [rollout.problem]
    return [
        f"{one.where or one.image}: {', '.join(t.reason for t in one.troubles) or one.phase}"
        for one in rollout.standings
        if one.phase != "running"
    ]
