"""Building with the library that buildah and podman share; each has a file of its own beside this one.

A platform is built at a time, written out as an OCI layout, and pushed by digest (``layout.py``): these
programs push by tag only. Several builds may work in one store side by side.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock

from wholeship.adapters import process
from wholeship.adapters.builders import host, layout, secrets, trouble
from wholeship.adapters.builders.registry import client_for
from wholeship.core.digest import Digest
from wholeship.core.errors import CommandFailed, Stopped, ToolMissing
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress, Task
from wholeship.release.ports import BuildRequest, BuiltImage

SEEN = process.PLAIN | process.ENGINES | process.PROXIES | process.CREDENTIALS
"""The variables a builder sees: where its storage, its way out and its credentials are."""
PROBE = 'FROM scratch\nRUN ["/bin/sh", "-c", "exit 77"]\n'
HOST_FOLDERS = ("/usr", "/bin", "/lib", "/lib64")
"""What the probe borrows, to have a program to run in an empty image."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """A way to run build steps: flags before the word ``build``, or variables of the program."""

    name: str
    before: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Containers:
    """A builder of this family. ``name`` is the program, ``isolations`` the ways to try, the best first."""

    name: str
    isolations: Sequence[Isolation]
    _isolation: Isolation | None = None
    _storage: Path | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def program(self) -> str:
        """The absolute path; :class:`ToolMissing`."""
        return process.program(self.name, advice=f"apt-get install {self.name}")

    def check(self) -> None:
        """See :class:`wholeship.release.ports.Builder`. Finds, once, a way to run build steps."""
        with self._lock:
            if self._isolation is None:
                self._storage = self._find_storage()
                self._isolation = self._find_isolation()

    def runnable_platforms(self) -> frozenset[Platform]:
        """See :class:`wholeship.release.ports.Builder`."""
        return host.runnable()

    def storage(self) -> Path | None:
        """See :class:`wholeship.release.ports.Builder`."""
        if self._storage is None:
            self._storage = self._find_storage()
        return self._storage

    @property
    def isolation(self) -> Isolation:
        """How build steps are run here."""
        self.check()
        assert self._isolation is not None
        return self._isolation

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        """See :class:`wholeship.release.ports.Builder`."""
        self.check()
        job = Job(self, request, progress, stop)
        free = host.free(self._storage)
        with host.scratch(request.image) as folder:
            began = time.monotonic()
            images = [(platform, job.built(platform, folder)) for platform in request.platforms]
            built = time.monotonic()
            legs = [job.written(image, platform, folder) for platform, image in images]
            digest = job.pushed(legs)
        return BuiltImage(
            digest,
            pushed_seconds=time.monotonic() - built,
            built_seconds=built - began,
            storage_bytes=max(0, free - host.free(self._storage)),
        )

    def _find_storage(self) -> Path:
        pattern = "{{.Store.GraphRoot}}" if self.name == "podman" else "{{.store.GraphRoot}}"
        try:
            said = process.ask(
                [self.program, "info", "--format", pattern], environment=process.allowed(SEEN), timeout=60
            )
        except CommandFailed as error:
            raise ToolMissing(
                f"{self.name} is installed, but does not work: {error.message}",
                advice=f"try: {self.name} info",
            ) from None
        return Path(said.strip())

    def _find_isolation(self) -> Isolation:
        """The first way in which a build step really runs; containers cannot be made everywhere."""
        said = []
        with host.scratch("probe") as folder:
            (folder / "Dockerfile").write_text(PROBE, encoding="utf-8")
            for isolation in self.isolations:
                words = self._probe(isolation, folder)
                if "status 77" in words:
                    return isolation
                said.append(f"{isolation.name}: {words[-200:]}")
        raise ToolMissing(
            f"{self.name} cannot run a build step here ({'; '.join(said)})",
            advice="as a user without root it needs newuidmap (apt-get install uidmap); in a container, "
            "more rights, or BUILDAH_ISOLATION=chroot",
        )

    def _probe(self, isolation: Isolation, folder: Path) -> str:
        mounts = [f"--volume={path}:{path}:ro" for path in HOST_FOLDERS if Path(path).exists()]
        flags = ["--force-rm", "--layers=false", *mounts, str(folder)]
        try:
            ended = process.run(
                [self.program, *isolation.before, "build", *flags],
                environment=process.allowed(SEEN, **isolation.environment),
                timeout=60,
            )
        except ToolMissing as error:
            return error.message
        return " ".join(ended.tail)


@dataclass
class Job:
    """One image being built."""

    builder: Containers
    request: BuildRequest
    progress: Progress
    stop: Event

    def __post_init__(self) -> None:
        root = self.request.context
        self.secrets = [secrets.parse(text, root) for text in self.request.secrets]
        self.redact = secrets.redactor(self.secrets)
        more = {**self.builder.isolation.environment, **secrets.environment(self.secrets)}
        self.environment = process.allowed(SEEN, **more)

    @property
    def task(self) -> Task:
        """What the progress of this image is told under."""
        return Task("build", self.request.image)

    def built(self, platform: Platform, folder: Path) -> str:
        """Build for *platform*; the id of the image in the builder's store."""
        several = f"{platform} " if len(self.request.platforms) > 1 else ""
        steps = trouble.Steps(lambda note: self.progress.advanced(self.task, several + note))
        written = folder / f"{name_of(platform)}.id"
        command = [self.builder.program, *self.builder.isolation.before, "build"]
        command += [f"--iidfile={written}", *self._flags(platform), str(self.request.context)]
        ended = self._run(command, steps)
        if not ended.well:
            what = f"{self.request.image}: the build{f' for {platform}' if several else ''}"
            raise trouble.failed(what, ended, self.request.log, steps.last)
        return written.read_text(encoding="ascii").strip()

    def written(self, image: str, platform: Platform, folder: Path) -> layout.Leg:
        """The image as an OCI layout, which says every digest before anything is sent."""
        target = folder / name_of(platform)
        self.progress.advanced(self.task, "writing layers")
        ended = self._run(
            [self.builder.program, "push", "--quiet", "--format=oci", image, f"oci:{target}:image"]
        )
        if not ended.well:
            raise trouble.failed(f"{self.request.image}: writing the image", ended, self.request.log)
        return layout.read(target, platform, self.request.annotations)

    def pushed(self, legs: Sequence[layout.Leg]) -> Digest:
        """Everything sent to the registry by digest."""
        request = self.request
        number = len({digest for leg in legs for digest in leg.blobs})
        arrived: list[Digest] = []

        def sent(digest: Digest) -> None:
            arrived.append(digest)
            self.progress.advanced(self.task, f"pushing, {len(arrived)} of {number} parts")
            if self.stop.is_set():
                raise Stopped(f"{request.image}: the push was stopped")

        self.progress.advanced(self.task, "pushing")
        digest = layout.push(legs, client_for(request), request.repository, request.annotations, sent)
        with process.Log(request.log, self.redact) as log:
            log.note(f"pushed {request.repository}@{digest}")
        return digest

    def _flags(self, platform: Platform) -> list[str]:
        request = self.request
        flags = [f"--file={request.dockerfile}", f"--platform={platform}"]
        flags += ["--format=oci", "--layers", "--force-rm", "--pull=false"]
        flags += [f"--tag={local_name(request, platform)}"]
        flags += [f"--target={request.target}"] if request.target else []
        flags += _pairs("--build-arg", request.args)
        flags += _pairs("--label", request.labels)
        flags += [f"--secret={secret.flag}" for secret in self.secrets]
        return flags + [f"--{way}={ref}" for way, ref in _cache(request.cache).items()]

    def _run(self, command: list[str], steps: trouble.Steps | None = None) -> process.Ended:
        return process.run(
            command,
            environment=self.environment,
            log=self.request.log,
            cwd=self.request.context,
            stop=self.stop,
            heard=steps,
            redact=self.redact,
        )


def local_name(request: BuildRequest, platform: Platform) -> str:
    """The image's name on this machine: kept as the cache of the next build, and told apart by people."""
    path = request.repository.path
    return f"localhost/wholeship/{path}:{name_of(platform)}"


def name_of(platform: Platform) -> str:
    """*platform* as a part of a file name or tag."""
    return str(platform).replace("/", "-")


def _pairs(flag: str, values: Mapping[str, str]) -> list[str]:
    return [f"{flag}={key}={value}" for key, value in values.items()]


def _cache(cache: Mapping[str, str]) -> dict[str, str]:
    """Layers kept in a registry: a repository, or the ``ref`` of buildx's ``type=registry``."""
    ref = cache.get("ref", "")
    parts = dict(part.partition("=")[::2] for part in ref.split(",")) if "=" in ref else {"ref": ref}
    name = parts.get("ref", "").rpartition(":")
    repository = name[0] if name[0] and "/" not in name[2] else parts.get("ref", "")
    return {"cache-from": repository, "cache-to": repository} if repository else {}
