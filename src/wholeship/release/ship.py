"""A release from its plan to its proof: each stage takes what the one before gave, and leaves a record.

The journal is the memory of this machine; what it holds is left beside the images after each stage, so
that another machine can go on. Losing either costs time, never truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from wholeship.core.errors import (
    BuildFailed,
    Damaged,
    HalfReleased,
    RegistryError,
    Stopped,
    Unfinished,
    WholeshipError,
)
from wholeship.core.platform import Platform
from wholeship.core.progress import Outcome, Progress, Task
from wholeship.release.electable import revealing, unelectable
from wholeship.release.lifecycle import VISIBLE, State
from wholeship.release.observe import PATIENCE, Looks, Survey, each, is_half, lag_budget, survey
from wholeship.release.order import Election, Elector, PatternElector
from wholeship.release.plan import Plan
from wholeship.release.ports import Builder, Ports, Registry
from wholeship.release.record import Record, TwoReleases, entries_of, fetch, fold, gated, leave, planned
from wholeship.release.reuse import carried
from wholeship.release.stages.build import BuildSettings, CandidateGone, assemble, build, failed_build
from wholeship.release.stages.gate import GateSettings, clear, cleared
from wholeship.release.stages.join import join
from wholeship.release.stages.promote import PromoteSettings, promote
from wholeship.release.stages.results import (
    Cleared,
    Drifted,
    Failed,
    Foreseen,
    Held,
    Promoted,
    Refusal,
    Refused,
    Verified,
)
from wholeship.release.stages.verify import verify

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Shipped:
    """How far a release got. ``seconds`` are by stage; ``proof`` is there when it was promoted."""

    record: Record
    outcome: Held | Refused | Failed | Foreseen | Promoted
    proof: Verified | Drifted | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)


def known(ports: Ports, tag: str, *, keep: bool = True) -> Record | None:
    """All that is known about release *tag*: the journal, and what other machines left.

    The journal gets what it lacked, unless nothing is to be kept. Raises :class:`TwoReleases` when the two
    are about different plans, :class:`Damaged` when one of them is doubtful.
    """
    try:
        written = [dict(entry) for entry in ports.journal.entries()]
        local = fold(written, "the journal")
    except Damaged as error:
        raise _with_what_is_out(ports, tag, error) from None
    remote = fetch(ports.registry, ports.home, tag) if ports.home is not None else None
    if local is not None and local.plan.tag != tag:
        raise Damaged(f"the journal of {tag} is about {local.plan.tag}", advice="move it away")
    if remote is None:
        return local
    if local is not None and local.plan.id != remote.plan.id:
        raise TwoReleases(tag)
    news = [entry for entry in entries_of(remote) if entry not in written]
    for entry in news if keep else ():
        ports.journal.append(entry)
    return fold([*written, *news], "the journal")


def _with_what_is_out(ports: Ports, tag: str, error: Damaged) -> WholeshipError:
    """*error*, a journal that is not believed, with what the record beside the images says is visible."""
    try:
        remote = fetch(ports.registry, ports.home, tag) if ports.home is not None else None
        now = _look(ports, remote) if remote is not None else None
    except Unfinished:
        return error
    if now is None or now.state not in VISIBLE:
        return error
    if is_half(now):
        advice = f"{error.advice or 'move the journal away'}; then: wholeship repair {tag}"
        return HalfReleased(f"{tag} is visible and not whole; and {error.message}", advice=advice)
    return Damaged(f"{error.message}; {tag} is out, by the record beside the images", advice=error.advice)


def _look(ports: Ports, record: Record) -> Survey:
    digests = {name: candidate.digest for name, candidate in record.candidates.items()}
    return survey(ports.registry, record.plan, digests)


@contextmanager
def half_is_louder(ports: Ports, record: Record) -> Iterator[None]:
    """Where what is done in the block cannot be finished: ``HalfReleased`` instead, when *record* is visible
    and not whole. That is the news that a person on call needs first."""
    try:
        yield
    except (RegistryError, Stopped):
        raise  # there is nobody to ask, or no time
    except Unfinished as error:
        now = _look(ports, record) if record.candidates else None
        gone = isinstance(error, CandidateGone)
        if now is None or not (
            is_half(now) or (gone and now.state in VISIBLE and now.state != State.FOREIGN)
        ):
            raise
        raise HalfReleased(
            f"{record.plan.tag} is visible and not whole: {error.message}",
            advice=f"see what to do: wholeship repair {record.plan.tag}",
        ) from error


def begin(ports: Ports, plan: Plan) -> Record | Refused:
    """The record of *plan*, new or gone on with; refused when the tag belongs to another release.

    What a push would be refused for is found out here, before anything is built for nothing.
    """
    try:
        record = known(ports, plan.tag)
        if record is not None and record.plan.id != plan.id:
            raise TwoReleases(plan.tag)
    except TwoReleases as error:
        return Refused(plan, Refusal.TAG_TAKEN, error.message, error.advice)
    if record is not None and record.withdrawn:
        return _refused_withdrawn(ports, record)
    if record is None:
        record = Record(plan, {})
        with _shown(ports.progress, Task("login", str(plan.tag))):
            each(lambda image: ports.registry.probe_push(image.repository), plan.images)
            taken = _taken(ports, plan)
        if taken is not None:
            return taken
        ports.journal.append(planned(plan))
        save(ports)
    return record


def _refused_withdrawn(ports: Ports, record: Record) -> Refused:
    """A release whose tags are being deleted is not put out again; half of it, still visible, is half."""
    tag = record.plan.tag
    if is_half(_look(ports, record)):
        raise HalfReleased(
            f"{tag} is being withdrawn, and is visible and not whole",
            advice=f"finish that: wholeship withdraw --delete {tag}",
        )
    reason = f"{tag} was withdrawn: its tags are deleted on purpose, and are not given again"
    return Refused(record.plan, Refusal.WITHDRAWN, reason, "release under a new tag (leave --tag out)")


def _taken(ports: Ports, plan: Plan) -> Refused | None:
    """Why a new release cannot have this tag: it is bound, and no record says that it is ours."""
    if ports.home is None:
        return None  # its record may have been lost with a machine; promotion looks at the bytes
    bound = each(lambda i: (i, ports.registry.manifest(i.repository, plan.tag)), plan.images)
    names = ", ".join(f"{i.repository}:{plan.tag} ({found.digest.short})" for i, found in bound if found)
    if not names:
        return None
    missing = [image.name for image, found in bound if found is None]
    if missing and plan.watched not in missing:
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


def adopted(ports: Ports, record: Record) -> None:
    """Put *record*, which was not built here, into the journal and beside the images."""
    for entry in entries_of(record):
        ports.journal.append(entry)
    save(ports)


def complete(record: Record) -> Record:
    """*record*, with a candidate for every image; ``Unfinished`` otherwise."""
    lacking = [image.name for image in record.plan.images if image.name not in record.candidates]
    if lacking:
        raise Unfinished(
            f"{record.plan.tag} has no candidate yet for {', '.join(lacking)}",
            advice=f"go on with: wholeship release --tag {record.plan.tag}",
        )
    return record


def save(ports: Ports) -> None:
    """Leave what the journal holds beside the images, for the next machine. Raises ``RegistryError``."""
    record = fold(ports.journal.entries(), "the journal")
    if record is not None and ports.home is not None:
        leave(ports.registry, ports.home, record)


def ship(
    plan: Plan, ports: Ports, building: BuildSettings, gating: GateSettings, settings: PromoteSettings
) -> Shipped:
    """Carry *plan* out, or on: build, gate, promote, verify.

    Stops at the first "no" (``Failed``, ``Held``, ``Refused``). Raises what the stages raise; whatever was
    done by then is in the journal.
    """
    watch = Stopwatch(ports)
    began = begin(ports, plan)
    if isinstance(began, Refused):
        return Shipped(Record(plan, {}), began, seconds=watch.seconds)
    refused = _refused_early(ports, plan, settings, building.builder)
    if refused is not None:
        return Shipped(_now(ports, began), refused, seconds=watch.seconds)
    made = build_slice(plan, began, ports, building, watch=watch)
    if isinstance(made, Failed):
        watch.note()
    if isinstance(made, (Failed, Refused)):
        return Shipped(_now(ports, began), made, seconds=watch.seconds)
    record = join(made, ports.registry, ports.journal, ports.progress)
    record = _with_receipts(record, ports, building)
    return finish(record, ports, gating, settings, watch)


def build_slice(
    plan: Plan,
    record: Record,
    ports: Ports,
    building: BuildSettings,
    *,
    only: Iterable[str] | None = None,
    platforms: tuple[Platform, ...] | None = None,
    watch: Stopwatch | None = None,
) -> Record | Refused | Failed:
    """The build stage of a release: see :func:`build`; an image that does not build is a plain no."""
    watch = watch or Stopwatch(ports)
    try:
        with half_is_louder(ports, record):
            return watch.timed("build", lambda: build(plan, record, building, only=only, platforms=platforms))
    except BuildFailed as error:
        return failed_build(plan, error)


def _with_receipts(record: Record, ports: Ports, building: BuildSettings) -> Record:
    """With what earlier releases found out about the same bytes, where images were reused."""
    if not any(candidate.reused_from for candidate in record.candidates.values()):
        return record
    for receipt in carried(record, building.earlier()):
        ports.journal.append(gated(receipt))
        record = record.with_receipt(receipt)
    return record


def _refused_early(ports: Ports, plan: Plan, settings: PromoteSettings, builder: Builder) -> Refused | None:
    """What promotion would refuse, before anything is built for nothing; promotion asks again.

    And what no promotion could put right: a candidate that the controller would roll out by itself.
    """
    visible = ports.registry.tags(plan.commit_image.repository)
    if plan.tag in visible:
        return None  # it is out, or on its way: that is judged by what is there
    elector = settings.elector or PatternElector(plan.tag_pattern)
    refused = unelectable(plan, elector, visible, force_older=settings.force_older)
    if refused is None and settings.elector is not None:
        refused = revealing(plan, settings.elector, visible, builder)
    if refused is not None:
        told = {"refusal": str(refused.refusal), "reason": refused.reason}
        ports.journal.append(_event(ports, "refused", **told))
        save(ports)
    return refused


def finish(
    record: Record,
    ports: Ports,
    gating: GateSettings,
    settings: PromoteSettings,
    watch: Stopwatch | None = None,
) -> Shipped:
    """Gate, promote and verify what *record* has candidates for; see :func:`ship`."""
    watch = watch or Stopwatch(ports)
    answer = gate_slice(record, ports, gating, watch)
    if isinstance(answer, Held):
        watch.note()
        return Shipped(_now(ports, record), answer, seconds=watch.seconds)
    return put_out(answer, ports, settings, watch)


def gate_slice(
    record: Record, ports: Ports, gating: GateSettings, watch: Stopwatch | None = None
) -> Cleared | Held:
    """The gate stage of a release: every candidate checked anew, then see :func:`clear`; it is kept."""
    watch = watch or Stopwatch(ports)
    with half_is_louder(ports, record):
        built = assemble(record, ports.registry)
        answer = watch.timed("gate", lambda: clear(built, record, gating))
    save(ports)
    return answer


def promote_slice(record: Record, ports: Ports, settings: Callable[[], PromoteSettings]) -> Shipped:
    """The tail of a release, from its *record* alone: nothing is run. *settings* are asked for
    only when there is something to promote."""
    ready = promotable(record, ports)
    if isinstance(ready, (Held, Refused)):
        return Shipped(record, ready)
    return put_out(ready, ports, settings())


def put_out(
    answer: Cleared, ports: Ports, settings: PromoteSettings, watch: Stopwatch | None = None
) -> Shipped:
    """Promote and verify; see :func:`ship`."""
    watch = watch or Stopwatch(ports)
    plan, before = answer.plan, len(ports.journal.entries())
    promoted = watch.timed(
        "promote",
        lambda: promote(
            answer, ports.registry, ports.journal, ports.clock, progress=ports.progress, settings=settings
        ),
    )
    record = Record(plan, answer.built.candidates)
    if isinstance(promoted, Refused):
        return Shipped(_now(ports, record), promoted, seconds=watch.seconds)
    try:
        proof = watch.timed("verify", lambda: prove(plan, ports, record))
    except Unfinished as error:
        raise Unfinished(
            f"{plan.tag} is out, and could not be verified: {error.message}", advice=error.advice
        ) from error
    now = _now(ports, record)
    nothing_new = promoted.already and len(ports.journal.entries()) == before
    if nothing_new and isinstance(proof, Verified) and is_over(now):
        return Shipped(now, promoted, proof, watch.seconds)
    try:
        watch.note()
        ports.journal.append(_event(ports, "finished", whole=isinstance(proof, Verified)))
        save(ports)
    except WholeshipError as error:
        # The release is out and proved; a record that is late changes nothing about that.
        ports.progress.warned(f"{plan.tag} is out; the final record was not kept: {error.message}")
    return Shipped(_now(ports, record), promoted, proof, watch.seconds)


def prove(plan: Plan, ports: Ports, record: Record) -> Verified | Drifted:
    """Read everything back; again and again within the lag budget when it is not as it should be.

    Readers may be late, or disagree: what shows half for a moment is only said to be half when it stays so.
    """
    digests = {name: candidate.digest for name, candidate in record.candidates.items()}
    budget = lag_budget()
    looks = Looks(ports.clock, ports.progress, str(plan.tag), budget)
    with _shown(ports.progress, Task("verify", str(plan.tag))):
        while True:
            proof = verify(ports.registry, plan, digests, candidates=record.candidates)
            if isinstance(proof, Verified) or proof.mixed:
                return proof
            if not looks.again(proof.problems[0], within=budget if proof.half else PATIENCE):
                return proof


def promotable(record: Record, ports: Ports) -> Cleared | Held | Refused:
    """*record* as something to promote, every digest and receipt checked anew; nothing is run."""
    if record.withdrawn:
        return _refused_withdrawn(ports, record)
    with half_is_louder(ports, record):
        return cleared(assemble(record, ports.registry), record)


def is_over(record: Record) -> bool:
    """Whether nothing is left to do for this release: it was proved, or refused for good."""
    if record.withdrawn:
        return True
    for event in record.events:
        if event.get("event") == "finished" and event.get("whole") is True:
            return True
        if event.get("event") == "refused" and event.get("refusal") not in _PASSING:
            return True
    return False


_PASSING = frozenset({Refusal.CANDIDATE_GONE, Refusal.OTHER_SOURCE})
"""Refusals that another try, or another work tree, can do away with."""


def going_on(plan: Plan, records: Iterable[Record]) -> Record | None:
    """The record of an earlier, unfinished try at just this release; None: it is a new one.

    The same commit, with the same changes if any, and the same intent. In a CI, a re-run of the same run is
    the same release even when it was finished: it then finds everything in place.
    """
    for record in records:
        earlier = record.plan
        if plan.run_url and earlier.run_url == plan.run_url and earlier.commit == plan.commit:
            return record
        if (
            plan.commit
            and (plan.changes or not plan.dirty)
            and _intent(earlier) == _intent(plan)
            and not is_over(record)
        ):
            return record
    return None


def out_before(plan: Plan, records: Iterable[Record]) -> Record | None:
    """The record of a finished release of just this source and intent; None: there is none.

    What its tags are by now has still to be looked at.
    """
    for record in records:
        earlier = record.plan
        same = plan.commit and (plan.changes or not plan.dirty) and _intent(earlier) == _intent(plan)
        if same and not record.withdrawn and any(e.get("whole") is True for e in record.events):
            return record
    return None


def stands(record: Record, registry: Registry, elector: Elector) -> bool:
    """Whether the release of *record* is out and whole, and nothing newer is."""
    digests = {name: candidate.digest for name, candidate in record.candidates.items()}
    now = survey(registry, record.plan, digests)
    if now.state is not State.PUBLISHED:
        return False
    opinion = elector.opinion(record.plan.tag, now.tags[record.plan.watched])
    return opinion.election not in (Election.OLDER, Election.TIE)


class Stopwatch:
    """Seconds by stage, by the clock that does not go back; each is noted in the journal."""

    def __init__(self, ports: Ports) -> None:
        self._ends = ports
        self.seconds: dict[str, float] = {}

    def timed(self, stage: str, call: Callable[[], Result]) -> Result:
        """What *call* gives; how long it took is kept as *stage*."""
        began = self._ends.clock.monotonic()
        try:
            return call()
        finally:
            self.seconds[stage] = round(self._ends.clock.monotonic() - began, 3)

    def note(self) -> None:
        """Put the times into the journal; what came of the release does not depend on it."""
        try:
            self._ends.journal.append(_event(self._ends, "timings", seconds=dict(self.seconds)))
        except WholeshipError as error:
            self._ends.progress.warned(f"the times were not kept: {error.message}")


def _now(ports: Ports, otherwise: Record) -> Record:
    return fold(ports.journal.entries(), "the journal") or otherwise


def _intent(plan: Plan) -> Plan:
    return replace(plan, tag=plan.images[0].name, created="", run_url="", aliases=(), tool="")  # type: ignore[arg-type]


def note(ports: Ports, event: str, **more: object) -> None:
    """Put *event* into the journal, with the time."""
    ports.journal.append(_event(ports, event, **more))


def _event(ports: Ports, event: str, **more: object) -> dict[str, object]:
    return {"kind": "event", "event": event, "at": ports.clock.now().isoformat(), **more}


@contextmanager
def _shown(progress: Progress, task: Task) -> Iterator[None]:
    progress.started(task)
    try:
        yield
    except WholeshipError as error:
        progress.finished(task, Outcome.FAILED, error.message)
        raise
    progress.finished(task, Outcome.DONE)
