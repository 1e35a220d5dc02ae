"""Two runs can compute the same deploy tag."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Moment, Severity
from wholeship.core.wording import listed_few
from wholeship.pipeline.images import Tagged
from wholeship.pipeline.tags import Collision, Nature, Resolution, collision, nature
from wholeship.texts.template import Kind
from wholeship.verdict.rules.phrases import labelled, on, place_of
from wholeship.verdict.study import Case, Study

RULE = "tag-collision"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each text that two runs can make alike."""
    found: dict[str, tuple[Case, Collision, list[Tagged], dict[str, None]]] = {}
    for case in study.cases:
        trigger = case.instance.scenario.trigger
        again = case.instance.scenario.event == "schedule"
        for each in case.tagged:
            if nature(each.tag, trigger) is not Nature.DEPLOY:
                continue
            risk = collision(each.tag, trigger, again=again)
            if risk is not None:
                preview = study.is_preview(each.tag)
                key = f"{risk.hole} {risk.why}{' preview' if preview else ''}"
                known = found.setdefault(key, (case, risk, [], {}))
                known[2].append(each)
                known[3][case.name] = None
    for case, risk, tagged, scenarios in found.values():
        mild = study.is_preview(tagged[0].tag)  # all of them are, or none
        yield _finding(case, risk, tagged, on(study, scenarios), Severity.NOTE if mild else severity)


def _finding(case: Case, risk: Collision, tagged: list[Tagged], where: str, severity: Severity) -> Finding:
    names = listed_few(each.reference.image() for each in tagged)
    text = f"the tag of {names} is not unique: {risk.why}{where}"
    made = place_of(case.instance, risk.hole.site, "date") if risk.hole.site else None
    clock = risk.resolution is not None
    return Finding(
        RULE,
        severity if clock else Severity.NOTE,
        Confidence.LIKELY if risk.resolution is Resolution.UNKNOWN else Confidence.CERTAIN,
        text,
        labelled(
            (made, "the tag is made here"),
            *((each.publish.place, "and used here") for each in tagged[:1]),
        ),
        story=_story(names, risk) if clock else (),
        fix=Fix(_advice(risk)),
        key=str(tagged[0].tag),
    )


def _story(names: str, risk: Collision) -> tuple[Moment, ...]:
    fine = risk.resolution.value if risk.resolution else "moment"
    return (
        Moment(f"two changes start a run within one {fine}", "run 1"),
        Moment(f"both compute the same `{risk.hole.name}`", "run 2"),
        Moment(f"the second push of {names} overwrites the first; both runs are green", "run 2", "success"),
    )


def _advice(risk: Collision) -> str:
    if risk.resolution is not None:
        return (
            "Add `-${{ github.run_number }}` to the tag: every run has its own. Leave `github.run_attempt` "
            "out, or put it in once, in one job that all others need: a re-run of some jobs would change it."
        )
    if Kind.FILE in risk.hole.kinds:
        return "Add the commit or `github.run_number` to the tag, or publish on a git tag only."
    return "Add `github.run_number` to the tag, so that a later build of the same commit has its own."
