"""What was tested or scanned is built again before it is published: other bytes ship."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.pipeline.gates import alike
from wholeship.pipeline.publish import Check, CheckKind, Publish, Way
from wholeship.verdict.rules.phrases import images_of, labelled
from wholeship.verdict.study import Case, Study

RULE = "tested-not-shipped"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each publish that is a rebuild of what a check looked at."""
    seen: set[tuple[str, str, str]] = set()
    for case in study.cases:
        for publish in case.publishing:
            check = _rebuilt(case, publish)
            if check is None:
                continue
            key = (check.spot.job, publish.spot.job, images_of(publish))
            if key not in seen:
                seen.add(key)
                yield _finding(case, check, publish, severity)


def _rebuilt(case: Case, publish: Publish) -> Check | None:
    """The check of another build of the same image, when no check saw the published one."""
    if publish.way not in (Way.BUILD, Way.BAKE) or publish.build is None:
        return None
    looked = [
        check
        for check in case.facts.checks
        if check.kind in (CheckKind.SMOKE, CheckKind.SCAN) and _before(case, check, publish)
    ]
    for check in looked:
        for made in check.builds:
            if made.spot != publish.spot and alike(made.build, publish.build):
                return check
    return None


def _before(case: Case, check: Check, publish: Publish) -> bool:
    """Whether the check does not come after the publish (then it looks at what is out already)."""
    if check.spot.job == publish.spot.job and check.spot.leg == publish.spot.leg:
        return check.spot.before(publish.spot)
    return publish.spot.job not in case.prover.ancestors(check.spot.job)


def _finding(case: Case, check: Check, publish: Publish, severity: Severity) -> Finding:
    made = check.builds[0]
    names = images_of(publish)
    same_job = check.spot.job == publish.spot.job
    tests = "scans" if check.kind is CheckKind.SCAN else "tests"
    text = f"{check.spot.job} {tests} a build of its own; what ships of {names} is built again in "
    text += f"{publish.spot.job}, and nothing tests that build"
    if same_job:
        text = (
            f"{check.spot.job} {tests} one build of {names} and pushes another: only a cache keeps both alike"
        )
    return Finding(
        RULE,
        Severity.NOTE if same_job else severity,
        Confidence.LIKELY if same_job else Confidence.CERTAIN,
        text,
        labelled(
            (publish.place, "what ships is built here"),
            (made.place, "what is tested is built here"),
            (check.place, "the check"),
        ),
        fix=Fix(
            "Push the very image that was tested (docker push), or push by digest first, test that digest "
            "and give it its tag with `docker buildx imagetools create`."
        ),
        key=f"{check.spot.job} {publish.spot.job} {names}",
    )
