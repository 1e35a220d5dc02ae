"""The workflow cannot run as written, or says something other than it looks like."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.errors import Problem
from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.place import Place
from wholeship.core.wording import listed_few, sentence
from wholeship.pipeline.publish import Publish
from wholeship.verdict.dead import lacking, never_happening, shortened, stuck, worth_telling
from wholeship.verdict.rules.phrases import images_of, labelled, on
from wholeship.verdict.study import Absent, Study

RULE = "broken-workflow"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """What GitHub would refuse is an error; what runs and lies is a warning."""
    for problem in study.problems:
        yield _finding(problem, severity)
    for problem in study.lies:
        yield _finding(problem, Severity.WARNING)
    yield from _unreached(study)


def _unreached(study: Study) -> Iterator[Finding]:
    """Publishes that look as if they happened."""
    for each in worth_telling(study):
        yield _never(
            study, each.publish, f"no run of this workflow fulfils `{shortened(each.condition)}`", each.place
        )
    told = {each.publish.place for each in worth_telling(study)}
    lacks: dict[tuple[Place, str], list[Absent]] = {}
    for lack in lacking(study):
        if lack.publish.place not in told:
            lacks.setdefault((lack.publish.place, lack.why), []).append(lack)
    yield from map(_lacking, lacks.values())
    for job, group, why in stuck(study):
        yield Finding(
            RULE,
            Severity.WARNING,
            Confidence.CERTAIN,
            why,
            labelled((group.place, "the group"), (job.place, "the job")),
            fix=Fix("Give the group a name of its own for each job and leg, or `queue: max`."),
            key=f"stuck {job.id}",
        )
    for publish, case in never_happening(study.cases):
        why = (
            "no run meets all conditions on the way: success() also looks at the jobs that its needs wait for"
        )
        yield _never(study, publish, f"{why}{on(study, (case.name,))}", publish.place)


def _lacking(lacks: list[Absent]) -> Finding:
    """Siblings that no run publishes; a note where it is a script that does not get there."""
    lack, names = lacks[0], [each.image.name for each in lacks]
    are = "is" if len(names) == 1 else "are"
    return Finding(
        RULE,
        Severity.WARNING if lack.conditions else Severity.NOTE,
        Confidence.CERTAIN,
        f"{listed_few(names)} {are} never published, and would get the tag of the release: {lack.why}",
        labelled((lack.publish.place, "no run pushes this"), (lack.place, "because of this")),
        fix=Fix("Let the push happen, or delete it: then the release is the images that are left."),
        key=f"lacks {' '.join(names)}",
    )


def _never(study: Study, publish: Publish, why: str, place: Place) -> Finding:
    return Finding(
        RULE,
        Severity.WARNING,
        Confidence.CERTAIN,
        f"{images_of(publish)} is never published: {why}",
        labelled((publish.place, "no run gets here"), (place, "because of this")),
        fix=Fix("Fix the condition, add the trigger that it asks for, or take the step out."),
        key=f"never {images_of(publish)} {place.path}",
    )


def _finding(problem: Problem, severity: Severity) -> Finding:
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        problem.message,
        labelled((problem.place, "")),
        fix=Fix(sentence(problem.hint)) if problem.hint else None,
        key=f"{problem.place.path} {problem.message}",
    )
