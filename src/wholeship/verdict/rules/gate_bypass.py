"""A publish can happen without a check having really passed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.values import dataclass
from wholeship.core.wording import listed_few
from wholeship.pipeline.gates import speaks_of
from wholeship.pipeline.images import Tagged
from wholeship.pipeline.publish import SOMETIMES, Check, CheckKind, Publish
from wholeship.prove import Effect, Refuted
from wholeship.verdict.rules import edits
from wholeship.verdict.rules.phrases import images_of, labelled, on
from wholeship.verdict.rules.upstream import other_events, other_workflows
from wholeship.verdict.study import Case, Study

RULE = "gate-bypass"
OTHERS = 12
"""So many other publishes are asked whether they wait."""


@dataclass(slots=True)
class _Bypass:
    """A job's checks and publishes that do not wait for them: those of one job, or all that never look."""

    case: Case
    check: Check
    answer: Refuted
    linked: bool
    tagged: list[Tagged] = field(default_factory=list)
    scenarios: dict[str, None] = field(default_factory=dict)


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each checking job that a publishing job seems to wait for, one for the rest."""
    found: dict[tuple[str, str], _Bypass] = {}
    for case in study.cases:
        for check in case.checks:
            for tagged in _first_tags(case):
                _weigh(case, check, tagged, found)
    for each in found.values():
        yield _finding(study, each, severity)
    yield from other_events(study)
    yield from other_workflows(study)


def _first_tags(case: Case) -> Iterator[Tagged]:
    """The first tag of each image in each step: what is true of it is true of the others, and other legs."""
    seen: set[tuple[str, int, str]] = set()
    for image in case.images:
        for each in image.tags:
            spot = each.publish.spot
            key = (spot.job, spot.step, "" if spot.leg else image.name)
            if key not in seen:
                seen.add(key)
                yield each


def _weigh(case: Case, check: Check, tagged: Tagged, found: dict[tuple[str, str], _Bypass]) -> None:
    publish = tagged.publish
    if not speaks_of(check, publish) or _only_reports(check):
        return
    gate = Effect.check(check)
    effect = Effect.publish(publish, f"{images_of(publish)} is pushed", tagged.part)
    linked = _linked(case, check, publish)
    if not linked and (check.kind is CheckKind.LINT or _after(case, check, publish)):
        return
    key = (check.spot.job, publish.spot.job if linked else "")
    if not linked and key in found and found[key].case is case:
        found[key].tagged.append(tagged)  # it does not wait either; one run tells of all
        return
    if not case.happens(effect) or not case.happens(gate) or case.prover.ordered(effect, gate):
        return
    answer = case.prover.requires(effect, gate)
    if not isinstance(answer, Refuted):
        return
    known = found.setdefault(key, _Bypass(case, check, answer, linked))
    known.tagged.append(tagged)
    known.scenarios[case.name] = None
    better = (linked, -len(answer.story)) > (known.linked, -len(known.answer.story))
    if better:
        known.case, known.check, known.answer, known.linked = case, check, answer, linked


def _after(case: Case, check: Check, publish: Publish) -> bool:
    """Whether the check looks at what is out already."""
    return publish.spot.job in case.prover.ancestors(check.spot.job)


def _only_reports(check: Check) -> bool:
    """A scanner that passes whatever it finds is a report, and a check that runs only sometimes an extra."""
    return not check.real and (check.kind is CheckKind.SCAN or check.reason == SOMETIMES)


def _linked(case: Case, check: Check, publish: Publish) -> bool:
    """Whether the workflow looks as if the check stood before the publish."""
    if check.spot.job == publish.spot.job:
        return check.spot.before(publish.spot) or check.spot.leg != publish.spot.leg
    return check.spot.job in case.prover.ancestors(publish.spot.job)


def _finding(study: Study, bypass: _Bypass, severity: Severity) -> Finding:
    check, case = bypass.check, bypass.case
    publish = bypass.tagged[0].publish
    names = listed_few(each.reference.image() for each in bypass.tagged)
    others = _others_wait(case, check, {each.publish.spot.job for each in bypass.tagged})
    looks = f"; {listed_few(others)} {'does' if len(others) == 1 else 'do'} wait for it" if others else ""
    how = f"{check.how} in {check.spot.job}"
    text = f"{names} can be pushed although {how} has not passed{looks}{on(study, bypass.scenarios)}"
    if check.reason:
        text += f" ({check.reason})"
    places = labelled(
        (publish.place, f"{names} {'are' if ' and ' in names else 'is'} pushed here"),
        (check.place, "the check"),
        (case.job(publish.spot).condition_place, "the condition of the publishing job"),
    )
    return Finding(
        RULE,
        severity if bypass.linked or others else Severity.WARNING,
        Confidence.LIKELY if bypass.answer.doubts else Confidence.CERTAIN,
        text,
        places,
        story=bypass.answer.story,
        fix=_fix(study, bypass, linked=bypass.linked),
        key=f"{check.spot.job} {publish.spot.job if bypass.linked else ''}",
    )


def _others_wait(case: Case, check: Check, jobs: set[str]) -> list[str]:
    """Other images that do wait for the check: then this one was probably meant to, too."""
    gate = Effect.check(check)
    waiting = [
        other
        for other in case.publishing
        if other.spot.job not in jobs and check.spot.job in case.prover.ancestors(other.spot.job)
    ]
    return [
        images_of(other)
        for other in waiting[:OTHERS]
        if speaks_of(check, other) and case.prover.gates_of(Effect.publish(other), (gate,))
    ]


def _fix(study: Study, bypass: _Bypass, *, linked: bool) -> Fix:
    check, publish = bypass.check, bypass.tagged[0].publish
    if linked and not check.real:
        return Fix(f"Let {check.how} fail the step: {check.reason}.")
    if linked:
        return Fix(
            f"Let {publish.spot.job} run only on success: no always(), !cancelled() or failure() without "
            f"`needs.{check.spot.job}.result == 'success'`, and no continue-on-error on the check."
        )
    jobs = list(dict.fromkeys(each.publish.spot.job for each in bypass.tagged))
    job = bypass.case.instance.job(publish.spot.job)
    if len(jobs) > 1:
        return Fix(f"Add {check.spot.job} to the needs of {listed_few(jobs)}.")
    advice = f"Add {check.spot.job} to the needs of {publish.spot.job}."
    if publish.spot.job in bypass.case.prover.ancestors(check.spot.job) or "/" in publish.spot.job:
        return Fix(f"Let {publish.spot.job} wait for {check.spot.job}.")
    return Fix(advice, edits.add_needs(study, job, (check.spot.job,)), safe=True)
