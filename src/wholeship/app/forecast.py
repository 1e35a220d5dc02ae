"""`wholeship forecast`: critical path and peak disk per scenario; afterwards, forecast against actual."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import field, replace
from pathlib import Path

from wholeship.app.past_runs import PastRuns, RunSources
from wholeship.app.places import kept_below
from wholeship.app.workflow_files import name_in_repository, named_workflows
from wholeship.app.workflow_terms import watched_images
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.text import printable
from wholeship.core.values import dataclass
from wholeship.forecast.better import Better, better
from wholeship.forecast.estimate import Forecast, Shape, forecast_shape
from wholeship.forecast.figures import Figures
from wholeship.forecast.ledger import Entry, TrackRecord, compare_forecast, track_record
from wholeship.forecast.shape import shape_of
from wholeship.logic.schedule import Cycle
from wholeship.release.file import FILE
from wholeship.verdict.check import study_of
from wholeship.verdict.options import Options
from wholeship.verdict.systems import Memory, system_of


@dataclass(frozen=True, slots=True)
class ForecastQuestion:
    """What is forecast (no paths: the workflows that publish images; no scenario: all).

    ``actual`` is the number of a finished run to put beside the forecast made before it; ``better`` asks for
    the better shape, ``patch`` where it is written; ``fetch`` for new runs first.
    """

    paths: tuple[str, ...] = ()
    scenario: str = ""
    sources: RunSources = field(default_factory=RunSources)
    fetch: bool = False
    actual: int | None = None
    better: bool = False
    patch: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """One scenario of one workflow file."""

    path: str
    name: str
    event: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class ForecastAnswer:
    """The forecasts, or the comparison that was asked for, and how good forecasts were so far."""

    forecasts: tuple[Forecast, ...]
    compared: tuple[Entry, ...]
    better: tuple[Better, ...]
    record: TrackRecord
    shapes: tuple[Shape, ...]
    remarks: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether no figure is missing."""
        return all(each.complete for each in self.forecasts)


def forecast_workflows(question: ForecastQuestion, world: World) -> ForecastAnswer:
    """Forecast, or compare."""
    runs = PastRuns(world, question.sources)
    scenes = _chosen_scenes(question, world)
    if question.fetch:
        world.progress.said(f"{runs.fetch_new(scene.path for scene in scenes)} new runs fetched")
    compared = (_compared_run(runs, scenes, question.actual),) if question.actual is not None else ()
    forecasts = () if compared else tuple(_forecasts(runs, scenes))
    shapes = _better_shapes(runs, scenes, world) if question.better or question.patch else ()
    record = track_record(runs.store.entries())
    if question.patch:
        _write_patch(question.patch, shapes, world)
    drawn = tuple(scene.shape for scene in scenes)
    return ForecastAnswer(forecasts, compared, shapes, record, drawn, tuple(runs.remarks))


def _forecasts(runs: PastRuns, scenes: Sequence[Scene]) -> Iterator[Forecast]:
    found = [_forecast(scene, runs.figures(scene.path, scene.event)) for scene in scenes]
    now = runs.world.clock.now()
    for each in found:
        runs.keep(lambda each=each: runs.store.remember(each, now))  # type: ignore[misc]
    yield from found


def _forecast(scene: Scene, figures: Figures) -> Forecast:
    """The forecast of one scenario; :class:`BadInput` when its jobs wait for each other."""
    try:
        return forecast_shape(scene.shape, figures)
    except Cycle as error:
        raise BadInput(f"{scene.path}: {error}", advice="see: wholeship check") from None


# Which scenarios


def _chosen_scenes(question: ForecastQuestion, world: World) -> list[Scene]:
    """Every scenario of the workflows named; by default, of those that publish images."""
    found = list(_scenes(question.paths, world))
    if question.scenario:
        names = sorted({scene.name for scene in found})
        found = [scene for scene in found if scene.name == question.scenario]
        if not found:
            raise BadInput(
                f"no workflow has the scenario {question.scenario}", advice=f"there are: {', '.join(names)}"
            )
    if not found:
        raise BadInput("no workflow here publishes an image", advice="name one: wholeship forecast PATH")
    return found


def _scenes(paths: Sequence[str], world: World) -> Iterator[Scene]:
    memory = Memory(world.files_below(Path()), Options())
    for path in _workflow_files(paths, world):
        content = world.read_file(path) or b""
        name = name_in_repository(path, world)
        read = memory.of(system_of(name))
        if not paths and not read.may_publish(content.decode("utf-8", "replace")):
            continue
        found = read.runs(content, str(path), every=True)
        if not found.runs and paths:
            raise BadInput(f"{path} cannot be forecast: it does not run as written", advice="wholeship check")
        for instance, facts in found.runs:
            if paths or facts.publishes or facts.hidden:
                scenario = instance.scenario
                yield Scene(str(path), scenario.name, scenario.event, shape_of(instance, facts))


def _workflow_files(paths: Sequence[str], world: World) -> list[Path]:
    """The workflow files; past runs know them by their path from the top of the repository."""
    top = world.root_of(Path())
    if not paths and not kept_below("") and (kept := kept_below(str(top))):
        missing = Path(kept[0]).relative_to(top)
        raise BadInput(f"there is no {missing}", advice=f"run it at the top of the repository: {top}")
    return list(named_workflows(paths, world).values())


# The better shape


def _better_shapes(runs: PastRuns, scenes: Sequence[Scene], world: World) -> tuple[Better, ...]:
    """Each workflow in the better shape, or why a person has to reshape it."""
    raw = runs.config.raw if runs.config else None
    file = str(runs.config.file) if runs.config else FILE
    options = Options(watched=watched_images(world, Path(), raw, file))
    repository = world.files_below(Path())
    found, memory = [], Memory(repository, options)
    for path in dict.fromkeys(scene.path for scene in scenes):
        study = study_of(world.read_file(Path(path)) or b"", path, memory, options)
        made = better(study, repository, options, runs.figures)
        names = {scene.name for scene in scenes if scene.path == path}
        kept = tuple(forecast for forecast in made.forecasts if forecast.scenario in names)
        found.append(replace(made, forecasts=kept))
    return tuple(found)


def _write_patch(target: str, shapes: Sequence[Better], world: World) -> None:
    """The patches of *shapes* in the file *target*, as ``git apply`` takes them."""
    text = "".join(shape.patch for shape in shapes)
    if not text:
        raise BadInput("there is no patch to write", advice="; ".join(shape.reason for shape in shapes))
    world.write_file(Path(target), text)


# Forecast against actual


def _compared_run(runs: PastRuns, scenes: Sequence[Scene], run: int) -> Entry:
    """The forecast that was made before *run*, beside what it took; kept in the ledger."""
    jobs = runs.jobs_of(run)
    first = min(jobs, key=lambda job: job.started)
    fitting = [s for s in scenes if first.workflow in ("", s.path) and first.event in ("", s.event)]
    if not fitting:
        raise BadInput(
            f"run {run} is of {printable(first.workflow)} on {printable(first.event)}, which is not here"
        )
    scene = fitting[0]
    said = runs.store.newest_forecast(scene.path, scene.name, first.started)
    if said is None:
        runs.remarks.append(
            f"no forecast was made before run {run}; it is compared with one from the figures known before it"
        )
        before = first.started.timestamp()
        said = _forecast(scene, runs.figures(scene.path, scene.event, before=before))
    if not said.complete:
        lacking = ", ".join(missing.job for missing in said.missing if missing.what != "disk")
        runs.remarks.append(f"the forecast was a lower bound: no figures were known for: {lacking}")
    entry = compare_forecast(said, jobs, when=first.started)
    runs.keep(lambda: runs.store.answer(entry))
    return entry
