"""The world a drill is played in: three small images, a registry with an earlier release, an observer.

Everything is the same in every run: the clock is told the time, the images have the same bytes, and one
request goes after the other.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import field, replace
from functools import cache, partial
from pathlib import Path
from threading import Event
from typing import Any

from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.http import Request, Response, Transport
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress, Silent, Task
from wholeship.core.reference import Repository, Tag
from wholeship.core.text import Redactor
from wholeship.core.values import dataclass
from wholeship.release.attestation.statements import RELEASE
from wholeship.release.gates import PlannedGate
from wholeship.release.plan import Plan, PlannedImage
from wholeship.release.ports import BuildRequest, BuiltImage, Registry, Trial, TrialResult
from wholeship.release.source import Source, planned_source
from wholeship.testing.clock import FakeClock
from wholeship.testing.drill.observer import Observer, Released, Truth
from wholeship.testing.drill.parts import Parts
from wholeship.testing.images import Image, image, image_index
from wholeship.testing.registry import EmbeddedRegistry, InProcess, Lag, Login, Manner
from wholeship.testing.registry.shelf import Shelf

HOST, MIRROR = "registry.drill", "mirror.drill"
USER, PASSWORD = "ci", "drill-secret-that-must-not-show"
PATTERN = "{timestamp}-{sequence}"
OLD, TAG, NEWER = (
    Tag("20260101-000000-000001"),
    Tag("20260528-182833-000002"),
    Tag("20260601-090000-000003"),
)
ALIAS = Tag("latest")
COMMITS = {OLD: "0" * 39 + "1", TAG: "0" * 39 + "2", NEWER: "0" * 39 + "3"}
AMD64, ARM64 = Platform("linux", "amd64"), Platform("linux", "arm64")
IMAGES: Mapping[str, tuple[Platform, ...]] = {
    "app": (AMD64, ARM64),
    "worker": (AMD64, ARM64),
    "embeddings": (AMD64,),
}
WATCHED = "app"


def plan_for(
    tag: Tag,
    prefix: str = f"{HOST}/shop",
    *,
    content: str = "",
    name_prefix: str = "",
    also_watched: tuple[str, ...] = (),
    mirrored: tuple[str, ...] = (),
) -> Plan:
    """The release *tag*; *content* makes it another release of the same tag. Images that are *mirrored* go to
    a second registry too."""
    images = [
        PlannedImage(name, Repository.parse(f"{prefix}/{name_prefix}{name}"), platforms, ".", "Dockerfile")
        for name, platforms in IMAGES.items()
    ]
    images += [
        replace(
            image,
            name=f"{image.name} ({MIRROR})",
            repository=Repository(MIRROR, f"copies/{image.name}"),
            copy_of=image.name,
        )
        for image in images
        if image.name in mirrored
    ]
    followed = (*also_watched, WATCHED)
    order = {name: place for place, name in enumerate(followed, 1)}
    images.sort(key=lambda image: (order.get(image.name, 0), image.repository))
    gate = PlannedGate("self-check", "worker", ("self-check",), None, ("worker",), "none", 60.0)
    return Plan(
        tag=tag,
        scenario="push",
        images=tuple(images),
        watched=WATCHED,
        also_watched=also_watched,
        gates=(gate,),
        created="2026-05-28T18:28:33Z",
        commit=COMMITS.get(tag, "f" * 40),
        branch=f"main{content}",
        tag_pattern=PATTERN,
        alias_patterns=(ALIAS,),
        aliases=(ALIAS,),
        tool="drill",
    )


@cache
def _images_of(commit: str, content: str) -> Released:
    return {
        name: small_image(f"{name} {commit}{content}", platforms, commit)
        for name, platforms in IMAGES.items()
    }


def released_bytes(plan: Plan) -> Released:
    """What the builder makes of *plan*: always the same bytes."""
    made = _images_of(plan.commit, plan.branch)
    return {**made, **{image.name: made[image.copy_of] for image in plan.images if image.copy_of}}


def small_image(name: str, platforms: tuple[Platform, ...], revision: str = "") -> Image:
    """The image *name*, for one platform, or an index over several."""
    if len(platforms) == 1:
        return image(name, platforms[0], revision=revision)
    return image_index(name, *platforms, revision=revision)


@dataclass(frozen=True, slots=True)
class Setting:
    """What the registry is like, which images are followed before the watched one, and which go to a second
    registry too."""

    manner: Manner = Manner.MUTABLE
    lag: Lag | None = None
    page: int = 100
    login: bool = True
    attests: bool = False
    has_referrers: bool = True
    also_watched: tuple[str, ...] = ()
    mirrored: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Registries:
    """What several registries hold, each told by itself; see :class:`Truth`."""

    by_host: Mapping[str, EmbeddedRegistry]

    def tag(self, repository: Repository, tag: str) -> Digest | None:
        return self.by_host[repository.host].tag(repository, tag)

    def resolves(self, repository: Repository, tag: str) -> bool:
        return self.by_host[repository.host].resolves(repository, tag)

    def listed(self, repository: Repository) -> tuple[str, ...]:
        return self.by_host[repository.host].listed(repository)

    def has(self, repository: Repository, digest: Digest) -> bool:
        return self.by_host[repository.host].has(repository, digest)


@dataclass
class Stage:
    """One release, and everything around it. ``heard`` is every text that was said to people."""

    parts: Parts
    folder: Path
    plan: Plan
    truth: Truth
    transport: Transport
    observer: Observer
    clock: Clock
    registry: EmbeddedRegistry | None = None
    heard: list[str] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    environment: Mapping[str, str] = field(
        default_factory=lambda: {
            "WHOLESHIP_REGISTRY_USERNAME": USER,
            "WHOLESHIP_REGISTRY_PASSWORD": PASSWORD,
            "WHOLESHIP_REGISTRY_HOST": HOST,
        }
    )
    insecure: frozenset[str] = frozenset()
    last: Any = None
    """How the last process of this stage ended."""
    ships: Released | None = None
    """What the release consists of, where it is not what a builder would make of its plan."""
    tree: Source | None = None
    """What the work tree is at; None: at what the plan is made from."""
    attests: bool = False
    """Whether the release file asks for attestations."""
    mirror: EmbeddedRegistry | None = None
    """The second registry, where some images go to two."""

    def source(self) -> Source:
        """What a build would be made from now."""
        return self.tree or planned_source(self.plan)

    @property
    def embedded(self) -> EmbeddedRegistry:
        """The registry, where it is ours to do anything with."""
        assert self.registry is not None
        return self.registry

    @property
    def login(self) -> Login:
        """What tokens the registry gives, where it is ours and asks for them."""
        assert self.embedded.login is not None
        return self.embedded.login

    def holding(self, image: str) -> EmbeddedRegistry:
        """The registry that *image* goes to."""
        if self.mirror is not None and self.repository(image).host == MIRROR:
            return self.mirror
        return self.embedded

    @property
    def images(self) -> Released:
        """What the release consists of."""
        return self.ships or released_bytes(self.plan)

    @property
    def told_clock(self) -> FakeClock:
        """The clock, where it is one that is told the time."""
        assert isinstance(self.clock, FakeClock)
        return self.clock

    def repository(self, image: str) -> Repository:
        """Where *image* goes."""
        return self.plan.image(image).repository

    def client(self, transport: Transport | None = None, redact: Redactor | None = None) -> Registry:
        """A client; without a transport of its own it has no faults, and is not part of the play."""
        return self.parts.registry(
            transport or self.transport,
            self.clock,
            self.environment,
            redact or Redactor(),
            insecure_hosts=self.insecure,
        )

    def another(self, plan: Plan, ships: Released | None = None) -> Stage:
        """Another release in the same world, with an observer of its own; it *ships* what its plan says."""
        observer = Observer(plan, self.truth, [ships or released_bytes(plan)], self.observer.aliases)
        observer.deploy_tags |= {self.plan.tag}
        self.observer.deploy_tags |= {plan.tag}
        if self.registry is not None:
            self.registry.observers.append(observer)
        return replace(self, plan=plan, observer=observer, trials=[], last=None, tree=None, ships=ships)

    # -- what outsiders do ---------------------------------------------------------------------------

    def rebind(self, image: str, tag: str, digest: Digest | None) -> None:
        """Somebody else moves a tag, or deletes it."""
        self.holding(image).rebind(self.repository(image), tag, digest)
        self.observer.outsider(self.repository(image))

    def unlist(self, image: str) -> None:
        """A listing that leaves the deploy tag out, though it resolves."""
        self.embedded.unlist(self.repository(image), self.plan.tag)
        self.observer.outsider(self.repository(image), "tags")

    def collect(self, image: str, *, child: bool = False) -> None:
        """The registry's garbage collection takes a candidate, or a part of it."""
        wanted = self.images[image]
        gone = wanted.children[0].digest if child and wanted.children else wanted.digest
        self.embedded.forget(self.repository(image), gone)
        self.observer.outsider(self.repository(image))


def embedded_stage(parts: Parts, folder: Path, setting: Setting | None = None, tag: Tag = TAG) -> Stage:
    """A stage on a registry in memory, where release ``OLD`` is out already."""
    setting = setting or Setting()
    registry = _fresh(parts, setting)
    plan = plan_for(tag, also_watched=setting.also_watched, mirrored=setting.mirrored)
    mirror = EmbeddedRegistry(manner=setting.manner, page=setting.page)
    hosts = {HOST: registry, MIRROR: mirror}
    truth = Registries(hosts) if setting.mirrored else registry
    observer = Observer(plan, truth, [released_bytes(plan)], frozenset({ALIAS}))
    if setting.attests:
        observer.stated = partial(is_stated, registry)
    for each in hosts.values():
        each.observers.append(observer)
    stage = Stage(parts, folder, plan, truth, InProcess(hosts), observer, FakeClock(), registry)
    return replace(stage, attests=setting.attests, mirror=mirror if setting.mirrored else None)


def is_stated(registry: EmbeddedRegistry, repository: Repository, digest: Digest) -> bool:
    """Whether a release statement about *digest* lies beside it."""
    shelf = registry.shelves[repository.path]
    texts = (digest.encode(), RELEASE.encode(), b'"subject"')
    return any(all(text in body for text in texts) for _, body in shelf.manifests.values())


def _fresh(parts: Parts, setting: Setting) -> EmbeddedRegistry:
    base = _base(parts)
    registry = EmbeddedRegistry(
        blobs=copy.deepcopy(base.blobs),
        manner=setting.manner,
        lag=setting.lag,
        page=setting.page,
        has_referrers=setting.has_referrers,
        login=Login({USER: PASSWORD}) if setting.login else None,
    )
    registry.shelves = {
        name: Shelf(dict(shelf.manifests), dict(shelf.tags), set(shelf.blobs))
        for name, shelf in base.shelves.items()
    }
    return registry


def without_aliases(stage: Stage) -> None:
    """Where no tag can be moved, nobody has aliases."""
    stage.plan = replace(stage.plan, aliases=(), alias_patterns=())
    stage.observer.plan, stage.observer.aliases = stage.plan, frozenset({ALIAS})


_bases: dict[Parts, EmbeddedRegistry] = {}


def _base(parts: Parts) -> EmbeddedRegistry:
    """A registry with the release that was out before."""
    if parts not in _bases:
        registry = EmbeddedRegistry()
        client = parts.registry(InProcess({HOST: registry}), FakeClock(), {}, Redactor())
        publish_old(client, plan_for(OLD))
        _bases[parts] = registry
    return _bases[parts]


def publish_old(client: Registry, plan: Plan) -> None:
    """Put *plan* out, as if long ago."""
    for planned in plan.images:
        made = released_bytes(plan)[planned.name]
        made.push(client, planned.repository)
        for tag in (plan.tag, ALIAS):
            client.bind(planned.repository, tag, made.manifest)


@dataclass(slots=True)
class DrillBuilder:
    """Pushes the release's images by digest, over a line of its own that has no faults."""

    stage: Stage
    name: str = "drill"
    pushes_by_digest: bool = True
    scans_images: bool = False

    def check(self) -> None:
        """Always there."""

    def runnable_platforms(self) -> frozenset[Platform]:
        """Those of the images."""
        return frozenset({AMD64, ARM64})

    def storage(self) -> Path | None:
        """Nowhere."""
        return None

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        """Push it."""
        made: Image = self.stage.images[request.image]
        source = self.stage.source()
        if source != planned_source(self.stage.plan):
            # Other bytes, which say that they are of the plan's commit: nobody else tells a builder.
            revision = self.stage.plan.commit
            made = small_image(f"{request.image} of {source}", IMAGES[request.image], revision)
        return BuiltImage(made.push(self.stage.client(), request.repository), built_seconds=1.0)


@dataclass(slots=True)
class DrillRunner:
    """Passes every gate, and keeps what it was given."""

    stage: Stage
    name: str = "drill"

    def check(self) -> None:
        """Always there."""

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        """Passed."""
        self.stage.trials.append(trial)
        return TrialResult(0, 0.5)


@dataclass(slots=True)
class Heard(Silent):
    """Progress that is written down, to be searched for secrets.
    A :class:`wholeship.core.progress.Progress`."""

    lines: list[str]

    def started(self, task: Task, note: str = "") -> None:
        self.lines.append(f"{task.stage} {task.name} {note}")

    def advanced(self, task: Task, note: str) -> None:
        self.lines.append(note)

    def finished(self, task: Task, outcome: object, note: str = "") -> None:
        self.lines.append(f"{task.stage} {task.name} {outcome} {note}")

    def said(self, text: str) -> None:
        self.lines.append(text)

    def warned(self, text: str) -> None:
        self.lines.append(text)


def watched_from_outside(observer: Observer, inner: Transport) -> Transport:
    """*inner*, with *observer* told of every write of a tag: for registries that are not ours."""
    return _Told(observer, inner)


@dataclass(slots=True)
class _Told:
    observer: Observer
    inner: Transport

    def send(self, request: Request, *, limit: int, timeout: float) -> Response:
        response = self.inner.send(request, limit=limit, timeout=timeout)
        path = request.url.rpartition("/manifests/")
        if request.method in ("PUT", "DELETE") and path[1] and ":" not in path[2]:
            self.observer(request, response)
        return response
