"""C: other people, other machines, and other releases: tags moved or deleted, candidates collected, races."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from wholeship.core.errors import ExitCode
from wholeship.release.record import fetch_record
from wholeship.release.repair import repair
from wholeship.release.repaired import Mended
from wholeship.release.stages.results import Verified
from wholeship.release.stages.verify import verify
from wholeship.testing.drill.engine import Case, End, Strikes, agrees, quiet, resumed
from wholeship.testing.drill.families.named import IMAGES, SIBLINGS, TOLD, rebound, unsaid_half
from wholeship.testing.drill.machine import Ending, Machine, prepared, promoting, until_gated
from wholeship.testing.drill.observer import half, whole_release
from wholeship.testing.drill.schedule import take_turns
from wholeship.testing.drill.stage import (
    ALIAS,
    NEWER,
    Setting,
    Stage,
    plan_for,
    released_bytes,
    without_aliases,
)
from wholeship.testing.faults import FAULTS, Fault, meanwhile
from wholeship.testing.registry import Manner

# -- C1 to C4: people and garbage collectors, at every request ----------------------------------------


def _deleted(image: str, stage: Stage) -> Fault:
    act = partial(stage.rebind, image, stage.plan.tag, None)
    return meanwhile("C1", f"deleted-{image}", "somebody deletes the tag", act)


def _collected(image: str, child: bool, stage: Stage) -> Fault:
    act = partial(stage.collect, image, child=child)
    return meanwhile("C4", f"collected-{image}", "the candidate is collected", act)


def _deleted_after(image: str, stage: Stage, step: int) -> Iterator[str]:
    """Out, whole; then a sibling's tag is deleted: verify says so, and repair puts the same bytes back."""
    machine = Machine(stage)
    machine.run()
    stage.rebind(image, stage.plan.tag, None)
    settings = machine.stage_settings()
    ports = settings.ports
    record = fetch_record(ports.registry, ports.home, stage.plan.tag) if ports.home is not None else None
    if record is None:
        yield "C3 there is no record to repair from"
        return
    digests = {name: c.digest for name, c in record.candidates.items()}
    proof = verify(ports.registry, record.plan, digests)
    visible = image != stage.plan.watched
    if isinstance(proof, Verified) or proof.half is not visible:
        yield f"C3 verify does not tell it: {proof}"
    answer = repair(record, settings)
    if not isinstance(answer, Mended) or not whole_release(stage.truth, stage.plan, stage.images):
        yield f"C3 repair did not fix it: {answer}"
    yield from quiet(stage)


# -- C5 to C7: two machines, request by request --------------------------------------------------------


Stretches = tuple[int, ...]


def _alone(stage: Stage) -> int:
    """Requests of a promotion that nobody disturbs."""
    prepared(stage)
    machine = Machine(stage, "one")
    machine.run(promoting)
    return machine.line.count


def _alone_apart(stage: Stage) -> int:
    """As :func:`_alone`, without a record beside the images."""
    machine = Machine(stage, "one", record=False)
    until_gated(machine)
    machine = Machine(stage, "one", record=False)
    machine.run(promoting)
    return machine.line.count


def _twins(stage: Stage, stretches: Stretches) -> Iterator[str]:
    """The same release from two machines: both say yes, and nobody sees half."""
    prepared(stage)
    machines = (Machine(stage, "one"), Machine(replace(stage), "two"))
    endings = take_turns(machines, stretches, promoting)
    yield from _all_agree(endings, machines)
    for ending in endings:
        if ending.code is not ExitCode.YES:
            yield f"C5 one of two twins ended with {ending.code}: {ending.text[:200]}"
    # One more run learns what the other has noted; after that there is nothing left to do.
    yield from resumed(stage, "one")[1]


def _rivals(stage: Stage, stretches: Stretches, *, write_once: bool) -> Iterator[str]:
    """Two releases under one tag. Neither has seen the other's record, which would have stopped it."""
    plan = plan_for(stage.plan.tag, content=" of somebody else")
    if write_once:
        without_aliases(stage)
        plan = replace(plan, aliases=(), alias_patterns=())
    stage.observer.releases.append(released_bytes(plan))
    rival = replace(stage, plan=plan, trials=[])
    for machine in (Machine(stage, "one", record=False), Machine(rival, "two", record=False)):
        until_gated(machine)
    machines = (Machine(stage, "one", record=False), Machine(rival, "two", record=False))
    endings = take_turns(machines, stretches, promoting)
    wrong = half(stage.truth, stage.plan, stage.observer.releases)
    if write_once:
        yield from _all_agree(endings, machines)
        return
    # The known impossibility: it cannot be prevented by either of them, so it has to be said by one.
    stage.observer.excuse_half()
    yield from unsaid_half("C6", wrong, endings)


def _older_and_newer(stage: Stage, stretches: Stretches) -> Iterator[str]:
    """Both are whole at every moment, and the aliases end on the newer one, of every image."""
    newer = stage.another(plan_for(NEWER))
    prepared(stage)
    prepared(newer)
    machines = (Machine(stage, "one"), Machine(newer, "two"))
    endings = take_turns(machines, stretches, promoting)
    yield from _all_agree(endings, machines)
    yield from newer.observer.broken
    yield from _newer_has_it(stage, newer, endings)


def _newer_has_it(stage: Stage, newer: Stage, endings: Sequence[Ending]) -> Iterator[str]:
    if not whole_release(newer.truth, newer.plan, newer.images):
        yield f"C7 the newer release is not out: {endings[1].code}: {endings[1].text[:200]}"
    for name, image in newer.images.items():
        if stage.truth.tag(stage.repository(name), ALIAS) != image.digest:
            yield f"C7 {ALIAS} of {name} is not on the newer release"


def _late(insists: bool, stage: Stage, step: int) -> Iterator[str]:
    """The older is killed at request *step* of its promotion, the newer comes out, the older goes on."""
    newer = stage.another(plan_for(NEWER))
    prepared(stage)
    prepared(newer)
    Machine(stage, "one", fault=FAULTS["kill-after"], at=step).run(promoting)
    second = Machine(newer, "two").run(promoting)
    machine, before = Machine(stage, "one", insists=insists), len(stage.observer.writes)
    first = machine.run(promoting)
    yield from agrees(stage, first, machine)
    if any(f":{ALIAS} " in write for write in stage.observer.writes[before:]):
        yield f"C7 the older release wrote {ALIAS}, which belongs to the newer"
    yield from newer.observer.broken
    yield from _newer_has_it(stage, newer, (first, second))
    if first.code not in ((ExitCode.YES,) if insists else (ExitCode.YES, ExitCode.NO)):
        yield f"C7 the older one ended with {first.code}: {first.text[:200]}"


def _all_agree(endings: Sequence[Ending], machines: Sequence[Machine]) -> Iterator[str]:
    for ending, machine in zip(endings, machines, strict=True):
        yield from agrees(machine.stage, ending, machine, began_out=True)


CASES = (
    *(
        Case("C1", f"moved-{i}", f"somebody moves the tag of {i}", fault=partial(rebound, i), ends=TOLD)
        for i in IMAGES
    ),
    *(
        Case("C1", f"deleted-{i}", f"somebody deletes the tag of {i}", fault=partial(_deleted, i), ends=TOLD)
        for i in IMAGES
    ),
    *(
        Case(
            "C2",
            f"moved-after-{i}",
            f"somebody moves the tag of {i}, right after a request",
            fault=partial(rebound, i, after=True),
            ends=TOLD,
        )
        for i in SIBLINGS
    ),
    *(
        Case(
            "C3",
            f"deleted-when-out-{i}",
            f"the tag of {i} is deleted when the release is out",
            Strikes.ONCE,
            play=partial(_deleted_after, i),
        )
        for i in IMAGES
    ),
    *(
        Case(
            "C4",
            f"collected-{i}{'-part' if child else ''}",
            f"the registry collects {'a platform of ' if child else ''}the candidate of {i}",
            fault=partial(_collected, i, child),
            ends=TOLD,
        )
        for i, child in (
            ("app", False),
            ("app", True),
            ("worker", False),
            ("worker", True),
            ("embeddings", False),
        )
    ),
    Case("C5", "twins", "one release from two machines at once", Strikes.TURNS, play=_twins, length=_alone),
    Case(
        "C6",
        "rivals",
        "two releases under one tag, tags can be moved",
        Strikes.TURNS,
        play=partial(_rivals, write_once=False),
        length=_alone_apart,
        ends=TOLD,
    ),
    Case(
        "C6",
        "rivals-write-once",
        "two releases under one tag, tags are written once",
        Strikes.TURNS,
        setting=Setting(manner=Manner.ECR),
        play=partial(_rivals, write_once=True),
        length=_alone_apart,
        ends=TOLD | {End.UNFINISHED},
    ),
    Case(
        "C7",
        "older-and-newer",
        "two releases at once, an older and a newer",
        Strikes.TURNS,
        play=_older_and_newer,
        length=_alone,
        ends=frozenset({End.PUBLISHED, End.REFUSED}),
    ),
    Case(
        "C7",
        "older-late",
        "an older release is killed, and goes on when the newer is out",
        Strikes.STEPS,
        play=partial(_late, False),
        length=_alone,
        ends=frozenset({End.PUBLISHED, End.REFUSED}),
    ),
    Case(
        "C7",
        "older-insists",
        "the same with --force-older: it comes out, and the aliases stay where they are",
        Strikes.STEPS,
        play=partial(_late, True),
        length=_alone,
    ),
)
