"""What a controller would make of a release, before it is one.

The question of a release is not "which tag wins" but "if I write this tag, will it win, and will
nothing else": too early to be sure is too late to ask, because the listing of the watched tag is the
commit point. A refusal here costs nothing; the same fact found later is a frozen or rolled-back deploy.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from wholeship.core.values import dataclass
from wholeship.gitops.election import Broken, Elected, Election, Policy, Undecided, Unknown
from wholeship.gitops.flux import Scan


class Reason(StrEnum):
    """Why a tag would not roll out."""

    FROZEN = "frozen"  # the controller does not consider it: deploys stand still
    NOT_NEWER = "not-newer"  # another tag wins: it would never roll out
    TIE = "tie"  # it compares equal to another: a coin toss
    BREAKS = "breaks"  # writing it would stop the policy for every tag
    BROKEN = "broken"  # the policy cannot choose already, whatever is written
    UNKNOWN = "unknown"  # the controller decides on more than names


@dataclass(frozen=True, slots=True)
class Elects:
    """The controller would take the tag. ``instead_of`` is what it takes now, if anything."""

    tag: str
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Refuses:
    """The controller would not take the tag; ``others`` are the tags that stand in its way."""

    tag: str
    reason: Reason
    message: str
    others: tuple[str, ...] = ()
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Elector:
    """A policy and, in Flux, the scan in front of it; ``name`` is for people (``namespace/name``)."""

    policy: Policy
    scan: Scan | None = None
    name: str = ""

    def now(self, visible: Sequence[str]) -> Election:
        """What the controller elects among the *visible* tags of the watched repository."""
        return self.policy.elect(self._kept(visible))

    def judge(self, visible: Sequence[str], tag: str) -> Elects | Refuses:
        """What would happen if *tag* became visible beside *visible* (which may hold it already)."""
        before = self.now([other for other in visible if other != tag])
        if isinstance(before, Broken):
            return self._broken(tag, before)
        if objection := self.objection(tag):
            return self._objected(visible, tag, objection)
        after = self.now([*(other for other in visible if other != tag), tag])
        return self._weighed(tag, before, after)

    def objection(self, tag: str) -> str:
        """Why the controller would pass *tag* over, empty when it would look at it."""
        pattern = self.scan.excludes(tag) if self.scan is not None else None
        if pattern is not None:
            return f"the exclusionList of the scan drops it ({pattern or 'an empty pattern drops every tag'})"
        return self.policy.objection(tag)

    def _kept(self, tags: Sequence[str]) -> tuple[str, ...]:
        # A registry's listing order means nothing; without a scan, let none be read into it.
        return self.scan.keep(tags) if self.scan else tuple(sorted(set(tags)))

    def _broken(self, tag: str, broken: Broken) -> Refuses:
        advice = (
            f"delete the tag {broken.tag}, or let the policy filter it out"
            if broken.tag
            else "repair the policy in the GitOps repository first"
        )
        others = (broken.tag,) if broken.tag else ()
        return Refuses(tag, Reason.BROKEN, f"the policy cannot choose: {broken.reason}", others, advice)

    def _objected(self, visible: Sequence[str], tag: str, objection: str) -> Refuses:
        after = self.now([*visible, tag])
        if isinstance(after, Broken) and after.tag == tag:
            return Refuses(
                tag, Reason.BREAKS, f"the policy would stop working: {after.reason}", (),
                "give the release a tag in the form the policy expects",
            )  # fmt: skip
        return Refuses(
            tag, Reason.FROZEN, f"the policy does not consider it: {objection}", (),
            "make `tag:` in the release file match the policy, or the policy match the tag",
        )  # fmt: skip

    def _weighed(self, tag: str, before: Election, after: Election) -> Elects | Refuses:
        if isinstance(after, Elected) and tag in (after.tag, *after.equals) and after.equals:
            others = tuple(other for other in (after.tag, *after.equals) if other != tag)
            return _tie(tag, others, "only their order in a list would decide")
        if isinstance(after, Undecided) and tag in after.tags:
            return _tie(tag, tuple(other for other in after.tags if other != tag), after.reason)
        if isinstance(after, Elected):
            return Elects(tag, _winner(before)) if after.tag == tag else _beaten(tag, (after.tag,))
        if isinstance(after, Undecided):
            return _beaten(tag, after.tags)
        if isinstance(after, Broken):
            return Refuses(tag, Reason.BREAKS, f"the policy would stop working: {after.reason}")
        if isinstance(after, Unknown):
            return Refuses(tag, Reason.UNKNOWN, after.reason)
        return Refuses(tag, Reason.FROZEN, f"the policy elects nothing: {after.reason}")


def _winner(election: Election) -> str:
    return election.tag if isinstance(election, Elected) else ""


def _tie(tag: str, others: tuple[str, ...], why: str) -> Refuses:
    return Refuses(
        tag, Reason.TIE, f"it compares equal to {', '.join(others)}: {why}", others,
        "use a tag that no other compares equal to, for example with a sequence number in it",
    )  # fmt: skip


def _beaten(tag: str, others: tuple[str, ...]) -> Refuses:
    winner = " or ".join(others)
    return Refuses(
        tag, Reason.NOT_NEWER, f"it is not newer: {winner} wins, so it would never roll out", others,
        f"use a tag that comes after {others[-1]} in the policy's order, or take {winner} out of it",
    )  # fmt: skip


HEX = "0123456789abcdef" * 4
STRAYS: tuple[tuple[str, str], ...] = (
    ("latest", "moving alias"),
    ("main", "branch alias"),
    ("buildcache", "build cache"),
    ("cache", "build cache"),
    ("main-candidate", "candidate of a home-made pipeline"),
    ("sha-0a1b2c3", "commit alias"),
    (f"sha256-{HEX}", "referrers fallback (signatures, attestations)"),
    (f"sha256-{HEX}.sig", "cosign signature"),
    (f"sha256-{HEX}.att", "cosign attestation"),
    (f"sha256-{HEX}.sbom", "cosign SBOM"),
)
"""Tags that pipelines and tools write beside releases, and what each is."""

CANDIDATE = "wholeship-candidate-20260102-030405-000006"
"""What wholeship's own candidate tags look like, where a registry needs one."""

_PREFIXES = (
    ("sha256-", "referrers fallback or signature"),
    ("wholeship-candidate-", "wholeship candidate"),
    ("wholeship-record-", "wholeship record"),
)


class Danger(StrEnum):
    """What a stray tag would do if it appeared."""

    WINS = "wins"
    COMPETES = "competes"  # considered, though it does not win today
    BREAKS = "breaks"


@dataclass(frozen=True, slots=True)
class Accident:
    """A tag nobody means to deploy, and what the controller would do with it."""

    tag: str
    kind: str
    danger: Danger
    visible: bool


def accidents(elector: Elector, visible: Sequence[str]) -> tuple[Accident, ...]:
    """The stray tags, there or possible, that the policy does not keep out; the worst first."""
    winners, there = _winners(elector.now(visible)), set(visible)
    possible = [
        (tag, kind) for tag, kind in (*STRAYS, (CANDIDATE, "wholeship candidate")) if tag not in there
    ]
    found = [
        Accident(tag, kind, danger, tag in there)
        for tag, kind in (*_visible_strays(visible, elector.policy.follows), *possible)
        if (danger := _danger(elector, winners, tag)) is not None
    ]
    rank = [Danger.BREAKS, Danger.WINS, Danger.COMPETES]
    return tuple(sorted(found, key=lambda one: (not one.visible, rank.index(one.danger))))


def candidates_are_safe(elector: Elector) -> bool:
    """Whether the policy ignores the tags wholeship gives to candidates."""
    return _danger(elector, (), CANDIDATE) is None


def _visible_strays(visible: Sequence[str], follows: str) -> list[tuple[str, str]]:
    known = {**dict(STRAYS), CANDIDATE: "wholeship candidate"}
    found = []
    for tag in dict.fromkeys(visible):
        kind = known.get(tag) or next((kind for prefix, kind in _PREFIXES if tag.startswith(prefix)), "")
        if kind and tag != follows:
            found.append((tag, kind))
    return found


def _danger(elector: Elector, winners: Sequence[str], tag: str) -> Danger | None:
    """What *tag* does beside the *winners* of everything that is visible: losers do not matter.

    A repository may hold thousands of signatures, and an election looks at every tag it is given.
    """
    alone = elector.now([tag])
    if isinstance(alone, Broken) and alone.tag == tag:
        return Danger.BREAKS
    if not isinstance(alone, Elected | Undecided) or elector.objection(tag):
        return None
    after = elector.now([*(other for other in winners if other != tag), tag])
    return Danger.WINS if tag in _winners(after) else Danger.COMPETES


def _winners(election: Election) -> tuple[str, ...]:
    if isinstance(election, Elected):
        return (election.tag, *election.equals)
    return election.tags if isinstance(election, Undecided) else ()
