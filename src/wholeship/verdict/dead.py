"""Publishes that no run reaches: a condition that no trigger fulfils, or that another one shuts out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from wholeship.core.place import Place
from wholeship.logic.formula import FALSE, TRUE
from wholeship.pipeline.publish import Facts, Publish
from wholeship.pipeline.run import Group, Instance, Job
from wholeship.prove import Effect
from wholeship.verdict.study import Case, Dead, Study

_OFF = frozenset(("false", "${{ false }}", "${{false}}", "false == true"))
"""Conditions by which people switch something off."""


def has_dead_parts(cases: Sequence[Case]) -> bool:
    """Whether some job or step is kept from running in every scenario: then it is worth to look into it."""
    off = [set(_off(case.instance)) for case in cases]
    return bool(off) and bool(set.intersection(*off))


def _off(instance: Instance) -> Iterator[Place]:
    for job in instance.jobs:
        if job.condition == FALSE:
            yield job.place
        for leg in job.legs:
            yield from (step.place for step in leg.steps if step.condition == FALSE)


def dead(cases: Sequence[Case], revived: Iterable[Facts]) -> tuple[Dead, ...]:
    """The publishes that only *revived* have, and those that can never happen."""
    seen = {each.place for case in cases for each in case.facts.publishes}
    found: dict[Place, Dead] = {}
    for facts in revived:
        for publish in facts.publishes:
            if publish.tagged and publish.place not in seen and publish.place not in found:
                each = _why(cases, publish)
                if each is not None:
                    found[publish.place] = each
    return tuple(found.values())


def _why(cases: Sequence[Case], publish: Publish) -> Dead | None:
    """The condition that keeps it: its own, its job's, or that of a job around or before it."""
    for case in cases:
        jobs = {job.id: job for job in case.instance.jobs}
        pending, looked = [publish.spot.job], set()
        while pending:
            job = jobs.get(pending.pop(0))
            if job is None or job.id in looked:
                continue
            looked.add(job.id)
            if job.condition == FALSE and job.condition_text:
                return _dead(publish, job.condition_text, job.condition_place or job.place)
            pending += [job.caller] if job.caller else []
            pending += job.needs
        found = _step(jobs.get(publish.spot.job), publish)
        if found is not None:
            return found
    return None


def _step(job: Job | None, publish: Publish) -> Dead | None:
    for leg in job.legs if job is not None else ():
        for step in leg.steps:
            around = (step, *(leg.steps[each] for each in step.scope))
            if step.index != publish.spot.step:
                continue
            for each in around:
                if each.condition == FALSE and each.condition_text:
                    return _dead(publish, each.condition_text, each.condition_place or each.place)
    return None


def _dead(publish: Publish, condition: str, place: Place) -> Dead:
    return Dead(publish, condition, place, meant=condition.strip().lower() in _OFF)


def untaken(cases: Sequence[Case]) -> tuple[Place, ...]:
    """Branches of scripts that push, and that no run takes, whatever starts it."""
    places = dict.fromkeys(place for case in cases for place in case.facts.untaken)
    lines = {(each.place.file, each.place.line) for case in cases for each in case.facts.publishes}
    return tuple(
        place
        for place in places
        if not any((place.file, line) in lines for line in range(place.line, place.end_line + 1))
    )


def never_happening(cases: Sequence[Case]) -> Iterator[tuple[Publish, Case]]:
    """Publishes that conditions let through one by one, and that still cannot happen in any scenario."""
    alive: set[Place] = set()
    stuck: dict[Place, tuple[Publish, Case]] = {}
    for case in cases:
        for each in case.publishing:
            if each.place in alive:
                continue
            if case.happens(Effect.publish(each)):
                alive.add(each.place)
            else:
                stuck.setdefault(each.place, (each, case))
    yield from (found for place, found in stuck.items() if place not in alive)


def worth_telling(study: Study) -> tuple[Dead, ...]:
    """Those that nobody has switched off; in a called workflow, where siblings of theirs are published."""
    stems = {str(each.stem) for case in study.cases for each in case.tagged}
    return tuple(
        each
        for each in study.dead
        if not each.meant
        and ("/" not in each.publish.spot.job or stems & {str(one.tag) for one in each.publish.tagged})
    )


def stuck(study: Study) -> tuple[tuple[Job, Group, str], ...]:
    """Publishing jobs that their own run cancels, by a concurrency group: the job, the group, and why.

    GitHub docs, "Concurrency": of a group one member runs and one waits; a third one cancels what waits.
    """
    found: dict[str, tuple[Job, Group, str]] = {}
    for case in study.cases:
        publishing = {each.spot.job for each in case.facts.publishes}
        for job in case.instance.jobs:
            inside = {job.id, *(other for other in publishing if other.startswith(f"{job.id}/"))}
            if job.group is None or not inside & publishing:
                continue
            why = _held(case.instance, job, job.group) or _crowded(job, job.group)
            if why:
                found.setdefault(job.id, (job, job.group, why))
    return tuple(found.values())


def _held(instance: Instance, job: Job, group: Group) -> str:
    """The group is held by what *job* is a part of."""
    jobs = {each.id: each for each in instance.jobs}
    around: list[tuple[str, Group | None]] = [("the run", instance.group)]
    caller = job.caller
    while caller:
        around.append((caller, jobs[caller].group))
        caller = jobs[caller].caller
    for who, other in around:
        if (
            other is not None
            and other.name == group.name
            and other.name.only is not None
            and not group.by_leg
        ):
            return f"{job.id} never starts: it waits in the group {group.name}, which {who} holds meanwhile"
    return ""


def _crowded(job: Job, group: Group) -> str:
    legs = len(job.legs)
    at_once = min(legs, job.max_parallel or legs)
    if group.by_leg or group.queue == "max":
        return ""
    if at_once > 1 and group.cancels == TRUE:
        return f"the legs of {job.id} cancel each other: they share the group {group.name}"
    if at_once > 2:
        return f"some of {legs} legs of {job.id} are cancelled: one runs, one waits in the group {group.name}"
    return ""
