"""The drill's answer as JSON, and as a table for people."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from wholeship.core.text import printable


class FamilyJson(Struct, frozen=True):
    """One family of faults. ``half`` are releases that wholeship itself made half: it must be 0; ``told`` are
    those that somebody else made half in the drill, which was said; ``withdrawn`` those taken back, every tag
    of them. ``seconds`` over all cores."""

    family: str
    title: str
    runs: int
    published: int
    refused: int
    told: int
    unfinished: int
    half: int
    failed: int
    missed: int
    seconds: float
    withdrawn: int = 0


class FailureJson(Struct, frozen=True):
    """A run in which something was that must not be. ``replay`` is the command that plays it again."""

    run: str
    broken: list[str]
    exit_code: int | None
    replay: str
    story: list[str]


class DrillJson(Struct, frozen=True, tag_field="command", tag="drill"):
    """What a drill found. ``seconds`` is wall time; ``registry`` is empty for the built-in one."""

    full: bool
    seed: int
    registry: str
    runs: int
    seconds: float
    families: list[FamilyJson]
    failures: list[FailureJson]
    remarks: list[str]
    exit_code: int
    version: Literal[1] = 1


_COUNTS = ("runs", "published", "refused", "withdrawn", "told", "unfinished", "half")
_HEAD = ("", "fault family", *_COUNTS, "time")


def drill_text(drill: DrillJson) -> str:
    """The table, the failures, and the verdict."""
    rows = [_HEAD, *(_family_row(family) for family in drill.families)]
    if len(drill.families) > 1:
        rows.append(_sum_row(drill))
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(_padded_cell(text, widths, n) for n, text in enumerate(row)).rstrip() for row in rows]
    lines += ["", *(f"  {remark}" for remark in drill.remarks)]
    for failure in drill.failures[:10]:
        lines += [
            f"FAILED {failure.run}",
            *(f"  {printable(text, limit=400)}" for text in failure.broken[:5]),
        ]
        lines += [f"  play it again: {failure.replay}", ""]
    return "\n".join([*lines, _verdict(drill)]) + "\n"


def _padded_cell(text: str, widths: list[int], column: int) -> str:
    return text.ljust(widths[column]) if column < 2 else text.rjust(widths[column])


def _family_row(family: FamilyJson) -> tuple[str, ...]:
    counts = (f"{getattr(family, name):,}" for name in _COUNTS)
    return (family.family, family.title, *counts, f"{family.seconds:.0f} s")


def _sum_row(drill: DrillJson) -> tuple[str, ...]:
    def total(name: str) -> str:
        return f"{sum(getattr(family, name) for family in drill.families):,}"

    return ("", "all", *(total(name) for name in _COUNTS), f"{drill.seconds:.0f} s")


def _verdict(drill: DrillJson) -> str:
    how = f"seed {drill.seed}, {'every step' if drill.full else 'a sample of steps (--full for all)'}"
    half = sum(family.half for family in drill.families)
    if half:
        return f"{half} half release{'s' * (half > 1)}. {drill.runs:,} runs, {how}."
    if drill.failures:
        return f"no half release, but {len(drill.failures)} runs broke a promise. {drill.runs:,} runs, {how}."
    return f"not one half release: {drill.runs:,} runs, each published or refused with its reason; {how}."
