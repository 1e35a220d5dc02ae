"""Reports on workflow files that were made before: by this program, under these options, of these bytes.

A report rests on the file, on the options, and on what was read of its repository. The first two are in the
key; the third stands in the entry, by digest, and is looked at again before the report is given. So two
versions of a repository share what is the same in both, and one that was looked at before costs little.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from wholeship.app.check_ground import digest_of, digest_of_parts
from wholeship.core.late import late
from wholeship.core.values import dataclass
from wholeship.verdict.report import WorkflowReport

if TYPE_CHECKING:
    from wholeship.app.world import World
    from wholeship.pipeline.ports import Repository
    from wholeship.verdict.check import check_one
    from wholeship.verdict.options import Options
    from wholeship.verdict.systems import Memory
    from wholeship.verdict.systems import Memory as memory_of
else:  # most of the program, which is not needed for what is known
    check_one, memory_of = late("wholeship.verdict.check:check_one"), late("wholeship.verdict.systems:Memory")

VARIANTS = 4
"""So many reports of one file are kept, with what else was read each time."""
READS = 2000
"""Of a report that rests on more files than this, nothing is kept."""


@dataclass(frozen=True, slots=True)
class ReportEntry:
    """The reports on one file: ``names`` are what any of them read of the repository, ``variants`` each
    report by what all of that was."""

    names: tuple[str, ...]
    variants: tuple[tuple[str, WorkflowReport], ...]


class EntryFolder(Protocol):
    """Where entries outlast the process. What fails there is not kept, and raises nothing."""

    def recall(self, key: str) -> bytes | None:
        """The content kept under *key*; None where there is none."""

    def keep_all(self, contents: Mapping[str, bytes]) -> None:
        """Each of *contents* under its key."""


class KeptReports:
    """Of one set of options. ``folder`` None: they are kept while this process lives, and no longer."""

    def __init__(self, options: Options, program: str = "", folder: EntryFolder | None = None) -> None:
        self.options = options
        self._asked = (program, repr(options))
        self._folder = folder if program and options.comparable else None
        self._entries: dict[str, ReportEntry] = {}
        self._fresh: dict[str, None] = {}

    @property
    def lasting(self) -> bool:
        """Whether they outlast this process."""
        return self._folder is not None

    def key(self, path: str, content: str | bytes) -> str:
        """What tells the file from any other, and these options and this program, too."""
        return digest_of_parts(("report", *self._asked, path, digest_of(content)))

    def entry(self, key: str) -> ReportEntry:
        """What is known under *key*."""
        if key not in self._entries:
            self._entries[key] = self._recalled(key) or ReportEntry((), ())
        return self._entries[key]

    def add(self, key: str, entry: ReportEntry) -> None:
        """From now on *entry* is what is known under *key*."""
        self._entries[key] = entry
        self._fresh[key] = None

    def save(self) -> None:
        """Keep what was added, where it is to outlast this process."""
        if self._folder is None or not self._fresh:
            return
        import msgspec

        held = {key: msgspec.msgpack.encode(self._entries[key]) for key in self._fresh}
        self._folder.keep_all(held)
        self._fresh.clear()

    def _recalled(self, key: str) -> ReportEntry | None:
        held = self._folder.recall(key) if self._folder is not None else None
        if held is None:
            return None
        import msgspec

        with suppress(msgspec.MsgspecError, ValueError):
            return msgspec.msgpack.decode(held, type=ReportEntry)
        return None


def known_reports(options: Options, world: World | None) -> KeptReports:
    """The reports that are known under *options*; without a *world*, those of this process."""
    if world is None:
        return KeptReports(options)
    return KeptReports(options, world.program_state(), world.open_answers())


@dataclass(slots=True)
class RepositoryReports:
    """Reports on the workflows of one repository, or of one version of it."""

    kept: KeptReports
    repository: Repository
    _memory: Memory | None = None
    _digests: dict[str, str] = field(default_factory=dict)
    _read: dict[str, None] = field(default_factory=dict)

    def report(self, path: str, content: str | bytes) -> WorkflowReport:
        """The report on the file at *path*."""
        if (found := self.known(path, content)) is not None:
            return found
        key = self.kept.key(path, content)
        entry = self.kept.entry(key)
        found = self._made(path, content)
        # What others of this repository have read is not told apart: more is looked at again, never less.
        names = tuple(sorted({*entry.names, *self._read}))
        if len(names) <= READS:
            same = entry.variants if names == entry.names else ()
            self.kept.add(key, ReportEntry(names, ((self._state(names), found), *same)[:VARIANTS]))
        return found

    def known(self, path: str, content: str | bytes) -> WorkflowReport | None:
        """The report that was made before, if it would be made again; None where that is not known."""
        entry = self.kept.entry(self.kept.key(path, content))
        return dict(entry.variants).get(self._state(entry.names)) if entry.variants else None

    def _made(self, path: str, content: str | bytes) -> WorkflowReport:
        if self._memory is None:
            self._memory = memory_of(self._recorded, self.kept.options)
        return check_one(content, path, self._memory, self.kept.options)

    def _recorded(self, path: str) -> str | bytes | None:
        content = self.repository(path)
        self._digests[path] = digest_of(content)
        self._read[path] = None
        return content

    def _state(self, names: Iterable[str]) -> str:
        """What all of *names* are here."""
        for name in names:
            if name not in self._digests:
                self._digests[name] = digest_of(self.repository(name))
        return digest_of_parts(f"{len(name)}:{name}{self._digests[name]}" for name in names)
