"""The answer of `check` for a terminal: findings with carets and stories, what is published, a count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from wholeship.core.finding import Confidence, Finding, Labelled, Moment, Severity
from wholeship.core.text import printable
from wholeship.core.wording import counted, listed, listed_few
from wholeship.output.check_inventory import inventory_lines
from wholeship.output.check_words import (
    docs,
    ignored_lines,
    published_here,
    tally,
    too_large,
    unpublished_words,
)
from wholeship.output.findings import ToldFinding, group_findings, moments, told_findings
from wholeship.output.ink import Ink
from wholeship.verdict.report import Report, WorkflowReport

_STYLES = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.NOTE: "bold"}
_WIDTH, _CARETS = 120, 48
"""The most of a line of a file that is shown, and the most of it that is underlined."""
SHOWN = 3
"""Notes that say the same of more places than this are told of the first ones, and counted."""


def check_text(report: Report, ink: Ink, inventory: bool = False) -> str:
    """All of it. With *inventory*, everything that is published and every note, however many there are."""
    crashed = [each for each in report.workflows if each.crash]
    blocks = [[ink("red", _crash(each))] for each in crashed]
    blocks += _findings(report, ink, None if inventory else SHOWN)
    if told := inventory_lines(report, ink, whole=inventory):
        blocks.append(told)
    stale = "the baseline holds {}, which is not found any more: update it"
    blocks += [[ink("dim", stale.format(printable(each)))] for each in report.stale]
    if said := unpublished_words(report):
        blocks.append([ink("yellow", said)])
    if large := too_large(report):
        blocks.append([ink("yellow", each) for each in large])
    if ignored := ignored_lines(report):
        blocks.append([ink("yellow", each) for each in ignored])
    blocks.append([tally(report), *published_here(report)])
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def _crash(workflow: WorkflowReport) -> str:
    return f"{printable(workflow.path)}: a bug in wholeship on this file: {printable(workflow.crash)}"


def _findings(report: Report, ink: Ink, shown: int | None) -> Iterator[list[str]]:
    texts = {each.path: each.text for each in report.workflows}
    before: tuple[str, int] | None = None
    for held in group_findings(told_findings(report)):
        if held[0].finding.severity is Severity.NOTE:
            yield _notes(held, ink, shown)
        else:
            yield _told_finding(held, texts, ink, shown, again=held[0].site == before)
        before = held[-1].site


def _told_finding(
    held: Sequence[ToldFinding], texts: Mapping[str, str], ink: Ink, shown: int | None, *, again: bool
) -> list[str]:
    """The first of several that are word for word the same, and where else it holds."""
    lines = finding_lines(held[0].finding, {} if again else texts, ink)
    if runs := list(dict.fromkeys(path for each in held for path in each.elsewhere)):
        lines.append(ink("dim", f"   = the same in runs of {listed_few(map(printable, runs))}"))
    if len(held) > 1:
        lines.append(ink("dim", f"   = the same at {_other_places(held[1:], every=shown is None)}"))
    return lines


def _notes(held: Sequence[ToldFinding], ink: Ink, shown: int | None) -> list[str]:
    """Notes that one thing helps against: each with its place, the help once."""
    said: dict[str, list[ToldFinding]] = {}
    for each in held:
        said.setdefault(each.finding.message if shown is not None else str(len(said)), []).append(each)
    alike = list(said.values())
    some = alike if shown is None or len(alike) <= shown + 1 else alike[:shown]
    lines = []
    for same in some:
        lines += _note(same[0].finding, ink)
        lines += [f"      and at {_other_places(same[1:])}"] if len(same) > 1 else []
    if left := len(held) - sum(map(len, some)):
        lines.append(f"  and {left} more notes of {held[0].finding.rule}; --inventory shows them")
    return [*lines, *_remedy(held[0].finding, ink)]


def _other_places(others: Sequence[ToldFinding], *, every: bool = False) -> str:
    places = [printable(f"{each.finding.place.file}:{each.finding.place.line}") for each in others]
    return f"{counted(len(places), 'other place')}: {listed(places) if every else listed_few(places)}"


def _note(finding: Finding, ink: Ink) -> list[str]:
    return [_head(finding, ink), f"  --> {ink.to_file(str(finding.place), finding.place.file)}"]


def _remedy(finding: Finding, ink: Ink) -> list[str]:
    return [ink("dim", f"   = help: {printable(finding.fix.description)}")] if finding.fix else []


def finding_lines(finding: Finding, texts: Mapping[str, str], ink: Ink) -> list[str]:
    """One finding: its places with their lines in *texts* (by path), its run, what to do; notes in short."""
    if finding.severity is Severity.NOTE:
        return [*_note(finding, ink), *_remedy(finding, ink)]
    lines = [_head(finding, ink), *_places(finding.places, texts, ink)]
    lines += _story_lines(finding)
    if finding.fix:
        lines.append(f"   = help: {printable(finding.fix.description)}")
    if finding.fix and finding.fix.safe and finding.fix.edits:
        lines.append(ink("dim", "   = --fix does it"))
    lines.append(ink("dim", f"   = more: wholeship docs {finding.rule}"))
    return lines


def _head(finding: Finding, ink: Ink) -> str:
    unsure = "" if finding.confidence is Confidence.CERTAIN else f" ({finding.confidence})"
    rule = ink.to_page(f"{finding.severity}[{finding.rule}]", docs(finding.rule))
    head = ink(_STYLES[finding.severity], rule)
    return f"{head}{unsure}: {printable(finding.message)}"


def _places(places: Sequence[Labelled], texts: Mapping[str, str], ink: Ink) -> Iterator[str]:
    margin = len(str(max((each.place.line for each in places), default=0)))
    for at, each in enumerate(places):
        place = each.place
        yield f"{' ' * margin}{'-->' if at == 0 else ':::'} {ink.to_file(str(place), place.file)}"
        source = texts.get(place.file, "").split("\n")
        if source == [""] or not 0 < place.line <= len(source):
            continue
        line = printable(source[place.line - 1].rstrip(), limit=_WIDTH)
        yield f"{' ' * margin} |"
        yield f"{place.line:>{margin}} | {line}"
        yield f"{' ' * margin} | {_caret(line, each, at, ink)}"


def _caret(line: str, labelled: Labelled, at: int, ink: Ink) -> str:
    place = labelled.place
    start = max(place.column - 1, 0) or len(line) - len(line.lstrip())
    start = min(start, len(line))
    end = place.end_column - 1 if place.end_line == place.line else len(line)
    mark = ("^" if at == 0 else "-") * min(max(min(end, len(line)) - start, 1), _CARETS)
    label = f" {printable(labelled.label)}" if labelled.label else ""
    return f"{' ' * start}{ink('red' if at == 0 else 'bold', mark)}{label}"


def _story_lines(finding: Finding) -> Iterator[str]:
    if finding.story:
        yield "   = the run:"
    for number, moment in enumerate(moments(finding), 1):
        yield f"     {number}. {printable(moment.text)}{_moment_line(moment, finding)}"


def _moment_line(moment: Moment, finding: Finding) -> str:
    place = moment.place
    if place is None or not place.line:
        return ""
    return f"  (line {place.line})" if place.file == finding.place.file else f"  ({place.file}:{place.line})"
