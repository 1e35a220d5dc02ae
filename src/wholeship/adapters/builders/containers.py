"""Building with the library that buildah and podman share; each has a file of its own beside this one.

A platform is built at a time, written out as an OCI layout, and pushed by digest (``layout.py``): these
programs push by tag only. Several builds may work in one store side by side.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from pathlib import Path
from threading import Event, Lock
from typing import Any

from wholeship.adapters import process
from wholeship.adapters.builders import cache, host, layers, layout, trouble
from wholeship.adapters.builders.isolation import Isolation, Works, find_isolation
from wholeship.adapters.builders.work import Work, answer_of, pairs
from wholeship.core.digest import Digest
from wholeship.core.errors import CommandFailed, Stopped, ToolMissing, WholeshipError
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress
from wholeship.core.values import dataclass
from wholeship.release.contexts import is_image
from wholeship.release.ports import BuildRequest, BuiltImage

GRACE = 10.0
"""Seconds that a builder gets to take away what it made, when a build is stopped."""
STEPS = (b"buildah-oci-runtime", b"buildah-chroot-runtime")
"""What buildah calls itself where it runs a step (``run_common.go`` in its source)."""


@dataclass
class Containers:
    """A builder of this family. ``name`` is the program, ``isolations`` the ways to try, the best first.
    A :class:`wholeship.release.ports.Builder`."""

    name: str
    isolations: Sequence[Isolation]
    pushes_by_digest: bool = True
    scans_images: bool = False
    _works: Works | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def program(self) -> str:
        """The absolute path; :class:`ToolMissing`."""
        return process.program_path(self.name, advice=f"apt-get install {self.name}")

    def check(self) -> None:
        """See :class:`wholeship.release.ports.Builder`. Finds, once, a way to run build steps."""
        assert self.works

    def runnable_platforms(self) -> frozenset[Platform]:
        return host.runnable_platforms()

    def storage(self) -> Path | None:
        return self.works.storage

    @property
    def works(self) -> Works:
        """How it works here; :class:`ToolMissing`."""
        with self._lock:
            if self._works is None:
                self._works = find_isolation(self.program, self.isolations, self._find_storage)
            return self._works

    @property
    def isolation(self) -> Isolation:
        """How build steps are run here."""
        return self.works.isolation

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        job = ContainersJob(self, Work(request, progress, stop, self.isolation.environment))
        free = host.free(self.storage())
        with host.scratch(request.image) as folder, job.knowing() as known:
            began = time.monotonic()
            images = [(platform, job.built(platform, folder)) for platform in request.platforms]
            built = time.monotonic()
            digest = job.delivered(images, folder, known())
            pushed = time.monotonic()
            taken = free - host.free(self.storage())
        if request.discard:
            for image in job.made:
                job.forget(image)
        return BuiltImage(
            digest,
            pushed_seconds=pushed - built,
            built_seconds=built - began,
            storage_bytes=max(0, taken),
        )

    def _find_storage(self) -> Path:
        pattern = "{{.Store.GraphRoot}}" if self.name == "podman" else "{{.store.GraphRoot}}"
        try:
            said = answer_of([self.program, "info", "--format", pattern], timeout=60)
        except CommandFailed as error:
            raise ToolMissing(
                f"{self.name} is installed, but does not work: {error.message}",
                advice=f"try: {self.name} info",
            ) from None
        return Path(said.strip())


@dataclass
class ContainersJob:
    """One image on its way through the store."""

    builder: Containers
    work: Work
    made: list[str] = field(default_factory=list)

    def built(self, platform: Platform, folder: Path, *more: str) -> str:
        """Build for *platform*; the id of the image in the builder's store."""
        several = len(self.work.request.platforms) > 1
        dockerfile = self.work.with_images(folder)
        written = folder / f"{name_of(platform)}.id"
        command = [
            *self._command("build"),
            f"--iidfile={written}",
            f"--file={dockerfile}",
            *self._flags(platform),
            *more,
        ]
        self._run(
            [*command, str(self.work.request.context)],
            f"the build for {platform}" if several else "the build",
            prefix=f"{platform} " if several else "",
            ending=end_by_its_step,
        )
        self.made.append(written.read_text(encoding="ascii").strip())
        return self.made[-1]

    @contextlib.contextmanager
    def knowing(self) -> Iterator[Callable[[], layers.Known]]:
        """Finds out, while the image is built, what layers the earlier one has; a help, and no more."""
        earlier, repository = self.work.request.earlier, self.work.request.repository

        def look() -> layers.Known:
            with self.work.reaching() as registry:
                return layers.known_in(registry, repository, earlier) if earlier else {}

        with ThreadPoolExecutor(1, thread_name_prefix="layers") as aside:
            looked = aside.submit(look)
            yield lambda: self._or_none(looked.result)

    def still_there(self, known: layers.Known) -> layers.Known:
        """Those of *known* that need not be written: asked right before."""
        if not known:
            return known
        with self.work.reaching() as registry:
            return self._or_none(lambda: layers.there(registry, self.work.request.repository, known))

    def _or_none(self, look: Callable[[], layers.Known]) -> layers.Known:
        try:
            return look()
        except Stopped:
            raise
        except (WholeshipError, LookupError, TypeError, ValueError) as error:
            self.work.noted(f"every layer is written anew: {error!r}")
            return {}

    def delivered(self, images: Sequence[tuple[Platform, str]], folder: Path, known: layers.Known) -> Digest:
        """Everything written out and sent, but the layers that the registry has: looked at before and after.

        One that was collected meanwhile would be missed by who pulls the image; then all is sent.
        """
        there = self.still_there(known)
        digest = self._sent(images, folder / "new", there)
        if there and self.still_there(there) != there:
            self.work.noted("the registry has lost a layer meanwhile; all are sent")
            digest = self._sent(images, folder / "all", {})
        return digest

    def _sent(self, images: Sequence[tuple[Platform, str]], folder: Path, known: layers.Known) -> Digest:
        return self.pushed([self.written(image, platform, folder, known) for platform, image in images])

    def written(self, image: str, platform: Platform, folder: Path, known: layers.Known) -> layout.Leg:
        """The image as an OCI layout, which says every digest before anything is sent.

        The layer cache of these builders does not tell platforms apart: what it hands out for another one
        is built anew without it (https://github.com/containers/buildah/pull/6269).
        """
        leg = self._written(image, platform, folder, known)
        if leg.is_as_called:
            return leg
        self.work.noted(
            f"the layer cache gave an image of another platform for {platform}; once more without"
        )
        return self._written(self.built(platform, folder, "--no-cache"), platform, folder / "anew", known)

    def _written(self, image: str, platform: Platform, folder: Path, known: layers.Known) -> layout.Leg:
        target = folder / name_of(platform)
        target.mkdir(parents=True)
        self.work.told("writing layers")
        layout.stand_in(target, known)
        flags = ["--quiet", "--format=oci", image, f"oci:{target}:image"]
        self._run([*self._command("push"), *flags], "writing the image")
        return layout.read_layout(target, platform, self.work.request.annotations, known)

    def pushed(self, legs: Sequence[layout.Leg]) -> Digest:
        """Everything sent to the registry by digest."""
        request = self.work.request
        sent = self.work.counted([digest for leg in legs for digest in leg.blobs])
        with self.work.pushing() as registry:
            digest = layout.push(legs, registry, request.repository, request.annotations, sent)
        self.work.noted(f"pushed {request.repository}@{digest}")
        return digest

    def forget(self, image: str) -> None:
        """Remove the image and the layers that nothing else uses. What cannot be removed stays."""
        with contextlib.suppress(CommandFailed, Stopped):
            self.work.run([*self._command("rmi"), "--force", image], "removing the image")

    def _run(self, command: list[str], what: str, **more: Any) -> None:
        """Run; once more when it lost a layer to another build (or a clean-up) in the same store."""
        try:
            self.work.run(command, what, **more)
        except CommandFailed as error:
            if not trouble.is_race(error.tail):
                raise
            self.work.noted("something else changed the store meanwhile; once more")
            self.work.run(command, what, **more)

    def _command(self, verb: str) -> list[str]:
        return [self.builder.program, *self.builder.isolation.before, verb]

    def _flags(self, platform: Platform) -> list[str]:
        request = self.work.request
        flags = [f"--platform={platform}", "--format=oci", "--layers", "--force-rm", "--pull=false"]
        flags += [f"--tag={local_name(request, platform)}"]
        flags += self.work.common_flags()
        others = {name: context for name, context in request.contexts.items() if not is_image(context)}
        flags += pairs("--build-context", others)
        # The images among them come from the registry that all of it goes to.
        flags += ["--tls-verify=false"] if request.insecure and request.contexts else []
        flags += cache.repositories(request.cache_from)
        kept = cache.cache_repository(request.cache.get("ref", ""))
        return flags + ([f"--cache-from={kept}", f"--cache-to={kept}"] if kept else [])


def end_by_its_step(builder: subprocess.Popen[bytes]) -> None:
    """End a build by failing the step that runs: then the builder takes away its containers itself.

    Told to end, podman leaves the step running, and both leave the containers of a build that is between
    two steps. A builder that does not fail in time is ended as any program.
    """
    give_up = time.monotonic() + GRACE
    while builder.poll() is None and time.monotonic() < give_up:
        for step in _steps_of(builder.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(step, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            builder.wait(0.1)
    process.end(builder)


def _steps_of(group: int) -> Iterator[int]:
    """The processes in which the builder of this process group runs steps."""
    for path in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError):
            name = (path / "cmdline").read_bytes().partition(b"\0")[0]
            if name in STEPS and os.getpgid(int(path.name)) == group:
                yield int(path.name)


def local_name(request: BuildRequest, platform: Platform) -> str:
    """The image's name on this machine: kept as the cache of the next build, and told apart by people."""
    path = request.repository.path
    return f"localhost/wholeship/{path}:{name_of(platform)}"


def name_of(platform: Platform) -> str:
    """*platform* as a part of a file name or tag."""
    return str(platform).replace("/", "-")
