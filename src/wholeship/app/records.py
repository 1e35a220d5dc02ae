"""What is known of releases: the records of this machine, and those beside the images."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from wholeship.app.project import Project
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.progress import Progress
from wholeship.core.reference import Tag
from wholeship.release.memory import known_release
from wholeship.release.order import sequence_in
from wholeship.release.ports import Ports
from wholeship.release.record import Record, fetch_record, fold_entries, recorded

if TYPE_CHECKING:
    from wholeship.adapters.files import State

REMOTE_RECORDS = 5
"""Earlier releases looked at in the registry, where this machine knows none to reuse from."""


def ports_of(project: Project, tag: str) -> Ports:
    """Where the truth about release *tag* is, and where the evidence goes."""
    world = project.world
    return Ports(project.registry, project.state.journal(tag), world.clock, project.home, world.progress)


def records_here(state: State, progress: Progress, limit: int = 20) -> list[Record]:
    """Records of earlier releases on this machine, newest first; a damaged one is passed over, aloud."""
    found = []
    for tag in state.releases()[:limit]:
        try:
            record = fold_entries(state.journal(tag).entries(), f"the journal of {tag}")
        except WholeshipError as error:
            progress.warned(f"passed over: {error.message}")
            continue
        if record is not None:
            found.append(record)
    return found


def records_of_run(project: Project, run: int) -> list[Record]:
    """Records that an earlier attempt of this CI run left: those whose tag has its number."""
    if project.home is None:
        return []
    home, listed = project.home, project.registry.tags(project.home)
    fitting = [tag for tag in recorded(listed) if sequence_in(project.config.tag, tag) in (None, run)]
    newest = sorted(fitting, reverse=True)[:20]
    records = [fetch_record(project.registry, home, tag, listed=listed) for tag in newest]
    return [record for record in records if record is not None]


def records_to_reuse(project: Project, tag: str = "") -> Iterator[Record]:
    """Records of other releases than *tag*: this machine's, then those beside the images, newest first.

    Without a tag it is those of all: a new plan whose number is not taken yet may have, in the same second,
    the tag that another machine gave to its first release.
    """
    here = [
        record for record in records_here(project.state, project.world.progress) if record.plan.tag != tag
    ]
    yield from here
    if project.home is None:
        return
    known_tags = {record.plan.tag for record in here} | {tag}
    listed = project.registry.tags(project.home)
    tags = sorted((t for t in recorded(listed) if t not in known_tags), reverse=True)
    for other in tags[:REMOTE_RECORDS]:
        try:
            record = fetch_record(project.registry, project.home, other, listed=listed)
        except WholeshipError as error:
            project.world.progress.warned(f"passed over: {error.message}")
            continue
        if record is not None:
            yield record


class Remembered:
    """The records that *source* gives, looked up once however often, and in whatever thread, it is asked."""

    def __init__(self, source: Iterator[Record]) -> None:
        self._source, self._lock = source, threading.Lock()
        self._seen: list[Record] = []

    def __call__(self) -> Iterator[Record]:
        """From the first on; what nobody needs is not looked up."""
        for number in itertools.count():
            with self._lock:
                if number == len(self._seen):
                    found = next(self._source, None)
                    if found is None:
                        return
                    self._seen.append(found)
            yield self._seen[number]


def record_of(project: Project, tag: Tag, *, keep: bool = True) -> Record | None:
    """What this machine and the registry know about release *tag*."""
    return known_release(ports_of(project, tag), tag, keep=keep)


def needed_record(project: Project, tag: str, *, keep: bool = True) -> Record:
    """As :func:`record_of`; :class:`BadInput` when nobody knows it."""
    record = record_of(project, Tag(tag), keep=keep)
    if record is None:
        where = f" nor in {project.home}" if project.home else ""
        raise BadInput(
            f"there is no record of {tag}, neither in {project.state.root}{where}",
            advice="plan it first: wholeship plan --save",
        )
    return record


def tag_to_go_on_with(project: Project) -> str:
    """The tag a stage works on: as given, or that of the newest release of this machine."""
    if project.target.tag:
        return Tag(project.target.tag)
    newest = project.state.releases()
    if not newest:
        raise BadInput("which release? there is none on this machine", advice="name it with --tag TAG")
    project.world.progress.said(f"the newest release of this machine: {newest[0]}")
    return newest[0]
