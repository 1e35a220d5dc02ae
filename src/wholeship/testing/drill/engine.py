"""Every fault at every step: run, stop, run again without faults, look whether all is as it must be.

SQLite tests its writes so. A case says what goes wrong and in what world; a faultless run in that world
counts the steps; then the case is played at step 1, 2, 3 and so on. A run is named ``ROW/CASE@STEP``, and
the name is all that is needed to play it again.
"""

from __future__ import annotations

import base64
import shutil
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace
from enum import StrEnum
from pathlib import Path
from random import Random
from typing import Any

from wholeship.core.errors import BadInput, ExitCode
from wholeship.core.http import Request
from wholeship.core.values import dataclass
from wholeship.testing.drill.disk import DiskFault, FaultyDisk
from wholeship.testing.drill.machine import Act, Ending, Machine, shipping
from wholeship.testing.drill.observer import half, visible_to_controller, whole_release
from wholeship.testing.drill.parts import Parts
from wholeship.testing.drill.schedule import TO_THE_END, by_chance, one_switch, shrunk, two_switches
from wholeship.testing.drill.stage import PASSWORD, USER, Setting, Stage, embedded_stage
from wholeship.testing.faults import Fault
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.storage import MemoryBlobs

REQUESTS_BOUND = 134
"""Times the images: no run needs more requests; the faultless one needs a fixed number, which tests pin."""
WAIT_BOUND = 3600.0
"""Seconds that no run waits beyond: six attempts at each of a few steps, each within its budget."""


class Strikes(StrEnum):
    """What a case counts to find its steps."""

    REQUESTS = "request"
    WRITES = "write"  # requests that bind a tag
    DISK = "disk call"
    BYTES = "byte"
    STEPS = "request of a promotion"
    TURNS = "order of turns"  # of two machines
    ONCE = "run"  # there is one way to play it, or a given number of ways


class End(StrEnum):
    """What became of a release in the end."""

    PUBLISHED = "published"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"  # taken back, every tag of it, as it was asked
    TOLD = "told"  # somebody else made it half, which was said, loudly
    UNFINISHED = "unfinished"
    HALF = "half"  # by us: this must never be


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that goes wrong. ``row`` is its row of the fault matrix.

    ``fault`` and ``disk`` are played at the step; ``between`` happens after the stop, and before the run
    that has no faults; ``play`` takes the place of all that, for what needs more than one process, and
    yields what must not be. ``length`` counts bytes, or the requests that one of two machines takes.
    ``ends`` are the ends that are right for it.
    """

    row: str
    name: str
    what: str
    strikes: Strikes = Strikes.REQUESTS
    setting: Setting = field(default_factory=Setting)
    fault: Fault | Callable[[Stage], Fault] | None = None
    disk: DiskFault | None = None
    before: Callable[[Stage], None] | None = None
    between: Callable[[Stage], None] | None = None
    elsewhere: bool = False
    act: Act = shipping
    again: Act = shipping
    """What the runs without faults do that come after it."""
    play: Callable[[Stage, Any], Iterator[str]] | None = None
    length: Callable[[Stage], int] | None = None
    ends: frozenset[End] = frozenset({End.PUBLISHED})

    @property
    def id(self) -> str:
        """``ROW/NAME``."""
        return f"{self.row}/{self.name}"

    @property
    def family(self) -> str:
        """The letter of its row."""
        return self.row[0]

    def fault_on(self, stage: Stage) -> Fault | None:
        """The fault as it is played on *stage*."""
        return self.fault if self.fault is None or isinstance(self.fault, Fault) else self.fault(stage)


Step = int | tuple[int, ...]
"""Where a case strikes: the number of a request, a disk call or a byte; or the stretches of two machines."""


@dataclass(frozen=True, slots=True)
class Run:
    """One case, played at one step. ``broken``: what must not be, with the requests that led to it as the
    ``story``. ``met``: the fault struck at all. ``code`` is what the process that was hit ended with."""

    case: str
    step: Step
    end: End
    broken: tuple[str, ...] = ()
    met: bool = True
    reason: str = ""
    code: int | None = None
    story: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What replays it."""
        return f"{self.case}@{step_text(self.step)}"


@dataclass(slots=True)
class Drill:
    """Plays cases. ``folder`` is scratch space; one drill uses it at a time."""

    parts: Parts
    folder: Path
    _number: int = 0

    def steps(self, case: Case, *, seeds: range = range(0)) -> tuple[Step, ...]:
        """The steps at which *case* can strike: counted in a run in its world, without its fault.

        Two machines get every order with one and with two switches, and one order by chance for each seed.
        """
        if case.strikes is Strikes.ONCE:
            return (1,)
        stage = self._stage(case)
        try:
            return tuple(_steps_of_case(case, stage, seeds))
        finally:
            shutil.rmtree(stage.folder, ignore_errors=True)

    def run(self, case: Case, step: Step) -> Run:
        """Play *case* at *step*."""
        stage = self._stage(case)
        try:
            if case.play is not None:
                broken = list(case.play(stage, step))
                return _judged(case, step, stage, stage.last, broken)
            assert isinstance(step, int)
            return played(case, step, stage)
        except Exception:
            # The drill itself is at fault, which must not look like an answer, nor end the others.
            text = traceback.format_exc()[-1500:]
            return Run(case.id, step, End.UNFINISHED, (f"the drill itself failed: {text}",))
        finally:
            shutil.rmtree(stage.folder, ignore_errors=True)

    def _stage(self, case: Case) -> Stage:
        self._number += 1
        folder = self.folder / str(self._number)
        folder.mkdir(parents=True)
        (folder / "Dockerfile").touch()
        stage = embedded_stage(self.parts, folder, case.setting)
        if case.before is not None:
            case.before(stage)
        return stage


def _steps_of_case(case: Case, stage: Stage, seeds: range) -> Iterator[Step]:
    if case.length is not None:
        length = case.length(stage)
        if case.strikes is not Strikes.TURNS:
            yield from range(1, length + 1)
        else:
            yield from (*one_switch(length), *two_switches(length, length))
            for seed in seeds:
                yield by_chance(Random(seed), length)  # noqa: S311 - a schedule, not a secret
        return
    machine = Machine(stage)
    machine.run(case.act)
    if case.strikes is Strikes.DISK:
        yield from range(1, machine.disk.count + 1)
        return
    fault = case.fault_on(stage)
    for step in machine.line.steps:
        binds = step.method == "PUT" and "/manifests/" in step.path
        if (binds or case.strikes is not Strikes.WRITES) and (
            fault is None or fault.on(Request(step.method, f"https://{step.host}{step.path}"))
        ):
            yield step.number


def played(case: Case, step: int, stage: Stage) -> Run:
    """*case* at *step* on *stage*: the run that is hit, the run that goes on, the run that finds it done."""
    fault = case.fault_on(stage)
    disk = FaultyDisk(case.disk, step)
    machine = Machine(stage, fault=fault, at=step, disk=disk)
    first = machine.run(case.act)
    broken = list(agrees(stage, first, machine))
    met = machine.line.hits + disk.hits > 0 or (case.fault is None and case.disk is None)
    if case.between is not None:
        case.between(stage)
    last, more = resumed(stage, "elsewhere" if case.elsewhere else "here", case.again)
    run = replace(_judged(case, step, stage, last, [*broken, *more]), met=met, code=first.code)
    return replace(run, story=tuple(_story_lines(machine))) if run.broken else run


def _story_lines(machine: Machine) -> Iterator[str]:
    """What the process asked of the registry, and what it heard."""
    for step in machine.line.steps:
        path = step.path.removeprefix("/v2/")
        yield f"{step.number:>4} {step.method:<6} {path} {step.outcome}"


def _judged(case: Case, step: Step, stage: Stage, last: Ending | None, broken: list[str]) -> Run:
    broken = [*broken, *stage.observer.broken, *_leaks(stage)]
    end, reason = _end_of_release(stage, last)
    if end not in case.ends:
        broken.append(f"I8 it ended {end}: {reason or 'no reason'}")
    return Run(case.id, step, end, tuple(dict.fromkeys(broken)), reason=reason)


def resumed(stage: Stage, name: str, act: Act = shipping) -> tuple[Ending, list[str]]:
    """One run without faults ends it (I8), and one more finds nothing to do (I7)."""
    again = Machine(stage, name)
    ending = again.run(act)
    broken = list(agrees(stage, ending, again))
    if ending.code not in (ExitCode.YES, ExitCode.NO, ExitCode.HALF):
        broken.append(f"I8 a run without faults ended with {ending.code}: {ending.text[:300]}")
    if ending.code is ExitCode.YES:
        broken += quiet(stage, again.name, act)
    elif not ending.text.strip():
        broken.append("I8 no reason was given")
    return ending, broken


def quiet(stage: Stage, name: str = "here", act: Act = shipping) -> Iterator[str]:
    """A run of what is out already writes nothing."""
    last = Machine(stage, name)
    ending = last.run(act)
    if ending.code != ExitCode.YES:
        yield f"I7 the run after success ended with {ending.code}: {ending.text[:300]}"
    wrote = [f"{s.method} {s.path}" for s in last.line.steps if s.method not in ("GET", "HEAD")]
    if wrote:
        yield f"I7 the run after success wrote: {', '.join(wrote[:3])}"


def agrees(stage: Stage, ending: Ending, machine: Machine, *, began_out: bool = False) -> Iterator[str]:
    """What the process says against what the registry holds at that moment (I6); bounds (I9); https.

    One that *began* when the release was out already, or beside another that puts it out, may not know it.
    """
    truth, plan = stage.truth, stage.plan
    wrong = half(truth, plan, stage.observer.releases, listed=False)
    out = whole_release(truth, plan, stage.images)
    said = f"{ending.text[:200]}"
    unseen = stage.observer.unseen
    if ending.code is ExitCode.BUG:
        yield f"I6 a bug: {ending.text[-600:]}"
    if ending.code is ExitCode.YES and not out and not unseen and not ending.deleted:
        yield f"I6 said yes, and it is not out: {wrong or 'not visible'}"
    if ending.code in (ExitCode.NO, ExitCode.UNFINISHED, ExitCode.USAGE) and wrong and not unseen:
        yield f"I6 said {ending.code.name.lower()}, and half is visible: {wrong}; {said}"
    known_out = ending.published or f"{plan.tag} is out" in ending.text
    began_out = began_out or bool(stage.observer.may_delete)
    if (
        ending.code is ExitCode.UNFINISHED
        and out
        and visible_to_controller(truth, plan)
        and not (known_out or began_out)
    ):
        yield f"I6 said not finished, and it is out: {said}"
    if ending.code is ExitCode.NO and out and ending.refused and visible_to_controller(truth, plan):
        yield f"I6 refused what is out: {said}"
    if ending.code is ExitCode.HALF and not half(truth, plan, stage.observer.releases):
        yield f"I6 cried half, and nothing is: {said}"
    if ending.code is ExitCode.UNKNOWN and not _committed(machine):
        yield f"I6 said unknown, and the commit was never tried: {said}"
    if ending.requests > REQUESTS_BOUND * len(plan.images) or ending.seconds > WAIT_BOUND:
        yield f"I9 {ending.requests} requests in {ending.seconds:.0f} s"
    if "http" in machine.schemes and not stage.insecure:
        yield "I11 asked without encryption"
    yield from _same_bytes(stage)


def _committed(machine: Machine) -> bool:
    plan = machine.stage.plan
    tails = tuple(f"{image.repository.path}/manifests/{plan.tag}" for image in plan.followed_images)
    return any(step.method == "PUT" and step.path.endswith(tails) for step in machine.line.steps)


def _same_bytes(stage: Stage) -> Iterator[str]:
    """Gated, candidate and promoted are one (I2)."""
    for trial in stage.trials:
        for name, pinned in trial.images.items():
            if pinned.digest != stage.images[name].digest:
                yield f"I2 the gate {trial.name} saw {pinned.digest.short} of {name}"
    if stage.registry is None:
        return
    for name, image in stage.images.items():
        repository = stage.repository(name)
        registry = stage.holding(name)
        found = registry.tag(repository, stage.plan.tag)
        shelf = registry.shelves.get(repository.path)
        kept = shelf.manifests.get(image.digest) if shelf is not None else None
        if found == image.digest and kept is not None and kept[1] != image.manifest.body:
            yield f"I2 {name} has other bytes"


def _leaks(stage: Stage) -> Iterator[str]:
    """Secrets where none belong (I10): in what was said, kept on disk, or stored beside the images."""
    tokens: Iterable[str] = ()
    if stage.registry is not None and stage.registry.login is not None:
        tokens = stage.registry.login.granted
    secrets = (PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), *tokens)
    texts = ["\n".join(stage.heard)]
    texts += [p.read_text(errors="replace") for p in stage.folder.rglob("*") if p.is_file()]
    if stage.registry is not None:
        texts += [body.decode("utf-8", "replace") for body in contents(stage.registry)]
    for secret in secrets:
        if any(secret in text for text in texts):
            yield f"I10 a secret was shown ({'password' if secret == PASSWORD else 'token'})"


def contents(registry: EmbeddedRegistry) -> tuple[bytes, ...]:
    """Everything that *registry* holds."""
    blobs = registry.blobs
    kept = tuple(blobs.contents()) if isinstance(blobs, MemoryBlobs) else ()
    return (*kept, *(body for shelf in registry.shelves.values() for _, body in shelf.manifests.values()))


def _end_of_release(stage: Stage, last: Ending | None) -> tuple[End, str]:
    """What became of it, by the registry alone; the *last* process only tells why not."""
    if stage.observer.broken and any(text.startswith("I1 ") for text in stage.observer.broken):
        return End.HALF, stage.observer.broken[0]
    wrong = half(stage.truth, stage.plan, stage.observer.releases, listed=False)
    if wrong:
        return End.TOLD, wrong
    if whole_release(stage.truth, stage.plan, stage.images) and visible_to_controller(
        stage.truth, stage.plan
    ):
        return End.PUBLISHED, ""
    if last is not None and last.code is ExitCode.HALF:
        # Said when it was so; another release under the tag may have become whole since.
        return End.TOLD, last.text[:200]
    if last is not None and last.deleted:
        return End.WITHDRAWN, ""
    refused = last is not None and (last.refused or last.damaged)
    return End.REFUSED if refused else End.UNFINISHED, last.text[:200] if last is not None else ""


def sampled(steps: tuple[Step, ...], count: int, random: Random) -> tuple[Step, ...]:
    """*count* of *steps*, spread over all of them by chance; all, when there are not more."""
    if len(steps) <= count:
        return steps
    width = len(steps) / count
    return tuple(steps[int(width * part + random.random() * width)] for part in range(count))


def smallest(drill: Drill, case: Case, run: Run) -> Run:
    """A failing *run*, made as simple as it can be: for two machines, with the fewest and shortest turns."""
    if not isinstance(run.step, tuple):
        return run
    return drill.run(case, shrunk(run.step, lambda step: bool(drill.run(case, step).broken)))


def step_text(step: Step) -> str:
    """*step* as it stands in the name of a run."""
    if isinstance(step, int):
        return str(step)
    return ".".join("*" if length >= TO_THE_END else str(length) for length in step)


def _step_of(text: str, case: Case) -> Step | None:
    if case.strikes is Strikes.TURNS:
        words = text.split(".")
        if not all(word == "*" or word.isdecimal() for word in words):
            return None
        return tuple(TO_THE_END if word == "*" else int(word) for word in words)
    return int(text) if text.isdecimal() else None


def parse_name(name: str, cases: Iterable[Case]) -> tuple[Case, Step]:
    """The case and the step that the *name* of a run means; :class:`BadInput` when there is none."""
    head, _, text = name.rpartition("@")
    found = next((case for case in cases if case.id == head), None)
    step = _step_of(text, found) if found is not None else None
    if found is None or step is None:
        raise BadInput(f"no such run: {name!r}", advice="it is printed by a drill, as ROW/CASE@STEP")
    return found, step
