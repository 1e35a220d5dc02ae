"""What a controller makes of a repository as it is, and would make of one more tag."""

from __future__ import annotations

from collections.abc import Sequence

from wholeship.core.values import dataclass
from wholeship.gitops.election import Broken, Elected, Election, Undecided, Unknown
from wholeship.gitops.elector import (
    Accident,
    Elector,
    Elects,
    Reason,
    Refuses,
    accidents,
    candidates_are_safe,
)


@dataclass(frozen=True, slots=True)
class Outlook:
    """One policy over one listing.

    ``considered`` counts the tags the policy looks at at all. ``fallback`` is what would be elected if
    the elected tag were deleted: for Flux, deleting a tag is a roll-back. ``after`` is the judgement on
    the tag that was asked about, None without one.
    """

    tags: int
    considered: int
    now: Election
    fallback: Election | None
    after: Elects | Refuses | None
    accidents: tuple[Accident, ...]
    candidates_safe: bool

    @property
    def answer(self) -> bool | None:
        """Whether the controller does what a release needs; None: it cannot be told from tag names.

        With a tag: it would be elected. Without: there is one winner, and it is no stray.
        """
        if self.after is not None:
            unknown = isinstance(self.after, Refuses) and self.after.reason is Reason.UNKNOWN
            return None if unknown else isinstance(self.after, Elects)
        if isinstance(self.now, Unknown):
            return None
        if isinstance(self.now, Broken | Undecided):
            return False
        return not isinstance(self.now, Elected) or not self.strayed

    @property
    def strayed(self) -> bool:
        """Whether what is elected now is a tag nobody means to deploy."""
        return isinstance(self.now, Elected) and any(
            one.tag == self.now.tag for one in self.accidents if one.visible
        )


def outlook(elector: Elector, visible: Sequence[str], tag: str | None = None) -> Outlook:
    """What *elector* makes of the *visible* tags, and of *tag* if it became visible beside them."""
    now = elector.now(visible)
    fallback = None
    if isinstance(now, Elected):
        fallback = elector.now([other for other in visible if other != now.tag])
    return Outlook(
        tags=len(visible),
        considered=sum(not elector.objection(one) for one in visible),
        now=now,
        fallback=fallback,
        after=elector.judge(visible, tag) if tag is not None else None,
        accidents=accidents(elector, visible),
        candidates_safe=candidates_are_safe(elector),
    )
