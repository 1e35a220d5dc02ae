"""A forecast as a page: jobs over time, the critical path, the disk of each job."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from wholeship.core.wording import elapsed
from wholeship.forecast.estimate import Shape
from wholeship.output.forecast_json import ActualJson, BetterJson, ForecastJson, JobJson, ScenarioJson
from wholeship.output.forecast_text import figureless, measured
from wholeship.output.page.parts import (
    Cell,
    Chart,
    Code,
    Edge,
    Graph,
    Lane,
    Mark,
    Node,
    Page,
    Part,
    Prose,
    Section,
    Series,
    Span,
    Table,
    Timeline,
    Tone,
)

_RISKS = {"fits": Tone.GOOD, "tight": Tone.WARN, "over": Tone.BAD, "unknown": Tone.QUIET}
LINES = 8
"""Most jobs whose disk is drawn; the fullest."""


def forecast_page(forecast: ForecastJson, shapes: Iterable[Shape] = ()) -> Page:
    """Every scenario; and, afterwards, what was forecast beside what came.

    With the *shapes* of the scenarios the critical path is drawn in the graph of all jobs.
    """
    by_name = {(shape.workflow, shape.scenario): shape for shape in shapes}
    known = measured(forecast)
    bare = figureless(forecast)
    parts: list[Part] = [Prose(bare, Tone.WARN)] if bare else []
    parts += [
        scenario_section(scenario, by_name.get((scenario.workflow, scenario.scenario))) for scenario in known
    ]
    parts += [_better(better) for better in forecast.better]
    parts += [_actual(actual) for actual in forecast.actual]
    if forecast.remarks:
        parts.append(Prose("\n\n".join(forecast.remarks), Tone.QUIET))
    complete = all(scenario.complete for scenario in forecast.scenarios)
    record = forecast.track_record
    facts = [
        (f"{scenario.scenario}", f"{elapsed(scenario.median)} (p90 {elapsed(scenario.p90)})")
        for scenario in known
    ]
    if record.forecasts:
        facts.append(("typical error so far", f"{record.typical_error:.0%} of {record.forecasts} forecasts"))
    answer = ", ".join(f"{s.scenario}: about {elapsed(s.median)}" for s in known)
    if forecast.actual:
        answer = "what was forecast, beside what came"
    if not known and bare:
        answer = "no figures yet"
    elif not complete:
        answer = f"{answer}; figures are missing, so times are lower bounds"
    tone = Tone.PLAIN if complete else Tone.WARN
    return Page("Forecast", answer or "nothing to forecast", tone, tuple(parts), tuple(facts))


def scenario_section(scenario: ScenarioJson, shape: Shape | None = None) -> Section:
    """One scenario of one workflow."""
    parts: list[Part] = [_over_time(scenario)]
    if shape is not None:
        parts.append(_all_jobs(scenario, shape))
    elif len(scenario.critical_path) > 1:
        parts.append(_critical_path(scenario))
    if chart := disk_chart(scenario):
        parts.append(chart)
    parts.append(_jobs_table(scenario))
    if scenario.missing:
        rows = tuple((m.job, m.what, m.advice) for m in scenario.missing)
        parts.append(Table("Figures that are missing", ("job", "what", "what to do"), rows))
    if scenario.remarks:
        parts.append(Prose("\n\n".join(scenario.remarks), Tone.QUIET))
    over = any(job.disk.risk == "over" for job in scenario.jobs)
    tone = Tone.BAD if over else Tone.PLAIN if scenario.complete else Tone.WARN
    return Section(f"{scenario.workflow} on {scenario.scenario}", tuple(parts), tone)


def _over_time(scenario: ScenarioJson) -> Timeline:
    path = set(scenario.critical_path)
    lanes = tuple(
        Lane(
            job.id,
            (
                Span(
                    elapsed(job.end - job.start) if job.median is not None else "not known",
                    job.start,
                    job.end,
                    Tone.WARN if job.id in path else Tone.PLAIN if job.median is not None else Tone.QUIET,
                ),
            ),
        )
        for job in sorted(scenario.jobs, key=lambda job: (job.start, job.end))
    )
    marks = (Mark("p90", scenario.p90),) if scenario.p90 > scenario.median else ()
    return Timeline("Jobs over time (yellow: on the critical path)", lanes, marks)


def _all_jobs(scenario: ScenarioJson, shape: Shape) -> Graph:
    by_id, path = {job.id: job for job in scenario.jobs}, scenario.critical_path
    steps = set(pairwise(path))
    nodes = tuple(
        Node(job.id, job.id, _took(by_id.get(job.id)), critical=job.id in path) for job in shape.jobs
    )
    edges = tuple(
        Edge(need, job.id, critical=(need, job.id) in steps) for job in shape.jobs for need in job.needs
    )
    return Graph(f"The jobs, and the critical path: {elapsed(scenario.median)}", nodes, edges)


def _critical_path(scenario: ScenarioJson) -> Graph:
    by_id = {job.id: job for job in scenario.jobs}
    nodes = tuple(Node(name, name, _took(by_id.get(name)), critical=True) for name in scenario.critical_path)
    names = scenario.critical_path
    edges = tuple(Edge(a, b, critical=True) for a, b in pairwise(names))
    return Graph(f"The critical path: {elapsed(scenario.median)}", nodes, edges)


def _took(job: JobJson | None) -> str:
    return "not known" if job is None or job.median is None else f"about {elapsed(job.median)}"


def disk_chart(scenario: ScenarioJson) -> Chart | None:
    """The disk of each job that has a known peak, as it fills, against the least that is guaranteed."""
    known = [job for job in scenario.jobs if job.disk.peak is not None]
    if not known:
        return None
    fullest = sorted(known, key=lambda job: -(job.disk.peak or 0.0))[:LINES]
    series = tuple(Series(job.id, ((job.start, 0.0), (job.end, job.disk.peak or 0.0))) for job in fullest)
    guaranteed = [job.disk.guaranteed for job in known if job.disk.guaranteed is not None]
    ceiling = min(guaranteed) if guaranteed else None
    return Chart("Disk of each job, filling up to its peak", "GB", series, ceiling, "guaranteed")


def _jobs_table(scenario: ScenarioJson) -> Table:
    path = set(scenario.critical_path)
    rows = tuple(
        (
            job.id,
            Cell(_seconds(job.median), job.median),
            Cell(_seconds(job.p90), job.p90),
            Cell("yes" if job.id in path else "", tone=Tone.WARN),
            Cell(elapsed(job.slack), job.slack),
            ", ".join(job.emulated),
            Cell(_disk(job), job.disk.peak, _RISKS.get(job.disk.risk, Tone.PLAIN)),
            job.source,
        )
        for job in scenario.jobs
    )
    columns = ("job", "median", "p90", "critical", "slack", "emulated", "disk", "figures from")
    return Table("Jobs", columns, rows, frozenset({1, 2, 4, 6}))


def _seconds(value: float | None) -> str:
    return "not known" if value is None else elapsed(value)


def _disk(job: JobJson) -> str:
    disk = job.disk
    if disk.peak is None:
        return "not known"
    return f"{disk.peak:.1f} GB" + (f" of {disk.guaranteed:.0f}" if disk.guaranteed else "")


def _better(better: BetterJson) -> Section:
    if not better.patch:
        reason = Prose(f"It cannot be reshaped automatically: {better.reason}")
        return Section(f"{better.workflow} in a better shape", (reason,), Tone.WARN)
    done = Prose("\n\n".join(better.done))
    inner = tuple(scenario_section(scenario) for scenario in better.scenarios)
    title = f"{better.workflow} in the better shape, proved whole"
    return Section(title, (done, *inner, Code("The change", better.patch)), Tone.GOOD)


def _actual(actual: ActualJson) -> Section:
    rows = tuple(
        (
            one.job or "the whole run",
            Cell(elapsed(one.said_median), one.said_median),
            Cell(elapsed(one.said_p90), one.said_p90),
            Cell(elapsed(one.actual), one.actual),
            Cell(f"{one.error:+.0%}", one.error, Tone.GOOD if one.actual <= one.said_p90 else Tone.WARN),
        )
        for one in actual.compared
    )
    table = Table(
        "Forecast and actual", ("job", "forecast", "p90", "actual", "off by"), rows, frozenset({1, 2, 3, 4})
    )
    return Section(f"Run {actual.run} of {actual.workflow} on {actual.scenario}", (table,))
