"""Checks that stand elsewhere: in another workflow that a run follows, or on another event.

Told as gate-bypass. A workflow that starts after another one is started by failed and cancelled runs, too; a
check that only some events run does not stand before what others publish.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Moment, Severity
from wholeship.core.place import Place
from wholeship.core.wording import listed, listed_few
from wholeship.logic.formula import Atom, Formula
from wholeship.pipeline.gates import SOURCES, speaks_of
from wholeship.pipeline.publish import Check, Publish, Way
from wholeship.pipeline.run import Data
from wholeship.pipeline.trigger import RefClass
from wholeship.prove import Effect, Happens
from wholeship.verdict.rules.phrases import images_of, labelled, quoted
from wholeship.verdict.study import Case, Study

RULE = "gate-bypass"
_BAD = ("failure", "cancelled", "skipped")
NAME = "github.event.workflow_run.conclusion"
THAT_COMMIT = "ref: ${{ github.event.workflow_run.head_sha }}"
SUCCEEDED = f"if: {NAME} == 'success'"


def other_events(study: Study) -> Iterator[Finding]:
    """One finding for each check that some event skips, and that stands before a publish on another one."""
    found: dict[tuple[object, object], tuple[Check, Publish, Case, dict[str, None]]] = {}
    for case in study.cases:
        if case.instance.scenario.trigger.ref in (RefClass.PULL, RefClass.QUEUE):
            continue
        there = {publish.place: publish for publish in case.publishing}
        checks = {check.place for check in case.facts.checks}
        for other in study.cases:
            missing = {check.place for check in other.checks} - checks
            for check, publish in _gated(other, missing) if missing else ():
                here = there.get(publish.place)
                if here is None or _checked(case, here, check):
                    continue
                if case.happens(Effect.publish(here)):
                    held = found.setdefault((check.place, publish.place), (check, here, other, {}))
                    held[3][case.name] = None
    for check, publish, gated, names in found.values():
        yield _skipped(check, publish, gated, listed(names))


def _gated(case: Case, places: Collection[Place]) -> Iterator[tuple[Check, Publish]]:
    """Real checks of the sources at *places*, with what waits for them."""
    for check in case.checks:
        if check.place not in places or check.kind not in SOURCES or not check.real:
            continue
        for publish in case.publishing:
            near = check.spot.job == publish.spot.job or check.spot.job in case.prover.ancestors(
                publish.spot.job
            )
            if near and speaks_of(check, publish) and _waits(case, publish, check):
                yield check, publish


def _waits(case: Case, publish: Publish, check: Check) -> bool:
    return bool(case.prover.gates_of(Effect.publish(publish), (Effect.check(check),)))


def _checked(case: Case, publish: Publish, check: Check) -> bool:
    """Whether another check of the kind stands before it there."""
    return any(each.kind is check.kind and _waits(case, publish, each) for each in case.checks)


def _skipped(check: Check, publish: Publish, gated: Case, names: str) -> Finding:
    images = images_of(publish)
    how = f"{check.how} in {check.spot.job}"
    return Finding(
        RULE,
        Severity.WARNING,
        Confidence.CERTAIN,
        f"{images} can be pushed on {names} although {how} does not run then, as on {gated.name}",
        labelled((publish.place, f"{images} is pushed here"), (check.place, "the check")),
        story=(
            Moment(f"a run starts on {names}", "", ""),
            Moment(
                f"{how} is left out: it is for another event",
                check.spot.job,
                "skipped",
                check.place,
            ),
            Moment(f"{images} is pushed", publish.spot.job, "success", publish.place),
        ),
        fix=Fix(f"Run {check.how} on {names}, too, or do not publish there."),
        key=f"event {check.spot.job} {publish.spot.job}",
    )


def other_workflows(study: Study) -> Iterator[Finding]:
    """Publishes after another workflow, whatever came of it, or from another commit than it was of."""
    for case in study.cases:
        scenario = case.instance.scenario
        if not scenario.follows:
            continue
        blind = [each for each in case.publishing if _after_failure(case, each)]
        if blind:
            yield _whatever(case, blind)
        drifted = [each for each in case.publishing if each not in blind and _of_the_branch(case, each)]
        if drifted:
            yield _another_commit(case, drifted)


def _after_failure(case: Case, publish: Publish) -> bool:
    effect = Effect.publish(publish)
    ends: list[Formula] = [Atom(Data(f"{NAME} == '{result}'")) for result in _BAD]
    return any(isinstance(case.prover.possible_where(effect, end), Happens) for end in ends)


def _whatever(case: Case, publishes: list[Publish]) -> Finding:
    names, upstream = listed_few(map(images_of, publishes)), listed_few(case.instance.scenario.follows)
    job = case.job(publishes[0].spot)
    return Finding(
        RULE,
        Severity.WARNING,
        Confidence.CERTAIN,
        f"{names} can be pushed after {upstream} has not succeeded: a failed or skipped run starts it",
        labelled(
            (publishes[0].place, f"{names} is pushed here"),
            (job.condition_place, "the condition"),
            (case.instance.scenario.place, "started here"),
        ),
        story=(
            Moment(f"a run of {upstream} fails", upstream, "failure"),
            Moment("it is completed, and this workflow starts", "", "", case.instance.scenario.place),
            Moment(f"{names} is pushed", publishes[0].spot.job, "success", publishes[0].place),
        ),
        fix=Fix(f"Add {quoted(SUCCEEDED)} to the job that publishes."),
        key=f"whatever {publishes[0].spot.job}",
    )


def _of_the_branch(case: Case, publish: Publish) -> bool:
    """Whether it is built from the head of the default branch, which is not what the other run looked at."""
    built = publish.way in (Way.BUILD, Way.BAKE, Way.PUSH)
    return built and case.checks_out(publish.spot)


def _another_commit(case: Case, publishes: list[Publish]) -> Finding:
    names, upstream = listed_few(map(images_of, publishes)), listed_few(case.instance.scenario.follows)
    return Finding(
        RULE,
        Severity.WARNING,
        Confidence.LIKELY,
        f"{names} is built from the head of the default branch, which {upstream} need not have passed",
        labelled(
            (publishes[0].place, f"{names} is built here"), (case.instance.scenario.place, "started here")
        ),
        fix=Fix(f"Check out the commit of that run: {quoted(THAT_COMMIT)}."),
        key=f"commit {publishes[0].spot.job}",
    )
