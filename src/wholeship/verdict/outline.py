"""A study in lines: what is published, in which order, behind which checks, with which rights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from wholeship.logic.formula import FALSE, TRUE
from wholeship.pipeline.images import Image, Tagged
from wholeship.pipeline.platforms import made
from wholeship.pipeline.publish import Check
from wholeship.pipeline.run import Group, Job
from wholeship.pipeline.tags import Nature, nature
from wholeship.prove import Effect, Proved
from wholeship.verdict.report import Edge, Gate, PublishLine
from wholeship.verdict.study import Case, Study

MANY = 24
"""In a scenario with more images than this, their order among each other is not asked for."""


def publishes(study: Study) -> tuple[PublishLine, ...]:
    """One line for each image in each step of each scenario."""
    return tuple(line for case in study.cases for line in _lines(case))


def _lines(case: Case) -> Iterator[PublishLine]:
    ordered = len(case.images) <= MANY
    for image in case.images:
        groups: dict[tuple[object, str], list[Tagged]] = {}
        for each in image.tags:
            if not case.happens(Effect.publish(each.publish)):
                continue
            groups.setdefault((each.publish.spot, str(each.reference.repository)), []).append(each)
        for held in groups.values():
            yield _line(case, image, held, ordered=ordered and len(image.tags) <= MANY)


def _line(case: Case, image: Image, held: list[Tagged], *, ordered: bool) -> PublishLine:
    publish = held[0].publish
    spot, step = publish.spot, case.step(publish.spot)
    platforms = made(publish, case.job(spot).leg(spot.leg).runner, case.facts.publishes)
    effect = Effect.publish(publish, f"{image.name} is pushed", held[0].part)
    trigger = case.instance.scenario.trigger
    job = case.job(spot)
    behind = tuple(dict.fromkeys(_gates(case, effect)))
    return PublishLine(
        scenario=case.name,
        job=f"{spot.job} ({spot.leg})" if spot.leg else spot.job,
        step=step.name or publish.how,
        image=image.name,
        repository=str(held[0].reference.repository),
        tags=tuple(dict.fromkeys(str(each.tag) for each in held)),
        deploy=any(nature(each.tag, trigger) is Nature.DEPLOY for each in held),
        platforms=None if platforms is None else tuple(sorted(map(str, platforms))),
        way=publish.way.value,
        after=tuple(_after(case, image, effect)) if ordered else (),
        gates=tuple(dict.fromkeys(each.shown for each in behind)),
        needs=job.needs,
        place=publish.place,
        behind=behind,
    )


def _after(case: Case, image: Image, effect: Effect) -> Iterator[str]:
    job = effect.spot.job
    known = case.prover.ancestors(job) | {job}
    for other in case.images:
        if other is image or not any(each.publish.spot.job in known for each in other.tags):
            continue
        pushes = [Effect.publish(each.publish, f"{other.name} is pushed", each.part) for each in other.tags]
        if isinstance(case.prover.requires(effect, pushes), Proved):
            yield other.name


def checks(study: Study) -> tuple[Gate, ...]:
    """Every check there is, whether or not anything waits for it."""
    return tuple(dict.fromkeys(_gate(case, check) for case in study.cases for check in case.facts.checks))


def _gate(case: Case, check: Check) -> Gate:
    subjects = " ".join(sorted(each.head for each in check.subjects))
    return Gate(check.kind.value, f"{check.runs} {subjects}".strip(), gate_name(case, check))


def _gates(case: Case, effect: Effect) -> Iterator[Gate]:
    known = case.prover.ancestors(effect.spot.job) | {effect.spot.job}
    for check in case.checks:
        if check.spot.job in known and case.prover.gates_of(effect, (Effect.check(check),)):
            yield _gate(case, check)


def gate_name(case: Case, check: Check) -> str:
    """A check as people know it: its job, and what it runs."""
    step = case.step(check.spot)
    return f"{check.spot.job}: {step.name or check.how}"


def edges(study: Study) -> tuple[Edge, ...]:
    """Every ``needs``; critical are those through which a publish waits for a publish or a check."""
    found: dict[tuple[str, str], bool] = {}
    for case in study.cases:
        ends = {each.publish.spot.job for each in case.tagged}
        starts = ends | {check.spot.job for check in case.facts.checks}
        for job in case.instance.jobs:
            for need in job.needs:
                critical = _reaches(case, job.id, ends) and _starts(case, need, starts)
                found[job.id, need] = found.get((job.id, need), False) or critical
    return tuple(Edge(job, need, critical) for (job, need), critical in found.items())


def _reaches(case: Case, job: str, ends: Iterable[str]) -> bool:
    return any(job == end or job in case.prover.ancestors(end) for end in ends)


def _starts(case: Case, need: str, starts: set[str]) -> bool:
    return need in starts or bool(case.prover.ancestors(need) & starts)


def rights(study: Study) -> tuple[tuple[str, str], ...]:
    """What each job's token may write, in words."""
    found = {
        job.id: _right(job) for case in study.cases for job in case.instance.jobs if job.legs or job.inner
    }
    return tuple(found.items())


def _right(job: Job) -> str:
    if job.permissions is None:
        return "the repository's default"
    writes = sorted(scope for scope, level in job.permissions.items() if level == "write")
    return f"writes {', '.join(writes)}" if writes else "writes nothing"


def concurrency_groups(study: Study) -> tuple[tuple[str, str], ...]:
    """The concurrency groups, in words; the workflow's own has an empty name."""
    found: dict[str, str] = {}
    for case in study.cases:
        if case.instance.group is not None:
            found.setdefault("", _group(case.instance.group))
        for job in case.instance.jobs:
            if job.group is not None:
                found.setdefault(job.id, _group(job.group))
    return tuple(found.items())


def _group(group: Group) -> str:
    if group.cancels == TRUE:
        cuts = "cancels the running one"
    else:
        cuts = "cancels nothing" if group.cancels == FALSE else "may cancel the running one"
    return f"{group.name}: {cuts}, keeps {'100' if group.queue == 'max' else 'one'} waiting"


def image_names(study: Study) -> tuple[str, ...]:
    """Every image, in the order of the workflow."""
    return tuple(dict.fromkeys(image.name for case in study.cases for image in case.images))


def jobs(study: Study) -> tuple[str, ...]:
    """Every job, in an order in which each stands after those it needs."""
    return tuple(dict.fromkeys(job.id for case in study.cases for job in case.instance.jobs))
