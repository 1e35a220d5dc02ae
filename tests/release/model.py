"""The promotion protocol as a small system that can be searched to its end.

Each release is a process that takes one step at a time: it reads one image, writes one tag, or dies and is
started anew. What it does after reading everything is decided by ``lifecycle.classify`` and
``lifecycle.TABLE``, the very functions that promotion acts on. Between any two of its steps the others may
take theirs, so every interleaving is in the search.

What the model leaves out: reads that are late, outsiders that move or delete tags, candidates that are
collected. Those are played against the real code by the fault drill.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache

from tests.logic.search import Explored, System, explore
from wholeship.core.digest import Digest
from wholeship.core.reference import Repository, Tag
from wholeship.release.lifecycle import TABLE, Move, State, classify
from wholeship.release.stages.results import Seen


class Order(StrEnum):
    """In which order a release writes its tags."""

    AT_ONCE = "siblings at the same time, the watched image last"  # what promotion does
    ONE_BY_ONE = "siblings one by one, the watched image last"
    REVERSED = "siblings one by one from the other end, the watched image last"
    ANY = "any image at any time, unread"  # how pipelines push in parallel: nothing of ours


@dataclass(frozen=True, slots=True)
class Setting:
    """What is searched: one process for each of ``tags`` (its deploy tag), on one registry."""

    tags: tuple[str, ...] = ("a",)
    write_once: bool = False
    crashes: int = 0
    lost: int = 0
    barrier: bool = True
    images: int = 3
    followed: int = 1
    """The last so many images are followed, and are written in their order."""
    orders: tuple[Order, ...] = ()

    def order(self, who: int) -> Order:
        """How release *who* writes."""
        return self.orders[who] if who < len(self.orders) else Order.AT_ONCE

    def siblings(self, who: int) -> tuple[int, ...]:
        """The siblings in the order in which *who* writes them."""
        plain = tuple(range(self.images - self.followed))
        return plain[::-1] if self.order(who) is Order.REVERSED else plain

    @property
    def watched(self) -> tuple[int, ...]:
        """The images that controllers follow."""
        return tuple(range(self.images - self.followed, self.images))


class At(StrEnum):
    """Where a process stands."""

    LOOK = "look"
    BIND = "bind"
    BARRIER = "barrier"
    COMMIT = "commit"
    CONFIRM = "confirm"
    PUBLISHED = "published"
    REFUSED = "refused"
    HALF = "half"  # it says that half a release is visible
    PUSH = "push"  # of Order.ANY


class Reply(StrEnum):
    """What the last write said."""

    NONE = ""
    ACCEPTED = "accepted"
    LOST = "lost"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Process:
    """One release under way. ``saw`` is what it has read in this look; ``writes`` are the images that it
    has still to write, or to read back; ``beaten``: it has found another's content in its place."""

    at: At = At.LOOK
    saw: tuple[int | None, ...] = ()
    writes: tuple[tuple[int, Reply], ...] = ()
    beaten: bool = False


@dataclass(frozen=True, slots=True)
class World:
    """Everything at one moment. ``tags``: for each tag and image, whose content it has; None: not bound."""

    processes: tuple[Process, ...]
    tags: tuple[tuple[str, tuple[int | None, ...]], ...]
    crashes: int
    lost: int

    def bound(self, tag: str) -> tuple[int | None, ...]:
        """Whose content each image has under *tag*."""
        return dict(self.tags)[tag]

    def with_bound(self, tag: str, image: int, who: int) -> World:
        """After a write."""
        row = list(self.bound(tag))
        row[image] = who
        changed = {**dict(self.tags), tag: tuple(row)}
        return replace(self, tags=tuple(changed.items()))

    def with_process(self, who: int, process: Process) -> World:
        """After a step of *who*."""
        return replace(self, processes=(*self.processes[:who], process, *self.processes[who + 1 :]))


Steps = Iterator[tuple[str, World]]


def system(setting: Setting) -> System[World]:
    """*setting*, to be explored."""
    empty: tuple[int | None, ...] = (None,) * setting.images
    start = tuple(
        Process(At.PUSH, writes=tuple((image, Reply.NONE) for image in range(setting.images)))
        if setting.order(who) is Order.ANY
        else Process()
        for who in range(len(setting.tags))
    )
    first = World(
        start, tuple((tag, empty) for tag in dict.fromkeys(setting.tags)), setting.crashes, setting.lost
    )
    return System((first,), lambda world: _steps(setting, world))


def check(setting: Setting) -> Explored[World]:
    """Search *setting* for a moment at which somebody sees half a release, or is told a lie."""
    claims: Mapping[str, Callable[[World], bool]] = {
        "never half": lambda world: never_half(setting, world),
        "never a false yes": lambda world: never_false_yes(setting, world),
    }
    return explore(system(setting), always=claims, sometimes={"published": lambda w: published(setting, w)})


def never_half(setting: Setting, world: World) -> bool:
    """Wherever a watched tag is bound, every image that nobody follows has the same release's content, and so
    have the followed ones that are written before it."""

    def kept(row: tuple[int | None, ...]) -> bool:
        return all(row[at] is None or set(row[: at + 1]) == {row[at]} for at in setting.watched)

    return all(kept(row) for _, row in world.tags)


def never_false_yes(setting: Setting, world: World) -> bool:
    """Who says that it has published is whole at that moment, or has been overwritten by another."""
    return all(
        process.at is not At.PUBLISHED or None not in world.bound(setting.tags[who])
        for who, process in enumerate(world.processes)
    )


def published(setting: Setting, world: World) -> bool:
    """At least one release is out, whole."""
    return any(
        process.at is At.PUBLISHED and set(world.bound(setting.tags[who])) == {who}
        for who, process in enumerate(world.processes)
    )


def burnt(setting: Setting, found: Explored[World]) -> bool:
    """Whether it can end with nobody out, everybody refused and a tag used up."""
    return any(
        all(process.at is At.REFUSED for process in world.processes)
        and any(any(owner is not None for owner in row) for _, row in world.tags)
        for world in found.ends
    )


_ORDERED = (Order.ONE_BY_ONE, Order.ONE_BY_ONE)

SETTINGS: Mapping[str, Setting] = {
    "one release, 2 deaths, 2 lost replies": Setting(crashes=2, lost=2),
    "the same without the barrier": Setting(crashes=2, lost=2, barrier=False),
    "images pushed when they are ready, as pipelines do": Setting(orders=(Order.ANY,)),
    "two releases, different tags, 2 deaths, 2 lost replies": Setting(("a", "b"), crashes=2, lost=2),
    "two releases, one tag, tags can be overwritten": Setting(("a", "a")),
    "two releases, one tag, tags are written once": Setting(("a", "a"), write_once=True, crashes=1, lost=1),
    "the same, siblings one by one": Setting(("a", "a"), write_once=True, crashes=1, lost=1, orders=_ORDERED),
    "the same, one of them from the other end": Setting(
        ("a", "a"), write_once=True, crashes=1, lost=1, orders=(Order.ONE_BY_ONE, Order.REVERSED)
    ),
    "three releases, two share a tag, tags are written once": Setting(("a", "a", "b"), write_once=True),
    "three releases, different tags": Setting(("a", "b", "c")),
    "two followed images, 2 deaths, 2 lost replies": Setting(images=4, followed=2, crashes=2, lost=2),
    "two releases, different tags, two followed images": Setting(("a", "b"), images=4, followed=2, crashes=1),
    "two releases, one tag, written once, two followed images": Setting(
        ("a", "a"), write_once=True, images=4, followed=2, crashes=1
    ),
}
"""What the documentation tells of, by name."""


# -- the steps of one process -------------------------------------------------------------------------


def _steps(setting: Setting, world: World) -> Steps:
    for who, process in enumerate(world.processes):
        act = _ACTS.get(process.at)
        if act is None:
            continue
        for step, after in act(setting, world, who, process):
            yield f"{who + 1}: {step}", after
        fresh = Process()
        if world.crashes and process != fresh and setting.order(who) is not Order.ANY:
            dead = replace(world.with_process(who, fresh), crashes=world.crashes - 1)
            yield f"{who + 1}: dies, and is started anew", dead


def _look(setting: Setting, world: World, who: int, process: Process) -> Steps:
    """Read one more image; after the last, do what the table says."""
    after, saw = _read(setting, world, who, process)
    if len(saw) == setting.images:
        after = after.with_process(who, _decided(setting, who, saw))
    yield f"reads {_name(setting, len(saw) - 1)}", after


def _decided(setting: Setting, who: int, saw: tuple[int | None, ...]) -> Process:
    state = _state(saw, who, setting.followed)
    move = TABLE[state][0]
    if move is Move.BIND_SIBLINGS:
        absent = tuple(image for image in setting.siblings(who) if saw[image] is None)
        return Process(At.BIND, writes=tuple((image, Reply.NONE) for image in absent))
    if move is Move.COMMIT:
        return Process(At.BARRIER) if setting.barrier else _committing(setting, saw)
    return Process(_end_of(state))


def _committing(setting: Setting, saw: tuple[int | None, ...] = ()) -> Process:
    """The followed images that were not there, one after the other."""
    absent = [image for image in setting.watched if not saw or saw[image] is None]
    return Process(At.COMMIT, writes=tuple((image, Reply.NONE) for image in absent))


def _end_of(state: State) -> At:
    if state is State.PUBLISHED:
        return At.PUBLISHED
    return At.REFUSED if Move.REFUSE in TABLE[state] else At.HALF


def _bind(setting: Setting, world: World, who: int, process: Process) -> Steps:
    """Write a sibling that is left, or read back one that was written."""
    at_once = setting.order(who) is Order.AT_ONCE
    for write in process.writes if at_once else process.writes[:1]:
        yield from _written(setting, world, who, process, write)


def _barrier(setting: Setting, world: World, who: int, process: Process) -> Steps:
    after, saw = _read(setting, world, who, process)
    if len(saw) == setting.images:
        state = _state(saw, who, setting.followed)
        if state in (State.READY, State.PARTLY_OUT):
            after = after.with_process(who, _committing(setting, saw))
        elif state is State.PUBLISHED:
            after = after.with_process(who, Process(At.CONFIRM))
        else:
            after = after.with_process(who, Process(_end_of(state)))
    yield f"reads {_name(setting, len(saw) - 1)} again", after


def _commit(setting: Setting, world: World, who: int, process: Process) -> Steps:
    yield from _written(setting, world, who, process, process.writes[0])


def _confirm(setting: Setting, world: World, who: int, process: Process) -> Steps:
    after, saw = _read(setting, world, who, process)
    if len(saw) == setting.images:
        after = after.with_process(who, Process(_end_of(_state(saw, who, setting.followed))))
    yield f"confirms {_name(setting, len(saw) - 1)}", after


def _push(setting: Setting, world: World, who: int, process: Process) -> Steps:
    """What a pipeline does that pushes every image when it is ready."""
    for image, reply in process.writes:
        left = tuple(write for write in process.writes if write != (image, reply))
        following = Process(At.PUSH if left else At.PUBLISHED, writes=left)
        written = world.with_bound(setting.tags[who], image, who)
        yield f"pushes {_name(setting, image)}", written.with_process(who, following)


Pending = tuple[int, Reply]


def _written(setting: Setting, world: World, who: int, process: Process, write: Pending) -> Steps:
    image, reply = write
    if reply is Reply.NONE:
        yield from _write(setting, world, who, process, image)
        return
    name, owner = _name(setting, image), world.bound(setting.tags[who])[image]
    if owner is None:
        again = _replied(process, write, Reply.NONE)
        yield f"reads back {name}: not there", world.with_process(who, again)
        return
    left = tuple(other for other in process.writes if other != write)
    following = replace(process, writes=left, beaten=process.beaten or owner != who)
    said = f"reads back {name}" + ("" if owner == who else ": another's")
    yield said, world.with_process(who, _next(setting, who, following))


def _write(setting: Setting, world: World, who: int, process: Process, image: int) -> Steps:
    tag, name = setting.tags[who], _name(setting, image)
    write = (image, Reply.NONE)
    if setting.write_once and world.bound(tag)[image] is not None:
        yield f"writes {name}: refused", world.with_process(who, _replied(process, write, Reply.REFUSED))
        return
    written = world.with_bound(tag, image, who)
    yield f"writes {name}", written.with_process(who, _replied(process, write, Reply.ACCEPTED))
    if world.lost:
        waiting, less = _replied(process, write, Reply.LOST), world.lost - 1
        yield f"writes {name}, hears nothing", replace(written.with_process(who, waiting), lost=less)
        yield f"writes {name}, nothing arrives", replace(world.with_process(who, waiting), lost=less)


def _replied(process: Process, write: Pending, reply: Reply) -> Process:
    writes = tuple((image, reply) if (image, old) == write else (image, old) for image, old in process.writes)
    return replace(process, writes=writes)


def _next(setting: Setting, who: int, process: Process) -> Process:
    """After a write that was read back. Writes that were begun at the same time all come to their end."""
    at_once = setting.order(who) is Order.AT_ONCE and process.at is not At.COMMIT
    if process.beaten and (not process.writes or not at_once):
        return Process(At.REFUSED)
    if process.writes:
        return process
    if process.at is At.COMMIT:
        return Process(At.CONFIRM)
    return Process(At.BARRIER) if setting.barrier else _committing(setting)


def _read(setting: Setting, world: World, who: int, process: Process) -> tuple[World, tuple[int | None, ...]]:
    saw = (*process.saw, world.bound(setting.tags[who])[len(process.saw)])
    return world.with_process(who, replace(process, saw=saw)), saw


_ACTS: Mapping[At, Callable[[Setting, World, int, Process], Steps]] = {
    At.LOOK: _look,
    At.BIND: _bind,
    At.BARRIER: _barrier,
    At.COMMIT: _commit,
    At.CONFIRM: _confirm,
    At.PUSH: _push,
}
"""A process that stands elsewhere has ended."""


# -- words of the lifecycle ---------------------------------------------------------------------------


def _name(setting: Setting, image: int) -> str:
    if image not in setting.watched:
        return f"sibling {image + 1}"
    number = f" {setting.watched.index(image) + 1}" if setting.followed > 1 else ""
    return f"the watched image{number}"


@cache
def _state(saw: tuple[int | None, ...], who: int, followed: int) -> State:
    """What the real classification makes of what *who* has read."""
    seen = [_seen(image, owner, who) for image, owner in enumerate(saw)]
    return classify(seen[-followed:], seen[:-followed])


def _seen(image: int, owner: int | None, who: int) -> Seen:
    found = None if owner is None else Digest.of(f"{image} of {owner}".encode())
    expected = Digest.of(f"{image} of {who}".encode())
    repository = Repository("model.invalid", f"image-{image}")
    return Seen(repository.path, repository, Tag("t"), expected, found, listed=found is not None)
