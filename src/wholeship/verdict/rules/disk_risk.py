"""The forecast peak of a job does not fit the disk that the runner guarantees."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.verdict.rules.phrases import labelled, on
from wholeship.verdict.study import Study

RULE = "disk-risk"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each job over its guarantee, with the worst scenario. Without figures: nothing."""
    if study.disks is None:
        return
    worst: dict[str, tuple[float, float, list[str]]] = {}
    for scenario, job, peak, guaranteed in study.disks(study):
        known = worst.setdefault(job, (peak, guaranteed, []))
        known[2].append(scenario)
        worst[job] = (max(peak, known[0]), guaranteed, known[2])
    places = {job.id: job.place for case in study.cases for job in case.instance.jobs}
    for job, (peak, guaranteed, scenarios) in worst.items():
        yield Finding(
            RULE,
            severity,
            Confidence.LIKELY,
            f"{job} fills up to {peak:.1f} GB; its runner guarantees {guaranteed:g} GB{on(study, scenarios)}",
            labelled((places.get(job), "this job")),
            fix=Fix(
                "Build one image and platform in a job, on a native runner, without load or tar outputs."
            ),
            key=job,
        )
