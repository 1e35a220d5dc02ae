"""Which jobs run in a scenario, behind which others, on what, for which platforms: the shape of its time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import replace

from wholeship.core.platform import Platform
from wholeship.forecast.estimate import JobShape, Shape
from wholeship.logic.formula import FALSE, Formula, const, substitute
from wholeship.pipeline.publish import Facts
from wholeship.pipeline.run import Function, Instance, Job, NeedsResult, Result, Status


def shape_of(instance: Instance, facts: Facts) -> Shape:
    """The shape of *instance* when all goes well: jobs whose condition cannot hold are left out.

    A job of a called workflow also waits for what its caller waits for; the caller itself takes no time
    and ends with its last inner job.
    """
    left_out = skipped(instance.jobs)
    building, unknown = _platforms(facts)
    jobs = tuple(
        replace(_job(job, instance, left_out, building.get(job.id, frozenset())), open=job.id in unknown)
        for job in instance.jobs
        if job.id not in left_out
    )
    remarks = [f"{job} is skipped in this scenario" for job in left_out]
    remarks += [f"{job}: which platforms it builds is only known in the run" for job in sorted(unknown)]
    remarks += [
        f"{job.id}: how many legs run is only known in the run; one is counted" for job in _many(instance)
    ]
    return Shape(instance.path, instance.scenario.name, jobs, tuple(remarks))


def skipped(jobs: Iterable[Job]) -> tuple[str, ...]:
    """Jobs that cannot run although nothing fails: their condition, or that of one they need, is false."""
    found: dict[str, None] = {}
    for job in jobs:
        if job.caller in found or substitute(job.condition, _known(job, found)) == FALSE:
            found[job.id] = None
    return tuple(found)


def _known(job: Job, left_out: Mapping[str, None]) -> dict[Hashable, Formula]:
    """What a condition can ask about, when every job before it succeeded or was skipped."""
    behind = any(need in left_out for need in job.needs)
    known: dict[Hashable, Formula] = {
        Status(Function.FAILURE): FALSE,
        Status(Function.CANCELLED): FALSE,
        Status(Function.SUCCESS): const(not behind),
    }
    for need in job.needs:
        ended = Result.SKIPPED if need in left_out else Result.SUCCESS
        known |= {NeedsResult(need, result): const(result is ended) for result in Result}
    return known


def _job(job: Job, instance: Instance, left_out: tuple[str, ...], platforms: frozenset[Platform]) -> JobShape:
    needs = [*job.needs, *job.inner]
    if job.caller:
        needs += instance.job(job.caller).needs
    leg = job.legs[0] if job.legs else None
    names, patterns = _shown(job)
    return JobShape(
        id=job.id,
        needs=tuple(dict.fromkeys(need for need in needs if need not in left_out)),
        names=tuple(dict.fromkeys(name for name in (*names, job.id.rpartition("/")[2]) if name)),
        legs=max(1, len(job.legs)),
        max_parallel=job.max_parallel,
        runner=leg.runner[0] if leg and leg.runner else "",
        platforms=platforms,
        group=str(job.group.name) if job.group else "",
        call=not job.legs,
        patterns=patterns,
    )


def _shown(job: Job) -> tuple[list[str], tuple[str, ...]]:
    """What a run shows the legs of *job* as: names, and patterns where parts are only known in the run."""
    texts = [text for leg in job.legs if leg.shown is not None for text in leg.shown.options]
    names = [name for text in texts if (name := text.literal) is not None]
    patterns = [
        "".join(re.escape(part) if isinstance(part, str) else ".+" for part in text.parts)
        for text in texts
        if text.holes and any(isinstance(part, str) and part.strip() for part in text.parts)
    ]
    return names if texts else [job.name], tuple(dict.fromkeys(patterns))


def _platforms(facts: Facts) -> tuple[Mapping[str, frozenset[Platform]], frozenset[str]]:
    """Platforms built in each job, and jobs where they could not be read."""
    found: dict[str, set[Platform]] = defaultdict(set)
    unknown = set()
    built = [(p.spot.job, p.platforms) for p in facts.publishes if p.build is not None]
    built += [(b.spot.job, b.platforms) for b in facts.builds]
    for job, platforms in built:
        if platforms is None:
            unknown.add(job)
        else:
            found[job] |= platforms
    return {job: frozenset(platforms) for job, platforms in found.items()}, frozenset(unknown)


def _many(instance: Instance) -> list[Job]:
    return [job for job in instance.jobs if any(leg.many for leg in job.legs)]
