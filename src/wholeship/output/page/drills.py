"""A fault drill as a page: what became of every run, family by family, and each failure's story."""

from __future__ import annotations

from wholeship.core.wording import elapsed
from wholeship.output.drill_json import DrillJson, FailureJson, FamilyJson
from wholeship.output.page.parts import (
    Cell,
    Code,
    Lane,
    Page,
    Part,
    Prose,
    Section,
    Span,
    Table,
    Timeline,
    Tone,
)

SHOWN = 50
"""Most failures that are told in full."""


def drill_page(drill: DrillJson) -> Page:
    """Every family of faults; the failures first, for there should be none."""
    half = sum(family.half for family in drill.families)
    parts: list[Part] = [_failure(failure) for failure in drill.failures[:SHOWN]]
    if len(drill.failures) > SHOWN:
        parts.append(Prose(f"{len(drill.failures) - SHOWN} more runs broke a promise.", Tone.BAD))
    parts += [_ends_timeline(drill), _families(drill)]
    if drill.remarks:
        parts.append(Prose("\n\n".join(drill.remarks), Tone.QUIET))
    good = not half and not drill.failures
    return Page(
        title="Fault drill",
        answer=_drill_answer(drill, half),
        tone=Tone.GOOD if good else Tone.BAD,
        parts=tuple(parts),
        facts=(
            ("runs", f"{drill.runs:,}"),
            ("half releases", f"{half:,}"),
            ("steps", "every one" if drill.full else "a sample"),
            ("seed", str(drill.seed)),
            ("took", elapsed(drill.seconds)),
            ("registry", drill.registry or "built in"),
        ),
    )


def _drill_answer(drill: DrillJson, half: int) -> str:
    if half:
        return f"{half:,} half releases in {drill.runs:,} runs"
    if drill.failures:
        broke = f"{len(drill.failures):,} run{'s' if len(drill.failures) != 1 else ''} broke a promise"
        return f"no half release, but {broke}"
    return f"not one half release in {drill.runs:,} runs"


def _ends_timeline(drill: DrillJson) -> Timeline:
    lanes = tuple(Lane(f"{one.family} {one.title}", _spans(one)) for one in drill.families)
    return Timeline("What became of the runs", lanes, unit="runs")


def _spans(family: FamilyJson) -> tuple[Span, ...]:
    """One bar for each end that there was, side by side."""
    counts = (
        ("published", family.published, Tone.GOOD),
        ("refused", family.refused, Tone.PLAIN),
        ("withdrawn", family.withdrawn, Tone.GOOD),
        ("told", family.told, Tone.WARN),
        ("unfinished", family.unfinished, Tone.QUIET),
        ("half", family.half, Tone.BAD),
    )
    spans, at = [], 0.0
    for label, count, tone in counts:
        if count:
            spans.append(Span(label, at, at + count, tone))
            at += count
    return tuple(spans)


def _families(drill: DrillJson) -> Table:
    rows = tuple(
        (
            one.family,
            one.title,
            _count_cell(one.runs),
            _count_cell(one.published),
            _count_cell(one.refused),
            _count_cell(one.withdrawn),
            _count_cell(one.told),
            _count_cell(one.unfinished),
            _count_cell(one.half, Tone.BAD if one.half else Tone.GOOD),
            _count_cell(one.failed, Tone.BAD if one.failed else Tone.GOOD),
            Cell(elapsed(one.seconds), one.seconds),
        )
        for one in drill.families
    )
    columns = (
        "family",
        "what goes wrong",
        "runs",
        "published",
        "refused",
        "withdrawn",
        "told",
        "unfinished",
        "half",
        "failed",
        "took",
    )
    return Table("Families of faults", columns, rows, frozenset(range(2, 11)))


def _count_cell(number: int, tone: Tone = Tone.PLAIN) -> Cell:
    return Cell(f"{number:,}", number, tone)


def _failure(failure: FailureJson) -> Section:
    parts: list[Part] = [Prose("\n\n".join(failure.broken), Tone.BAD)]
    if failure.exit_code is not None:
        parts.append(Prose(f"The process ended with exit code {failure.exit_code}."))
    parts.append(Code("Play it again", failure.replay))
    if failure.story:
        parts.append(Code("What the process asked, and what it heard", "\n".join(failure.story)))
    return Section(failure.run, tuple(parts), Tone.BAD)
