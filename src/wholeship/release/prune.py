"""What old releases leave in a registry: found, named, and deleted when that is wanted.

Kept, whatever is asked for: the newest whole release and all that is newer, what the controller elects, what
an alias or a manifest still names, and one record of each release that is kept. Only tags are deleted, never
digests: what a later release reuses stays. A deploy tag goes as in a withdrawal, the watched image's first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, timedelta
from functools import partial

from wholeship.core.clock import Clock
from wholeship.core.errors import RegistryError, Unfinished
from wholeship.core.progress import Progress
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.release.deletion import delete
from wholeship.release.observe import each_at_once
from wholeship.release.order import Election, Elector, key
from wholeship.release.plan import CANDIDATE
from wholeship.release.ports import Registry
from wholeship.release.record import RECORD, fetch_record, leave_record, recorded, revisions
from wholeship.release.status import Member, Whole, release_status

DELETIONS = 8
"""Releases deleted at a time: each waits until nobody sees it."""


@dataclass(frozen=True, slots=True)
class PruneSettings:
    """What is kept: the newest ``keep`` releases, and those that are not ``older_than`` (None: no matter)."""

    keep: int = 20
    older_than: timedelta | None = None
    named: Callable[[str], str] = field(default=lambda tag: "")
    """Where else a tag is named, in words; empty: nowhere that is known."""


@dataclass(frozen=True, slots=True)
class Pruning:
    """What would go: ``releases`` by deploy tag, oldest first; ``records`` and ``candidates`` as
    repository and tag. ``kept`` says why an old release stays; ``remarks`` what could not be judged."""

    releases: tuple[Tag, ...] = ()
    records: tuple[tuple[Repository, Tag], ...] = ()
    candidates: tuple[tuple[Repository, Tag], ...] = ()
    kept: Mapping[str, str] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        """Whether there is nothing to delete."""
        return not (self.releases or self.records or self.candidates)


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted, as ``repository:tag``, and what ``stays`` although it was to go, with the reason."""

    deleted: tuple[str, ...]
    stays: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shelves:
    """Where releases are: their images, the watched one, and where records are left."""

    registry: Registry
    members: Sequence[Member]
    followed: tuple[str, ...]
    pattern: str
    home: Repository | None

    def leader(self) -> Member:
        """The watched image."""
        return next(member for member in self.members if member.name == self.followed[-1])


def find_prunable(shelves: Shelves, elector: Elector, settings: PruneSettings, now: datetime) -> Pruning:
    """What old releases left that nobody needs; nothing is touched. Raises ``RegistryError``."""
    registry = shelves.registry
    listings = dict(each_at_once(lambda m: (m.name, registry.tags(m.repository)), shelves.members))
    beside = registry.tags(shelves.home) if shelves.home is not None else ()
    records = recorded(beside)
    shown = {t for tags in listings.values() for t in tags}
    fitting = [t for t in {*shown, *records} if key(shelves.pattern, t) is not None]
    ordered = sorted(fitting, key=lambda t: (key(shelves.pattern, t) or (), t), reverse=True)
    newest = _newest_whole(shelves, [t for t in ordered if t in listings[shelves.followed[-1]]])
    candidates = _old_candidates(shelves, listings, newest)
    if newest is None:
        told = "no whole release was found: nothing is known to be out of use"
        return Pruning(records=_spare(shelves, beside, records), remarks=(told,))
    opinion = elector.opinion(newest, listings[shelves.followed[-1]])
    if opinion.election not in (Election.ELECTED, Election.OLDER, Election.TIE):
        told = f"what the controller elects cannot be told: {opinion.reason}"
        return Pruning((), _spare(shelves, beside, records), candidates, remarks=(told,))
    elected = frozenset(opinion.wins.split(" or "))
    kept, going = {}, []
    for tag in ordered[max(settings.keep, ordered.index(newest) + 1) :]:
        why = _why_kept(shelves, tag, listings, settings, now, elected=elected)
        if why:
            kept[tag] = why
        else:
            going.append(Tag(tag))
    gone = {str(tag) for tag in going}
    spare = _spare(shelves, beside, [tag for tag in records if tag not in gone])
    spare += _all_of(shelves, beside, gone & set(records))
    return Pruning(tuple(t for t in reversed(going) if t in shown), spare, candidates, kept)


def _newest_whole(shelves: Shelves, tags: Sequence[str]) -> str | None:
    for tag in tags:
        found = release_status(
            shelves.registry, shelves.members, shelves.followed, Tag(tag), record_home=shelves.home
        )
        if found.answer is Whole.WHOLE:
            return tag
        if found.answer is Whole.UNKNOWN:
            raise Unfinished(f"could not find out what {tag} is", advice="run the same command again")
    return None


def _why_kept(
    shelves: Shelves,
    tag: str,
    listings: Mapping[str, Sequence[str]],
    settings: PruneSettings,
    now: datetime,
    *,
    elected: frozenset[str],
) -> str:
    if tag in elected:
        return "the controller elects it"
    if place := settings.named(tag):
        return f"it is named in {place}"
    if settings.older_than is not None:
        made = _made_at(shelves, tag)
        if made is None:
            return "nothing says how old it is"
        if now - made < settings.older_than:
            return "it is not old enough"
    alias = _alias_of(shelves, tag, listings[shelves.followed[-1]])
    return f"the alias {alias} names it" if alias else ""


def _made_at(shelves: Shelves, tag: str) -> datetime | None:
    """When the release was made, by its record or its watched image."""
    record = fetch_record(shelves.registry, shelves.home, tag) if shelves.home is not None else None
    created = record.plan.created if record is not None else ""
    if not created:
        leader = [shelves.leader()]
        created = release_status(shelves.registry, leader, shelves.followed[-1:], Tag(tag)).images[0].created
    try:
        made = datetime.fromisoformat(created)
    except ValueError:
        return None
    return made if made.tzinfo else None


def _alias_of(shelves: Shelves, tag: str, tags: Iterable[str]) -> str:
    """A tag of the watched image that is no deploy tag and has the same digest; empty: there is none."""
    registry, repository = shelves.registry, shelves.leader().repository
    mine = registry.manifest(repository, Tag(tag))
    if mine is None:
        return ""
    ours = (CANDIDATE, RECORD, "sha256-")
    others = [t for t in tags if key(shelves.pattern, t) is None and not t.startswith(ours)]
    found = each_at_once(lambda t: (t, registry.manifest(repository, Tag(t))), others)
    return next((t for t, manifest in found if manifest is not None and manifest.digest == mine.digest), "")


def _old_candidates(
    shelves: Shelves, listings: Mapping[str, Sequence[str]], newest: str | None
) -> tuple[tuple[Repository, Tag], ...]:
    """Tags of candidates whose release is older than the newest whole one, or is it."""
    limit = key(shelves.pattern, newest) if newest is not None else None
    if limit is None:
        return ()

    def old(tag: str) -> bool:
        mine = key(shelves.pattern, tag.removeprefix(CANDIDATE)) if tag.startswith(CANDIDATE) else None
        return mine is not None and mine <= limit

    return tuple((m.repository, Tag(t)) for m in shelves.members for t in listings[m.name] if old(t))


def _spare(
    shelves: Shelves, listed: Sequence[str], tags: Iterable[str]
) -> tuple[tuple[Repository, Tag], ...]:
    """All revisions of the records of *tags* but the newest of each."""
    home = shelves.home
    if home is None:
        return ()
    return tuple((home, name) for tag in tags for _, name in revisions(listed, tag)[:-1])


def _all_of(
    shelves: Shelves, listed: Sequence[str], tags: Iterable[str]
) -> tuple[tuple[Repository, Tag], ...]:
    home = shelves.home
    if home is None:
        return ()
    return tuple((home, name) for tag in sorted(tags) for _, name in revisions(listed, tag))


def prune(shelves: Shelves, pruning: Pruning, clock: Clock, progress: Progress) -> Pruned:
    """Delete what *pruning* names, releases first. What cannot be deleted stays, and is told."""
    deleted: list[str] = []
    stays: dict[str, str] = {}

    def note(name: str, gone: bool | str) -> None:
        if gone is True:
            deleted.append(name)
        else:
            stays[name] = gone or "the registry does not delete tags"

    for told in each_at_once(
        partial(_delete_release, shelves, clock, progress), pruning.releases, workers=DELETIONS
    ):
        for name, gone in told.items():
            note(name, gone)
    merged = _merge_records(shelves, pruning)
    for repository, tag in (*pruning.candidates, *pruning.records, *merged):
        note(f"{repository}:{tag}", _unbound(shelves.registry, repository, tag))
    return Pruned(tuple(deleted), stays)


def _delete_release(shelves: Shelves, clock: Clock, progress: Progress, tag: Tag) -> Mapping[str, bool | str]:
    try:
        return delete(shelves.registry, clock, shelves.members, shelves.followed, tag, progress=progress).tags
    except Unfinished as error:
        return {str(tag): error.message}


def _merge_records(shelves: Shelves, pruning: Pruning) -> list[tuple[Repository, Tag]]:
    """Before older revisions go, the newest has to hold all that they hold: jobs side by side left one each.
    Gives what is then needed no more either."""
    home, going = shelves.home, {str(tag) for _, tag in pruning.records}
    spare: list[tuple[Repository, Tag]] = []
    if home is None:
        return spare
    listed = shelves.registry.tags(home)
    for tag in recorded(listed):
        names = [str(name) for _, name in revisions(listed, tag)]
        if names and names[-1] not in going and any(name in going for name in names):
            record = fetch_record(shelves.registry, home, tag, listed=listed)
            if record is not None and leave_record(shelves.registry, home, record) != names[-1]:
                spare.append((home, Tag(names[-1])))
    return spare


def _unbound(registry: Registry, repository: Repository, tag: Tag) -> bool | str:
    try:
        return registry.unbind(repository, tag)
    except RegistryError as error:
        return error.message
