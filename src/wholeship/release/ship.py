"""A release, or a slice of it, through the stages of ``stages/table.py``: its beginning and its close."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from wholeship.core.errors import HalfReleased, RepositoryMissing, WholeshipError, all_missing
from wholeship.core.progress import Task, shown_task
from wholeship.core.values import dataclass
from wholeship.release.earlier import is_over
from wholeship.release.electable import revealing, unelectable
from wholeship.release.memory import known_release, note_event, save
from wholeship.release.observe import each_at_once
from wholeship.release.order import PatternElector
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import Builder, Ports
from wholeship.release.recent import RecentRegistry
from wholeship.release.record import Record, TwoReleases, fold_entries, planned
from wholeship.release.stages.attest import check_attesting
from wholeship.release.stages.promote import foresee
from wholeship.release.stages.results import (
    Drifted,
    Failed,
    Foreseen,
    Held,
    Promoted,
    Refusal,
    Refused,
    Verified,
)
from wholeship.release.stages.settings import PromoteSettings, StageSettings
from wholeship.release.stages.table import run_stages, stand_before
from wholeship.release.stages.underway import Underway, require_given
from wholeship.release.visible import half_is_louder, refused_withdrawn


@dataclass(frozen=True, slots=True)
class Shipped:
    """How far a release got. ``seconds`` are by stage; ``proof`` is there when it was promoted."""

    record: Record
    outcome: Held | Refused | Failed | Foreseen | Promoted
    proof: Verified | Drifted | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)


def begin(ports: Ports, plan: Plan) -> Record | Refused:
    """The record of *plan*, new or continued; refused when the tag belongs to another release.

    What a push would be refused for is found out here, before anything is built for nothing.
    """
    try:
        record = known_release(ports, plan.tag)
        if record is not None and record.plan.id != plan.id:
            raise TwoReleases(plan.tag)
    except TwoReleases as error:
        return Refused(plan, Refusal.TAG_TAKEN, error.message, error.advice)
    if record is not None and record.withdrawn:
        return refused_withdrawn(ports, record)
    if record is None:
        record = Record(plan, {})
        with shown_task(ports.progress, Task("login")):
            _probe_pushes(ports, plan)
            taken = _taken_tag(ports, plan)
        if taken is not None:
            return taken
        ports.journal.append(planned(plan))
        save(ports)
    return record


def _probe_pushes(ports: Ports, plan: Plan) -> None:
    """Every repository takes a push; those that have to be made first are told all at once."""

    def probe(image: PlannedImage) -> RepositoryMissing | None:
        try:
            ports.registry.probe_push(image.repository)
        except RepositoryMissing as error:
            return error
        return None

    missing = [error for error in each_at_once(probe, plan.images) if error is not None]
    if missing:
        raise all_missing(missing)


def _taken_tag(ports: Ports, plan: Plan) -> Refused | None:
    """Why a new release cannot have this tag: it is bound, and no record says that it is ours."""
    if ports.home is None:
        return None  # its record may have been lost with a machine; promotion looks at the bytes
    bound = each_at_once(lambda i: (i, ports.registry.manifest(i.repository, plan.tag)), plan.images)
    names = ", ".join(f"{i.repository}:{plan.tag} ({found.digest.short})" for i, found in bound if found)
    if not names:
        return None
    missing = [image.name for image, found in bound if found is None]
    if missing and not set(plan.followed) <= set(missing):
        raise HalfReleased(
            f"{plan.tag} is visible, made by something else, and {', '.join(missing)} has no such tag",
            advice=f"see what to do: wholeship repair {plan.tag}; and release under a new tag",
        )
    return Refused(
        plan,
        Refusal.TAG_TAKEN,
        f"the tag is already bound to something else: {names}",
        f"a bound tag is never moved; release under a new tag (wholeship status {plan.tag} says what it is)",
    )


def _refused_early(ports: Ports, plan: Plan, settings: PromoteSettings, builder: Builder) -> Refused | None:
    """What promotion would refuse, before anything is built for nothing; promotion asks again.

    And what no promotion could put right: a candidate that the controller would roll out by itself.
    """
    listings = dict(each_at_once(lambda i: (i.name, ports.registry.tags(i.repository)), plan.followed_images))
    if any(plan.tag in visible for visible in listings.values()):
        return None  # it is out, or on its way: that is judged by what is there
    refused = None
    for name, visible in listings.items():
        elector = settings.elector_for(name)
        refused = refused or unelectable(
            plan, elector or PatternElector(plan.tag_pattern), visible, force_older=settings.force_older
        )
        if refused is None and elector is not None:
            refused = revealing(plan, name, elector, visible, builder)
    if refused is not None:
        note_event(ports, "refused", refusal=str(refused.refusal), reason=refused.reason)
        save(ports)
    return refused


def ship(plan: Plan, settings: StageSettings) -> Shipped:
    """Carry *plan* out, or on, through every stage.

    Stops at the first "no" (``Failed``, ``Held``, ``Refused``). Raises what the stages raise; whatever was
    done by then is in the journal.
    """
    ports = settings.ports
    began = begin(ports, plan)
    if isinstance(began, Refused):
        return Shipped(Record(plan, {}), began)
    promoting = settings.promoting()
    refused = _refused_early(ports, plan, promoting, require_given(settings.building).builder)
    attesting = settings.attesting()
    if refused is None:
        check_attesting(ports, attesting)
    settings = replace(_remembering(settings), promoting=lambda: promoting, attesting=lambda: attesting)
    return carry_on(Underway(began, ended=refused), settings, first="build")


def finish(record: Record, settings: StageSettings) -> Shipped:
    """Gate what *record* has candidates for, and go on to the end; see :func:`ship`."""
    settings = _remembering(settings)
    with half_is_louder(settings.ports, record):
        ready = stand_before("gate", record, settings)
    return carry_on(ready, settings, first="gate")


def put_out(record: Record, settings: StageSettings) -> Shipped:
    """The tail of a release, from its *record* alone: nothing is built or gated."""
    settings = _remembering(settings)
    return carry_on(promotable(record, settings), settings, first="promote")


def _remembering(settings: StageSettings) -> StageSettings:
    """*settings* with one memory, for all stages of one command, of what is there by digest."""
    recent = RecentRegistry(settings.ports.registry, settings.ports.clock)
    building = settings.building and replace(settings.building, registry=recent)
    return replace(settings, ports=replace(settings.ports, registry=recent), building=building)


def foresee_promotion(record: Record, settings: StageSettings) -> Shipped:
    """What :func:`put_out` would write now, or why it would not; raises as it does, and writes nothing."""
    ready, ports = promotable(record, settings), settings.ports
    if ready.ended is not None:
        return Shipped(record, ready.ended)
    told = foresee(
        require_given(ready.cleared),
        ports.registry,
        ports.journal,
        ports.clock,
        settings=settings.promoting(),
    )
    return Shipped(record, told)


def promotable(record: Record, settings: StageSettings) -> Underway:
    """*record* as something to promote, every digest and receipt checked anew; nothing is run."""
    if record.withdrawn:
        return Underway(record, ended=refused_withdrawn(settings.ports, record))
    with half_is_louder(settings.ports, record):
        return stand_before("promote", record, settings)


def carry_on(state: Underway, settings: StageSettings, *, first: str) -> Shipped:
    """From stage *first* to the end, or to the first "no"; what came of it is kept."""
    after = run_stages(state, settings, first=first)
    if after.seconds and isinstance(after.ended, (Failed, Held)):
        _note_times(settings.ports, after)
    if after.promoted is not None:
        _close(settings.ports, after)
    record = fold_entries(settings.ports.journal.entries(), "the journal") or after.record
    return Shipped(record, after.ended or require_given(after.promoted), after.proof, after.seconds)


def _close(ports: Ports, after: Underway) -> None:
    """Keep that the release is finished, unless that is known and nothing is new."""
    whole = isinstance(after.proof, Verified)
    now = fold_entries(ports.journal.entries(), "the journal")
    if whole and not after.news and now is not None and is_over(now):
        return
    try:
        _note_times(ports, after)
        unmoved = require_given(after.promoted).unmoved
        note_event(ports, "finished", whole=whole, **({"unmoved": list(unmoved)} if unmoved else {}))
        save(ports, last=whole)
    except WholeshipError as error:
        # The release is out and proved; a record that is late changes nothing about that.
        ports.progress.warned(f"{after.plan.tag} is out; the final record was not kept: {error.message}")


def _note_times(ports: Ports, after: Underway) -> None:
    """Put the times into the journal; what came of the release does not depend on it."""
    try:
        note_event(ports, "timings", seconds=dict(after.seconds))
    except WholeshipError as error:
        ports.progress.warned(f"the times were not kept: {error.message}")
