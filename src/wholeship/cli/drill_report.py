"""What a fault drill came to, as the struct that is printed."""

from __future__ import annotations

from wholeship.app.drill import DrillAnswer
from wholeship.core.errors import ExitCode
from wholeship.output.drill_json import DrillJson, FailureJson, FamilyJson
from wholeship.testing.drill.campaign import Report, Tally
from wholeship.testing.drill.engine import End
from wholeship.testing.drill.families import FAMILIES


def drill_document(answer: DrillAnswer) -> DrillJson:
    """*answer* as it is printed."""
    report, registry = answer.report, answer.registry
    return DrillJson(
        full=report.choice.full,
        seed=report.choice.seed,
        registry=registry,
        runs=report.runs,
        seconds=round(report.seconds, 3),
        families=[_family_json(letter, tally) for letter, tally in report.tallies.items()],
        failures=[
            FailureJson(r.name, list(r.broken), r.code, f"wholeship drill --replay '{r.name}'", list(r.story))
            for r in report.failed
        ],
        remarks=list(answer.remarks),
        exit_code=_exit_code(report, registry),
    )


def _exit_code(report: Report, registry: str) -> ExitCode:
    """Half in a registry that others may look at is louder than half in memory."""
    if registry and any(run.end is End.HALF for run in report.failed):
        return ExitCode.HALF
    return ExitCode.NO if report.failed else ExitCode.YES


def _family_json(letter: str, tally: Tally) -> FamilyJson:
    def count(end: End) -> int:
        return tally.ends.get(end, 0)

    return FamilyJson(
        family=letter,
        title=FAMILIES[letter].title,
        runs=tally.runs,
        published=count(End.PUBLISHED),
        refused=count(End.REFUSED),
        told=count(End.TOLD),
        unfinished=count(End.UNFINISHED),
        half=count(End.HALF),
        failed=len(tally.failed),
        missed=tally.missed,
        seconds=round(tally.seconds, 3),
        withdrawn=count(End.WITHDRAWN),
    )
