"""`wholeship release`: plan, build, gate, promote, verify; goes on where an earlier try stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field

from wholeship.app.digests import DigestFiles
from wholeship.app.notice import Subject, telling
from wholeship.app.planning import ChosenPlan, check_possible, check_scripts, taken_plan
from wholeship.app.project import Project, open_project, rehearsed
from wholeship.app.rollout import open_if_waited_for, wait_for_rollout
from wholeship.app.stages import build_settings_of, gate_settings_of, stage_settings_of
from wholeship.app.target import ClusterChoice, ReleaseTarget
from wholeship.app.world import World
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.values import dataclass
from wholeship.release.plan import Plan
from wholeship.release.record import Record, fold_entries
from wholeship.release.rollout import Rollout
from wholeship.release.ship import Shipped, ship

Stopped = Exception | KeyboardInterrupt
WhenStopped = Callable[[Record, Stopped], None]
"""Hears of a release that came to no answer: what its journal knows, and what ended it."""


@dataclass(frozen=True, slots=True)
class ReleaseQuestion:
    """What is to be released, and how; ``again``: under a new tag, be the commit out or not."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    rehearse: bool = False
    reuse: bool = True
    again: bool = False
    force_older: bool = False
    cluster: ClusterChoice = field(default_factory=ClusterChoice)
    digest_files: tuple[str, ...] = ()
    """Files that get the digests of the whole release; each has to have a place for them."""


@dataclass(frozen=True, slots=True)
class ReleaseAnswer:
    """How far it got; ``rollout`` where it was waited for."""

    shipped: Shipped
    rollout: Rollout | None = None


def ship_release(
    question: ReleaseQuestion, world: World, when_stopped: WhenStopped | None = None
) -> ReleaseAnswer:
    """Ship; raises what "could not answer", after *when_stopped* heard of it."""
    if not question.rehearse:
        return _ship(question, open_project(world, question.target), when_stopped)
    if question.digest_files:
        raise BadInput("nothing is out after a rehearsal: leave --rehearse or --write-digests out")
    with rehearsed(world, question.target) as project:
        return _ship(question, project, when_stopped)


def _ship(question: ReleaseQuestion, project: Project, when_stopped: WhenStopped | None) -> ReleaseAnswer:
    check_possible(project)
    project.begin_writing()
    files = DigestFiles.checked(project, question.digest_files)
    project.chosen_builder.look_ahead()
    cluster = open_if_waited_for(project, question.cluster)
    chosen = taken_plan(project, again=question.again)
    plan = chosen.plan
    check_scripts(project, plan)
    _say_what_ships(project, chosen)
    try:
        with telling(project, Subject.of(plan), silent=question.rehearse) as notice:
            with project.working_on(plan.tag):
                shipped = _carry_out(question, project, chosen)
            rollout = wait_for_rollout(project, shipped, cluster, question.cluster.wait)
            notice.released(shipped, rollout)
    except (WholeshipError, KeyboardInterrupt) as error:
        if when_stopped is not None:
            when_stopped(_journalled(project, plan), error)
        raise
    files.of_shipped(shipped)  # a release that is out is no failure, whatever becomes of a file
    return ReleaseAnswer(shipped, rollout)


def _carry_out(question: ReleaseQuestion, project: Project, chosen: ChosenPlan) -> Shipped:
    tag = chosen.plan.tag
    settings = stage_settings_of(
        project,
        tag,
        building=build_settings_of(project, tag, reuse=question.reuse, earlier=chosen.earlier),
        gating=gate_settings_of(project, tag),
        force_older=question.force_older,
    )
    return ship(chosen.plan, settings)


def _say_what_ships(project: Project, chosen: ChosenPlan) -> None:
    plan, progress = chosen.plan, project.world.progress
    if chosen.already_out:
        progress.said(
            f"already out as {plan.tag}; for a new tag of the same commit: wholeship release --again"
        )
        return
    verb = "goes on with" if chosen.record is not None else "ships"
    progress.said(f"{verb} {plan.tag}: {', '.join(image.name for image in plan.images)}")
    if plan.dirty:
        progress.warned("the work tree has uncommitted changes: the images are marked with it")


def _journalled(project: Project, plan: Plan) -> Record:
    try:
        record = fold_entries(project.state.journal(plan.tag).entries(), f"the journal of {plan.tag}")
    except WholeshipError:
        record = None  # why it cannot be read is most likely what ended the release
    return record or Record(plan, {})
