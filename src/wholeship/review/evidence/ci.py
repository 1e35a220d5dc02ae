"""CI state: the check runs of the head, as context. They move, so no verdict rests on them."""

from __future__ import annotations

from msgspec import Struct

from wholeship.review.evidence.looked import NotLooked
from wholeship.review.ports import CheckRun, CodeHost, CodeHostError

_BAD = ("failure", "cancelled", "timed_out", "action_required", "startup_failure", "stale")


class CiEvidence(Struct, frozen=True):
    """The check runs of the head."""

    checks: tuple[CheckRun, ...] = ()
    not_looked: tuple[NotLooked, ...] = ()

    @property
    def failing(self) -> tuple[str, ...]:
        """The names of those that ended badly."""
        return tuple(check.name for check in self.checks if check.conclusion in _BAD)

    @property
    def running(self) -> tuple[str, ...]:
        """The names of those that have not ended."""
        return tuple(check.name for check in self.checks if check.status != "completed")


def collect(host: CodeHost | None, head: str) -> CiEvidence:
    """Ask the code host, when there is one."""
    if host is None:
        why = "there is no token, or no repository on a code host"
        return CiEvidence((), (NotLooked("CI state", why),))
    try:
        return CiEvidence(tuple(sorted(host.checks(head))))
    except CodeHostError as error:
        return CiEvidence((), (NotLooked("CI state", error.message),))
