"""A waiting release run can be dropped by its concurrency group."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Moment, Severity
from wholeship.core.wording import listed_few
from wholeship.logic.formula import TRUE
from wholeship.pipeline.run import Group
from wholeship.pipeline.trigger import RefClass
from wholeship.texts.template import Kind
from wholeship.verdict.rules.phrases import labelled
from wholeship.verdict.study import Case, Study

RULE = "evicted-release"
_OWN = frozenset((Kind.RUN_ID, Kind.RUN_NUMBER, Kind.COMMIT))


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each group that releases wait in and that keeps only one of them waiting."""
    found: dict[int, tuple[Group, str, list[str]]] = {}
    for case in study.cases:
        for group, who in _groups(case):
            if group.queue != "max" and group.cancels != TRUE and _shared(case, group):
                found.setdefault(group.place.line, (group, who, []))[2].append(case.name)
    for group, who, scenarios in found.values():
        yield _finding(group, who, scenarios, severity)


def _groups(case: Case) -> Iterator[tuple[Group, str]]:
    """Groups that a release waits in. An ordinary push that is dropped is followed by a newer one."""
    trigger = case.instance.scenario.trigger
    if not case.tagged or not (trigger.ref is RefClass.TAG or trigger.event == "release"):
        return
    if case.instance.group is not None:
        yield case.instance.group, "the run"
    for id in dict.fromkeys(each.publish.spot.job for each in case.tagged):
        group = case.instance.job(id).group
        if group is not None:
            yield group, id


def _shared(case: Case, group: Group) -> bool:
    """Whether two different releases can wait in one group."""
    trigger = case.instance.scenario.trigger
    kinds = {kind for option in group.name.options for hole in option.holes for kind in hole.kinds}
    by_ref = Kind.REF in kinds and trigger.ref is RefClass.TAG
    by_event = Kind.EVENT in kinds and trigger.event == "release"
    return not (kinds & _OWN or by_ref or by_event)


def _finding(group: Group, who: str, scenarios: list[str], severity: Severity) -> Finding:
    name = str(group.name)
    story = (
        Moment(f"a release is running in the group {name}", "release 1"),
        Moment("a second release starts and waits", "release 2"),
        Moment("a third run of the group starts: the waiting one is cancelled", "run 3"),
        Moment("release 2 is never published, and nothing fails", "release 2", "cancelled"),
    )
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        f"a release that waits in the group {name} is dropped when a newer run comes"
        f" ({listed_few(scenarios)})",
        labelled((group.place, f"{who} waits here")),
        story=story,
        fix=Fix("Add `queue: max` to the group, or make it unique for each release: `…-${{ github.ref }}`."),
        key=name,
    )
