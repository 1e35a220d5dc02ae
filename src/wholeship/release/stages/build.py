"""Plan → Built: every image built in parallel, pushed by digest, and checked in the registry.

What others are built from comes first, and they get its digest.
One failing image stops the others; nothing is visible to anybody until promotion.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Event, Lock

from wholeship.core.digest import Digest
from wholeship.core.errors import (
    BadInput,
    BuildFailed,
    CommandFailed,
    HalfReleased,
    ToolMissing,
    Unfinished,
)
from wholeship.core.platform import Platform
from wholeship.core.progress import Outcome, Task, shown_task
from wholeship.core.wording import megabytes
from wholeship.release.contexts import in_order_of_need, is_folder
from wholeship.release.depth import Inspected, inspect, is_whole
from wholeship.release.emulation import run_elsewhere
from wholeship.release.forecast import longest_first
from wholeship.release.grounds import grounded, grounds_of, on_other_grounds, ungrounded
from wholeship.release.inputs.fingerprint import Inputs
from wholeship.release.lifecycle import State
from wholeship.release.observe import each_at_once, is_half, survey
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import BuildRequest, Manifest, Registry
from wholeship.release.record import Record, built_entry
from wholeship.release.reuse import Choice, choose_all, choose_candidate
from wholeship.release.room import needs_of, ran_full, room, watching
from wholeship.release.source import mixed, other_files, other_source, planned_source
from wholeship.release.stages.results import Built, Candidate, CandidateGone, Failed, Refused
from wholeship.release.stages.settings import BuildSettings, StageSettings
from wholeship.release.stages.underway import Underway, require_given
from wholeship.release.together import together
from wholeship.release.visible import half_is_louder

FULL = "no space left on device"
REVISION = "org.opencontainers.image.revision"


class SourceMoved(Unfinished):
    """What is to be one release is not, or no longer, made from one commit."""


def build_tasks(plan: Plan) -> tuple[Task, ...]:
    """The images that are to be built."""
    return tuple(Task("build", image.name) for image in plan.built_images)


def run_build(state: Underway, settings: StageSettings) -> Underway:
    """The stage: see :func:`build_candidates`; an image that does not build is a plain no."""
    try:
        with half_is_louder(settings.ports, state.record):
            made = build_candidates(state.plan, state.record, require_given(settings.building))
    except BuildFailed as error:
        return replace(state, ended=failed_build(state.plan, error))
    return replace(state, ended=made) if isinstance(made, Refused) else replace(state, record=made)


def build_candidates(plan: Plan, record: Record, building: BuildSettings) -> Record | Refused:
    """Candidates for every image of *plan* that is to be built, and that *record* does not have yet.

    Returns the record with them, or why the release cannot be continued from what is here. Raises what
    the first failing build raised; candidates that were finished by then are in the journal, and are not
    built again.
    """
    refused = _of_another_source(plan, record, building)
    if refused is not None:
        return refused
    only = building.only
    wanted = set(only) if only is not None else {image.name for image in plan.built_images}
    images = [_for(image, building.platforms) for image in plan.built_images if image.name in wanted]
    lacking = _not_there(record, images, building)
    for image in images:
        if image not in lacking:
            building.progress.finished(Task("build", image.name), Outcome.REUSED, "built by an earlier try")
    choices, record = choose_all(record, lacking, lambda image: _choice(plan, image, building))
    for name, choice in choices.items():
        if choice.candidate is not None:
            building.journal.append(built_entry(choice.candidate))
            building.progress.finished(Task("build", name), Outcome.REUSED, choice.why)
    waiting = [image for image in lacking if choices[image.name].candidate is None]
    if not waiting:
        return record
    ready(plan, waiting, building)
    inputs = {name: choice.inputs for name, choice in choices.items()}
    return _in_room(record, waiting, building, inputs)


def _not_there(record: Record, images: Sequence[PlannedImage], building: BuildSettings) -> list[PlannedImage]:
    """Those of *images* that have no candidate, or whose base has none: it would be another one."""
    lacking: set[str] = set()
    there = {image.name: image for image in images}
    for name in in_order_of_need(there, record.plan.needs):
        image = there[name]
        if lacking & set(image.needs) or not _is_there(record, image, building):
            lacking.add(name)
    return [image for image in images if image.name in lacking]


def _of_another_source(plan: Plan, record: Record, building: BuildSettings) -> Refused | None:
    if building.source is None:
        return None
    now = building.source()
    refused = other_source(plan, now)
    if refused is not None:
        _not_half(record, building, refused)
    there = [
        (grounded(image, record), record.candidates[image.name])
        for image in plan.built_images
        if image.name in record.candidates and not ungrounded(record, record.candidates[image.name])
    ]
    if refused is not None or now.known or building.inputs is None:
        return refused
    looking = building.inputs
    return other_files(plan, there, lambda image: looking(image).parts)


def _not_half(record: Record, building: BuildSettings, refused: Refused) -> None:
    """Raise when the release that is refused is visible and not whole: that is the louder news."""
    tag = record.plan.tag
    now = survey(building.registry, record.plan, record.digests)
    if is_half(now):
        raise HalfReleased(
            f"{tag} is visible and not whole; and {refused.reason}",
            advice=f"see what to do: wholeship repair {tag}",
        )
    if now.state is State.UNKNOWN:
        problem = next((s.problem for s in now.seen if s.problem), "no answer")
        raise Unfinished(f"{refused.reason}; and what is visible of it could not be read: {problem}")


def _source_of(plan: Plan, building: BuildSettings) -> str:
    """What is kept of where a candidate was made; empty where nobody looked."""
    return str(planned_source(plan)) if building.source is not None else ""


def _in_room(
    record: Record, images: list[PlannedImage], building: BuildSettings, inputs: Mapping[str, Inputs]
) -> Record:
    """*record* with all of them, in the room that the builder's disk has; the peak goes into the journal."""
    where = building.builder.storage()
    space = room(building.free(where), needs_of(images, building.earlier()), building.width, where)
    if space.said:
        building.progress.warned(space.said)
    try:
        with watching(building.free, where) as seen:
            made = _build_all(
                record, images, replace(building, parallel=space.width, discard=space.discard), inputs
            )
    except CommandFailed as error:
        if any(FULL in line.lower() for line in error.tail):
            error.advice = ran_full(seen, building.free(where), where)
        raise
    if seen.before:
        event = {"kind": "event", "event": "disk", "at": building.clock.now().isoformat()}
        building.journal.append(event | {"where": str(where), "free": seen.before, "peak": seen.peak})
    return made


def _choice(plan: Plan, image: PlannedImage, building: BuildSettings) -> Choice:
    if building.inputs is None:
        return Choice(Inputs({}), None, "to be built")
    choice = choose_candidate(image, building.inputs(image), building.earlier(), building.registry)
    if choice.candidate is None:
        return choice
    return replace(choice, candidate=replace(choice.candidate, source=_source_of(plan, building)))


def failed_build(plan: Plan, error: BuildFailed) -> Failed:
    """*error* as an answer: a plain no."""
    again = "fix it, commit, and release again; images that did not change are not built again"
    return Failed(plan, error.image, error.message, error.advice or again, error.tail, error.log)


def ready(plan: Plan, images: Iterable[PlannedImage], building: BuildSettings) -> None:
    """Everything that can be known to fail is known before the first build starts."""
    building.builder.check()
    problems = absent_paths(images, building.root)
    if problems:
        raise BadInput("; ".join(problems), advice="the paths are relative to the release file")
    runnable = building.builder.runnable_platforms()
    needing = {i.name: run_elsewhere(i, building.root, runnable) for i in images}
    foreign = sorted({p for platforms in needing.values() for p in platforms})
    if foreign:
        names = ", ".join(str(p) for p in foreign)
        who = ", ".join(name for name, platforms in needing.items() if platforms)
        raise ToolMissing(
            f"{building.builder.name} cannot run the build steps of {who} for {names} here",
            advice="register emulation (apt-get install qemu-user-static binfmt-support), add a native node "
            "under builder.nodes, or build fewer platforms with --platforms",
        )


def absent_paths(images: Iterable[PlannedImage], root: Path) -> tuple[str, ...]:
    """What the *images* are to be built from and is not there, in words."""
    return tuple(
        f"{image.name}: there is no {path} {what}"
        for image in images
        if not image.copy_of
        for what, path in (
            ("to build from", image.dockerfile),
            ("to build in", image.context),
            *(("for a context of it", folder) for folder in image.contexts.values() if is_folder(folder)),
        )
        if not (root / path).exists()
    )


def _for(image: PlannedImage, platforms: tuple[Platform, ...] | None) -> PlannedImage:
    if platforms is None:
        return image
    foreign = [p for p in platforms if p not in image.platforms]
    if foreign:
        raise BadInput(
            f"{image.name} is not planned for {platforms_text(foreign)}",
            advice=f"planned: {platforms_text(image.platforms)}",
        )
    return replace(image, platforms=platforms)


def _is_there(record: Record, image: PlannedImage, building: BuildSettings) -> bool:
    known = [c for c in (*record.candidates.values(), *record.legs) if c.image == image.name]
    fitting = [c for c in known if set(image.platforms) <= set(c.platforms) and not ungrounded(record, c)]
    return any(is_whole(building.registry, image.repository, c.digest) for c in fitting)


def _build_all(
    record: Record, images: list[PlannedImage], building: BuildSettings, inputs: Mapping[str, Inputs]
) -> Record:
    stop, made = Event(), Growing(record)
    begun, began = longest_first(images, building.earlier()), building.clock.monotonic()
    numbers = {image.name: number for number, image in enumerate(begun)}
    together(
        [
            partial(_build_one, made, image, building, stop, inputs=inputs[image.name], began=began)
            for image in begun
        ],
        building.width,
        stop,
        [[numbers[name] for name in image.needs if name in numbers] for image in begun],
    )
    for image in images:  # in the order of the plan, whoever ended first
        record = record.with_candidate(made.fresh[image.name])
    return record


class Growing:
    """A record that several builds add to; ``fresh`` is what they have made."""

    def __init__(self, record: Record) -> None:
        self._record, self._lock = record, Lock()
        self.fresh: dict[str, Candidate] = {}
        self._ended: dict[str, float] = {}

    @property
    def record(self) -> Record:
        """As it is by now."""
        with self._lock:
            return self._record

    def add(self, candidate: Candidate, ended: float) -> None:
        """One more; *ended* then, by the clock's monotonic seconds."""
        with self._lock:
            self._record = self._record.with_candidate(candidate)
            self.fresh[candidate.image], self._ended[candidate.image] = candidate, ended

    def free_since(self, image: PlannedImage, began: float) -> float:
        """When the last of what *image* needs was there; *began*: it had to wait for none."""
        with self._lock:
            return max((self._ended.get(name, began) for name in image.needs), default=began)


def _build_one(
    made: Growing,
    image: PlannedImage,
    building: BuildSettings,
    stop: Event,
    *,
    inputs: Inputs,
    began: float,
) -> None:
    """The candidate of *image*, added to what is *made*; the stage *began* then, by the clock's monotonic
    seconds."""
    record = made.record
    plan = record.plan
    task = Task("build", image.name)
    started = building.clock.now().isoformat(timespec="milliseconds")
    waited = round(building.clock.monotonic() - made.free_since(image, began), 3)
    with shown_task(building.progress, task, platforms_text(image.platforms)) as end:
        ground = grounded(image, record)
        if image.needs and building.inputs is not None:
            inputs = building.inputs(ground)  # what it is built from was not there before
        try:
            candidate = _build_candidate(plan, ground, building, stop)
        except BuildFailed as error:
            error.image = image.name
            raise
        inputs_now = _still(ground, building, inputs)
        _still_there(plan, image, building)
        candidate = replace(
            candidate,
            inputs=inputs_now,
            source=_source_of(plan, building),
            started=started,
            waited_seconds=waited,
            built_on=grounds_of(image, record),
        )
        building.journal.append(built_entry(candidate))
        made.add(candidate, building.clock.monotonic())
        end.note = f"{candidate.digest.short}, {megabytes(candidate.size)}"


def _still(image: PlannedImage, building: BuildSettings, before: Inputs) -> Mapping[str, str]:
    """The inputs, if they are the same after the build as *before*: else nobody knows what went in."""
    return before.parts if building.inputs is not None and building.inputs(image) == before else {}


def _still_there(plan: Plan, image: PlannedImage, building: BuildSettings) -> None:
    """Raise when the work tree is no longer what the release is made from: nobody knows what went in."""
    moved = other_source(plan, building.source()) if building.source is not None else None
    if moved is not None:
        raise SourceMoved(
            f"the work tree was changed while {image.name} was built: {moved.reason}", advice=moved.advice
        )


def _build_candidate(plan: Plan, image: PlannedImage, building: BuildSettings, stop: Event) -> Candidate:
    request = BuildRequest(
        image=image.name,
        repository=image.repository,
        context=building.root / image.context,
        dockerfile=building.root / image.dockerfile,
        platforms=image.platforms,
        log=building.logs / f"build-{image.name}.log",
        candidate_tag=plan.candidate_tag(image.name),
        target=image.target,
        args=image.args,
        secrets=image.secrets,
        annotations=plan.annotations(image.name),
        labels=image.labels,
        cache={"ref": building.cache[image.name]} if image.name in building.cache else {},
        insecure=image.repository.host in building.insecure,
        root=building.root,
        contexts={
            name: str(building.root / context) if is_folder(context) else context
            for name, context in image.contexts.items()
        },
        ssh=image.ssh,
        no_cache=image.no_cache,
        cache_from=image.cache_from,
        extra_hosts=image.extra_hosts,
        discard=building.discard,
        earlier=_earlier(image, building),
        sbom=building.sbom,
    )
    made = building.builder.build(request, progress=building.progress, stop=stop)
    try:
        found = check_candidate(building.registry, plan, image, made.digest)
    except CandidateGone as error:
        error.advice = f"the push did not arrive, or went elsewhere; see {request.log}"
        raise
    return Candidate(
        image=image.name,
        digest=made.digest,
        media_type=found.manifest.media_type,
        size=found.size,
        platforms=found.platforms,
        builder=building.builder.name,
        built_seconds=round(made.built_seconds, 3),
        pushed_seconds=round(made.pushed_seconds, 3),
        storage_bytes=made.storage_bytes,
        revision=found.annotations.get(REVISION, ""),
    )


def _earlier(image: PlannedImage, building: BuildSettings) -> Digest | None:
    """The newest candidate of *image* that an earlier release left in the same repository."""
    for record in building.earlier():
        planned = next((each for each in record.plan.images if each.name == image.name), None)
        known = record.candidates.get(image.name)
        if planned is not None and known is not None and planned.repository == image.repository:
            return known.digest
    return None


def check_candidate(
    registry: Registry,
    plan: Plan,
    image: PlannedImage,
    digest: Digest,
    *,
    reused: Candidate | None = None,
) -> Inspected:
    """What the registry holds as *digest*, found fit to be a candidate of *image*.

    Whole (every child there), for every promised platform, and of this commit (a *reused* one: of the
    commit it was built from). Raises ``Unfinished``.
    """
    where = f"{image.repository}@{digest}"
    manifest = registry.manifest(image.repository, digest)
    if manifest is None:
        raise CandidateGone(image.name, where)
    found = inspect(registry, image.repository, manifest)
    lost = [flaw.text for flaw in found.flaws if flaw.lost]
    if lost:
        raise CandidateGone(image.name, f"{where}: {lost[0]}")
    lacking = sorted(set(image.platforms) - set(found.platforms))
    if lacking:
        raise Unfinished(
            f"{image.name} was built without {', '.join(map(str, lacking))}",
            advice=_not_as_called(found) or "a base image may lack that platform; nothing was tagged",
        )
    revision = found.annotations.get(REVISION, "")
    wanted = reused.revision if reused else plan.revision
    if revision and wanted and revision != wanted:
        raise Unfinished(
            f"{image.name}: the image is of commit {revision[:12]}, the release of {wanted[:12]}",
            advice="something else was pushed; build again",
        )
    return found


def _not_as_called(found: Inspected) -> str:
    """What to do about an image that stands for a platform it is not for."""
    wrong = [flaw.text for flaw in found.flaws if not flaw.lost]
    if not wrong:
        return ""
    return (
        f"{wrong[0]}: the builder's layer cache mixes platforms; build it anew with --no-reuse and no cache"
    )


def check_complete(record: Record) -> None:
    """Raise ``Unfinished`` unless *record* has a candidate for every image."""
    plan = record.plan
    lacking = [image.name for image in plan.images if image.name not in record.candidates]
    if lacking:
        raise Unfinished(
            f"{plan.tag} has no candidate yet for {', '.join(lacking)}",
            advice=f"build first: wholeship build --tag {plan.tag}; or all the way: "
            f"wholeship release --tag {plan.tag}",
        )


def assemble(record: Record, registry: Registry) -> Built:
    """*record* as a :class:`Built`, every candidate fetched and checked anew.

    Raises ``Unfinished`` when an image has no candidate yet, its bytes are gone or changed, or the images are
    not all made from the release's commit.
    """
    plan = record.plan
    check_complete(record)
    others = (*mixed(plan, record.candidates), *on_other_grounds(record))
    if others:
        raise SourceMoved("; ".join(others), advice="one release is one commit: release under a new tag")

    def fetched(image: PlannedImage) -> tuple[str, Manifest]:
        candidate = record.candidates[image.name]
        reused = candidate if candidate.reused_from else None
        return image.name, check_candidate(registry, plan, image, candidate.digest, reused=reused).manifest

    return Built(plan, dict(record.candidates), dict(each_at_once(fetched, plan.images)))


def platforms_text(platforms: Iterable[Platform]) -> str:
    """``linux/amd64, linux/arm64``."""
    return ", ".join(str(p) for p in platforms)
