"""Will it fit? The builder's disk, before and while images are built.

A full disk in the middle of an export is how a release ends up half done. So the figure comes first: what
earlier builds took against what is free. Where not all fits at once, fewer are built at a time and layers
go as soon as they are pushed; where not even that is enough, the release is refused before it starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from wholeship.core.errors import Unfinished
from wholeship.core.values import dataclass
from wholeship.release.plan import PlannedImage
from wholeship.release.record import Record

RESERVE = 256 * 1024 * 1024
"""Bytes left alone: journals, logs and everybody else need some."""
UNPACKED = 3
"""How much larger layers are on disk than compressed, where nothing better is known; on the safe side."""
EVERY = 0.5
"""Seconds between looks while building."""

Free = Callable[[Path | None], int]
"""Bytes left where *path* is; 0 when that cannot be told."""


class NoRoom(Unfinished):
    """The disk cannot hold what the build needs; nothing was started."""


@dataclass(frozen=True, slots=True)
class Need:
    """Bytes that building *image* takes, and how that is known."""

    image: str
    bytes: int
    source: str


@dataclass(frozen=True, slots=True)
class Room:
    """How to build in the room there is. ``discard``: free each image's layers once it is pushed."""

    width: int
    discard: bool = False
    said: str = ""


def needs_of(images: Iterable[PlannedImage], earlier: Iterable[Record]) -> tuple[Need, ...]:
    """What each image took the last time it was built here; images never seen have no entry."""
    wanted = {image.name for image in images}
    found: dict[str, Need] = {}
    for record in earlier:
        for candidate in (*record.candidates.values(), *record.legs):
            name = candidate.image
            if name not in wanted or name in found or candidate.reused_from:
                continue
            if candidate.storage_bytes:
                found[name] = Need(name, candidate.storage_bytes, f"measured for {record.plan.tag}")
            elif candidate.size:
                source = f"{UNPACKED} times its compressed size in {record.plan.tag}"
                found[name] = Need(name, candidate.size * UNPACKED, source)
    return tuple(found.values())


def room(free: int, needs: Sequence[Need], width: int, where: Path | None) -> Room:
    """How many can be built at a time with *free* bytes; :class:`NoRoom` when not even one can.

    Without a figure (``free`` 0, or no needs) the width stays as asked.
    """
    usable = free - RESERVE
    sizes = sorted((need.bytes for need in needs), reverse=True)
    if not free or not sizes or sum(sizes) <= usable:
        return Room(width)
    fitting = [n for n in range(1, min(width, len(sizes)) + 1) if sum(sizes[:n]) <= usable]
    if not fitting:
        largest = max(needs, key=lambda need: need.bytes)
        raise NoRoom(
            f"building {largest.image} takes about {_gb(largest.bytes)} ({largest.source}); "
            f"{where or 'the disk of the builder'} has {_gb(free)} free, {_gb(RESERVE)} of it in reserve",
            advice="make room (docker system prune, buildah prune, podman system prune), or put the "
            "builder's storage on a larger disk",
        )
    few = f"{fitting[-1]} at a time" if fitting[-1] < width else "as many as asked"
    said = (
        f"{_gb(sum(sizes))} needed for all images, {_gb(free)} free in {where}: building {few}, "
        "and freeing layers as soon as they are pushed"
    )
    return Room(fitting[-1], discard=True, said=said)


@dataclass(slots=True)
class Watched:
    """The least that was free while building. Bytes; 0: it could not be told."""

    before: int = 0
    least: int = 0

    @property
    def peak(self) -> int:
        """How much the builds took at the worst moment."""
        return max(0, self.before - self.least)


@contextmanager
def watching(free: Free, where: Path | None) -> Iterator[Watched]:
    """Look at the disk of *where* all through the block."""
    seen = Watched(free(where))
    seen.least = seen.before
    over = Event()

    def look() -> None:
        while not over.wait(EVERY):
            seen.least = min(seen.least, free(where))

    thread = Thread(target=look, name="disk", daemon=True)
    if seen.before:
        thread.start()
    try:
        yield seen
    finally:
        over.set()
        if seen.before:
            thread.join()
            seen.least = min(seen.least, free(where))


def ran_full(seen: Watched, now: int, where: Path | None) -> str:
    """What to say when the disk of *where* filled up while building: how much there was, how much was taken,
    what the failed build has given back, and what to do. *now* is how many bytes are free."""
    given_back = max(0, now - seen.least)
    figures = (
        f"it had {_gb(seen.before)} free, the builds took all of {_gb(seen.peak)}, and "
        f"{_gb(given_back)} of that has been given back: {_gb(now)} is free now"
        if seen.before
        else "how much it has left cannot be told"
    )
    return (
        f"the disk of {where or 'the builder'} ran full: {figures}. Nothing was tagged. Make room (docker "
        "system prune, buildah prune, podman system prune) or put the builder's storage on a larger disk, "
        "and run again: what was built is kept"
    )


def _gb(size: int) -> str:
    if size < 1e8:
        return f"{size / 1e6:.0f} MB"
    return f"{size / 1e9:.2f} GB" if size < 10e9 else f"{size / 1e9:.0f} GB"
