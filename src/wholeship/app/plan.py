"""`wholeship plan`: what a release would do; nothing is touched, unless it is saved for CI jobs."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field

from wholeship.app.election import Following, following
from wholeship.app.planning import check_confirmed, foreseen_plan, impossible, taken_plan
from wholeship.app.project import Project, open_project
from wholeship.app.records import ports_of, records_here
from wholeship.app.stages import inputs_looked_up
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.errors import RegistryError, WholeshipError
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.github.export import NATIVE
from wholeship.gitops.elector import accidents
from wholeship.gitops.manifests import Watch
from wholeship.release.bases import older_bases
from wholeship.release.config import ReleaseConfig
from wholeship.release.electable import unelectable
from wholeship.release.emulation import run_elsewhere
from wholeship.release.forecast import Forecast, forecast_plan
from wholeship.release.inputs.fingerprint import Inputs
from wholeship.release.plan import Plan, PlannedImage, left_out, unconfirmed
from wholeship.release.record import Record
from wholeship.release.reuse import Choice, choose_all, choose_candidate
from wholeship.release.ship import begin
from wholeship.release.stages.results import Refused

NO_POLICY = "no gitops.policy: whether a controller would take this tag is not checked"


@dataclass(frozen=True, slots=True)
class PlanQuestion:
    """What is planned; with ``save`` the tag is taken and the plan recorded, for build, gate and promote."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    reuse: bool = True
    save: bool = False


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """The plan, and what else can be said before it is carried out.

    ``why`` says of each image what would be done with it; ``refused`` why the release would be refused,
    empty when it would not. ``already_out``: this very commit is out under the plan's tag, and a release
    would write nothing.
    """

    plan: Plan
    config: ReleaseConfig
    forecast: Forecast
    why: Mapping[str, str]
    remarks: tuple[str, ...] = ()
    refused: str = ""
    resumes: bool = False
    already_out: bool = False
    possible: bool = True
    """Whether a release could be made as the release file stands; where not, it was asked wrongly."""


def make_release_plan(question: PlanQuestion, world: World) -> PlanAnswer | Refused:
    """The plan; when it is to be saved and its tag belongs to another release, why it cannot be."""
    project = open_project(world, question.target)
    chosen = foreseen_plan(project, again=question.save)
    plan, record = chosen.plan, chosen.record
    remarks, refused = _asked_before(project, plan)
    if question.save and not refused:
        check_confirmed(project)
        chosen = taken_plan(project)
        plan, record = chosen.plan, chosen.record
        with project.working_on(plan.tag):
            began = begin(ports_of(project, plan.tag), plan)
        if isinstance(began, Refused):
            return began
        world.write_step_outputs(dict(_outputs(project, plan)))
    why, expected = _expected(project, plan, record, reuse=question.reuse)
    resumes, already = record is not None, chosen.already_out
    possible = not impossible(project, plan)
    return PlanAnswer(plan, project.config, expected, why, remarks, refused, resumes, already, possible)


def _expected(
    project: Project, plan: Plan, record: Record | None, *, reuse: bool
) -> tuple[dict[str, str], Forecast]:
    """What would be done with each image, and how long all of it would take."""
    done = set(record.candidates) if record else set()
    why = {image.name: "built by an earlier try" for image in plan.images if image.name in done}
    left = [image for image in plan.built_images if image.name not in done]
    why |= {image.name: f"the same bytes as {image.copy_of}" for image in plan.images if image.copy_of}
    choices = _choices_of_reuse(project, record or Record(plan, {}), left, reuse=reuse)
    why |= {name: choice.why for name, choice in choices.items()}
    done |= {name for name, choice in choices.items() if choice.candidate is not None}
    width = project.config.parallel or len(os.sched_getaffinity(0))
    records = records_here(project.state, project.world.progress)
    return why, forecast_plan(plan, records, width, done=done)


def _choices_of_reuse(
    project: Project, begun: Record, images: Sequence[PlannedImage], *, reuse: bool
) -> dict[str, Choice]:
    """What would be reused and why not, by image; only records of this machine are looked at."""
    if not reuse:
        return {image.name: Choice(Inputs({}), None, "to be built: --no-reuse") for image in images}
    earlier = [
        record
        for record in records_here(project.state, project.world.progress)
        if record.plan.tag != begun.plan.tag
    ]
    if not any(candidate.inputs for record in earlier for candidate in record.candidates.values()):
        why = "to be built: no earlier release on this machine to compare with"
        return {image.name: Choice(Inputs({}), None, why) for image in images}
    inputs_of = inputs_looked_up(project)
    choices, _ = choose_all(
        begun, images, lambda image: choose_candidate(image, inputs_of(image), earlier, project.registry)
    )
    return choices


# What is asked before


def _asked_before(project: Project, plan: Plan) -> tuple[tuple[str, ...], str]:
    """What there is to remark, and why the release would be refused, empty when it would not."""
    said = list(_remarks(project, plan))
    wrong = impossible(project, plan)
    if wrong:
        return tuple(said), wrong
    if project.config.raw.gitops.policy is None:
        return (*said, NO_POLICY), ""
    for name in plan.followed:
        found = following(project.world, project.declared(), image=name)
        if found is None or found.elector is None:
            return (*said, NO_POLICY), ""
        more, refused = _asked_the_policy(project, plan, found)
        said += [text for text in more if text not in said]
        if refused:
            return tuple(said), refused
    return tuple(said), ""


def _remarks(project: Project, plan: Plan) -> Iterator[str]:
    if plan.dirty:
        yield "the work tree has uncommitted changes: the images are marked with it"
    if not plan.commit:
        yield "no commit: the images will not say what they were made from"
    if told := unconfirmed(project.config):
        yield f"{told}; no release is made before"
    yield from left_out(project.config, plan)
    yield from older_bases(project.config)
    yield from _emulated(project, plan)
    yield from _to_be_made(project, plan)
    exposed = _images_that_see_the_state(project, plan)
    if exposed:
        yield f"{project.state.root.name} is in the build context of {exposed}: add it to .dockerignore"


def _to_be_made(project: Project, plan: Plan) -> Iterator[str]:
    """What `--create-repositories` would make."""
    if project.maker is None:
        return
    try:
        lacking = [project.maker.lacking(image.repository) for image in plan.images]
    except WholeshipError as error:
        yield f"what --create-repositories would make is not known: {error.message} ({error.advice})"
        return
    for what in dict.fromkeys(one.what for one in lacking if one is not None):
        yield f"would make {what}"


def _asked_the_policy(project: Project, plan: Plan, found: Following) -> tuple[list[str], str]:
    assert found.elector is not None
    said = [f"{one.place}: {one.message}" for one in found.concerns]
    try:
        visible = project.glance.tags(plan.image(found.watched).repository)
    except RegistryError as error:
        visible = ()
        said.append(f"only the tag's form was checked, not what is out already: {error.message}")
    said += _strays(found.watch, visible) if found.watch else []
    # A tag that is out already is judged by what is there, not by what came after it.
    refused = None if plan.tag in visible else unelectable(plan, found.elector, visible)
    return said, refused.reason if refused else ""


def _strays(watch: Watch, visible: Sequence[str]) -> list[str]:
    """What to remark about tags that are there, take part in the policy, and are no release."""
    found = [one.tag for one in accidents(watch.elector, visible) if one.visible]
    if not found:
        return []
    more = f" and {len(found) - 3:,} more" if len(found) > 3 else ""
    names = ", ".join(found[:3]) + more
    return [f"{watch.name} also considers {names}: anchor its filter at both ends (see: wholeship policy)"]


def _emulated(project: Project, plan: Plan) -> Iterator[str]:
    """Platforms that are foreign to this machine and have no native node: what they cost is said before."""
    native = {Platform.here(), *map(Platform.parse, project.config.raw.builder.nodes)}
    found = {str(p) for image in plan.built_images for p in run_elsewhere(image, project.root, native)}
    foreign = ", ".join(sorted(found))
    if foreign:
        cost = f"{foreign} would be emulated on this machine, which takes several times as long"
        yield f"{cost}; native: builder.nodes, or a job for each platform (wholeship export github)"


def _images_that_see_the_state(project: Project, plan: Plan) -> str:
    """The images whose build would see the journals and logs that releases leave."""
    root, sees = project.config.root, project.world.shows_state
    return ", ".join(
        image.name
        for image in plan.built_images
        if sees(root / image.context, root / image.dockerfile, project.state.root)
    )


# What CI jobs are told


def _outputs(project: Project, plan: Plan) -> Iterator[tuple[str, str]]:
    yield "tag", str(plan.tag)
    for image in plan.built_images:
        yield f"legs-{image.name}", json.dumps(_legs(project, plan, image.name))


def _legs(project: Project, plan: Plan, image: str) -> list[dict[str, object]]:
    """One entry for each platform, for a job matrix: where it is native, and whether it is emulated."""
    runners = {**NATIVE, **project.config.raw.export.runners}
    fallback = runners.get("linux/amd64", NATIVE["linux/amd64"])
    return [
        {
            "platform": str(platform),
            "architecture": platform.architecture,
            "runner": runners.get(str(platform), fallback),
            "emulated": str(platform) not in runners,
        }
        for platform in plan.image(image).platforms
    ]
