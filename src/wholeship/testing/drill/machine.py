"""One process on one machine: its line to the registry, its disk, its journal, and how it ended."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import field, replace
from pathlib import Path

from wholeship.core.errors import Damaged, ExitCode, Unfinished, WholeshipError
from wholeship.core.http import Request, Response
from wholeship.core.reference import Tag
from wholeship.core.text import Redactor
from wholeship.core.values import dataclass
from wholeship.release.deletion import Deleted
from wholeship.release.memory import adopted, known_release
from wholeship.release.observe import one_at_a_time
from wholeship.release.order import PatternElector
from wholeship.release.ports import Ports
from wholeship.release.record import Record, home
from wholeship.release.ship import (
    Shipped,
    begin,
    finish,
    put_out,
    ship,
)
from wholeship.release.stages.results import Failed, Held, Promoted, Refused
from wholeship.release.stages.settings import (
    AttestSettings,
    BuildSettings,
    GateSettings,
    PromoteSettings,
    StageSettings,
)
from wholeship.release.stages.table import run_stages
from wholeship.release.stages.underway import Underway, require_given
from wholeship.release.status import Member
from wholeship.release.withdraw import NothingNewer, adopt, take_away
from wholeship.testing.drill.disk import FaultyDisk
from wholeship.testing.drill.stage import DrillBuilder, DrillRunner, Heard, Stage
from wholeship.testing.faults import Fault, FaultyTransport, Killed
from wholeship.testing.signing import MemorySigner, MemoryVerifier

Act = Callable[["Machine"], Shipped | Deleted]


@dataclass(frozen=True, slots=True)
class Ending:
    """How a process ended. ``code`` is None when it was killed; ``text`` is all that was told."""

    code: ExitCode | None
    text: str = ""
    answer: Shipped | Deleted | None = None
    requests: int = 0
    seconds: float = 0.0
    damaged: bool = False
    """Whether it did not believe what was kept of the release."""

    @property
    def shipped(self) -> Shipped | None:
        """What it shipped, if that is what it did."""
        return self.answer if isinstance(self.answer, Shipped) else None

    @property
    def published(self) -> bool:
        """Whether it says that the release is out."""
        return self.shipped is not None and isinstance(self.shipped.outcome, Promoted)

    @property
    def deleted(self) -> bool:
        """Whether it says that every tag of the release is deleted."""
        return isinstance(self.answer, Deleted) and self.answer.all_gone

    @property
    def refused(self) -> bool:
        """Whether it says no, with a reason."""
        return self.shipped is not None and isinstance(self.shipped.outcome, (Refused, Held))


@dataclass(slots=True)
class Machine:
    """A process that works on the stage's release. Machines of one ``name`` share a disk.

    ``before_send`` is called before every request: a scheduler waits there. Without a ``record`` nothing
    is left beside the images, and nothing is looked for there. Unless ``ordered`` it asks many questions at a
    time, as in earnest; which request is the k-th is then for chance to say.
    """

    stage: Stage
    name: str = "here"
    fault: Fault | None = None
    at: int = 1
    disk: FaultyDisk = field(default_factory=FaultyDisk)
    before_send: Callable[[], None] | None = None
    record: bool = True
    ordered: bool = True
    insists: bool = False
    """Whether it was started with ``--force-older``."""
    line: FaultyTransport = field(init=False)
    schemes: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.line = FaultyTransport(self.stage.transport, self.stage.clock, self.fault, self.at)

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        """The machine's end of the line; see :class:`wholeship.core.http.Transport`."""
        if self.before_send is not None:
            self.before_send()
        if self.disk.dead:
            self.line.killed = True
        self.schemes.add(request.url.partition("://")[0])
        try:
            return self.line.send(request, limit=limit, timeout=timeout)
        except Killed:
            self.disk.dead = True
            raise

    @property
    def folder(self) -> Path:
        """Its disk, as far as this release goes."""
        return self.stage.folder / self.name / self.stage.plan.tag

    @property
    def journal(self) -> Path:
        """Where its journal is."""
        return self.folder / "journal.jsonl"

    def run(self, act: Act | None = None) -> Ending:
        """Do *act* (default: ship the release), to whatever end."""
        act = act or shipping
        began, heard = self.stage.clock.monotonic(), self.stage.heard
        try:
            order = one_at_a_time() if self.ordered else nullcontext()
            with order, self.stage.parts.locked(self.journal):
                answer = act(self)
            code: ExitCode | None = self._code(answer)
            text = _told_of_answer(answer)
        except Killed:
            return self._ended(None, "killed", None, began)
        except KeyboardInterrupt:
            return self._ended(ExitCode.INTERRUPTED, "interrupted", None, began)
        except WholeshipError as error:
            heard.append("".join(traceback.format_exception(error)))
            damaged, text = isinstance(error, Damaged), f"{error.message} {error.advice}"
            return self._ended(error.exit_code, text, None, began, damaged=damaged)
        except Exception as error:
            text = "".join(traceback.format_exception(error))
            return self._ended(ExitCode.BUG, text, None, began)
        return self._ended(code, text, answer, began)

    def _code(self, answer: Shipped | Deleted) -> ExitCode:
        if isinstance(answer, Shipped):
            return self.stage.parts.exit_code(answer)
        return ExitCode.YES if answer.all_gone else ExitCode.NO

    def _ended(
        self,
        code: ExitCode | None,
        text: str,
        answer: Shipped | Deleted | None,
        began: float,
        *,
        damaged: bool = False,
    ) -> Ending:
        self.stage.heard.append(text)
        seconds = self.stage.clock.monotonic() - began
        ending = Ending(code, text, answer, self.line.count, seconds, damaged)
        self.stage.last = ending
        return ending

    def settings(self) -> PromoteSettings:
        """How it promotes."""
        return PromoteSettings(workers=1, force_older=self.insists) if self.ordered else PromoteSettings()

    def ports(self) -> Ports:
        """What every stage of a release needs."""
        client = self.stage.client(self, Redactor())
        journal = self.stage.parts.journal(self.journal, self.disk)
        place = home(self.stage.plan, None) if self.record else None
        return Ports(client, journal, self.stage.clock, place, Heard(self.stage.heard))

    def stage_settings(self) -> StageSettings:
        """What the stages of its release work with."""
        ports, stage = self.ports(), self.stage
        logs = self.folder / "logs"
        building = BuildSettings(
            builder=DrillBuilder(stage),
            registry=ports.registry,
            journal=ports.journal,
            clock=ports.clock,
            root=stage.folder,
            logs=logs,
            progress=ports.progress,
            parallel=1,
            source=stage.source,
        )
        attesting = AttestSettings(MemoryVerifier(), MemorySigner()) if stage.attests else None
        gating = GateSettings(
            runner_for=lambda gate: DrillRunner(stage),
            journal=ports.journal,
            clock=ports.clock,
            logs=logs,
            root=stage.folder,
            progress=ports.progress,
            parallel=1,
            source=stage.source,
        )
        return StageSettings(ports, building, gating, self.settings, lambda: attesting)


def shipping(machine: Machine) -> Shipped:
    """The whole way, through every stage."""
    return ship(machine.stage.plan, machine.stage_settings())


def promoting(machine: Machine) -> Shipped:
    """The last part alone: what was built and gated, by whomever, is put out."""
    settings = machine.stage_settings()
    record = known_release(settings.ports, machine.stage.plan.tag)
    if record is None:
        raise Unfinished("there is no record of it")
    return put_out(record, settings)


def deleting(machine: Machine) -> Deleted:
    """The release taken back by deleting its tags."""
    ports, plan = machine.ports(), machine.stage.plan
    members = [Member(image.name, image.repository) for image in plan.images]
    return take_away(known_release(ports, plan.tag), ports, members, plan.followed, plan.tag)


def going_back(withdrawn: Tag, earlier: Tag, machine: Machine) -> Shipped:
    """The release *withdrawn* taken back: *earlier* comes out again, as the stage's release."""
    settings, stage = machine.stage_settings(), machine.stage
    ports = settings.ports
    record = known_release(ports, stage.plan.tag)
    if record is None:
        record = adopt(ports.registry, stage.plan, earlier)
        adopted(ports, record)
    elector = NothingNewer(PatternElector(stage.plan.tag_pattern), withdrawn)
    gating = replace(require_given(settings.gating), source=None)
    promoting = replace(machine.settings(), elector=elector)
    return finish(record, replace(settings, gating=gating, promoting=lambda: promoting))


def prepared(stage: Stage) -> Record:
    """The stage's release built and gated, by a machine that has gone since; ready to be promoted."""
    return until_gated(Machine(stage, "gone"))


def until_gated(machine: Machine) -> Record:
    """The release built and gated by *machine*, and not one tag written."""
    with one_at_a_time():
        return _until_gated(machine)


def _until_gated(machine: Machine) -> Record:
    settings, plan = machine.stage_settings(), machine.stage.plan
    record = begin(settings.ports, plan)
    assert isinstance(record, Record)
    gated = run_stages(Underway(record), settings, last="gate")
    assert gated.ended is None
    return gated.record


def _told_of_answer(answer: Shipped | Deleted) -> str:
    if isinstance(answer, Deleted):
        return str(dict(answer.tags))
    outcome = answer.outcome
    if isinstance(outcome, (Refused, Failed)):
        return f"{outcome.reason} {outcome.advice}"
    if isinstance(outcome, Held):
        return "; ".join(outcome.reasons)
    return str(dict(outcome.aliases)) if isinstance(outcome, Promoted) else "foreseen"
