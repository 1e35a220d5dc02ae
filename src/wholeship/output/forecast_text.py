"""A forecast for people: a table of jobs, the path that decides, and what nobody has said yet."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from wholeship.core.text import printable, without_links
from wholeship.core.wording import counted, listed
from wholeship.output.forecast_json import (
    ActualJson,
    BetterJson,
    ForecastJson,
    JobJson,
    RecordJson,
    ScenarioJson,
)
from wholeship.output.ink import Ink

HEAD = ("job", "median", "p90", "critical", "slack", "disk", "figures from")
HOW = (
    "wholeship forecast --fetch takes them from past runs on GitHub, --history FILE from a file, "
    "and forecast.jobs.NAME.minutes in wholeship.yaml declares them"
)
"""Where figures come from."""
MISSING = 3
"""Jobs without a figure that are told one by one."""
RISKS = {"over": "over what is guaranteed", "tight": "tight", "fits": "fits", "unknown": ""}


def forecast_text(answer: ForecastJson, ink: Ink) -> str:
    """Every scenario, then how good earlier forecasts were."""
    lines = [printable(bare), ""] if (bare := figureless(answer)) else []
    for scenario in measured(answer):
        lines += [*_scenario(scenario, ink), ""]
    for better in answer.better:
        lines += [*_better(better, ink), ""]
    for actual in answer.actual:
        lines += [*_actual(actual, ink), ""]
    lines += [f"note: {printable(remark)}" for remark in answer.remarks]
    if measured(answer) or answer.actual or answer.track_record.forecasts:
        lines.append(ink("dim", record_line(answer.track_record)))
    return "\n".join(lines) + "\n"


def forecast_markdown(answer: ForecastJson) -> str:
    """The same for a summary or a comment."""
    lines = [_cell(bare), ""] if (bare := figureless(answer)) else []
    for scenario in measured(answer):
        lines += [
            f"### {_cell(scenario.workflow)}: {_cell(scenario.scenario)}",
            "",
            f"**{total_line(scenario)}**",
            "",
            *_markdown_table(HEAD, [_job_row(job) for job in scenario.jobs]),
            "",
            f"Critical path: {_cell(' → '.join(scenario.critical_path))}",
            "",
        ]
        lines += [f"- missing: {_cell(m.job)}: {_cell(m.advice)}" for m in scenario.missing]
        lines += [f"- {_cell(remark)}" for remark in scenario.remarks]
    for better in answer.better:
        lines += _better_markdown(better)
    for actual in answer.actual:
        rows = [
            (c.job or "the whole run", minutes(c.said_median), minutes(c.said_p90), minutes(c.actual))
            for c in actual.compared
        ]
        lines += [f"### Run {actual.run}", ""]
        lines += [*_markdown_table(("job", "forecast", "p90", "actual"), rows), ""]
    lines += [record_line(answer.track_record)]
    return "\n".join(lines) + "\n"


def _better_markdown(better: BetterJson) -> list[str]:
    if not better.patch:
        return [f"{_cell(better.workflow)}: cannot be reshaped automatically: {_cell(better.reason)}", ""]
    lines = [f"### {_cell(better.workflow)} in the better shape, proved whole", ""]
    lines += [f"- {_cell(done)}" for done in better.done]
    lines += [f"- {_cell(s.scenario)}: {total_line(s)}" for s in better.scenarios if has_figures(s)]
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", better.patch)), 3)
    return [*lines, "", f"{fence}diff", better.patch.rstrip(), fence, ""]


def measured(answer: ForecastJson) -> list[ScenarioJson]:
    """The scenarios of which at least one job has a figure."""
    return [each for each in answer.scenarios if has_figures(each)]


def has_figures(scenario: ScenarioJson) -> bool:
    """Whether anything is known of its minutes; that a call takes none by itself says nothing."""
    return scenario.complete or any(job.median for job in scenario.jobs)


def figureless(answer: ForecastJson) -> str:
    """How to get figures for the scenarios that have none, in a sentence; empty where each has some."""
    known = measured(answer)
    bare = list(dict.fromkeys(each.workflow for each in answer.scenarios if each not in known))
    if not bare:
        return ""
    names = listed(bare) if len(bare) <= MISSING else counted(len(bare), "workflow")
    return f"no figures yet for {names}: {HOW}"


def total_line(scenario: ScenarioJson) -> str:
    """The scenario in one line."""
    least = "" if scenario.complete else "at least "
    peak = f", peak disk {scenario.peak_disk:g} GB" if scenario.peak_disk is not None else ""
    return (
        f"{least}{minutes(scenario.median)} (p90 {minutes(scenario.p90)}), "
        f"{scenario.billed_minutes} runner minutes{peak}"
    )


def minutes(seconds: float | None) -> str:
    """``21.5 min``; seconds where it is short."""
    if seconds is None:
        return "?"
    return f"{seconds:.0f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def record_line(record: RecordJson) -> str:
    """How good earlier forecasts were."""
    if not record.forecasts:
        return "track record: no forecast has been compared with a run yet (forecast --actual RUN)"
    side = "longer" if record.bias >= 0 else "shorter"
    return (
        f"track record: {record.forecasts} compared, typically off by {record.typical_error:.0%}, runs took "
        f"{abs(record.bias):.0%} {side}, {record.within_p90:.0%} stayed within the p90"
    )


def _scenario(scenario: ScenarioJson, ink: Ink) -> list[str]:
    where = f"{printable(scenario.workflow)}, {printable(scenario.scenario)}"
    lines = [f"{where}: {ink('bold', total_line(scenario))}", ""]
    lines += _table(HEAD, [_job_row(job) for job in scenario.jobs], ink)
    lines += ["", f"  critical path: {printable(' → '.join(scenario.critical_path))}"]
    for job in scenario.jobs:
        if job.disk.risk in ("over", "tight"):
            lines.append("  " + ink("red" if job.disk.risk == "over" else "yellow", _disk_warning(job)))
    for missing in scenario.missing[:MISSING]:
        lines.append(f"  {ink('yellow', 'missing')} {printable(missing.job)}: {printable(missing.advice)}")
    if len(scenario.missing) > MISSING:
        lines.append(
            f"  {ink('yellow', 'missing')} {len(scenario.missing) - MISSING} more; --format json names them"
        )
    return lines + [f"  note: {printable(remark)}" for remark in scenario.remarks]


def _better(better: BetterJson, ink: Ink) -> list[str]:
    if not better.patch:
        return [f"{printable(better.workflow)}: cannot be reshaped automatically: {printable(better.reason)}"]
    lines = [ink("bold", f"{printable(better.workflow)} in the better shape, proved whole:"), ""]
    lines += [f"  {printable(done)}" for done in better.done]
    lines += [""]
    for scenario in better.scenarios:
        lines += _scenario(scenario, ink) if has_figures(scenario) else []
    marks = {"+": "green", "-": "red"}
    patch = [
        ink(marks[line[0]], printable(line)) if line[:1] in marks else printable(line)
        for line in better.patch.splitlines()
    ]
    return [*lines, "", *patch]


def _disk_warning(job: JobJson) -> str:
    usual = f"; usually {job.disk.usual[0]:g} to {job.disk.usual[1]:g} GB are free" if job.disk.usual else ""
    return (
        f"{printable(job.id)}: {job.disk.peak:g} GB at the peak, {job.disk.guaranteed:g} GB guaranteed{usual}"
    )


def _job_row(job: JobJson) -> tuple[str, ...]:
    disk = "" if job.disk.peak is None else f"{job.disk.peak:g} GB {RISKS.get(job.disk.risk, '')}".strip()
    emulated = f" (emulates {', '.join(job.emulated)})" if job.emulated else ""
    return (
        printable(job.id) + emulated,
        minutes(job.median),
        minutes(job.p90),
        f"{job.share:.0%}",
        minutes(job.slack),
        disk,
        printable(job.source),
    )


def _actual(actual: ActualJson, ink: Ink) -> list[str]:
    rows = [
        (
            printable(c.job) or "the whole run",
            minutes(c.said_median),
            minutes(c.said_p90),
            minutes(c.actual),
            f"{c.error:+.0%}",
        )
        for c in actual.compared
    ]
    head = ("job", "forecast", "p90", "actual", "error")
    return [f"run {actual.run} against the forecast made before it:", "", *_table(head, rows, ink)]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], ink: Ink) -> list[str]:
    cells = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return [f"  {ink('dim', lines[0].rstrip())}", *(f"  {line.rstrip()}" for line in lines[1:])]


def _markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return [*lines, *(f"| {' | '.join(map(_cell, row))} |" for row in rows)]


def _cell(text: str) -> str:
    text = without_links(printable(text)).replace("\\", "\\\\")
    return text.replace("|", "\\|").replace("<", "&lt;").replace("`", "\\`")
