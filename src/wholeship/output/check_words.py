"""Words that every format of `check` and `diff` uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from wholeship.core.finding import Severity
from wholeship.core.text import printable
from wholeship.core.wording import counted, listed
from wholeship.output.findings import told_findings
from wholeship.verdict.report import PublishLine, Report, WorkflowReport

DOCS = "https://github.com/wholeship/wholeship/blob/main/docs/rules/{}.md"
_TAGS = 3


def docs(rule: str) -> str:
    """The page that explains *rule*."""
    return DOCS.format(rule)


def tally(report: Report) -> str:
    """``1 error, 2 warnings and 3 notes in 4 workflows``; one that several workflows meet counts once."""
    found = [each.finding for each in told_findings(report)]
    parts = [
        counted(number, severity.value)
        for severity in Severity
        if (number := sum(1 for each in found if each.severity is severity))
    ]
    held = sum(len(workflow.suppressed) for workflow in report.workflows)
    where = counted(len(report.workflows), "workflow")
    text = f"{listed(parts) or 'no findings'} in {where}"
    return f"{text}; {counted(held, 'finding')} answered already" if held else text


def ignored_lines(report: Report) -> list[str]:
    """What the release file ignores, entry by entry: how many findings, of which rules, and why."""
    entries: dict[tuple[str, str], Counter[str]] = {}
    for each in (held for workflow in report.workflows for held in workflow.suppressed):
        if each.entry:
            entries.setdefault((each.entry, each.reason), Counter())[each.finding.rule] += 1
    lines = []
    for (where, reason), rules in sorted(entries.items()):
        number = counted(sum(rules.values()), "finding")
        lines.append(f"{where} ignores {number} ({listed(rules)}): {printable(reason)}")
    return [*lines, *(f"{each} ignores nothing here: take it out" for each in report.idle)]


def published_here(report: Report) -> list[str]:
    """How many workflows publish images, and how that stands; empty where the answer is that of one.

    That nothing is published is only said where everything could be read.
    """
    publishing = [each for each in report.workflows if each.publishes]
    if len(publishing) == 1:
        return []  # the answer of that one stands above
    if publishing:
        stand = Counter(map(standing_words, publishing))
        said = [f"{number} {text}" for text in _STANDINGS if (number := stand[text])]
        return [f"{len(publishing)} workflows publish images: {', '.join(said)}"]
    unread = sum(map(_unread, report.workflows))
    if unread:
        return [f"no publish was found, and {counted(unread, 'workflow')} could not be read to the end"]
    return ["nothing publishes an image here"] if report.workflows else []


def too_large(report: Report) -> list[str]:
    """The workflows that are larger than what is read, each with its place and the limit."""
    cut = [each for workflow in report.workflows if workflow.cut for each in workflow.unknown]
    return [printable(f"{each.place}: {each.what} is not read: {each.reason}") for each in cut]


_STANDINGS = (
    "can be half released",
    "not known to be whole",
    "whole only if the right image is followed",
    "whole in every run",
    "with one image",
)


def standing_words(workflow: WorkflowReport) -> str:
    """The answer in a few words, for a column."""
    half, unknown, hangs, whole, alone = _STANDINGS
    if workflow.whole is not None and len(workflow.images) > 1:
        return whole if workflow.whole else half
    if workflow.whole_if_followed:
        return hangs
    return unknown if len(workflow.images) > 1 or workflow.unknown else alone


def _unread(workflow: WorkflowReport) -> bool:
    """Whether something of it is not known, so that it may publish."""
    found = [*workflow.findings, *(each.finding for each in workflow.suppressed)]
    doubtful = any(each.rule in ("hidden-publish", "broken-workflow") for each in found)
    return bool(workflow.unknown or workflow.crash or doubtful or not workflow.scenarios)


def wholeness(workflow: WorkflowReport) -> str:
    """The answer in a sentence; empty where there is nothing to say it of."""
    if len(workflow.images) < 2 and not (workflow.images and workflow.unknown):
        return ""
    last = f": {workflow.watched} is out only when the others are" if workflow.watched else ""
    if workflow.whole is True:
        return f"whole in every run{last}"
    if workflow.whole is False:
        return "can be half released"
    if workflow.whole_if_followed:
        return printable(_hangs(workflow), limit=200)
    return printable(f"whole or not is unknown{_why_unknown(workflow)}", limit=200)


def _why_unknown(workflow: WorkflowReport) -> str:
    """``: what: why`` of the first that is not known; a reason that begins with its name says it once."""
    if not workflow.unknown:
        return ""
    what, reason = workflow.unknown[0].what, workflow.unknown[0].reason
    return f": {reason}" if reason.startswith(f"{what}, ") else f": {what}: {reason}"


def unpublished_words(report: Report) -> str:
    """A sentence about followed images that nobody publishes; empty where there are none."""
    if not report.unpublished:
        return ""
    names = listed(report.unpublished, "or", 4)
    said = f", followed as {report.followed_source} says," if report.followed_source else ""
    return printable(f"none of these workflows publishes {names}{said} so nothing is asked of it", limit=300)


def _hangs(workflow: WorkflowReport) -> str:
    """The answer that hangs on who is followed."""
    safe = workflow.whole_if_followed
    others = [name for name in workflow.images if name not in safe]
    alone = f"; {few_names(others)} can be out alone" if others else ""
    return f"whole only if the controller follows {listed(safe, 'or')}{alone}"


def few_names(names: Iterable[str], shown: int = 6) -> str:
    """``a, b, c, d, e, f and 12 more``."""
    unique = list(dict.fromkeys(names))
    if len(unique) > shown + 1:
        unique = [*unique[:shown], f"{len(unique) - shown} more"]
    return listed(unique)


def tags(given: Iterable[str]) -> str:
    """Tags, the first few."""
    every = list(given)
    shown = [*every[:_TAGS], *(["…"] if len(every) > _TAGS else [])]
    return printable(", ".join(shown), limit=100)


def platforms_of(lines: Sequence[PublishLine]) -> str:
    """`` for linux/amd64``; with the scenario where they differ, and where they are not known."""
    said: dict[str, list[str]] = {}
    for line in lines:
        text = "platforms not known" if line.platforms is None else ", ".join(line.platforms)
        said.setdefault(text, []).append(line.scenario)
    if len(said) == 1:
        only = next(iter(said))
        return f" for {only}" if only and lines[0].platforms is not None else ""
    scenarios = [name for held in said.values() for name in dict.fromkeys(held)]
    if len(set(scenarios)) < len(scenarios):  # one scenario, several kinds of build
        return " for " + " or ".join(text or "the builder's own platform" for text in said)
    return " for " + "; ".join(f"{text} on {listed(names)}" for text, names in said.items())


def blocks(workflow: WorkflowReport) -> list[list[PublishLine]]:
    """Publishes that differ only in the scenario and the platforms, together."""
    found: dict[tuple[object, ...], list[PublishLine]] = {}
    for line in workflow.publishes:
        key = (line.job, line.step, line.image, line.repository, line.tags, line.after, line.gates)
        found.setdefault(key, []).append(line)
    return list(found.values())


def rows(workflow: WorkflowReport) -> list[tuple[tuple[str, ...], PublishLine]]:
    """Publishes with the scenarios in which they are the same, in order."""
    found: dict[tuple[object, ...], tuple[list[str], PublishLine]] = {}
    for line in workflow.publishes:
        key = (
            line.job,
            line.step,
            line.image,
            line.repository,
            line.tags,
            line.platforms,
            line.after,
            line.gates,
        )
        found.setdefault(key, ([], line))[0].append(line.scenario)
    return [(tuple(dict.fromkeys(scenarios)), line) for scenarios, line in found.values()]


def where(names: Sequence[str], workflow: WorkflowReport) -> str:
    """`` on push`` where that is not every scenario."""
    return "" if len(names) >= len(workflow.scenarios) else f" on {listed(names)}"
