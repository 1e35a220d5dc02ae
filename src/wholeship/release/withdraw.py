"""Taking a published release back, as an explicit act: forward, to the last whole one before it.

Tags cannot be unpublished: many registries do not delete them, and nodes have pulled them. So the
digests of an earlier release go out again, under a newer tag, gated by the receipts they have (or anew).
Deleting the tag is a separate wish (``deletion.py``); a controller then elects the next older tag.

Aliases that name the withdrawn release go with the newer tag, as after any release: once it is out, siblings
first, and only forward. One that stands for a version the earlier release does not have stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.release.deletion import Deleted, delete
from wholeship.release.depth import inspect
from wholeship.release.memory import note_event, save
from wholeship.release.observe import each_at_once
from wholeship.release.order import Election, Elector, Opinion, key
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Ports, Registry
from wholeship.release.record import KEPT, WITHDRAWN, Record
from wholeship.release.stages.results import Candidate, Refusal, Refused
from wholeship.release.status import Member
from wholeship.release.tags import TagFields, fill


def before(tag: str, pattern: str, tags: Sequence[str]) -> tuple[str, ...]:
    """The *tags* older than *tag* by the tag pattern, newest first; :class:`BadInput` without an order."""
    mine = key(pattern, tag)
    if mine is None:
        raise BadInput(
            f"the tag pattern {pattern!r} does not say what came before {tag}",
            advice="name the release to go back to with --to TAG",
        )
    older = [(k, other) for other in tags if (k := key(pattern, other)) is not None and k < mine]
    return tuple(other for _, other in sorted(older, reverse=True))


@dataclass(frozen=True, slots=True)
class Follower:
    """An alias that names what is withdrawn. ``stays``: why it is not moved; empty: it goes along."""

    pattern: str
    alias: Tag
    stays: str = ""


def followers(
    registry: Registry,
    members: Sequence[Member],
    withdrawn: Mapping[str, Digest],
    aliases: Iterable[tuple[str, Tag]],
    earlier: TagFields | None = None,
) -> tuple[Follower, ...]:
    """Those of *aliases* (pattern and name) that name the *withdrawn* digests everywhere they are.

    *earlier* is what the release to go back to fills a pattern with; None: only plain names can be its own.
    """

    def names(alias: Tag) -> bool:
        found = each_at_once(lambda m: (m.name, registry.manifest(m.repository, alias)), members)
        bound = {name: manifest.digest for name, manifest in found if manifest is not None}
        return bool(bound) and all(withdrawn.get(name) == digest for name, digest in bound.items())

    def belongs(pattern: str, alias: Tag) -> bool:
        return alias == pattern or (earlier is not None and fill(pattern, earlier) == alias)

    return tuple(
        Follower(pattern, alias, "" if belongs(pattern, alias) else "the name is that release's own")
        for pattern, alias in dict.fromkeys(aliases)
        if names(alias)
    )


def going_along(plan: Plan, aliases: Iterable[Follower]) -> Plan:
    """*plan*, which moves those of *aliases* that do not stay, and no other.

    It has no version: going back is no release of that version. Aliases then follow the order of the deploy
    tags, in which the new one is the newest.
    """
    moving = [follower for follower in aliases if not follower.stays]
    return replace(
        plan,
        version="",
        aliases=tuple(follower.alias for follower in moving),
        alias_patterns=tuple(follower.pattern for follower in moving),
    )


def release_again(earlier: Record, tag: Tag, now: datetime, *, run_url: str = "") -> Record:
    """A new release of the very digests of *earlier*, with the receipts they have; it moves no alias."""
    plan = replace(
        going_along(earlier.plan, ()), tag=tag, created=now.strftime("%Y-%m-%dT%H:%M:%SZ"), run_url=run_url
    )
    reused = {name: replace(c, reused_from=str(earlier.plan.tag)) for name, c in earlier.candidates.items()}
    receipts = tuple(replace(r, reused_from=str(earlier.plan.tag)) for r in earlier.receipts)
    return Record(plan, reused, receipts)


def adopt(registry: Registry, plan: Plan, tag: Tag) -> Record:
    """A record of *plan* whose candidates are what *tag* points to now: for releases without a record.

    It has no receipts: the gates have to run.
    """

    def found(image: PlannedImage) -> Candidate:
        manifest = registry.manifest(image.repository, tag)
        if manifest is None:
            raise BadInput(f"{image.repository} has no {tag}", advice="name a whole release with --to TAG")
        seen = inspect(registry, image.repository, manifest)
        return Candidate(
            image.name, manifest.digest, manifest.media_type, seen.size, seen.platforms, reused_from=str(tag)
        )

    candidates = {candidate.image: candidate for candidate in each_at_once(found, plan.images)}
    return Record(plan, candidates)


def take_away(
    record: Record | None, ports: Ports, members: Sequence[Member], followed: tuple[str, ...], tag: Tag
) -> Deleted:
    """Delete *tag* everywhere, which is on *record* first: nobody puts the release out again meanwhile.

    Raises as :func:`wholeship.release.deletion.delete` does.
    """
    if record is not None:
        note_event(ports, WITHDRAWN)
        save(ports)
    deleted = delete(ports.registry, ports.clock, members, followed, tag, progress=ports.progress)
    if record is not None and not next(iter(deleted.tags.values())):
        note_event(ports, KEPT)
        save(ports)
    return deleted


@dataclass(frozen=True, slots=True)
class NothingNewer:
    """An elector for what takes *withdrawn* back: nothing that came out after it may be put in its shade.

    The new tag is the newest there is, whatever else came out, so that the usual question is not enough: who
    takes back release 2 by putting 1 out again must not take back 3 with it.
    """

    usual: Elector
    withdrawn: str

    def opinion(self, tag: str, visible: Iterable[str]) -> Opinion:
        """As the usual elector, but older than whatever is newer than the withdrawn release."""
        tags = list(visible)
        newer = newest_over(self.usual, self.withdrawn, [other for other in tags if other != tag])
        if newer:
            return Opinion(Election.OLDER, f"{newer} came out after {self.withdrawn}", newer)
        return self.usual.opinion(tag, tags)


def newest_over(elector: Elector, tag: str, visible: Iterable[str]) -> str:
    """The newest of the *visible* tags that is newer than *tag*; empty: none is, or nothing tells."""
    opinion = elector.opinion(tag, visible)
    return opinion.wins if opinion.election is Election.OLDER else ""


def not_the_newest(plan: Plan, withdrawn: str, newer: str) -> Refused:
    """Why *withdrawn* is not taken back: something *newer* is out, and would be taken back with it."""
    return Refused(
        plan,
        Refusal.NOT_NEWEST,
        f"{withdrawn} is not the newest release: {newer} is out, and an older one would come on top of it",
        f"to take back what is out now: wholeship withdraw {newer}; to go back all the same: --force-older",
    )
