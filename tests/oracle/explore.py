"""Every run that is worth a look: each failure at each call, orders of the jobs, second attempts.

The question: is there a run, and a moment in it, at which the followed image has the release's tag and a
sibling has not (or lacks a platform)?
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from tests.oracle.bake import BakeError
from tests.oracle.legs import Runner
from tests.oracle.programs import Unplayable, Write
from tests.oracle.runs import ENDED, Again, LegFault, LegKey, Memory, Preference, Run, RunRecord, job_of
from tests.oracle.stand_ins import Fault
from tests.oracle.world import Event, World

Order = tuple[str, Preference]
"""An order of legs, and its name."""


@dataclass(frozen=True)
class Half:
    """A run in which a half release was visible, told."""

    event: Event
    faults: tuple[LegFault, ...]
    order: str
    attempts: str
    writes: tuple[tuple[Write, LegKey], ...]
    missing: str
    unlike: bool = False
    """Nothing went wrong, and at the end the sibling has another tag: the names never agree."""

    @property
    def story(self) -> str:
        """For a person: what went wrong, and what became visible in which order."""
        lines = [
            f"event {self.event.name} {self.event.ref} {dict(self.event.inputs)} {dict(self.event.variables)}"
        ]
        lines += [f"fault in {'/'.join(entry.leg[0])}#{entry.leg[1]}: {entry.fault}" for entry in self.faults]
        lines += [f"order: {self.order}; attempts: {self.attempts}"]
        lines += [
            f"  {'/'.join(leg[0])}#{leg[1]}: {write.kind} {write.reference}" for write, leg in self.writes
        ]
        return "\n".join([*lines, f"then {self.missing}"])


@dataclass(frozen=True)
class Verdict:
    """What was seen. Without a half, *complete* says whether all that was planned has been looked at."""

    half: Half | None
    runs: int
    legs: int
    complete: bool
    published: frozenset[str]
    """The images that some run published."""
    usual: frozenset[str] = frozenset()
    """Those that a run publishes in which nothing goes wrong."""
    tags: frozenset[str] = frozenset()
    """The tags that the followed image gets in such a run."""
    unplayable: str = ""

    @property
    def kind(self) -> str:
        """In one word: half, whole, unlike (tags that never agree), nothing, incomplete or unplayable."""
        if self.half:
            return "unlike" if self.half.unlike else "half"
        if not self.complete:
            return "unplayable" if self.unplayable else "incomplete"
        return "whole"


def missing(
    world: World, writes: tuple[tuple[Write, LegKey], ...], strangers: Collection[str] = ()
) -> tuple[int, str] | None:
    """The first moment at which the release is half, and what lacks; None if there is none.

    *strangers* are images that get other tags than the followed one even where all goes well.
    """
    siblings = [entry.name for entry in world.images if entry.name not in (world.followed, *strangers)]
    seen: dict[tuple[str, str], frozenset[str] | None] = {}
    known: dict[str, frozenset[str] | None] = {}
    for number, (write, _) in enumerate(writes):
        known[write.reference] = write.platforms
        if write.kind == "copy":
            # A copy has what its sources have; of a source that nobody pushed here, nothing is known.
            parts = [known.get(source) for source in write.sources]
            known[write.reference] = (
                frozenset().union(*(part or () for part in parts)) if all(parts) else None
            )
        for found in _changed(world, write):
            if write.kind == "delete":
                seen.pop(found, None)
            else:
                seen[found] = known[write.reference]
        for (name, tag), platforms in seen.items():
            if name != world.followed:
                continue
            for sibling in siblings:
                if (sibling, tag) not in seen:
                    return number + 1, f"{name}:{tag} is visible, {sibling}:{tag} is not"
                have = seen[sibling, tag]
                if platforms and have and not platforms <= have:
                    return number + 1, f"{name}:{tag} has {sorted(platforms)}, {sibling}:{tag} {sorted(have)}"
    return None


def _changed(world: World, write: Write) -> Iterator[tuple[str, str]]:
    for entry in world.images:
        tag = entry.tag(write.reference)
        if tag is not None and not re.fullmatch(world.aliases, tag):
            yield entry.name, tag


class Explorer:
    """Looks at the runs of one world."""

    def __init__(self, world: World, memory: Memory, limit: int = 400, only: Collection[str] | None = None):
        self.world, self.memory, self.limit, self.only = world, memory, limit, only
        self.runs = 0
        self.published: set[str] = set()
        self.usual: set[str] = set()
        self.tags: set[str] = set()
        self.strangers: set[str] = set()
        # Elsewhere a cancelled run shows no more than one in which the same call fails.
        self.cancelling = bool(re.search(r"always\(|cancelled|failure\(|continue-on-error|trap ", world.text))
        self.deleting = bool(re.search(r"\bdelete\b|\btag rm\b", world.text))

    def verdict(self) -> Verdict:
        """Look at all of them, or until a half release is seen."""
        half, complete, why = None, True, ""
        try:
            for event in self.world.events:
                half = half or self._event(event)
        except _Enough:
            complete = False
        except (Unplayable, BakeError) as error:
            complete, why = False, str(error) or type(error).__name__
        return Verdict(
            half,
            self.runs,
            self.memory.played,
            complete,
            frozenset(self.published),
            frozenset(self.usual),
            frozenset(self.tags),
            why,
        )

    def _event(self, event: Event) -> Half | None:
        plain = self._run(event, _as_written, ())
        self.usual |= {name for write, _ in plain.writes for name, _ in _changed(self.world, write)}
        self._meet(plain)
        orders, half = self._orders(event, plain)
        if half:
            return half
        first: list[tuple[LegFault, ...]] = [(entry,) for entry in self._faults(plain)]
        later: dict[frozenset[LegFault], tuple[LegFault, ...]] = {}
        known = {faults[0] for faults in first}
        for faults in first:
            half, seen = self._with(event, faults, orders)
            if half:
                return half
            for extra in seen:
                if extra.leg != faults[0].leg and (extra not in known or extra.fault.mode in ENDED):
                    later.setdefault(frozenset((*faults, extra)), (*faults, extra))
                elif extra.leg == faults[0].leg and extra.fault == replace(faults[0].fault, last=1):
                    later.setdefault(frozenset((extra,)), (extra,))
        for faults in later.values():
            half, _ = self._with(event, faults, orders)
            if half:
                return half
        return None

    def _orders(self, event: Event, plain: RunRecord) -> tuple[list[Order], Half | None]:
        """The orders in which something may go wrong; or a half release where nothing does."""
        writing = self._writing(plain)
        kept: list[Order] = [("as written", _as_written)]
        known = {tuple(plain.results)}
        for name, order, leg in [("as written", _as_written, None), *_orders(plain)]:
            record = self._run(event, order, ())
            half = self._judge(event, record, (), name, "one") or self._repeat(event, record, (), name, order)
            if half:
                return [], half
            if tuple(record.results) not in known and (leg is None or leg in writing):
                known.add(tuple(record.results))
                kept.append((name, order))
        return kept, None

    def _writing(self, record: RunRecord) -> set[LegKey]:
        """The legs that write the followed image."""
        followed = self.world.followed
        return {leg for write, leg in record.writes if followed in dict(_changed(self.world, write))}

    def _with(
        self, event: Event, faults: tuple[LegFault, ...], orders: list[Order]
    ) -> tuple[Half | None, list[LegFault]]:
        """A half release with *faults*, in some order; and what else could go wrong besides."""
        extras: dict[LegFault, None] = {}
        for name, order in orders:
            record = self._run(event, order, faults)
            half = self._judge(event, record, faults, name, "one")
            half = half or self._repeat(event, record, faults, name, order)
            if half:
                return half, []
            extras |= dict.fromkeys((*self._faults(record), *_once(faults[0], record)))
        return None, list(extras)

    def _run(self, event: Event, order: Preference, faults: tuple[LegFault, ...]) -> RunRecord:
        if self.runs >= self.limit:
            raise _Enough
        self.runs += 1
        return Run(self.memory, event, order, faults).play()

    def _judge(
        self, event: Event, record: RunRecord, faults: tuple[LegFault, ...], order: str, attempts: str
    ) -> Half | None:
        for write, _ in record.writes:
            self.published |= {name for name, _ in _changed(self.world, write)}
        unlike = len(self.strangers) == len(self.world.images) - 1
        found = missing(self.world, record.writes, () if unlike else self.strangers)
        if found is None:
            return None
        return Half(event, faults, order, attempts, record.writes[: found[0]], found[1], unlike)

    def _meet(self, plain: RunRecord) -> None:
        """Which images share a tag where nothing goes wrong."""
        tags: dict[str, set[str]] = {entry.name: set() for entry in self.world.images}
        for write, _ in plain.writes:
            for name, tag in _changed(self.world, write):
                tags[name].add(tag)
        followed = tags[self.world.followed]
        self.tags |= followed
        if followed:
            silent = {name for name in self.strangers if not tags[name]}  # another event told of those
            self.strangers = silent | {name for name, found in tags.items() if found and not found & followed}

    def _repeat(
        self, event: Event, record: RunRecord, faults: tuple[LegFault, ...], name: str, order: Preference
    ) -> Half | None:
        """Run again: what failed, or (where the attempt's number is used) each job by itself."""
        choices: list[tuple[str, Again]] = []
        if record.failed and (len(faults) < 2 or self.memory.attempt_matters):
            choices.append(("then what failed again", _went_wrong))
        if self.memory.attempt_matters:
            choices += [(f"then {job} again", _only(job)) for job in record.scope.jobs]
        if self.deleting and not faults:  # what is out already may be deleted
            choices.append(("then all of it again", lambda _, __: True))
        for said, again in choices:
            self.runs += 1
            second = Run(self.memory, event, order, (), record, again, 2).play()
            if half := self._judge(event, second, faults, name, said):
                return half
        after = record.after
        if after is None or not after.failed:
            return None
        self.runs += 1
        before = replace(after, writes=record.writes)
        second = Run(self.memory, after.event, order, (), before, _went_wrong, 2, self.world.then).play()
        return self._judge(event, second, faults, name, "then what failed of the second workflow again")

    def _faults(self, record: RunRecord) -> Iterator[LegFault]:
        for leg, calls in record.calls.items():
            if self.only is not None and job_of(leg) not in self.only:
                continue
            yield from self._of_leg(leg)
            counted: dict[str, int] = {}
            for note in calls:
                if note.call.program in _HARMLESS:
                    continue
                line = note.call.line
                counted[line] = counted.get(line, 0) + 1
                for fault in self._of_call(line, counted[line], note.effects.groups):
                    yield LegFault(leg, fault)

    def _of_leg(self, leg: LegKey) -> Iterator[LegFault]:
        if self.cancelling:
            yield from (LegFault(leg, Fault("", mode)) for mode in ENDED)

    def _of_call(self, line: str, time: int, groups: tuple[tuple[Write, ...], ...]) -> Iterator[Fault]:
        yield Fault(line, "fail") if time == 1 else Fault(line, "fail", time, time)
        if self.cancelling:
            yield Fault(line, "cancel", time, time)
            yield Fault(line, "timeout", time, time)
        if self.world.parallel:
            yield Fault(line, "slow", time, time)
        if groups and self.deleting:
            yield Fault(line, "late", time, time)
        parts = range(len(groups)) if len(groups) > 1 else range(1, len(groups[0]) if groups else 0)
        for index in parts:
            yield Fault(line, f"part{index}", time, time, index)


_HARMLESS = {"date", "sleep", "git", "helm", "kubectl", "notify-send"}


class _Enough(Exception):
    """The limit of runs is reached."""


def _once(entry: LegFault, record: RunRecord) -> Iterator[LegFault]:
    """The same failure, but only the first time: where the call was tried again."""
    tries = [note for note in record.calls.get(entry.leg, ()) if note.call.line == entry.fault.line]
    if entry.fault.mode == "fail" and entry.fault.last > 1 and len(tries) > 1:
        yield replace(entry, fault=replace(entry.fault, last=1))


def _as_written(leg: LegKey) -> int:
    return 0


def _orders(plain: RunRecord) -> Iterator[tuple[str, Preference, LegKey | None]]:
    """Orders worth a look: each publishing leg as early as it can be, and the reverse of the usual order."""
    if len(plain.results) < 2:
        return
    for leg in sorted({leg for _, leg in plain.writes}):
        yield f"{'/'.join(leg[0])}#{leg[1]} first", _towards(plain, leg), leg
    numbers = {key: -index for index, key in enumerate(plain.results)}
    yield "the last first", lambda other: numbers.get(other, 0), None


def _towards(plain: RunRecord, wanted: LegKey) -> Preference:
    """First *wanted* and what it waits for, then the rest."""
    name = job_of(wanted)
    names = {name, *plain.scope_of(wanted).ancestors(name)}

    def rank(leg: LegKey) -> tuple[int, int]:
        own = leg == wanted or (leg[0][:1] == wanted[0][:1] and "#" in leg[0][0])
        return (0 if job_of(leg) in names else 1, 0 if own else 1)

    return rank


def _went_wrong(_: LegKey, shown: str) -> bool:
    return shown in ("failure", "cancelled")


def _only(job: str) -> Again:
    return lambda leg, _: leg[0] == (job,)


@contextlib.contextmanager
def machine() -> Iterator[Runner]:
    """A machine to play worlds on, in memory where there is room for it; gone afterwards."""
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(
        prefix="oracle-", dir=memory if os.access(memory, os.W_OK) else None
    ) as folder:
        yield Runner(Path(folder))


def look(world: World, runner: Runner, limit: int = 400, memory: Memory | None = None) -> Verdict:
    """What the runs of *world* show."""
    return Explorer(world, memory or Memory(world, runner), limit).verdict()


def replay(world: World, memory: Memory, jobs: Collection[str], limit: int = 400) -> Verdict:
    """The same of the runs in which nothing goes wrong outside *jobs* (names in the first workflow)."""
    return Explorer(world, memory, limit, jobs).verdict()
