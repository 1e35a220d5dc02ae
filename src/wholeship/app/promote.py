"""`wholeship promote`: the deploy tag, bound to what was gated; siblings first, the watched image last."""

from __future__ import annotations

from dataclasses import field
from functools import partial

from wholeship.app.digests import DigestFiles
from wholeship.app.environment import promote_to
from wholeship.app.notice import Subject, telling
from wholeship.app.planning import check_gates
from wholeship.app.project import Project, open_project
from wholeship.app.records import needed_record, tag_to_go_on_with
from wholeship.app.release import ReleaseAnswer
from wholeship.app.rollout import open_if_waited_for, wait_for_rollout
from wholeship.app.stages import stage_settings_of
from wholeship.app.target import ClusterChoice, ReleaseTarget
from wholeship.app.world import World
from wholeship.core.values import dataclass
from wholeship.release.record import Record
from wholeship.release.ship import Shipped, foresee_promotion, put_out


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
