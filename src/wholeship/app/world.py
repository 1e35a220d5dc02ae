"""Flags and the world, wired to the release domain: the one place where its ports meet their adapters."""

from __future__ import annotations

import argparse
import itertools
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.files import State
from wholeship.app.options import given
from wholeship.core.errors import BadInput, WholeshipError
from wholeship.core.progress import Progress, Silent
from wholeship.core.reference import Repository, Tag
from wholeship.release.config import FILE, Overrides, ReleaseConfig, load
from wholeship.release.plan import Plan, make_plan
from wholeship.release.scenario import Origin, ci_origin, scenario_of

if TYPE_CHECKING:
    from wholeship.adapters.registry import RegistryClient
    from wholeship.adapters.registry.client import Patience
    from wholeship.release.order import Elector
    from wholeship.release.plan import PlannedGate, PlannedImage
    from wholeship.release.ports import Builder, Runner
    from wholeship.release.promote import Terms
    from wholeship.release.record import Record
    from wholeship.release.reuse import Choice
    from wholeship.release.ship import Ends
    from wholeship.release.stages.build import Looking, Workshop
    from wholeship.release.stages.gate import Bench

CONNECTIONS = 96
"""Kept open to one registry: as many as the barrier asks questions at a time."""
GLANCE = 5.0
"""Seconds that `plan` waits for a registry."""
REHEARSAL = "rehearsal"
REMOTE_RECORDS = 5
"""Earlier releases looked at in the registry, where this machine knows none to reuse from."""


@dataclass(slots=True)
class Stand:
    """A release command, ready to act: what was configured, and the parts of the world it needs."""

    args: argparse.Namespace
    config: ReleaseConfig
    state: State
    progress: Progress
    clock: SystemClock = field(default_factory=SystemClock)
    _registry: RegistryClient | None = None
    _builder: Builder | None = None
    _missing: WholeshipError | None = None
    _choosing: threading.Lock = field(default_factory=threading.Lock)

    @property
    def registry(self) -> RegistryClient:
        """The client for every registry of the release."""
        if self._registry is None:
            self._registry = registry_client(self.clock, self.config.allow_http)
        return self._registry

    def glance(self) -> RegistryClient:
        """A client that asks once and does not wait long: for remarks, on which nothing rests."""
        from wholeship.adapters.registry.client import Patience

        return registry_client(self.clock, self.config.allow_http, Patience(attempts=1, timeout=GLANCE))

    @property
    def home(self) -> Repository | None:
        """Where release records are left."""
        from wholeship.release.record import home_among

        images = {name: image.repository for name, image in self.config.images.items()}
        return home_among(images, self.config.watched, self.config.record)

    @property
    def builder(self) -> Builder:
        """The builder named, or the first that answers."""
        with self._choosing:
            if self._missing is not None:
                raise self._missing
            if self._builder is None:
                from wholeship.app.builders import builder_for

                try:
                    self._builder = builder_for(self.config)
                except WholeshipError as error:
                    self._missing = error  # looking again would take as long, and find the same
                    raise
            return self._builder

    def look_for_builder(self) -> None:
        """Find the builder, and how it works here, beside what is done meanwhile.

        What is wrong with it is said by whoever needs it.
        """

        def look() -> None:
            with suppress(Exception):
                self.builder.check()

        threading.Thread(target=look, name="builder", daemon=True).start()

    @property
    def insecure(self) -> frozenset[str]:
        """Hosts spoken to without TLS."""
        hosts = {image.repository.host for image in self.config.images.values()}
        return frozenset(host for host in hosts if self.registry.is_insecure(host))

    def ends(self, tag: str) -> Ends:
        """The ends of release *tag*."""
        from wholeship.release.ship import Ends

        return Ends(self.registry, self.state.journal(tag), self.clock, self.home, self.progress)

    def workshop(self, tag: str) -> Workshop:
        """Where release *tag* is built."""
        from wholeship.release.stages.build import Workshop

        return Workshop(
            builder=self.builder,
            registry=self.registry,
            journal=self.state.journal(tag),
            clock=self.clock,
            root=self.config.root.resolve(),
            logs=self.state.logs(tag).resolve(),
            progress=self.progress,
            parallel=self.config.parallel,
            insecure=self.insecure,
            cache=dict(self.config.raw.builder.cache),
            free=free_bytes,
            inputs=None if getattr(self.args, "no_reuse", False) else self.inputs(),
            earlier=Remembered(earlier_than(self, tag)),
        )

    def inputs(self) -> Looking:
        """How to find out what an image would be made from."""
        from wholeship.adapters.context import DiskSources
        from wholeship.release.inputs.fingerprint import inputs_of

        sources = DiskSources(self.config.root.resolve(), self.builder.name, self.registry)
        return lambda image: inputs_of(image, sources)

    def bench(self, tag: str) -> Bench:
        """Where release *tag* is gated."""
        from wholeship.app.builders import runner_for
        from wholeship.release.stages.gate import Bench

        def runner(gate: PlannedGate) -> Runner:
            # A script may need no engine; where one is known or named, it gets the same as the images.
            known = self.builder if gate.image or self.config.builder != "auto" else self._builder
            return runner_for(self.config, gate, known)

        return Bench(
            runner_for=runner,
            journal=self.state.journal(tag),
            clock=self.clock,
            logs=self.state.logs(tag).resolve(),
            root=self.config.root.resolve(),
            progress=self.progress,
            insecure=self.insecure,
        )

    def terms(self) -> Terms:
        """How this release is promoted: by the controller's policy, where one is named."""
        from wholeship.release.promote import Terms

        return Terms(elector=self.elector(), force_older=getattr(self.args, "force_older", False))

    def elector(self) -> Elector | None:
        """The controller's policy; None: the release file names none."""
        if self.config.raw.gitops.policy is None:
            return None
        from wholeship.app.election import policy_elector

        # A policy follows the repositories that the file names, wherever this run puts the images.
        declared = load(self.config.file) if given(self.args, "registry")[0] else self.config
        return policy_elector(declared)

    @contextmanager
    def working_on(self, tag: str) -> Iterator[None]:
        """Nobody else works on release *tag* meanwhile; Ctrl-C and SIGTERM end it in order."""
        from wholeship.adapters.journal import locked

        self.state.prepare()
        began = time.time()
        with locked(self.state.journal(tag).path), stoppable():
            try:
                yield
            except KeyboardInterrupt:
                self.progress.warned(f"go on with: wholeship release --tag {tag}")
                raise
            finally:
                if os.environ.get("GITHUB_ACTIONS") == "true" and not isinstance(self.progress, Silent):
                    self._fold_logs(tag, began)

    def _fold_logs(self, tag: str, began: float) -> None:
        """The logs written since *began*, in the job's own log: a runner's disk is gone with the job."""
        from wholeship.output.actions import group

        for path in sorted(self.state.logs(tag).glob("*.log")):
            with suppress(OSError):
                if path.stat().st_mtime >= began - 1:
                    print(group(path.stem, path.read_text("utf-8", "replace")), file=sys.stderr, flush=True)


def registry_client(
    clock: SystemClock, insecure: frozenset[str] = frozenset(), patience: Patience | None = None
) -> RegistryClient:
    """A client for any registry, with the credentials that are stored here."""
    from wholeship.adapters.credentials import StoredCredentials
    from wholeship.adapters.http import HttpTransport
    from wholeship.adapters.registry import RegistryClient

    transport = HttpTransport(connections=CONNECTIONS)
    return RegistryClient(transport, clock, StoredCredentials(), insecure_hosts=insecure, patience=patience)


@contextmanager
def stand(args: argparse.Namespace) -> Iterator[Stand]:
    """The stand that *args* describe; with ``--rehearse``, on a registry made for it."""
    from wholeship.output.terminal import showing

    with ExitStack() as stack:
        if getattr(args, "rehearse", False):
            args.registry = f"{stack.enter_context(_rehearsal())}/{REHEARSAL}"
        config = configured(args)
        progress = stack.enter_context(showing(sys.stderr, quiet=args.quiet or args.format == "json"))
        yield Stand(args, config, state_of(args, config), progress)


def configured(args: argparse.Namespace) -> ReleaseConfig:
    """The release file, with what the command line and the environment say on top."""
    values, sources = {}, {}
    for name in ("registry", "platforms", "builder"):
        values[name], source = given(args, name)
        if source:
            sources[name] = source
    for name in ("tag", "scenario"):
        source = given(args, name)[1]
        if source:
            sources[name] = source
    if "scenario" not in sources and os.environ.get("GITHUB_EVENT_NAME"):
        sources["scenario"] = "GITHUB_EVENT_NAME"
    if values["registry"]:
        _checked(values["registry"], sources["registry"])
    overrides = Overrides(
        registry=values["registry"] or None,
        platforms=values["platforms"] or None,
        builder=values["builder"] or None,
        sources=sources,
    )
    return load(Path(given(args, "file")[0] or FILE), overrides)


def _checked(registry: str, source: str) -> None:
    """:class:`BadInput` here, or each image would be told to be wrong, at a place in the file."""
    try:
        Repository.parse(f"{registry.rstrip('/')}/image")
    except BadInput:
        raise BadInput(
            f"{source}: not a registry: {registry!r}",
            advice="write host/path in lower case, for example ghcr.io/acme, without https://",
        ) from None


def state_of(args: argparse.Namespace, config: ReleaseConfig) -> State:
    """Where this command keeps its state; a rehearsal keeps its own."""
    from wholeship.adapters.files import NAME

    root = Path(given(args, "state")[0] or config.root / NAME)
    return State(root / REHEARSAL if getattr(args, "rehearse", False) else root)


def origin_of(stand: Stand) -> Origin:
    """Which commit, branch and scenario this is: from the CI, then git."""
    from wholeship.adapters.git import look

    scenario = scenario_of(given(stand.args, "scenario")[0] or None, os.environ)
    tree = look(stand.config.root, version=scenario == "release")
    found = ci_origin(scenario, os.environ)
    if found is not None:
        return replace(found, dirty=tree is not None and tree.dirty)
    if tree is None:
        return Origin(scenario)
    return Origin(scenario, tree.commit, tree.branch, tree.version, tree.dirty, tree.source)


def intended(stand: Stand, origin: Origin, sequence: int) -> Plan:
    """The plan of a new release, were it made now."""
    tag = given(stand.args, "tag")[0] or None
    return make_plan(stand.config, origin, now=stand.clock.now(), sequence=sequence, tag=tag)


def records_here(stand: Stand, limit: int = 20) -> list[Record]:
    """Records of earlier releases on this machine, newest first; a damaged one is passed over, aloud."""
    from wholeship.release.record import fold

    found = []
    for tag in stand.state.releases()[:limit]:
        try:
            record = fold(stand.state.journal(tag).entries(), f"the journal of {tag}")
        except WholeshipError as error:
            stand.progress.warned(f"passed over: {error.message}")
            continue
        if record is not None:
            found.append(record)
    return found


def earlier_than(stand: Stand, tag: str) -> Iterator[Record]:
    """Records of other releases to reuse from: this machine's, then those beside the images, newest first."""
    from wholeship.release.record import fetch, recorded

    here = [record for record in records_here(stand) if record.plan.tag != tag]
    yield from here
    if stand.home is None:
        return
    known = {record.plan.tag for record in here} | {tag}
    tags = sorted((t for t in recorded(stand.registry, stand.home) if t not in known), reverse=True)
    for other in tags[:REMOTE_RECORDS]:
        try:
            record = fetch(stand.registry, stand.home, other)
        except WholeshipError as error:
            stand.progress.warned(f"passed over: {error.message}")
            continue
        if record is not None:
            yield record


class Remembered:
    """The records that *source* gives, looked up once however often, and in whatever thread, it is asked."""

    def __init__(self, source: Iterator[Record]) -> None:
        self._source, self._lock = source, threading.Lock()
        self._seen: list[Record] = []

    def __call__(self) -> Iterator[Record]:
        """From the first on; what nobody needs is not looked up."""
        for number in itertools.count():
            with self._lock:
                if number == len(self._seen):
                    found = next(self._source, None)
                    if found is None:
                        return
                    self._seen.append(found)
            yield self._seen[number]


def reuse_of(stand: Stand, plan: Plan, images: list[PlannedImage]) -> dict[str, Choice]:
    """What would be reused and why not, by image; only records of this machine are looked at."""
    from wholeship.release.inputs.fingerprint import Inputs
    from wholeship.release.reuse import Choice, choose

    if getattr(stand.args, "no_reuse", False):
        return {image.name: Choice(Inputs({}), None, "to be built: --no-reuse") for image in images}
    earlier = [record for record in records_here(stand) if record.plan.tag != plan.tag]
    if not any(candidate.inputs for record in earlier for candidate in record.candidates.values()):
        why = "to be built: no earlier release on this machine to compare with"
        return {image.name: Choice(Inputs({}), None, why) for image in images}
    looking = stand.inputs()
    return {image.name: choose(image, looking(image), earlier, stand.registry) for image in images}


def free_bytes(path: Path | None) -> int:
    """Bytes left on the disk of *path*; 0 when that cannot be told."""
    from wholeship.adapters.builders.host import free

    return free(path)


def plan_of(stand: Stand, *, take: bool) -> tuple[Plan, Record | None]:
    """The plan to carry out, and the record of the earlier try it goes on with.

    With *take* a new release takes a sequence number for good; without, nothing is touched.
    """
    from wholeship.release.ship import going_on

    origin = origin_of(stand)
    tag = given(stand.args, "tag")[0]
    if tag:
        record = (
            record_of(stand, Tag(tag))
            if take
            else next((r for r in records_here(stand) if r.plan.tag == tag), None)
        )
        if record is not None:
            return record.plan, record
    number = origin.run if origin.run is not None else stand.state.peek()
    plan = intended(stand, origin, number)
    if not tag:
        earlier = records_here(stand)
        if take and origin.run is not None and origin.attempt > 1:
            earlier += _records_of_run(stand, origin.run)
        record = going_on(plan, earlier)
        if record is not None:
            return record.plan, record
    if take and origin.run is None:
        plan = intended(stand, origin, stand.state.count())
    return plan, None


def record_of(stand: Stand, tag: Tag, *, keep: bool = True) -> Record | None:
    """What this machine and the registry know about release *tag*."""
    from wholeship.release.ship import known

    return known(stand.ends(tag), tag, keep=keep)


def needed_record(stand: Stand, tag: str, *, keep: bool = True) -> Record:
    """As :func:`record_of`; :class:`BadInput` when nobody knows it."""
    record = record_of(stand, Tag(tag), keep=keep)
    if record is None:
        where = f" nor in {stand.home}" if stand.home else ""
        raise BadInput(
            f"there is no record of {tag}, neither in {stand.state.root}{where}",
            advice="plan it first: wholeship plan --save",
        )
    return record


def tag_given(stand: Stand) -> str:
    """The tag a stage works on: as given, or that of the newest release of this machine."""
    tag = given(stand.args, "tag")[0]
    if tag:
        return Tag(tag)
    newest = stand.state.releases()
    if not newest:
        raise BadInput("which release? there is none on this machine", advice="name it with --tag TAG")
    stand.progress.said(f"the newest release of this machine: {newest[0]}")
    return newest[0]


def check_gates(stand: Stand, record: Record) -> None:
    """:class:`BadInput` when the release file asks for other gates than the release was planned with."""
    wanted = {gate.name: gate.fingerprint for gate in _planned_gates(stand)}
    have = {gate.name: gate.fingerprint for gate in record.plan.gates}
    differing = sorted(name for name in {*wanted, *have} if wanted.get(name) != have.get(name))
    if differing:
        raise BadInput(
            f"{record.plan.tag} was planned with other gates than the release file has now: "
            f"{', '.join(differing)}",
            advice="release anew, so that what the file asks for is what was checked",
        )


def check_scripts(stand: Stand, plan: Plan) -> None:
    """:class:`BadInput` when a gate's script could not be run: that is known before anything is built."""
    from wholeship.release.stages.gate import unready

    problems = unready(plan, stand.config.root)
    if problems:
        raise BadInput("; ".join(problems), advice="scripts are found from the folder of the release file")


def _planned_gates(stand: Stand) -> tuple[PlannedGate, ...]:
    return make_plan(stand.config, Origin("manual"), now=stand.clock.now(), sequence=1, tag="any").gates


def _records_of_run(stand: Stand, run: int) -> list[Record]:
    """Records that an earlier attempt of this CI run left: those whose tag has its number."""
    from wholeship.release.order import sequence_in
    from wholeship.release.record import fetch, recorded

    if stand.home is None:
        return []
    tags = recorded(stand.registry, stand.home)
    fitting = [tag for tag in tags if sequence_in(stand.config.tag, tag) in (None, run)]
    records = [fetch(stand.registry, stand.home, tag) for tag in sorted(fitting, reverse=True)[:20]]
    return [record for record in records if record is not None]


@contextmanager
def _rehearsal() -> Iterator[str]:
    """The host of a registry of our own, on disk for the time of the block."""
    from wholeship.testing.registry import EmbeddedRegistry
    from wholeship.testing.server import serve
    from wholeship.testing.storage import FolderBlobs

    with (
        tempfile.TemporaryDirectory(prefix="wholeship-rehearsal-") as folder,
        serve(EmbeddedRegistry(blobs=FolderBlobs(Path(folder)))) as server,
    ):
        yield server.host


@contextmanager
def stoppable() -> Iterator[None]:
    """SIGTERM is as Ctrl-C; the second of either ends the process at once."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, _at_once)
        raise KeyboardInterrupt

    before: dict[signal.Signals, Callable[..., object] | int | None] = {}
    try:
        for each in (signal.SIGINT, signal.SIGTERM):
            before[each] = signal.signal(each, stop)
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _at_once(number: int, frame: FrameType | None) -> None:
    sys.stderr.write("\nstopped at once; what is out is told by: wholeship status\n")
    sys.stderr.flush()
    os._exit(130)
