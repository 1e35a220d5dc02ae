"""W: a release is taken back, by deleting its tags or by putting an earlier one out again.

Answers are late, lost, or contradict each other; another machine works on the same release, or puts out a
newer one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace
from functools import partial

from wholeship.core.errors import ExitCode
from wholeship.core.http import Request, Response
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.testing.drill.engine import Case, End, Strikes, agrees
from wholeship.testing.drill.families.named import unsaid_half
from wholeship.testing.drill.machine import Machine, deleting, going_back, prepared, promoting, shipping
from wholeship.testing.drill.observer import half, visible_to_controller, whole_release
from wholeship.testing.drill.schedule import take_turns
from wholeship.testing.drill.stage import NEWER, OLD, WATCHED, Stage, plan_for, released_bytes
from wholeship.testing.faults import FAULTS, meanwhile
from wholeship.testing.registry import Lag, first_reads, flapping

THIRD = Tag("20260530-120000-000004")
"""A release that comes out after the one that is taken back, and is older than what takes it back."""
FAULTED = (
    *("kill-before", "kill-after", "reset-before", "reset-after", "reset-and-blind", "status-503"),
    *("status-503-forever", "gateway-502-after", "late-after", "throttled"),
)
LAGS: dict[str, Lag] = {
    **{f"late-{reads}": first_reads(reads) for reads in (1, 2, 5, 20, 100_000)},
    **{
        f"flapping-{p.replace(' ', '-')}": flapping(p)
        for p in ("new old new", "new new old new old", "old new new old")
    },
}


@dataclass(slots=True)
class _Reader:
    """Whoever may still find the watched tag has to find its siblings; looks after every request."""

    stage: Stage
    broken: list[str] = field(default_factory=list)

    def __call__(self, request: Request, response: Response) -> None:
        plan, registry = self.stage.plan, self.stage.embedded
        if not registry.can_be_seen(plan.commit_image.repository, plan.tag):
            return
        gone = [i.name for i in plan.siblings if registry.tag(i.repository, plan.tag) is None]
        if gone:
            self.broken.append(f"W1 {WATCHED} can be seen without {', '.join(gone)} after {request.method}")


def _out(stage: Stage) -> _Reader:
    """The release is out, and is going to be taken back; who reads it meanwhile."""
    Machine(stage, "maker").run()
    stage.observer.may_delete = frozenset({stage.plan.tag})
    reader = _Reader(stage)
    stage.embedded.observers.append(reader)
    return reader


def _requests_of_deleting(stage: Stage) -> int:
    _out(stage)
    machine = Machine(stage)
    machine.run(deleting)
    return machine.line.count


def _deleted(fault: str, lag: Lag | None, stage: Stage, step: int) -> Iterator[str]:
    """Deleted with *fault* at *step* and with late readers, then again in peace: all is gone, in order."""
    reader = _out(stage)
    stage.embedded.lag = lag
    machine = Machine(stage, fault=FAULTS[fault] if fault else None, at=step)
    ending = machine.run(deleting)
    yield from agrees(stage, ending, machine)
    left = [i.name for i in stage.plan.images if stage.embedded.tag(i.repository, stage.plan.tag)]
    if ending.code is ExitCode.YES and left:
        yield f"W1 said yes, and the tag is still on {', '.join(left)}"
    yield from reader.broken
    stage.embedded.lag = None
    yield from _all_gone(stage)


def _all_gone(stage: Stage) -> Iterator[str]:
    machine = Machine(stage)
    last = machine.run(deleting)
    left = [i.name for i in stage.plan.images if stage.embedded.tag(i.repository, stage.plan.tag)]
    if last.code is not ExitCode.YES or left:
        yield f"W1 a run without faults did not delete it: {last.code}, {left}: {last.text[:200]}"
    again = Machine(stage, "other")
    ending = again.run(shipping)
    if not ending.refused or visible_to_controller(stage.truth, stage.plan):
        yield f"W1 a withdrawn release was put out again: {ending.code}: {ending.text[:200]}"
    stage.last = last


def _undeletable(stage: Stage, step: int) -> Iterator[str]:
    """Where the registry deletes no tags nothing is touched, and it is no lie."""
    reader = _out(stage)
    stage.embedded.can_delete = False
    ending = Machine(stage).run(deleting)
    if ending.code is not ExitCode.NO or not whole_release(stage.truth, stage.plan, stage.images):
        yield f"W1 a registry that deletes nothing: {ending.code}: {ending.text[:200]}"
    yield from reader.broken
    Machine(stage).run()


def _two_delete(stage: Stage, stretches: tuple[int, ...]) -> Iterator[str]:
    """Two machines delete it at once: both end, and nobody sees half."""
    reader = _out(stage)
    machines = (Machine(stage, "one"), Machine(replace(stage), "two"))
    endings = take_turns(machines, stretches, deleting)
    for ending in endings:
        if ending.code is not ExitCode.YES:
            yield f"W2 one of two ended with {ending.code}: {ending.text[:200]}"
    yield from reader.broken
    yield from _all_gone(stage)


def _one_deletes_one_ships(stage: Stage, stretches: tuple[int, ...]) -> Iterator[str]:
    """While one deletes it another puts it out: half cannot be prevented then, so one has to say so."""
    _out(stage)
    machines = (Machine(stage, "one"), Machine(replace(stage), "two"))
    endings = take_turns(machines, stretches, deleting, promoting)
    wrong = half(stage.truth, stage.plan, stage.observer.releases, listed=False)
    stage.observer.excuse_half()
    yield from unsaid_half("W2", wrong, endings)
    if wrong:
        return
    if not visible_to_controller(stage.truth, stage.plan):
        stage.last = endings[0]


def _back(stage: Stage) -> Stage:
    """The release is out; what takes it back has the earlier one's images."""
    Machine(stage, "maker").run()
    earlier = released_bytes(plan_for(OLD))
    plan = replace(plan_for(NEWER), commit="", aliases=(), alias_patterns=())
    return stage.another(plan, earlier)


def _requests_of_going_back(stage: Stage) -> int:
    machine = Machine(_back(stage))
    machine.run(partial(going_back, stage.plan.tag, OLD))
    return machine.line.count


def _gone_back(fault: str, stage: Stage, step: int) -> Iterator[str]:
    """With *fault* at *step*, then again in peace: the earlier images are out under the newer tag, whole."""
    back, act = _back(stage), partial(going_back, stage.plan.tag, OLD)
    machine = Machine(back, fault=FAULTS[fault], at=step)
    yield from agrees(back, machine.run(act), machine)
    last = Machine(back)
    ending = last.run(act)
    yield from agrees(back, ending, last)
    if ending.code is not ExitCode.YES:
        yield f"W3 did not go back: {ending.code}: {ending.text[:200]}"
    yield from back.observer.broken


def _newer_meanwhile(insists: bool, stage: Stage, step: int) -> Iterator[str]:
    """A newer release comes out at request *step*: nothing older is put on top of it, unless somebody insists
    or it came after the last look."""
    back = _back(stage)
    third = stage.another(plan_for(THIRD))
    prepared(third)
    back.observer.deploy_tags |= {THIRD}
    third.observer.deploy_tags |= {NEWER}

    def publish() -> None:
        Machine(third, "third").run(promoting)

    fault = meanwhile("W3", "newer", "a newer release comes out", publish)
    machine = Machine(back, fault=fault, at=step, insists=insists)
    ending = machine.run(partial(going_back, stage.plan.tag, OLD))
    watched = f"{back.plan.commit_image.repository.path}/"
    commits = [
        s.number
        for s in machine.line.steps
        if s.method == "PUT" and s.path.endswith(f"{watched}manifests/{NEWER}")
    ]
    looks = [s.number for s in machine.line.steps if f"{watched}tags/" in s.path]
    before = [number for number in looks if commits and number < commits[0]]
    if commits and not insists and before and step <= before[-1]:
        yield f"W3 an older release was put on top of a newer one, seen at request {before[-1]}"
    if insists and ending.code is not ExitCode.YES:
        yield f"W3 insisted, and it was not done: {ending.code}: {ending.text[:200]}"
    if not commits and not ending.refused:
        yield f"W3 neither out nor refused: {ending.code}: {ending.text[:200]}"
    yield from (*back.observer.broken, *third.observer.broken)


CASES = (
    *(
        Case(
            "W1",
            f"delete-{name}",
            f"deleted, and: {FAULTS[name].what}",
            Strikes.STEPS,
            play=partial(_deleted, name, None),
            length=_requests_of_deleting,
            ends=frozenset({End.WITHDRAWN}),
        )
        for name in FAULTED
    ),
    *(
        Case(
            "W1",
            f"delete-{name}",
            f"deleted, with readers that are {name.replace('-', ' ')}",
            Strikes.ONCE,
            play=partial(_deleted, "", lag),
            ends=frozenset({End.WITHDRAWN}),
        )
        for name, lag in LAGS.items()
    ),
    *(
        Case(
            "W1",
            f"delete-{fault}-and-{name}",
            f"deleted, with readers that are {name.replace('-', ' ')}, and: {FAULTS[fault].what}",
            Strikes.STEPS,
            play=partial(_deleted, fault, LAGS[name]),
            length=_requests_of_deleting,
            ends=frozenset({End.WITHDRAWN}),
        )
        for fault in ("kill-after", "reset-after")
        for name in ("late-5", "flapping-new-old-new")
    ),
    Case("W1", "delete-nothing", "the registry deletes no tags", Strikes.ONCE, play=_undeletable),
    Case(
        "W2",
        "two-delete",
        "two machines delete it at once",
        Strikes.TURNS,
        play=_two_delete,
        length=_requests_of_deleting,
        ends=frozenset({End.WITHDRAWN}),
    ),
    Case(
        "W2",
        "delete-and-ship",
        "one machine deletes it, another puts it out",
        Strikes.TURNS,
        play=_one_deletes_one_ships,
        length=_requests_of_deleting,
        ends=frozenset({End.WITHDRAWN, End.PUBLISHED, End.TOLD}),
    ),
    *(
        Case(
            "W3",
            f"back-{name}",
            f"an earlier release comes out again, and: {FAULTS[name].what}",
            Strikes.STEPS,
            play=partial(_gone_back, name),
            length=_requests_of_going_back,
        )
        for name in ("kill-before", "kill-after", "reset-after", "late-after")
    ),
    *(
        Case(
            "W3",
            f"newer-meanwhile{'-insists' if insists else ''}",
            f"a newer release comes out meanwhile{', and somebody insists' if insists else ''}",
            Strikes.STEPS,
            play=partial(_newer_meanwhile, insists),
            length=_requests_of_going_back,
        )
        for insists in (False, True)
    ),
)
