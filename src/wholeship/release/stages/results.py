"""The results of the stages. Each stage takes the one before, so the order is in the types.

Only ``gate`` makes a :class:`Cleared`, and ``promote`` takes nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from wholeship.core.digest import Digest
from wholeship.core.errors import Bug, Unfinished
from wholeship.core.platform import Platform
from wholeship.core.reference import Pinned, Repository, Tag
from wholeship.core.values import dataclass
from wholeship.release.plan import Plan
from wholeship.release.ports import Manifest


class CandidateGone(Unfinished):
    """The registry does not have (any more) what was built for *image*."""

    def __init__(self, image: str, where: str, *, advice: str = "") -> None:
        super().__init__(
            f"{image}: the registry does not have (all of) {where}",
            advice=advice or "it was collected or deleted: run wholeship release again to build it anew",
        )
        self.image = image


@dataclass(frozen=True, slots=True)
class Candidate:
    """A built image, known by digest only. Sizes in bytes (all layers of all platforms), times in seconds.

    ``inputs`` are digests by kind of what it was made from, empty when they could not be told (then it is
    never reused). ``revision`` is the commit that its own annotation names, which for a reused image is
    not the release's. ``source`` is the commit (and a digest of what was not committed) that the work tree
    was at when it was built, or found to be unchanged; empty: not known. ``started`` is when its build began
    (ISO 8601), after it had ``waited_seconds`` for a slot. ``built_on`` are the digests of the images of the
    same release that it was built from, by name.
    """

    image: str
    digest: Digest
    media_type: str
    size: int
    platforms: tuple[Platform, ...]
    builder: str = ""
    built_seconds: float = 0.0
    pushed_seconds: float = 0.0
    reused_from: str = ""
    storage_bytes: int = 0
    inputs: Mapping[str, str] = field(default_factory=dict)
    revision: str = ""
    source: str = ""
    started: str = ""
    waited_seconds: float = 0.0
    built_on: Mapping[str, tuple[Digest, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """A gate's result, bound to its definition, the exact digests and the platform it ran on."""

    gate: str
    fingerprint: Digest
    digests: Mapping[str, Digest]
    platform: str
    passed: bool
    seconds: float
    at: str
    runner: str = ""
    exit_code: int | None = None
    reused_from: str = ""


@dataclass(frozen=True, slots=True)
class Built:
    """Every image of the plan as a candidate that the registry holds, checked."""

    plan: Plan
    candidates: Mapping[str, Candidate]
    manifests: Mapping[str, Manifest] = field(compare=False)

    def pinned(self, image: str) -> Pinned:
        """The exact bytes of *image*."""
        return Pinned(self.plan.image(image).repository, self.candidates[image].digest)


_SEAL = object()


@dataclass(frozen=True, slots=True)
class Cleared:
    """Built, and every gate has passed on exactly these digests. Made by ``gate.clear`` alone."""

    built: Built
    receipts: tuple[Receipt, ...]
    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise Bug("a release was called cleared without its gates")

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.built.plan


@dataclass(frozen=True, slots=True)
class Attested:
    """Cleared, and what was stated of it lies signed beside every image. ``signers`` are those that signed
    the release's statement; ``statements`` how many of each type are there. Made by ``stages.attest`` alone.
    """

    cleared: Cleared
    signers: tuple[str, ...]
    statements: Mapping[str, int]
    seal: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.seal is not _SEAL:
            raise Bug("a release was called attested without its statements")


@dataclass(frozen=True, slots=True)
class Held:
    """At least one gate did not pass: nothing was tagged, and nothing will be."""

    built: Built
    receipts: tuple[Receipt, ...]
    reasons: tuple[str, ...]
    logs: Mapping[str, str] = field(default_factory=dict)
    tails: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Failed:
    """An image does not build: nothing was tagged, and nothing will be. ``last_words`` are the builder's."""

    plan: Plan
    image: str
    reason: str
    advice: str = ""
    last_words: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a dry run found: what would be done, in order, in words. Nothing was. ``half``: the release is
    visible now, and not whole."""

    plan: Plan
    would: tuple[str, ...]
    half: bool = False


class Refusal(StrEnum):
    """Why a promotion was refused before anything was written (or anything more)."""

    TAG_TAKEN = "tag-taken"
    NOT_ELECTED = "not-elected"
    NOT_NEWEST = "not-newest"
    CANDIDATE_GONE = "candidate-gone"
    OTHER_SOURCE = "other-source"
    WITHDRAWN = "withdrawn"
    NOT_OUT = "not-out"
    NOT_ATTESTED = "not-attested"


@dataclass(frozen=True, slots=True)
class Refused:
    """Not promoted, for a reason; the watched image is untouched."""

    plan: Plan
    refusal: Refusal
    reason: str
    advice: str = ""


class Fate(StrEnum):
    """What became of an alias."""

    MOVED = "moved"
    RIGHT = "was right"  # it named this release already
    LEFT = "left alone"  # a newer release has it
    HANDED = "left to"  # a newer release came out while it was moved, and has it now
    FIXED = "cannot be moved"  # the repository lets no tag be moved: asking again changes nothing
    FAILED = "failed"  # not moved everywhere: still to be done


@dataclass(frozen=True, slots=True)
class AliasFate:
    """What became of an alias, and ``why`` in words, where there is something to say."""

    fate: Fate
    why: str = ""

    def __str__(self) -> str:
        if not self.why:
            return str(self.fate)
        return f"{self.fate} {self.why}" if self.fate is Fate.HANDED else f"{self.fate}: {self.why}"

    @property
    def settled(self) -> bool:
        """Whether nothing was written, and nothing is left to write."""
        return self.fate in (Fate.RIGHT, Fate.LEFT, Fate.FIXED)


@dataclass(frozen=True, slots=True)
class Promoted:
    """The deploy tag is visible on every image. ``window`` is the seconds from first to last tag."""

    cleared: Cleared
    window: float
    already: bool
    aliases: Mapping[str, AliasFate]
    requests: int = 0
    written: Mapping[str, float] = field(default_factory=dict)
    """When each deploy tag was written, by image, in seconds from the start of the promotion; only those
    that were written this time."""
    seen: tuple[Seen, ...] = ()
    """What the last look after the commit found, where all of it was right and nothing was done after it;
    empty: look again."""

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.cleared.plan

    @property
    def followed_window(self) -> float:
        """Seconds from the first to the last of several followed images; 0 where there is one."""
        moments = [self.written[name] for name in self.plan.followed if name in self.written]
        return max(moments) - min(moments) if len(moments) > 1 else 0.0

    @property
    def finished(self) -> bool:
        """Whether no alias is still to move."""
        return not self.unmoved

    @property
    def unmoved(self) -> tuple[str, ...]:
        """The aliases that are still to move."""
        return tuple(alias for alias, told in self.aliases.items() if told.fate is Fate.FAILED)


@dataclass(frozen=True, slots=True)
class Seen:
    """What the registry says about one tag of one image."""

    image: str
    repository: Repository
    tag: Tag
    expected: Digest | None
    found: Digest | None
    listed: bool
    platforms: tuple[Platform, ...] = ()
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """Every tag, digest and platform was read back and is right."""

    plan: Plan
    seen: tuple[Seen, ...]


@dataclass(frozen=True, slots=True)
class Drifted:
    """Something does not hold any more; ``half`` when the watched tag is visible all the same, ``late``
    when everything resolves and a listing does not show it (yet), ``mixed`` when the images are not all made
    from the release's commit."""

    plan: Plan
    seen: tuple[Seen, ...]
    problems: tuple[str, ...]
    half: bool
    late: bool = False
    mixed: bool = False


def seal(built: Built, receipts: tuple[Receipt, ...]) -> Cleared:
    """For ``gate.clear`` only (a test checks that nobody else calls it)."""
    return Cleared(built, receipts, _SEAL)


def seal_attested(cleared: Cleared, signers: tuple[str, ...], statements: Mapping[str, int]) -> Attested:
    """For ``stages.attest`` only."""
    return Attested(cleared, signers, statements, _SEAL)
