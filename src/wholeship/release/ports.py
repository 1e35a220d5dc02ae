"""What a release needs from the world, in a few lines each; ``adapters/`` and ``testing/`` deliver it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from enum import StrEnum
from pathlib import Path
from threading import Event
from typing import Protocol

from wholeship.core.clock import Clock
from wholeship.core.digest import Digest
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress, Silent
from wholeship.core.reference import Pinned, Repository, Tag
from wholeship.core.values import dataclass


@dataclass(frozen=True, slots=True)
class Manifest:
    """Manifest bytes exactly as a registry keeps them, with the media type they were served under."""

    media_type: str
    body: bytes

    @property
    def digest(self) -> Digest:
        """The sha256 of the bytes."""
        return Digest.of(self.body)


class WriteResult(StrEnum):
    """What one PUT of a tag told us. Only a read-back tells what is true."""

    ACCEPTED = "accepted"  # the registry said 201
    REFUSED = "refused"  # the registry said no and cannot have applied it (4xx)
    UNCLEAR = "unclear"  # broken connection, 5xx, an odd 2xx: may have been applied


@dataclass(frozen=True, slots=True)
class Write:
    """One attempt to bind a tag; ``detail`` is for people (already made printable).

    ``wait`` is how many seconds the registry asks to wait before the next attempt; 0: it did not say.
    ``lacks_parts``: it was refused because the registry no longer has what the manifest names.
    """

    result: WriteResult
    status: int = 0
    detail: str = ""
    wait: float = 0.0
    lacks_parts: bool = False

    @property
    def denied(self) -> bool:
        """Whether the registry said that these credentials may not."""
        return self.result is WriteResult.REFUSED and self.status in (401, 403)

    @property
    def throttled(self) -> bool:
        """Whether it was refused for now: too many requests."""
        return self.result is WriteResult.REFUSED and self.status == 429

    @property
    def may_be_immovable(self) -> bool:
        """Whether this is how a tag is kept from moving (ECR 400, Harbor 412); 403 may be about rights."""
        return self.result is WriteResult.REFUSED and self.status in (400, 405, 409, 412)

    @property
    def never_taken(self) -> bool:
        """Whether the registry does not take this kind of manifest, today or at the next try."""
        return self.status in (400, 415)


@dataclass(frozen=True, slots=True)
class Referrer:
    """An artifact that refers to a manifest, as listed (OCI distribution 1.1, "Listing Referrers")."""

    digest: Digest
    media_type: str
    size: int
    artifact_type: str = ""
    annotations: Mapping[str, str] = field(default_factory=dict)


class Registry(Protocol):
    """One OCI registry. Reads retry within a budget; :meth:`bind` is exactly one attempt.

    All raise the ``RegistryError`` family when the answer cannot be had or trusted. "Absent" is
    only ever said on a 404 that is known to come from the registry itself.
    """

    def manifest(self, repository: Repository, reference: Digest | Tag) -> Manifest | None:
        """The manifest, its bytes checked against the digest (asked for, or announced); None: absent."""

    def exists(self, repository: Repository, digest: Digest) -> bool:
        """Whether a manifest with this digest can be had (HEAD)."""

    def has_blob(self, repository: Repository, digest: Digest) -> bool:
        """Whether a blob with this digest can be had (HEAD)."""

    def blob(self, repository: Repository, digest: Digest, *, limit: int) -> bytes | None:
        """A small blob's bytes, checked; None: absent."""

    def tags(self, repository: Repository) -> tuple[str, ...]:
        """Every listed tag, all pages, in the registry's order; empty for a repository without tags."""

    def bind(self, repository: Repository, tag: Tag, manifest: Manifest) -> Write:
        """Point *tag* at *manifest* by PUTting its bytes. One attempt, no retry, no judgement."""

    def store(self, repository: Repository, manifest: Manifest) -> None:
        """PUT a manifest by its digest (no tag). Idempotent; retried."""

    def copy_blob(self, source: Repository, target: Repository, digest: Digest, size: int) -> None:
        """A blob of *size* bytes from *source* into *target*: mounted where one registry has both, else
        carried over, checked. Skipped when it is there already."""

    def upload(self, repository: Repository, content: bytes) -> Digest:
        """Store a blob; skipped when it is there already. Idempotent; retried."""

    def referrers(self, repository: Repository, digest: Digest) -> tuple[Referrer, ...] | None:
        """Every artifact that refers to *digest*, all pages; None: this registry keeps no such list."""

    def attach(self, repository: Repository, manifest: Manifest) -> bool:
        """PUT a manifest with a subject by its digest; whether the registry itself will list it as a
        referrer. Idempotent; retried."""

    def probe_push(self, repository: Repository) -> None:
        """Find out whether we may write, with no visible effect: open an upload and cancel it."""

    def unbind(self, repository: Repository, tag: Tag) -> bool:
        """Delete a tag (never a digest). False where the registry does not support it."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One image for one or more platforms, pushed so that no controller can elect it.

    ``candidate_tag`` is used only by builders or registries that cannot push by digest. ``root`` is the
    folder of the release file, from which files of secrets are looked for; None: the context. ``earlier`` is
    an image that the repository had before, whose layers need not be made and sent again. ``contexts`` are
    named contexts: a folder of this machine, a URL, or ``docker-image://`` and an image.
    """

    image: str
    repository: Repository
    context: Path
    dockerfile: Path
    platforms: tuple[Platform, ...]
    log: Path
    candidate_tag: Tag
    target: str | None = None
    args: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()  # buildx syntax: id=NAME[,src=FILE|,env=VAR]
    annotations: Mapping[str, str] = field(default_factory=dict)
    labels: Mapping[str, str] = field(default_factory=dict)
    cache: Mapping[str, str] = field(default_factory=dict)
    insecure: bool = False  # plain http, only for loopback or where explicitly allowed
    root: Path | None = None
    earlier: Digest | None = None
    sbom: bool = False  # BuildKit is to scan it, and to put what it contains into the index
    contexts: Mapping[str, str] = field(default_factory=dict)
    ssh: tuple[str, ...] = ()  # buildx syntax: default, or NAME=FILE
    no_cache: bool = False
    cache_from: tuple[str, ...] = ()
    extra_hosts: Mapping[str, str] = field(default_factory=dict)
    discard: bool = False  # space is short: leave nothing of it on the builder's disk once it is pushed


@dataclass(frozen=True, slots=True)
class BuiltImage:
    """What a builder says it pushed; the caller checks it against the registry.

    ``tag`` is the candidate tag it was pushed under, None when it went by digest alone.
    ``storage_bytes`` is how much the builder's disk shrank meanwhile, 0 when unknown; builds that
    run side by side see each other's.
    """

    digest: Digest
    pushed_seconds: float = 0.0
    built_seconds: float = 0.0
    tag: Tag | None = None
    storage_bytes: int = 0


class Builder(Protocol):
    """A program that builds images and pushes them by digest."""

    @property
    def name(self) -> str:
        """As the release file names it."""

    @property
    def pushes_by_digest(self) -> bool:
        """Whether candidates need no tag. Where they do, one is seen by everybody for a moment."""

    @property
    def scans_images(self) -> bool:
        """Whether it can list itself what an image contains (``BuildRequest.sbom``)."""

    def check(self) -> None:
        """Raise :class:`ToolMissing` (with advice) unless it is installed and answers."""

    def runnable_platforms(self) -> frozenset[Platform]:
        """Platforms it can build RUN steps for here: native, emulated, or on its nodes."""

    def storage(self) -> Path | None:
        """The directory whose disk builds fill; None when that is elsewhere or cannot be told."""

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        """Build and push; raise ``CommandFailed`` (step and last lines in it) when that fails.

        Returns soon, with ``Stopped``, once *stop* is set.
        """


@dataclass(frozen=True, slots=True)
class Trial:
    """What a gate runs: an image with a command, or a script that gets the pinned images.

    A script runs in ``root``, the folder of the release file; None: in its own folder.
    """

    name: str
    timeout: float  # seconds
    log: Path
    images: Mapping[str, Pinned]
    image: Pinned | None = None  # the image to run; None: run the script
    platform: Platform | None = None
    command: tuple[str, ...] = ()
    script: str = ""
    network: str = "none"
    environment: Mapping[str, str] = field(default_factory=dict)
    insecure: bool = False
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """How a gate's command ended. ``exit_code`` is None when the time limit stopped it."""

    exit_code: int | None
    seconds: float
    tail: tuple[str, ...] = ()


class Runner(Protocol):
    """Runs gates: containers and scripts."""

    @property
    def name(self) -> str:
        """``docker``, ``podman``, ``buildah``, or ``script``."""

    def check(self) -> None:
        """Raise :class:`ToolMissing` (with advice) unless it can run containers here."""

    def run(self, trial: Trial, *, progress: Progress, stop: Event) -> TrialResult:
        """Run *trial* on exactly the pinned bytes; no network unless asked, none of our credentials."""


class Signer(Protocol):
    """Signs statements: a key, or an identity that a certificate authority vouches for."""

    def check(self) -> None:
        """Raise (``BadInput``, ``ToolMissing``, ``Unfinished``) unless it can sign; nothing is signed."""

    def sign(self, statement: bytes) -> bytes:
        """A Sigstore bundle around *statement*: a DSSE envelope, and what proves who signed it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """What a bundle holds. ``signer``: whose trusted key or identity signed it; empty: nobody's, and
    ``problem`` says why it is not believed."""

    payload: bytes
    signer: str
    problem: str = ""


class Verifier(Protocol):
    """Tells who signed a bundle, among those who are trusted."""

    def check(self) -> None:
        """Raise (``BadInput``, ``ToolMissing``) unless it can tell."""

    def verify(self, bundle: bytes) -> Signature:
        """What *bundle* holds, and who signed it. Raises ``Unfinished`` when that cannot be found out."""


class SbomScanner(Protocol):
    """A program that lists what an image is made of."""

    def check(self) -> None:
        """Raise :class:`ToolMissing` (with advice) unless it is installed and answers."""

    def scan(self, image: Pinned) -> bytes:
        """The SPDX document (JSON) of *image*, the manifest of one platform; raises ``CommandFailed``."""


@dataclass(frozen=True, slots=True)
class Pod:
    """One container of one pod. ``digest`` is what the node says it runs, None before it is pulled.

    ``reason`` is Kubernetes' own word for why it does not run (``ImagePullBackOff``), empty when it does;
    ``message`` is what was said about it, from strangers.
    """

    name: str
    image: str
    digest: Digest | None
    ready: bool
    reason: str = ""
    message: str = ""
    restarts: int = 0


@dataclass(frozen=True, slots=True)
class Workload:
    """One container of a Deployment, a StatefulSet or a DaemonSet, and the pods that are there for it.

    ``image`` is what the newest spec asks for; ``wanted`` pods should run it, ``current`` are there,
    ``updated`` are made from it. ``observed``: the status is about that spec. ``failed`` is what Kubernetes
    says when the progress deadline has passed, empty until then. ``held``: why nothing goes on by itself
    (``Paused``, ``OnDelete``, ``Partition``).
    """

    namespace: str
    name: str
    container: str
    image: str
    wanted: int
    current: int
    updated: int
    available: int
    observed: bool
    pods: tuple[Pod, ...]
    failed: str = ""
    held: str = ""
    kind: str = "Deployment"

    @property
    def where(self) -> str:
        """Namespace and name, with the kind where it is not the usual one."""
        kind = "" if self.kind == "Deployment" else f"{self.kind.lower()}/"
        return f"{self.namespace}/{kind}{self.name}"

    @property
    def named(self) -> str:
        """What kubectl takes: namespace, kind and name."""
        return f"-n {self.namespace} {self.kind.lower()}/{self.name}"


class Cluster(Protocol):
    """The cluster that runs a release; only ever read. Raises the ``ClusterError`` family."""

    @property
    def name(self) -> str:
        """The context, for people."""

    def workloads(self, repositories: Collection[Repository]) -> tuple[Workload, ...]:
        """Everything that runs one of *repositories* for good, once for each such container."""

    def wait(self, seconds: float) -> None:
        """Return when something may have changed, at the latest after *seconds*."""


@dataclass(frozen=True, slots=True)
class Making:
    """Something that a push needs and that is not there: ``what`` in words, and what makes it.

    ``make`` is content where somebody else was quicker; it raises ``RegistryError`` and ``Unfinished``.
    """

    what: str
    make: Callable[[], None]


class RepositoryMaker(Protocol):
    """Makes what a registry wants made before a push: a repository, or a project for many of them."""

    def lacking(self, repository: Repository) -> Making | None:
        """What lacks for a push to *repository*; None: nothing, or a push makes it, or its registry has no
        way to ask. Raises ``WholeshipError`` when that cannot be found out."""


class Journal(Protocol):
    """The append-only evidence of one release in the work tree."""

    def append(self, entry: Mapping[str, object]) -> None:
        """Make *entry* durable before returning; raises ``Unfinished`` when it cannot be."""

    def entries(self) -> tuple[Mapping[str, object], ...]:
        """Everything written so far, each entry checked; raises ``BadInput`` on a doubtful journal."""


@dataclass(frozen=True, slots=True)
class Ports:
    """What every stage needs: where the truth is, where the evidence goes. ``home`` is the repository
    for records; None: the record stays on this machine."""

    registry: Registry
    journal: Journal
    clock: Clock
    home: Repository | None
    progress: Progress = field(default_factory=Silent)
