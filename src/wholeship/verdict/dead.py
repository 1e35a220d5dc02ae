"""Publishes that no run reaches: a condition that no trigger fulfils, or that another one shuts out.

What no run reaches is read a second time as if one did. An image that is published there only, under the tag
of a release, is a sibling that nobody will ever see: then no answer calls the release whole.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import replace

from wholeship.core.patterns import lazy_pattern
from wholeship.core.place import Place
from wholeship.core.wording import listed_few
from wholeship.logic.formula import FALSE, TRUE
from wholeship.pipeline.images import Image, Tagged
from wholeship.pipeline.overlap import may_be_one
from wholeship.pipeline.publish import Facts, Publish, Reference
from wholeship.pipeline.run import Action, Group, Instance, Job, Leg, Step
from wholeship.pipeline.tags import Nature, nature
from wholeship.prove import Effect
from wholeship.texts.template import Same, Value
from wholeship.verdict.study import Absent, Case, Dead, Study

_OFF = frozenset(("false", "${{ false }}", "${{false}}", "false == true"))
"""Conditions by which people switch something off."""


def may_lack(cases: Sequence[Case], text: str) -> bool:
    """Whether an image of a release may be left out by something that no run reaches: to be looked into.

    *text* is that of the workflow and of all that it calls.
    """
    if not any(case.tagged for case in cases):
        return False
    if any(case.facts.skips for case in cases) or _FLAGGED.search(text):
        return True
    off = [set(_off_legs(case.instance)) for case in cases]
    on = {key for case in cases for key in _on_legs(case.instance)}
    return bool(set[_Key]().union(*off) - on) or any(map(_pushes_nothing, cases))


_FLAGGED = lazy_pattern(r"\bexclude:|'--push\b")
_Key = tuple[str, str, Place]


def _off_legs(instance: Instance) -> Iterator[_Key]:
    for job in instance.jobs:
        if job.condition == FALSE:
            yield job.id, "", job.place
        for leg in job.legs:
            yield from ((job.id, leg.name, step.place) for step in leg.steps if step.condition == FALSE)


def _on_legs(instance: Instance) -> Iterator[_Key]:
    for job in instance.jobs:
        if job.condition != FALSE:
            yield job.id, "", job.place
        for leg in job.legs:
            yield from ((job.id, leg.name, step.place) for step in leg.steps if step.condition != FALSE)


def _pushes_nothing(case: Case) -> bool:
    """Whether an action is told not to push; by an expression, perhaps."""
    told = (
        step.does.inputs.get("push") for _, _, step in case.instance.spots() if isinstance(step.does, Action)
    )
    return any(value is not None and value.literal in ("false", "") for value in told)


def absent(cases: Sequence[Case], revived: Sequence[Case]) -> tuple[Absent, ...]:
    """The images that only *revived* have, and that get a tag of a release there."""
    known = {repository for case in cases for image in case.images for repository in _names(image)}
    references = {str(each.reference) for case in cases for each in case.tagged}
    named = any(_is_named(case, each) for case in cases for each in case.tagged)
    found: dict[str, Absent] = {}
    for case in revived:
        gone = [image for image in case.images if not _is_known(image, known, references)]
        here = tuple(image for image in case.images if image not in gone)
        here = case.watched.among(here) or here
        for image in gone:
            tagged = next((each for each in image.tags if _shares(case, each, here, named=named)), None)
            if tagged is not None and image.name not in found:
                each = _absent(cases, case, image, tagged.publish)
                found |= {image.name: each} if each is not None else {}
    return tuple(found.values())


def left_out(cases: Sequence[Case]) -> tuple[Absent, ...]:
    """The images that a command could push and is not told to, and that would get a tag of a release."""
    held = [
        replace(
            case,
            facts=replace(
                case.facts, publishes=(*case.facts.publishes, *(each.publish for each in case.facts.left_out))
            ),
        )
        for case in cases
        if case.facts.left_out
    ]
    meant = {each.publish.revived for case in cases for each in case.facts.left_out if each.meant}
    return tuple(replace(each, meant=each.why in meant) for each in absent(cases, held))


def _names(image: Image) -> Iterator[str]:
    """Its repositories, and what they are called in any registry."""
    for repository in image.repositories:
        yield str(repository)
        yield Reference(repository, None).image()


def _is_known(image: Image, known: Set[str], references: Set[str]) -> bool:
    if image.variant:
        return any(str(each.reference) in references for each in image.tags)
    return not known.isdisjoint(_names(image))


def _is_named(case: Case, tagged: Tagged) -> bool:
    return nature(tagged.tag, case.instance.scenario.trigger) is Nature.DEPLOY


def _shares(case: Case, tagged: Tagged, others: Sequence[Image], *, named: bool) -> bool:
    """Whether one of *others* gets the same tag, or perhaps does: where tags name a release, such a tag."""
    if named and not _is_named(case, tagged):
        return False
    stems = (each.stem for image in others for each in image.tags)
    return any(tagged.stem.compare(each) is Same.YES or may_be_one(tagged.stem, each) for each in stems)


def _absent(cases: Sequence[Case], case: Case, image: Image, publish: Publish) -> Absent | None:
    jobs = {job.id: job for job in case.instance.jobs}
    for part in _parts(jobs, publish):
        if part.revived:
            place = part.condition_place or part.place
            if part.condition_text:
                why = f"no run of this workflow fulfils `{shortened(part.condition_text)}`"
            else:
                why = "it waits for what never runs"
            return Absent(image, publish, why, place, _is_meant(part.condition_text), conditions=True)
    job = jobs[publish.spot.job]
    legs = [leg for each in cases for one in each.instance.jobs if one.id == job.id for leg in one.legs]
    if publish.spot.leg not in {leg.name for leg in legs}:
        only = [v for key, v in job.leg(publish.spot.leg).matrix.items() if not _has(legs, key, v)]
        why = f"the matrix leaves out {listed_few(map(str, only))}"
        # A combination that is left out is no image that is: its values are built in others.
        return Absent(image, publish, why, job.place, conditions=True) if only else None
    if publish.revived:
        return Absent(image, publish, publish.revived, publish.place)
    return Absent(image, publish, "its step is never told to push", publish.place, conditions=True)


def _has(legs: Iterable[Leg], key: str, value: Value) -> bool:
    return any(leg.matrix.get(key) == value for leg in legs)


def _parts(jobs: Mapping[str, Job], publish: Publish) -> Iterator[Step | Job]:
    """Its step, those around it, its job, and the jobs around and before that."""
    leg = jobs[publish.spot.job].leg(publish.spot.leg)
    step = leg.steps[publish.spot.step]
    yield step
    yield from (leg.steps[each] for each in reversed(step.scope))
    pending, looked = [publish.spot.job], set[str]()
    while pending:
        job = jobs.get(pending.pop(0))
        if job is None or job.id in looked:
            continue
        looked.add(job.id)
        yield job
        pending += [job.caller] if job.caller else []
        pending += job.needs


LONGEST = 80
"""Of a condition so many characters are shown."""


def shortened(condition: str) -> str:
    """*condition* on one line, for a sentence."""
    text = " ".join(condition.split())
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _is_meant(condition: str) -> bool:
    return condition.strip().lower() in _OFF


def lacking(study: Study) -> tuple[Absent, ...]:
    """The images of a release that no run publishes, and that nobody has switched off on purpose."""
    return tuple(each for each in study.absent if not each.meant)


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
    return Dead(publish, condition, place, meant=_is_meant(condition))


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
