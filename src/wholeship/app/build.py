"""`wholeship build`: every image as a candidate that no controller can select."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field, replace

from wholeship.app.notice import Subject, telling
from wholeship.app.planning import check_possible, taken_plan
from wholeship.app.project import Project, open_project
from wholeship.app.records import ports_of
from wholeship.app.stages import build_settings_of, electors_of, stage_settings_of
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.release.electable import revealing
from wholeship.release.memory import known_release, save
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.ship import begin
from wholeship.release.stages.results import Failed, Refused
from wholeship.release.stages.table import run_stages
from wholeship.release.stages.underway import Underway


@dataclass(frozen=True, slots=True)
class BuildQuestion:
    """What is to be built; ``images``: only these, none: all of them."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    images: tuple[str, ...] = ()
    reuse: bool = True


def build_candidates(question: BuildQuestion, world: World) -> Record | Refused | Failed:
    """The record with what was built; for a release that is planned already, of a part of it."""
    project = open_project(world, question.target)
    _check_images(project, question.images)
    check_possible(project, question.images or tuple(project.config.images))
    project.begin_writing()
    chosen = taken_plan(project)
    plan, earlier = chosen.plan, chosen.record
    with telling(project, Subject.of(plan)), project.working_on(plan.tag):
        ports = ports_of(project, plan.tag)
        record = begin(ports, plan)
        if isinstance(record, Refused):
            return record
        refused = _refused_candidates(project, plan)
        if refused is not None:
            return refused
        # For a release that is planned already, --platforms chooses among what was planned.
        part = project.config.platforms_given if earlier is not None else None
        building = build_settings_of(project, plan.tag, reuse=question.reuse)
        building = replace(building, only=question.images or None, platforms=part)
        settings = stage_settings_of(project, plan.tag, building=building)
        made = run_stages(Underway(record), settings, last="build")
        if isinstance(made.ended, (Failed, Refused)):
            return made.ended
        save(ports)
        return known_release(ports, plan.tag) or made.record


def _check_images(project: Project, images: Sequence[str]) -> None:
    for name in images:
        if name not in project.config.images:
            raise BadInput(f"there is no image {name}", advice=f"images: {', '.join(project.config.images)}")


def _refused_candidates(project: Project, plan: Plan) -> Refused | None:
    """Why the builder of this run must not build *plan*: the controller would roll out its candidates."""
    if project.config.raw.gitops.policy is None or project.builder.pushes_by_digest:
        return None
    electors = electors_of(project)
    for image in plan.followed_images:
        visible = project.registry.tags(image.repository)
        refused = revealing(plan, image.name, electors[image.name], visible, project.builder)
        if refused is not None:
            return refused
    return None
