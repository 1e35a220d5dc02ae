"""A builder that runs nothing: small true images, pushed by digest, and failures when asked for.

For tests of what stands on builds, yours included. It keeps the promises that the real builders keep, and
passes the same contract tests::

    builder = MemoryBuilder(client, failing={"worker"})
"""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from threading import Event, Lock

from wholeship.core import jsons
from wholeship.core.errors import BuildFailed, Stopped
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress, Task
from wholeship.core.values import dataclass
from wholeship.release.ports import BuildRequest, BuiltImage, Registry
from wholeship.testing.images import Image, image, image_index

EVERYWHERE = frozenset({Platform("linux", "amd64"), Platform("linux", "arm64")})


@dataclass
class MemoryBuilder:
    """See :class:`wholeship.release.ports.Builder`.

    An image's content depends on what a build's would: ``inputs`` (the state of its sources, by image, any
    text), target, arguments, named contexts, platform and commit. ``failing`` images fail in their last step.
    ``seconds`` is how long each build takes; ``built`` remembers what was asked for, in order.
    """

    registry: Registry
    inputs: dict[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    runnable: frozenset[Platform] = EVERYWHERE
    seconds: float = 0.0
    built: list[str] = field(default_factory=list)
    name: str = "memory"
    pushes_by_digest: bool = True
    scans_images: bool = False
    _lock: Lock = field(default_factory=Lock)

    def check(self) -> None:
        """Always there."""

    def runnable_platforms(self) -> frozenset[Platform]:
        """``runnable``."""
        return self.runnable

    def storage(self) -> Path | None:
        """Nowhere."""
        return None

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        with self._lock:
            self.built.append(request.image)
        self._log(request, progress, f"building {request.image}")
        progress.advanced(Task("build", request.image), "step 1/1: a small image")
        if stop.wait(self.seconds) or stop.is_set():
            raise Stopped(f"{request.image}: the build was stopped")
        if request.image in self.failing:
            words = "the step said no"
            self._log(request, progress, words)
            raise BuildFailed(
                f"{request.image}: the build failed at step 1/1 (exit code 1)",
                tail=(words,),
                log=str(request.log),
            )
        made = self._made(request)
        return BuiltImage(made.push(self.registry, request.repository), built_seconds=self.seconds or 1.0)

    def _made(self, request: BuildRequest) -> Image:
        revision = request.annotations.get("org.opencontainers.image.revision", "")
        asked = {"target": request.target, "args": dict(request.args)}
        asked |= {"contexts": dict(request.contexts)} if request.contexts else {}
        sources = self.inputs.get(request.image, "")
        name = f"{request.image} {sources} {revision} {jsons.canonical(asked).decode().strip()}"
        make = image if len(request.platforms) == 1 else image_index
        return make(name, *request.platforms, annotations=request.annotations, labels=request.labels)

    @staticmethod
    def _log(request: BuildRequest, progress: Progress, line: str) -> None:
        progress.printed(Task("build", request.image), line)
        request.log.parent.mkdir(parents=True, exist_ok=True)
        with request.log.open("a", encoding="utf-8") as file:
            file.write(line + "\n")
