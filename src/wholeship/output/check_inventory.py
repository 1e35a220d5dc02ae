"""What the workflows publish, for a terminal: in full where that is short or asked for, else a line each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from wholeship.core.text import printable
from wholeship.core.wording import counted, listed
from wholeship.output.check_words import (
    blocks,
    few_names,
    platforms_of,
    standing_words,
    tags,
    where,
    wholeness,
)
from wholeship.output.columns import aligned
from wholeship.output.ink import Ink
from wholeship.verdict.report import PublishLine, Report, WorkflowReport

SHORT = 16
"""An inventory of more lines than this is told in a line for each workflow."""
_STYLES = {True: "green", False: "red", None: "yellow"}
LINES = 12
"""Where one workflow publishes more often than this, it is told by job."""


def inventory_lines(report: Report, ink: Ink, *, whole: bool = False) -> list[str]:
    """What is published; *whole*: all of it. Empty where nothing is."""
    publishing = [each for each in report.workflows if each.publishes]
    full = [line for each in publishing for line in _workflow_lines(each, ink)]
    if not full or whole or len(full) <= SHORT:
        return full
    return _in_short(publishing, ink)


def _in_short(publishing: Sequence[WorkflowReport], ink: Ink) -> list[str]:
    """A line for each; of those with one image only as many as fit."""
    several = [each for each in publishing if len(each.images) > 1 or each.assumed]
    alone = [each for each in publishing if each not in several]
    shown = alone if len(publishing) <= SHORT else alone[: max(SHORT - len(several), 0)]
    rows = [*_several(several, ink), *(_workflow_row(each, ink) for each in shown)]
    title = ink("bold", "published here") + ink("dim", " (tags, order and gates: --inventory)")
    more = len(alone) - len(shown)
    rest = [f"  and {more} more with one image each"] if more else []
    return [title, *aligned(rows), *rest, *_reasons(publishing, ink), *_assumed(several, ink)]


def _several(workflows: Sequence[WorkflowReport], ink: Ink) -> list[tuple[str, ...]]:
    """A row for each; where that is long, one for all that publish the same with the same answer."""
    if len(workflows) <= SHORT:
        return [_workflow_row(each, ink) for each in workflows]
    alike: dict[tuple[str, ...], list[WorkflowReport]] = {}
    for each in workflows:
        alike.setdefault(_workflow_row(each, ink)[1:], []).append(each)
    return [(_first_of(held), *row) for row, held in alike.items()]


def _first_of(held: Sequence[WorkflowReport]) -> str:
    first = printable(held[0].path)
    return f"{first} and {len(held) - 1} more" if len(held) > 1 else first


def _workflow_row(workflow: WorkflowReport, ink: Ink) -> tuple[str, ...]:
    answer = standing_words(workflow) if wholeness(workflow) else ""
    return printable(workflow.path), few_names(workflow.images, 3), ink(_STYLES[workflow.whole], answer)


def _reasons(publishing: Sequence[WorkflowReport], ink: Ink) -> Iterator[str]:
    """Why it is not known of some whether they are whole: the first reason, and how many have others."""
    doubtful = [each for each in publishing if each.whole is None and each.unknown]
    if doubtful:
        first = doubtful[0].unknown[0]
        yield ink("dim", f"  not known: {printable(f'{first.what}: {first.reason}', limit=200)}")
    if len(doubtful) > 1:
        yield ink(
            "dim", f"  not known of {counted(len(doubtful) - 1, 'other workflow')}: --inventory says why"
        )


def _assumed(workflows: Sequence[WorkflowReport], ink: Ink) -> Iterator[str]:
    """Those of the first, and how many have others: one cause often holds of all of them."""
    assuming = [each for each in workflows if each.assumed]
    if assuming:
        first = assuming[0]
        for said in first.assumed:
            yield ink("dim", f"  assumed of {printable(first.path)}: {printable(said, limit=300)}")
    if len(assuming) > 1:
        yield ink(
            "dim", f"  assumed of {counted(len(assuming) - 1, 'other workflow')}: --inventory says what"
        )


def _workflow_lines(workflow: WorkflowReport, ink: Ink) -> Iterator[str]:
    yield ink("bold", printable(workflow.path)) + _title(workflow)
    yield from _publishes(workflow, ink)
    if said := wholeness(workflow):
        yield f"  {ink(_STYLES[workflow.whole], said)}"
    for each in workflow.assumed:
        yield ink("dim", f"  assumed: {printable(each, limit=200)}")


def _title(workflow: WorkflowReport) -> str:
    if not workflow.scenarios:
        return ""
    return f"  on {printable(', '.join(workflow.scenarios), limit=100)}"


def _publishes(workflow: WorkflowReport, ink: Ink) -> list[str]:
    found = blocks(workflow)
    if len(found) > LINES:
        return _by_job(found, workflow, ink)
    width = min(max((len(held[0].image) for held in found), default=0), 30)
    lines = []
    for held in found:
        line = held[0]
        scenarios = tuple(dict.fromkeys(each.scenario for each in held))
        name = printable(line.image).ljust(width)
        about = f"{tags(line.tags)}{platforms_of(held)}{where(scenarios, workflow)}"
        lines.append(f"  {name}  {about}  {ink('dim', printable(f'in {line.job}'))}")
        if line.after:
            lines.append(f"  {' ' * width}  after {listed(line.after)}")
        if line.gates:
            lines.append(f"  {' ' * width}  behind {printable(listed(line.gates))}")
    return lines


def _by_job(found: Sequence[Sequence[PublishLine]], workflow: WorkflowReport, ink: Ink) -> list[str]:
    """Many publishes: the images of each job together; in which order, the answer below says."""
    jobs: dict[tuple[object, ...], list[PublishLine]] = {}
    for held in found:
        jobs.setdefault((_job_name(held[0]), held[0].gates), []).extend(held)
    lines = []
    for held in list(jobs.values())[:LINES]:
        images = few_names(line.image for line in held)
        scenarios = tuple(dict.fromkeys(line.scenario for line in held))
        about = tags(dict.fromkeys(tag for line in held for tag in line.tags))
        legs = len({line.job for line in held})
        name = f"in {_job_name(held[0])} ({legs} legs)" if legs > 1 else f"in {held[0].job}"
        lines.append(f"  {printable(name, limit=100)}{where(scenarios, workflow)}")
        lines.append(f"    {printable(images, limit=140)}: {about}")
        if held[0].gates:
            lines.append(ink("dim", f"    behind {printable(few_names(held[0].gates))}"))
    more = f"{len(found)} publishes in {counted(len(jobs), 'job')}"
    lines.append(ink("dim", f"  {more}; --format json has each with its order"))
    return lines


def _job_name(line: PublishLine) -> str:
    """The job without its leg."""
    return line.job.partition(" (")[0]
