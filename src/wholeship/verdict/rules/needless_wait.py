"""A ``needs`` edge on the critical path that no promise needs."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.pipeline.images import Image
from wholeship.pipeline.run import Job
from wholeship.prove import Effect, Proved, Prover
from wholeship.verdict.rules.phrases import labelled
from wholeship.verdict.study import Case, Study
from wholeship.verdict.wholeness import Verdict, verdicts

RULE = "needless-wait"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each edge that costs minutes and keeps nothing. Without figures: nothing."""
    if study.minutes is None:
        return
    seen: set[tuple[str, str]] = set()
    for case in study.cases:
        for job in case.instance.jobs:
            for need in job.needs:
                if (job.id, need) in seen:
                    continue
                minutes = study.minutes(study, job.id, need)
                if minutes and minutes >= 1 and _idle(study, case, job, need):
                    seen.add((job.id, need))
                    yield _finding(job, need, minutes, severity)


def _idle(study: Study, case: Case, job: Job, need: str) -> bool:
    """Whether the edge carries no output, no condition and no promise."""
    if f"needs.{need}." in study.text or need in job.condition_text:
        return False
    without = case.prover.without_edge(job.id, need)
    return _same_gates(case, without) and _still_whole(study, case, without)


def _same_gates(case: Case, without: Prover) -> bool:
    for publish in case.publishing:
        # Whatever it looks at: what is followed rolls the others out, too.
        checks = [Effect.check(check) for check in case.facts.checks]
        effect = Effect.publish(publish)
        if set(case.prover.gates_of(effect, checks)) - set(without.gates_of(effect, checks)):
            return False
    return True


def _still_whole(study: Study, case: Case, without: Prover) -> bool:
    return all(
        _still_last(verdict, image, without)
        for verdict in verdicts(case, study.watched)
        for image in verdict.fine
    )


def _still_last(verdict: Verdict, image: Image, without: Prover) -> bool:
    mine = [Effect.publish(t.publish, part=t.part) for t in verdict.release.tagged(image)]
    for other in verdict.release.images:
        theirs = [Effect.publish(t.publish, part=t.part) for t in verdict.release.tagged(other)]
        if other is not image and not all(isinstance(without.requires(one, theirs), Proved) for one in mine):
            return False
    return True


def _finding(job: Job, need: str, minutes: float, severity: Severity) -> Finding:
    return Finding(
        RULE,
        severity,
        Confidence.LIKELY,
        f"{job.id} waits for {need} without need: {_about(minutes)} of the critical path",
        labelled((job.needs_places.get(need, job.place), "waits here")),
        fix=Fix(f"Drop {need} from the needs of {job.id}."),
        key=f"{job.id} {need}",
    )


def _about(minutes: float) -> str:
    return "about a minute" if round(minutes) == 1 else f"about {minutes:.0f} minutes"
