"""What a fault drill came to, as the struct that is printed."""

from __future__ import annotations

from wholeship.app.drill import DrillAnswer
from wholeship.output.drill_json import DrillJson, FailureJson, FamilyJson
from wholeship.testing.drill.campaign import Tally
from wholeship.testing.drill.engine import End
from wholeship.testing.drill.families import FAMILIES


def drill_document(answer: DrillAnswer, exit_code: int) -> DrillJson:
    """*answer* as it is printed."""
    report = answer.report
    return DrillJson(
        full=report.choice.full,
        seed=report.choice.seed,
        registry=answer.registry,
        runs=report.runs,
        seconds=round(report.seconds, 3),
        families=[_family_json(letter, tally) for letter, tally in report.tallies.items()],
        failures=[
            FailureJson(r.name, list(r.broken), r.code, f"wholeship drill --replay '{r.name}'", list(r.story))
            for r in report.failed
        ],
        remarks=list(answer.remarks),
        exit_code=exit_code,
    )


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
