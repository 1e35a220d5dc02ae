"""Who is told when a release does not finish: a webhook, its URL in the environment.

Nothing about a notice changes an answer or an exit code.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from wholeship.core.errors import BadInput, ExitCode, WholeshipError
from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.output.exit_codes import exit_code_of_proof, exit_code_of_release, exit_code_of_repair
from wholeship.output.notice import Notice, message
from wholeship.output.release_json import ReleaseJson, proof_json, release_json, repair_json, stage_json
from wholeship.release.record import RECORD, Record

if TYPE_CHECKING:
    from wholeship.app.project import Project
    from wholeship.release.plan import Plan
    from wholeship.release.repaired import Mended, NeedsPerson
    from wholeship.release.rollout import Rollout
    from wholeship.release.ship import Shipped
    from wholeship.release.stages.results import Drifted, Held, Refused, Verified

VARIABLE = "WHOLESHIP_WEBHOOK"
_NAME = lazy_pattern(r"[A-Za-z_][A-Za-z0-9_]*")


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
    """Tells the webhook about one release, when there is something to tell; nothing is told of a yes."""

    def __init__(self, project: Project, subject: Subject, url: str) -> None:
        self._project, self._subject, self._url = project, subject, url

    def released(self, shipped: Shipped, rollout: Rollout | None = None) -> None:
        """How a release ended."""
        self._tell_release(release_json(shipped, exit_code_of_release(shipped, rollout), rollout))

    def gated(self, record: Record, held: Held | None) -> None:
        """That the gates said no."""
        if held is not None:
            self._tell_release(stage_json("gate", record, "held", ExitCode.NO, stopped=held))

    def attested(self, record: Record, stopped: Held | Refused | None) -> None:
        """That a release was not attested."""
        if stopped is not None:
            self._tell_release(stage_json("attest", record, "attested", ExitCode.NO, stopped=stopped))

    def verified(
        self, record: Record, proof: Verified | Drifted, distrusted: Held | Refused | None = None
    ) -> None:
        """That a release is not as it was released, or not signed as it should be."""
        code = exit_code_of_proof(proof, distrusted)
        self._tell_release(proof_json(record, proof, code, distrusted))

    def repaired(self, answer: Mended | NeedsPerson | Refused) -> None:
        """What is left after a repair: half of a release, or work. A tag that nobody knows wakes nobody."""
        code = exit_code_of_repair(answer)
        what = {ExitCode.HALF: "half", ExitCode.UNFINISHED: "failed"}.get(code)
        if what is not None:
            repair = repair_json(answer, code)
            known = f"see what to do: wholeship repair {repair.tag}"
            self._tell(what, [repair.reason or "aliases are still to be moved"], known)

    def stopped(self, error: WholeshipError) -> None:
        """What could not be finished; a wrong flag is answered there and then."""
        if error.exit_code == ExitCode.USAGE:
            return
        loud = {ExitCode.HALF: "half", ExitCode.UNKNOWN: "unknown"}
        self._tell(loud.get(error.exit_code, "failed"), [error.message], error.advice)

    def _tell_release(self, release: ReleaseJson) -> None:
        if release.exit_code != ExitCode.YES:
            reasons = release.reasons or [
                f"the alias {name}: {release.aliases[name]}" for name in release.unmoved
            ]
            if release.rollout is not None and not release.rollout.done:
                reasons = [*reasons, *_standing(release)]
            self._tell(_what(release), reasons, release.advice)

    def _tell(self, what: str, reasons: Sequence[str], advice: str) -> None:
        if not self._url:
            return
        about, home = self._subject, self._project.home
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
        problem = self._project.world.post_notice(self._url, body)
        if problem:
            self._project.world.progress.warned(f"the webhook was not told: {problem}")


@contextmanager
def telling(project: Project, subject: Subject, *, silent: bool = False) -> Iterator[Teller]:
    """A teller for the time of the block; an error that ends the block is told, and goes on.

    *silent* for a rehearsal: nothing leaves it, and nobody need be woken by one.
    """
    variable = project.config.raw.notify.webhook
    url = "" if silent else webhook_address(variable, project.world.environment)
    teller = Teller(project, subject, url)
    try:
        yield teller
    except WholeshipError as error:
        teller.stopped(error)
        raise


def webhook_address(variable: str | None, environment: Mapping[str, str]) -> str:
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
    if release.outcome in ("held", "refused", "drifted", "untrusted"):
        return release.outcome
    if release.outcome == "failed":
        return "not-built"
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
