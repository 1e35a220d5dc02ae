"""What is out there: one release, or all of them, told from the registry alone.

For a release that wholeship made, the record says which digests belong together. For one made by others
there is no such list; then a release is whole when every image has the tag and nothing in the images
speaks against their belonging together (the same revision, every platform of the siblings).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import field, replace
from enum import StrEnum
from functools import cache, partial

from wholeship.core.digest import Digest
from wholeship.core.errors import RegistryError, Unfinished
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.core.wording import counted
from wholeship.release.depth import Flaw, inspect
from wholeship.release.lifecycle import HALF, State, classify
from wholeship.release.observe import at_once, each_at_once, parted
from wholeship.release.order import Elector, PatternElector, key
from wholeship.release.plan import CANDIDATE
from wholeship.release.ports import Registry
from wholeship.release.record import RECORD, Record, fetch_record
from wholeship.release.source import mixed
from wholeship.release.stages.results import Seen

REVISION = "org.opencontainers.image.revision"
DEPTH = 20
"""How many of the newest tags are looked at, where nobody says."""


class Whole(StrEnum):
    """The four answers."""

    WHOLE = "whole"
    HALF = "half"
    ABSENT = "absent"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Member:
    """One image to look for, without a plan."""

    name: str
    repository: Repository


@dataclass(frozen=True, slots=True)
class Found:
    """One image of a release as it is in the registry.

    ``problem``: what could not be found out, or, where it is ``broken``, what is known to be missing.
    """

    image: str
    repository: Repository
    digest: Digest | None
    listed: bool
    platforms: tuple[Platform, ...] = ()
    revision: str = ""
    created: str = ""
    problem: str = ""
    broken: bool = False

    @property
    def doubt(self) -> str:
        """What could not be found out; empty when all is known, be it good or bad."""
        return "" if self.broken else self.problem


@dataclass(frozen=True, slots=True)
class Provenance:
    """When a release was made, from what, and by which run of a CI; empty texts: nobody says. ``signers``:
    who signed what is stated of it, by its record."""

    created: str = ""
    commit: str = ""
    branch: str = ""
    run_url: str = ""
    dirty: bool = False
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What a release changed against the whole one before it, ``since``: images of ``new`` bytes, and images
    that are the ``same``; the two commits, where they are known."""

    since: str
    from_commit: str
    to_commit: str
    new: tuple[str, ...]
    same: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Status:
    """What is known about one tag."""

    tag: str
    answer: Whole
    state: State | None
    images: tuple[Found, ...]
    remarks: tuple[str, ...]
    by_record: bool
    made: Provenance = field(default_factory=Provenance)


@dataclass(frozen=True, slots=True)
class Overview:
    """All releases: the newest whole one with its ``change`` against the whole one before it, and everything
    that is half."""

    newest_whole: Status | None
    half: tuple[Status, ...]
    looked_at: int
    tags: int
    elected: str = ""
    remarks: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    change: Change | None = None

    @property
    def answer(self) -> Whole:
        """Half when anything is, unknown when anything may be; else whether there is a whole release."""
        if self.half:
            return Whole.HALF
        if self.unknown:
            return Whole.UNKNOWN
        return Whole.WHOLE if self.newest_whole else Whole.ABSENT


class RegistryLook:
    """One look at a registry for many tags: each repository is listed once, each image inspected once."""

    def __init__(self, registry: Registry) -> None:
        self.registry = registry
        self.tags = cache(registry.tags)
        self.inspect = cache(partial(inspect, registry))

    def lists(self, repository: Repository, tag: Tag, *, found: bool) -> bool:
        """Whether *repository* lists *tag*.

        A listing that contradicts what was *found* may be from before somebody wrote or deleted: it is asked
        for again.
        """
        listed = tag in self.tags(repository)
        return listed if listed == found else tag in self.registry.tags(repository)


def release_status(
    registry: Registry,
    members: Sequence[Member],
    followed: tuple[str, ...],
    tag: Tag,
    *,
    record_home: Repository | None = None,
    record: Record | None = None,
    look: RegistryLook | None = None,
) -> Status:
    """What *tag* is; the record (given, or stored beside the images) says which digests are right.

    *look* has what was asked already, where several tags are looked at.
    """
    look = look or RegistryLook(registry)
    remarks: list[str] = []
    unread: list[str] = []

    def stored() -> Record | None:
        if record is not None or record_home is None:
            return record
        try:
            return fetch_record(registry, record_home, tag, listed=look.tags(record_home))
        except Unfinished as error:
            unread.append(error.message)
            return None

    record, found = at_once(stored, lambda: each_at_once(lambda member: _find(look, member, tag), members))
    for said in unread:
        same = any(f.problem == said for f in found)
        remarks.append(f"the release record cannot be used{', for the same reason' if same else f': {said}'}")
    if record is not None:
        plan = record.plan
        made = Provenance(plan.created, plan.commit, plan.branch, plan.run_url, plan.dirty, record.signers)
        return replace(_by_record(tag, found, followed, record, remarks), made=made)
    leader = next(f for f in found if f.image == followed[-1])
    made = Provenance(leader.created, leader.revision.removesuffix("-dirty"))
    return replace(_by_looks(tag, found, followed, remarks), made=made)


def overview(
    registry: Registry,
    members: Sequence[Member],
    followed: tuple[str, ...],
    *,
    pattern: str = "",
    elector: Elector | None = None,
    record_home: Repository | None = None,
    depth: int | None = None,
    look: RegistryLook | None = None,
) -> Overview:
    """The newest whole release and anything half among the newest tags of all images.

    A complete-tuple search: the newest tag is not enough, because one image may be ahead of the others. Of
    the newest :data:`DEPTH` tags those are looked into that :class:`_Search` names; the others are judged by
    the listings alone. With *depth* that many are, each of them.
    """
    look = look or RegistryLook(registry)
    listings = dict(each_at_once(lambda m: (m.name, look.tags(m.repository)), members))
    if record_home is not None:
        with suppress(RegistryError):  # each tag says that there is no record then
            look.tags(record_home)
    names = {
        t for tags in listings.values() for t in tags if not t.startswith((CANDIDATE, RECORD, "sha256-"))
    }
    ordered = sorted(
        names, key=lambda t: (key(pattern, t) is not None, key(pattern, t) or (), t), reverse=True
    )
    fitting = [t for t in ordered if key(pattern, t) is not None] or ordered
    newest = fitting[: depth or DEPTH]
    judge = elector or PatternElector(pattern)
    visible = listings[followed[-1]]
    elected = next((t for t in newest if t in visible and judge.opinion(t, visible).wins == t), "")
    search = _Search(
        lambda name: release_status(
            registry, members, followed, Tag(name), record_home=record_home, look=look
        ),
        listings,
        followed,
    )
    found = search.all_of(newest) if depth else search.by_need(newest, elected)
    by_answer = {answer: [one for one in found if one.answer is answer] for answer in Whole}
    whole, unknown = by_answer[Whole.WHOLE], by_answer[Whole.UNKNOWN]
    remarks = [f"only the newest {len(newest)} of {len(fitting)} tags were looked at"]
    remarks = remarks if len(fitting) > len(newest) else []
    if len(found) < len(newest):
        listed = counted(len(newest) - len(found), "older tag")
        remarks.append(
            f"of {listed} the lists of tags alone were compared (to look into each: --depth {len(newest)})"
        )
    remarks += [f"could not find out what {one.tag} is: {_trouble(one)}" for one in unknown]
    return Overview(
        whole[0] if whole else None,
        tuple(by_answer[Whole.HALF]),
        len(newest),
        len(names),
        elected,
        tuple(remarks),
        tuple(s.tag for s in unknown),
        _change(whole[0], whole[1]) if len(whole) > 1 else None,
    )


@dataclass(frozen=True, slots=True)
class _Search:
    """Which tags are looked into, newest first: what is asked of each is a request for each image and more.

    These have to be: all from the newest down to the second whole release (what a controller goes to next,
    and what the newest whole one changed); the one that a controller elects, wherever it stands; and each
    that some followed image lists and another image does not. What else is older is not half by the listings,
    and no controller goes there.
    """

    look_into: Callable[[str], Status]
    listings: Mapping[str, Sequence[str]]
    followed: tuple[str, ...]

    def all_of(self, names: Sequence[str]) -> list[Status]:
        """Every one of *names*."""
        return each_at_once(self.look_into, names, workers=8)

    def by_need(self, names: Sequence[str], elected: str) -> list[Status]:
        """Those of *names* that have to be looked into, in their order."""
        found: list[Status] = []
        while len(found) < len(names) and (lacking := 2 - _whole_among(found)) > 0:
            # The first by itself: what it shares with the others is then known, and asked for once.
            found += self.all_of(names[len(found) : len(found) + (lacking if found else 1)])
        shown = {name: frozenset(tags) for name, tags in self.listings.items()}
        return found + self.all_of(
            [name for name in names[len(found) :] if name == elected or self._is_uneven(name, shown)]
        )

    def _is_uneven(self, name: str, shown: Mapping[str, frozenset[str]]) -> bool:
        """Whether a followed image lists it, and not all do."""
        lists = {image for image, tags in shown.items() if name in tags}
        return len(lists) < len(shown) and not lists.isdisjoint(self.followed)


def _whole_among(found: Sequence[Status]) -> int:
    return sum(one.answer is Whole.WHOLE for one in found)


def _change(newest: Status, before: Status) -> Change:
    """What *newest* changed against the whole release *before* it, image by image."""
    was = {found.image: found.digest for found in before.images}
    same = tuple(f.image for f in newest.images if f.digest is not None and was.get(f.image) == f.digest)
    new = tuple(f.image for f in newest.images if f.image not in same)
    return Change(before.tag, before.made.commit, newest.made.commit, new, same)


def _trouble(status: Status) -> str:
    return next((f"{f.image}: {f.problem}" for f in status.images if f.problem), "no answer")


def _find(look: RegistryLook, member: Member, tag: Tag) -> Found:
    try:
        manifest, _ = at_once(
            lambda: look.registry.manifest(member.repository, tag), lambda: look.tags(member.repository)
        )
        listed = look.lists(member.repository, tag, found=manifest is not None)
        if manifest is None:
            return Found(member.name, member.repository, None, listed)
        seen = look.inspect(member.repository, manifest)
    except RegistryError as error:
        return Found(member.name, member.repository, None, False, problem=error.message)
    return Found(
        member.name,
        member.repository,
        manifest.digest,
        listed,
        seen.platforms,
        seen.annotations.get(REVISION, ""),
        seen.annotations.get("org.opencontainers.image.created", ""),
        problem=_unpullable(seen.flaws),
        broken=bool(seen.flaws),
    )


def _unpullable(flaws: Sequence[Flaw]) -> str:
    if not flaws:
        return ""
    more = f", and {counted(len(flaws) - 1, 'more part')}" if len(flaws) > 1 else ""
    return f"it cannot be pulled: {flaws[0].text}{more}"


def _by_record(
    tag: Tag, found: list[Found], followed: tuple[str, ...], record: Record, remarks: list[str]
) -> Status:
    expected: Mapping[str, Digest] = {name: c.digest for name, c in record.candidates.items()}
    seen = [
        Seen(f.image, f.repository, tag, expected.get(f.image), f.digest, f.listed, problem=f.doubt)
        for f in found
    ]
    state = classify(*parted(seen, followed))
    wanted = {image.name: set(image.platforms) for image in record.plan.images}
    for f in found:
        lacking = wanted.get(f.image, set()) - set(f.platforms) if f.digest else set()
        if lacking:
            remarks.append(f"{f.image} lacks {', '.join(sorted(map(str, lacking)))}")
    others = mixed(record.plan, record.candidates)
    if others and state in (State.PUBLISHED, State.LAG):
        state = State.MIXED
    remarks += others
    answer = _answer_of_state(state)
    if answer is Whole.WHOLE and (any(" lacks " in r for r in remarks) or any(f.broken for f in found)):
        answer = Whole.HALF
    return Status(tag, answer, state, tuple(found), tuple(remarks), True)


def _answer_of_state(state: State) -> Whole:
    if state in (State.PUBLISHED, State.LAG):
        return Whole.WHOLE
    if state in HALF or state is State.FOREIGN:
        return Whole.HALF
    return Whole.UNKNOWN if state is State.UNKNOWN else Whole.ABSENT


def _by_looks(tag: Tag, found: list[Found], followed: tuple[str, ...], remarks: list[str]) -> Status:
    """Without a record: what speaks against the images belonging together is said, and makes it half."""
    images = tuple(found)
    if any(f.doubt for f in found):
        problems = [f"{f.image}: {f.doubt}" for f in found if f.doubt and f.doubt != f.problem]
        return Status(tag, Whole.UNKNOWN, State.UNKNOWN, images, (*remarks, *problems), False)
    leaders = [f for f in found if f.image in followed]
    shown = [f for f in leaders if f.digest is not None or f.listed]
    missing = [f.image for f in found if f.digest is None and f.image not in followed]
    if not shown:
        state = State.READY if not missing else State.HIDDEN_PARTIAL
        state = State.NOT_STARTED if len(missing) == len(found) - len(leaders) and missing else state
        return Status(tag, Whole.ABSENT, state, images, tuple(remarks), False)
    ghosts = [f.image for f in shown if f.digest is None]
    if ghosts:
        remarks.append(f"{', '.join(ghosts)} lists {tag}, which does not resolve")
        return Status(tag, Whole.HALF, State.GHOST, images, tuple(remarks), False)
    broken = [f"{f.image}: {f.problem}" for f in found if f.broken]
    if broken:
        return Status(tag, Whole.HALF, State.BROKEN_VISIBLE, images, (*remarks, *broken), False)
    later = [f.image for f in leaders if f not in shown]
    if missing or later:
        remarks.append(f"{', '.join([*missing, *later])} has no {tag}")
        state = State.BROKEN_VISIBLE if missing else State.PARTLY_OUT
        return Status(tag, Whole.HALF, state, images, tuple(remarks), False)
    revisions = {f.revision for f in found if f.revision}
    if len(revisions) > 1:
        told = ", ".join(f"{f.image} {f.revision[:12]}" for f in found)
        remarks.append(f"the images are of different commits: {told}")
        return Status(tag, Whole.HALF, State.MIXED, images, tuple(remarks), False)
    gaps = _gaps(found)
    if gaps:
        return Status(tag, Whole.HALF, State.MIXED, images, (*remarks, *gaps), False)
    if not revisions:
        remarks.append("no revision in the images: that they belong together is assumed from the tag alone")
    return Status(tag, Whole.WHOLE, State.PUBLISHED, images, tuple(remarks), False)


def _gaps(found: Sequence[Found]) -> list[str]:
    everywhere = {platform for f in found for platform in f.platforms}
    told = []
    for f in found:
        lacking = everywhere - set(f.platforms)
        if lacking:
            told.append(f"{f.image} lacks {', '.join(sorted(map(str, lacking)))}, which a sibling has")
    return told
