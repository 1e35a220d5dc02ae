"""`wholeship promote --to ENVIRONMENT`: the digests of a whole release under the next environment's tag."""

from __future__ import annotations

from collections.abc import Callable

from wholeship.app.notice import Subject, telling
from wholeship.app.planning import check_scripts
from wholeship.app.project import Project
from wholeship.app.records import needed_record, ports_of
from wholeship.app.release import ReleaseAnswer
from wholeship.app.stages import gate_settings_of, stage_settings_of
from wholeship.core.errors import HalfReleased, Unfinished
from wholeship.release.environments import bring, plan_in, routes
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.rollout import Rollout
from wholeship.release.ship import Shipped, begin, finish
from wholeship.release.stages.results import Foreseen, Refusal, Refused
from wholeship.release.status import Member, Status, Whole, release_status


def promote_to(
    project: Project,
    there: Project,
    tag: str,
    wait: Callable[[Shipped], Rollout | None],
    *,
    force_older: bool,
    dry: bool,
) -> ReleaseAnswer:
    """The release *tag* of *project*, whole and out, in the environment that *there* is: copied by digest,
    gated, followed images last; then its roll-out is what *wait* says.

    Safe to run again after anything. Raises ``HalfReleased`` where the release is half where it comes from.
    """
    record = needed_record(project, tag, keep=not dry)
    plan = plan_in(there.config, record.plan)
    found = _as_it_is(project, record)
    if found.answer is not Whole.WHOLE:
        return ReleaseAnswer(Shipped(Record(plan, {}), _not_whole(plan, record, found)))
    check_scripts(there, plan)
    if dry:
        return ReleaseAnswer(Shipped(Record(plan, {}), Foreseen(plan, _would(record, plan))))
    with there.working_on(plan.tag, f"wholeship promote --tag {tag} --to {plan.environment}"):
        there.begin_writing()
        ports = ports_of(there, plan.tag)
        began = begin(ports, plan)
        if isinstance(began, Refused):
            return ReleaseAnswer(Shipped(Record(plan, {}), began))
        with telling(there, Subject.of(plan)) as notice:
            gating = gate_settings_of(there, plan.tag, held=False)
            settings = stage_settings_of(there, plan.tag, gating=gating, force_older=force_older)
            brought = bring(ports, record, began, settings.promoting)
            shipped = Shipped(began, brought) if isinstance(brought, Refused) else finish(brought, settings)
            rollout = wait(shipped)
            notice.released(shipped, rollout)
    return ReleaseAnswer(shipped, rollout)


def _as_it_is(project: Project, record: Record) -> Status:
    plan = record.plan
    members = [Member(image.name, image.repository) for image in plan.images]
    return release_status(project.registry, members, plan.followed, plan.tag, record=record)


def _not_whole(plan: Plan, record: Record, found: Status) -> Refused:
    tag = record.plan.tag
    if found.answer is Whole.HALF:
        raise HalfReleased(
            f"{tag} is visible and not whole: it is promoted nowhere",
            advice=f"put it right first: wholeship repair {tag}",
        )
    if found.answer is Whole.UNKNOWN:
        told = next((f.problem for f in found.images if f.problem), "no answer")
        raise Unfinished(f"could not find out whether {tag} is whole: {told}", advice="run it again")
    reason = f"{tag} is not out: only a whole release goes to {plan.environment}"
    return Refused(plan, Refusal.NOT_OUT, reason, f"finish it first: wholeship release --tag {tag}")


def _would(record: Record, plan: Plan) -> tuple[str, ...]:
    copies = [
        f"copy {route.source}@{record.candidates[route.image].digest} to {route.target}"
        for route in routes(record.plan, plan)
        if route.source != route.target
    ]
    gates = [f"run the gate {gate.name}" for gate in plan.gates]
    return (*copies, *gates, *(f"write {image.repository}:{plan.tag}" for image in plan.images))
