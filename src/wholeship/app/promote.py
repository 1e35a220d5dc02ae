"""`wholeship promote`: the deploy tag, bound to what was gated; siblings first, the watched image last.

With ``--to`` the digests of a whole release get the tag of the next environment.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from functools import partial

from wholeship.app.digests import DigestFiles
from wholeship.app.notice import Subject, telling
from wholeship.app.planning import check_gates, check_scripts
from wholeship.app.project import Project, open_project
from wholeship.app.records import needed_record, ports_of, tag_to_go_on_with
from wholeship.app.release import ReleaseAnswer
from wholeship.app.rollout import open_if_waited_for, wait_for_rollout
from wholeship.app.stages import gate_settings_of, stage_settings_of
from wholeship.app.target import ClusterChoice, ReleaseTarget
from wholeship.app.world import World
from wholeship.core.errors import HalfReleased, Unfinished
from wholeship.core.values import dataclass
from wholeship.release.environments import bring, plan_in, routes
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.rollout import Rollout
from wholeship.release.ship import Shipped, begin, finish, foresee_promotion, put_out
from wholeship.release.stages.results import Foreseen, Refusal, Refused
from wholeship.release.status import Member, Status, Whole, release_status


@dataclass(frozen=True, slots=True)
class PromoteQuestion:
    """Which release is promoted (without a tag the newest of this machine), and how."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    force_older: bool = False
    dry: bool = False
    to: str = ""
    """The environment that a whole release is promoted to; empty: it comes out where releases come out."""
    cluster: ClusterChoice = field(default_factory=ClusterChoice)
    digest_files: tuple[str, ...] = ()
    """Files that get the digests of the whole release; each has to have a place for them."""


def promote_release(question: PromoteQuestion, world: World) -> ReleaseAnswer:
    """Promote what was gated; every digest and receipt is checked anew, and nothing is run.

    A dry run says what would be written, and writes nothing.
    """
    project = open_project(world, question.target)
    if question.to:
        return _promote_to(question, project)
    files = DigestFiles.checked(project, question.digest_files)
    if question.dry:
        return ReleaseAnswer(_foresee(question, project))
    cluster = open_if_waited_for(project, question.cluster)
    tag = tag_to_go_on_with(project)
    with project.working_on(tag):
        record = needed_record(project, tag)
        check_gates(project, record)
        with telling(project, Subject.of(record.plan)) as notice:
            shipped = _promote(question, project, record)
            rollout = wait_for_rollout(project, shipped, cluster, question.cluster.wait)
            notice.released(shipped, rollout)
    files.of_shipped(shipped)
    return ReleaseAnswer(shipped, rollout)


def _promote_to(question: PromoteQuestion, project: Project) -> ReleaseAnswer:
    there = project.elsewhere(question.to)
    files = DigestFiles.checked(there, question.digest_files)
    cluster = None if question.dry else open_if_waited_for(there, question.cluster)
    wait = partial(wait_for_rollout, there, cluster=cluster, deadline=question.cluster.wait)
    force, dry = question.force_older, question.dry
    answer = promote_to(project, there, tag_to_go_on_with(project), wait, force_older=force, dry=dry)
    files.of_shipped(answer.shipped)
    return answer


def _foresee(question: PromoteQuestion, project: Project) -> Shipped:
    record = needed_record(project, tag_to_go_on_with(project), keep=False)
    check_gates(project, record)
    settings = stage_settings_of(project, record.plan.tag, force_older=question.force_older)
    return foresee_promotion(record, settings)


def _promote(question: PromoteQuestion, project: Project, record: Record) -> Shipped:
    settings = stage_settings_of(project, record.plan.tag, force_older=question.force_older)
    return put_out(record, settings)


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
