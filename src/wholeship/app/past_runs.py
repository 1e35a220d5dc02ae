"""Past runs from wherever they are known: given as files, fetched from the code host, kept from before."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.app.figures import declared_figures, recorded_figures
from wholeship.app.records import records_here
from wholeship.app.target import HostChoice
from wholeship.app.world import World
from wholeship.core.errors import BadInput, CommandFailed, WholeshipError
from wholeship.core.values import dataclass
from wholeship.forecast.figures import Figures
from wholeship.forecast.history import History, JobRun, read_history
from wholeship.forecast.history import figures as observed
from wholeship.release.config import ReleaseConfig, load_if_releasing
from wholeship.release.file import FILE
from wholeship.release.record import Record

if TYPE_CHECKING:
    from wholeship.adapters.github import GitHub
    from wholeship.adapters.history import HistoryStore

FETCHED = 50
"""Runs looked at on the code host: as many as count as recent."""
LIMIT = 256 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RunSources:
    """Where past runs are known: files of run history, the folder of the kept one, and the code host.

    ``file`` is the release file, empty: where there is one.
    """

    file: str = ""
    histories: tuple[str, ...] = ()
    state: str = ""
    host: HostChoice = field(default_factory=HostChoice)


@dataclass
class PastRuns:
    """What is known of past runs, read once; ``remarks`` collects what there is to say of it."""

    world: World
    sources: RunSources
    remarks: list[str] = field(default_factory=list)

    @cached_property
    def config(self) -> ReleaseConfig | None:
        """The release file; None when none was named and none is there."""
        named = self.sources.file
        return load_if_releasing(Path(named or FILE)) if named or Path(FILE).exists() else None

    @cached_property
    def store(self) -> HistoryStore:
        """Run history, forecasts and their answers."""
        kept = self.world.history_file(Path())
        return self.world.open_history(Path(self.sources.state) / kept.name if self.sources.state else kept)

    @cached_property
    def host(self) -> GitHub | None:
        """The code host, when there is a token for it."""
        try:
            return self.world.open_code_host(Path(), self.sources.host)[0]
        except CommandFailed:
            return None  # not in a repository: there is nothing to ask a code host about

    @cached_property
    def history(self) -> History:
        """Every run that is known."""
        found = self.store.history()
        for name in self.sources.histories:
            found += read_history(_text_of_file(Path(name)), what=name)
        self.remarks += found.remarks
        if found.jobs:
            self.keep(lambda: self.store.add(found))
        return found

    def figures(self, workflow: str, event: str, *, before: float | None = None) -> Figures:
        """Declared figures first, then observed ones, then those of releases made here."""
        history = self.history
        if before is not None:
            history = History(tuple(j for j in history.jobs if j.started.timestamp() < before))
        declared = declared_figures(self.config.raw.forecast if self.config else None)
        seen = observed(history, workflow=workflow, event=event)
        return declared.over(seen).over(recorded_figures(self._records()))

    def _records(self) -> list[Record]:
        """Releases that were made on this machine."""
        if self.config is None:
            return []
        named = self.sources.state
        state = Path(named) if named else self.world.state_folder(self.config.root)
        return records_here(self.world.open_state(state), self.world.progress)

    def keep(self, store: Callable[[], object]) -> None:
        """Run *store*; one that cannot be written costs the memory, not the answer."""
        try:
            store()
        except WholeshipError as error:
            self.world.progress.warned(f"not kept: {error.message}")

    def jobs_of(self, run: int) -> list[JobRun]:
        """The finished jobs of *run*, known or fetched; :class:`BadInput` without any."""
        return [job for job in self.history.jobs if job.run == run] or self._fetched_jobs(run)

    def _fetched_jobs(self, run: int) -> list[JobRun]:
        if self.host is None:
            raise BadInput(
                f"nothing is known of run {run}",
                advice="give its jobs with --history FILE, or a token to fetch them: GITHUB_TOKEN",
            )
        jobs = [dict(job) for job in self.host.jobs(run)]
        pages = json.dumps({"workflow_runs": [dict(self.host.run(run))], "jobs": jobs})
        found = read_history(pages, what=f"run {run}")
        self.remarks += found.remarks
        self.keep(lambda: self.store.add(found))
        if not found.jobs:
            raise BadInput(f"run {run} has no finished job to compare with")
        return list(found.jobs)

    def fetch_new(self, workflows: Iterable[str]) -> int:
        """New runs of *workflows*, from the code host into the store; how many runs were new."""
        if self.host is None:
            raise BadInput(
                "no code host to fetch runs from",
                advice="set GITHUB_TOKEN (actions: read) and --repository OWNER/NAME, "
                "or give a file: --history",
            )
        known, number = self.store.known_runs(), 0
        for path in sorted(set(workflows)):
            for item in self.host.runs(path, FETCHED):
                if item.get("id") in known or not isinstance(item.get("id"), int):
                    continue
                jobs = self.host.jobs(int(item["id"]))
                pages = json.dumps({"workflow_runs": [item], "jobs": [dict(job) for job in jobs]})
                self.store.add(read_history(pages, what=f"run {item['id']}"))
                number += 1
        return number


def _text_of_file(path: Path) -> str:
    try:
        if path.stat().st_size > LIMIT:
            raise BadInput(f"{path} is larger than {LIMIT // 1024 // 1024} MB")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from None
