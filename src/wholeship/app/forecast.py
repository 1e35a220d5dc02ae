"""Workflows, figures from wherever there are any, and past runs, brought together for the forecast."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from wholeship.adapters.history import HistoryStore
from wholeship.adapters.repository import WorkTreeFiles, read_file, root_of
from wholeship.app.options import given
from wholeship.core.errors import BadInput, CommandFailed, WholeshipError
from wholeship.core.progress import Progress
from wholeship.core.text import printable
from wholeship.forecast.declared import Declared, figures_of
from wholeship.forecast.estimate import Forecast, Shape, forecast
from wholeship.forecast.figures import GB, Figure, Figures, JobFigures
from wholeship.forecast.history import History, JobRun
from wholeship.forecast.history import figures as observed
from wholeship.forecast.history import read as read_history
from wholeship.forecast.ledger import Entry, compare
from wholeship.forecast.shape import shape_of
from wholeship.github.publishes import Finder
from wholeship.github.read import read
from wholeship.github.reading.files import Library
from wholeship.logic.schedule import Cycle, Duration
from wholeship.pipeline.publish import Facts
from wholeship.release.config import FILE, ReleaseConfig, load
from wholeship.tools.scripts import Scripts

if TYPE_CHECKING:
    from wholeship.adapters.github import GitHub
    from wholeship.forecast.better import Better
    from wholeship.forecast.measure import Known
    from wholeship.release.record import Record
    from wholeship.release.schema import RawForecast

WORKFLOWS = Path(".github/workflows")
FETCHED = 50
"""Runs looked at on the code host: as many as count as recent."""
LIMIT = 256 * 1024 * 1024


@dataclass(slots=True)
class Scene:
    """One scenario of one workflow file."""

    path: str
    name: str
    event: str
    shape: Shape


@dataclass
class Desk:
    """What forecasting needs: the release file if there is one, the store, and where runs are known."""

    args: argparse.Namespace
    progress: Progress
    remarks: list[str] = field(default_factory=list)

    @cached_property
    def config(self) -> ReleaseConfig | None:
        """The release file; None when none was named and none is there."""
        named = given(self.args, "file")[0]
        return load(Path(named or FILE)) if named or Path(FILE).exists() else None

    @cached_property
    def store(self) -> HistoryStore:
        """Run history, forecasts and their answers."""
        from wholeship.adapters.files import FORECASTS, NAME

        root = Path(given(self.args, "state")[0] or NAME)
        return HistoryStore(root / FORECASTS)

    @cached_property
    def host(self) -> GitHub | None:
        """The code host, when there is a token for it."""
        from wholeship.app.review import code_host

        try:
            return code_host(self.args, Path())[0]
        except CommandFailed:
            return None  # not in a repository: there is nothing to ask a code host about

    @cached_property
    def history(self) -> History:
        """Every run that is known: given as files, fetched now, kept from before."""
        found = self.store.history()
        for name in self.args.history:
            found += read_history(_text(Path(name)), what=name)
        self.remarks += found.remarks
        if found.jobs:
            self.kept(lambda: self.store.add(found))
        return found

    def figures(self, workflow: str, event: str, *, before: float | None = None) -> Figures:
        """Declared figures first, then observed ones, then those of releases made here."""
        history = self.history
        if before is not None:
            history = History(tuple(j for j in history.jobs if j.started.timestamp() < before))
        declared = declared_in(self.config.raw.forecast if self.config else None)
        seen = observed(history, workflow=workflow, event=event)
        return declared.over(seen).over(recorded(self.records()))

    def records(self) -> list[Record]:
        """Releases that were made on this machine."""
        from wholeship.adapters.files import NAME, State
        from wholeship.app.records import records_here

        if self.config is None:
            return []
        root = Path(given(self.args, "state")[0] or self.config.root / NAME)
        return records_here(State(root), self.progress)

    def kept(self, keep: object) -> None:
        """Run *keep*; a store that cannot be written costs the memory, not the answer."""
        assert callable(keep)
        try:
            keep()
        except WholeshipError as error:
            self.progress.warned(f"not kept: {error.message}")


def scenes(paths: Sequence[str], scenario: str) -> list[Scene]:
    """Every scenario of the workflows in *paths*; by default, of those that publish images."""
    found: list[Scene] = []
    library = Library(WorkTreeFiles(Path()))
    scripts = Scripts(library)
    for path in _files(paths):
        finder = Finder(scripts)
        reading = read(read_file(path) or b"", str(path), library, perform=finder)
        if not reading.instances and paths:
            raise BadInput(f"{path} cannot be forecast: it does not run as written", advice="wholeship check")
        for instance in reading.instances:
            facts: Facts = finder.facts(instance.scenario.name)
            if not paths and not facts.publishes and not facts.hidden:
                continue
            found.append(
                Scene(
                    str(path),
                    instance.scenario.name,
                    instance.scenario.event,
                    shape_of(instance, facts),
                )
            )
    names = sorted({scene.name for scene in found})
    if scenario:
        found = [scene for scene in found if scene.name == scenario]
        if not found:
            raise BadInput(
                f"no workflow has the scenario {scenario}", advice=f"there are: {', '.join(names)}"
            )
    if not found:
        raise BadInput("no workflow here publishes an image", advice="name one: wholeship forecast PATH")
    return found


def declared_in(raw: RawForecast | None) -> Figures:
    """The figures of the release file's ``forecast`` section."""
    if raw is None:
        return figures_of(Declared())
    return figures_of(
        Declared(
            {name: (job.minutes, job.disk) for name, job in raw.jobs.items()},
            {label: (runner.disk, runner.platform) for label, runner in raw.runners.items()},
            raw.emulation,
            raw.queue,
            raw.concurrent,
        )
    )


def known_figures(raw: RawForecast | None, root: Path) -> Known | None:
    """Figures for ``check`` and ``diff``: declared ones, then kept history; None when there are neither."""
    from wholeship.adapters.files import FORECASTS, NAME

    store = HistoryStore(root / NAME / FORECASTS)
    declared = declared_in(raw)
    history = store.history()
    if not declared.jobs and not history.jobs:
        return None
    return lambda workflow, event: declared.over(observed(history, workflow=workflow, event=event))


def forecast_of(scene: Scene, figures: Figures) -> Forecast:
    """The forecast of one scenario; :class:`BadInput` when its jobs wait for each other."""
    try:
        return forecast(scene.shape, figures)
    except Cycle as error:
        raise BadInput(f"{scene.path}: {error}", advice="see: wholeship check") from None


def betters(desk: Desk, all_scenes: Sequence[Scene]) -> list[Better]:
    """Each workflow in the better shape, or why a person has to reshape it."""
    from wholeship.app.check import watched_of
    from wholeship.forecast.better import better
    from wholeship.verdict.check import Memory, Options, study_of

    raw = desk.config.raw if desk.config else None
    file = str(desk.config.file) if desk.config else FILE
    options = Options(watched=watched_of((), raw, file, Path()))
    repository = WorkTreeFiles(Path())
    found, memory = [], Memory(repository, options)
    for path in dict.fromkeys(scene.path for scene in all_scenes):
        study = study_of(read_file(Path(path)) or b"", path, memory, options)
        made = better(study, repository, options, desk.figures)
        names = {scene.name for scene in all_scenes if scene.path == path}
        kept = tuple(forecast for forecast in made.forecasts if forecast.scenario in names)
        found.append(replace(made, forecasts=kept))
    return found


def patched(target: str, shapes: Iterable[Better]) -> None:
    """The patches of *shapes* in the file *target*, as ``git apply`` takes them."""
    from wholeship.adapters.files import write_over

    text = "".join(shape.patch for shape in shapes)
    if not text:
        raise BadInput("there is no patch to write", advice="; ".join(shape.reason for shape in shapes))
    write_over(Path(target), text)


def answered(desk: Desk, all_scenes: Sequence[Scene], run: int) -> Entry:
    """The forecast that was made before *run*, beside what it took; kept in the ledger."""
    jobs = [job for job in desk.history.jobs if job.run == run]
    if not jobs:
        jobs = _fetched_jobs(desk, run)
    first = min(jobs, key=lambda job: job.started)
    fitting = [s for s in all_scenes if first.workflow in ("", s.path) and first.event in ("", s.event)]
    if not fitting:
        raise BadInput(
            f"run {run} is of {printable(first.workflow)} on {printable(first.event)}, which is not here"
        )
    scene = fitting[0]
    said = desk.store.newest_forecast(scene.path, scene.name, first.started)
    if said is None:
        desk.remarks.append(
            f"no forecast was made before run {run}; it is compared with one from the figures known before it"
        )
        before = first.started.timestamp()
        said = forecast_of(scene, desk.figures(scene.path, scene.event, before=before))
    if not said.complete:
        lacking = ", ".join(missing.job for missing in said.missing if missing.what != "disk")
        desk.remarks.append(f"the forecast was a lower bound: nobody had said how long these take: {lacking}")
    entry = compare(said, jobs, when=first.started)
    desk.kept(lambda: desk.store.answer(entry))
    return entry


def fetch(desk: Desk, all_scenes: Iterable[Scene]) -> int:
    """New runs of the workflows, from the code host into the store; how many runs were new."""
    import json

    if desk.host is None:
        raise BadInput(
            "no code host to fetch runs from",
            advice="set GITHUB_TOKEN (actions: read) and --repository OWNER/NAME, or give a file: --history",
        )
    known, number = desk.store.known_runs(), 0
    for path in sorted({scene.path for scene in all_scenes}):
        for item in desk.host.runs(path, FETCHED):
            if item.get("id") in known or not isinstance(item.get("id"), int):
                continue
            jobs = desk.host.jobs(int(item["id"]))
            pages = json.dumps({"workflow_runs": [item], "jobs": [dict(job) for job in jobs]})
            desk.store.add(read_history(pages, what=f"run {item['id']}"))
            number += 1
    return number


def recorded(records: Iterable[Record]) -> Figures:
    """What releases made here took, under the names that an exported workflow gives its jobs."""
    found: dict[str, JobFigures] = {}
    for record in records:
        source = f"the release {record.plan.tag}"
        for candidate in record.candidates.values():
            if candidate.reused_from or not candidate.built_seconds:
                continue
            seconds = Duration.exactly(candidate.built_seconds + candidate.pushed_seconds)
            figures = JobFigures(
                whole=Figure(seconds, source),
                platforms=frozenset(candidate.platforms),
                disk=round(candidate.storage_bytes / GB, 3) if candidate.storage_bytes else None,
                disk_source=source,
            )
            found.setdefault(f"build-{candidate.image}", figures)
    return Figures(found)


def _fetched_jobs(desk: Desk, run: int) -> list[JobRun]:
    import json

    if desk.host is None:
        raise BadInput(
            f"nothing is known of run {run}",
            advice="give its jobs with --history FILE, or a token to fetch them: GITHUB_TOKEN",
        )
    jobs = [dict(job) for job in desk.host.jobs(run)]
    pages = json.dumps({"workflow_runs": [dict(desk.host.run(run))], "jobs": jobs})
    found = read_history(pages, what=f"run {run}")
    desk.remarks += found.remarks
    desk.kept(lambda: desk.store.add(found))
    if not found.jobs:
        raise BadInput(f"run {run} has no finished job to compare with")
    return list(found.jobs)


def _files(paths: Sequence[str]) -> list[Path]:
    found: list[Path] = []
    top = root_of(Path())
    if not paths and not WORKFLOWS.exists() and (top / WORKFLOWS).is_dir():
        raise BadInput(f"there is no {WORKFLOWS}", advice=f"run it at the top of the repository: {top}")
    for path in map(Path, paths or [str(WORKFLOWS)]):
        if path.is_dir():
            found += sorted(p for p in path.iterdir() if p.suffix in (".yml", ".yaml") and p.is_file())
        elif path.is_file():
            found.append(path)
        else:
            raise BadInput(f"there is no {path}", advice="name a workflow file or a folder of them")
    return found


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LIMIT:
            raise BadInput(f"{path} is larger than {LIMIT // 1024 // 1024} MB")
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path} cannot be read: {error}") from None
