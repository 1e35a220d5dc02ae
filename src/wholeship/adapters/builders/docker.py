"""docker with BuildKit: builds into the daemon, which pushes by tag only.

So each platform goes under the candidate tag, and what ships is put beside it by digest: the same layers
and configuration under an OCI manifest that carries the annotations (a Docker manifest has none). The
candidate tag is taken away again where the registry can do that.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from threading import Event, Lock

from wholeship.adapters import process
from wholeship.adapters.builders import cache, docker_client, host, layout
from wholeship.adapters.builders.containers import name_of
from wholeship.adapters.builders.docker_client import Client
from wholeship.adapters.builders.work import Work, pairs
from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import CommandFailed, RegistryError, RegistryUntrusted, ToolMissing
from wholeship.core.media_types import OCI_MANIFEST
from wholeship.core.patterns import lazy_pattern
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress
from wholeship.core.reference import Tag
from wholeship.core.values import dataclass
from wholeship.release.content import content_of
from wholeship.release.contexts import is_image
from wholeship.release.ports import BuildRequest, BuiltImage, Manifest, Registry

SETTINGS = {"DOCKER_BUILDKIT": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
_PUSHED = lazy_pattern(r"digest: (sha256:[0-9a-f]{64}) size: \d+")
_OCI = {
    "application/vnd.docker.container.image.v1+json": "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.image.rootfs.diff.tar.gzip": "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.docker.image.rootfs.diff.tar": "application/vnd.oci.image.layer.v1.tar",
}
"""Docker's media types and OCI's for the same bytes (OCI image-spec, "Compatibility matrix")."""


def make(nodes: Mapping[str, str]) -> Docker:
    """The builder; nodes are buildx's."""
    return Docker()


@dataclass
class Docker:
    """See :class:`wholeship.release.ports.Builder`."""

    name: str = "docker"
    pushes_by_digest: bool = False
    scans_images: bool = False
    _client: Client | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def client(self) -> Client:
        """The client that works; :class:`ToolMissing`."""
        with self._lock:
            if self._client is None:
                self._client = docker_client.find_client()
            return self._client

    def check(self) -> None:
        assert self.client

    def runnable_platforms(self) -> frozenset[Platform]:
        emulated = host.runnable_platforms() if docker_client.is_local() else frozenset[Platform]()
        return emulated | {self.client.platform}

    def storage(self) -> Path | None:
        return docker_client.data_root(self.client.program)

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        job = DockerJob(self.client, Work(request, progress, stop, more=SETTINGS))
        storage = self.storage()
        free, began = host.free(storage), time.monotonic()
        try:
            with host.scratch(request.image) as folder:
                job.find_dockerfile(folder)
                for platform in request.platforms:
                    job.built(platform)
            built = time.monotonic()
            digest = job.pushed()
            pushed, taken = time.monotonic(), free - host.free(storage)
        finally:
            job.forget()
        return BuiltImage(
            digest,
            pushed_seconds=pushed - built,
            built_seconds=built - began,
            tag=request.candidate_tag,
            storage_bytes=max(0, taken),
        )


@dataclass
class DockerJob:
    """One image on its way through the daemon."""

    client: Client
    work: Work
    tags: dict[Platform, Tag] = field(default_factory=dict)
    dockerfile: Path | None = None

    def find_dockerfile(self, folder: Path) -> None:
        """Where the client knows no named contexts: a Dockerfile in *folder* that names the images by digest.

        Raises :class:`ToolMissing` for other contexts than images.
        """
        if self.client.buildx:
            return
        other = [name for name, context in self.work.request.contexts.items() if not is_image(context)]
        if other:
            raise ToolMissing(
                f"{self.work.request.image}: {self.client} takes only images as named contexts, not "
                f"{', '.join(other)}",
                advice="install docker's buildx plug-in, or take the builder buildx, podman or buildah",
            )
        self.dockerfile = self.work.with_images(folder)

    def built(self, platform: Platform) -> None:
        """Build for *platform*, under the tag that it will be pushed under."""
        request = self.work.request
        several = len(request.platforms) > 1
        tag = Tag(f"{request.candidate_tag}-{name_of(platform)}"[:128]) if several else request.candidate_tag
        self.work.noted(f"with {self.client}")
        self.work.run(
            [self.client.program, "build", *self._flags(platform, tag), str(request.context)],
            f"the build for {platform}" if several else "the build",
            prefix=f"{platform} " if several else "",
        )
        self.tags[platform] = tag

    def pushed(self) -> Digest:
        """Everything pushed, and put under digests that carry the annotations."""
        request = self.work.request
        said = {platform: self._pushed(tag) for platform, tag in self.tags.items()}
        with self.work.pushing() as registry:
            legs = [(dressed(registry, request, digest, p), p) for p, digest in said.items()]
            for manifest, _ in legs:
                registry.store(request.repository, manifest)
            digest = legs[0][0].digest
            if len(legs) > 1:
                whole = layout.index_manifest(legs, request.annotations)
                registry.store(request.repository, whole)
                digest = whole.digest
            for tag in self.tags.values():
                with contextlib.suppress(RegistryError):
                    registry.unbind(request.repository, tag)
        self.work.noted(f"pushed {request.repository}@{digest}")
        return digest

    def _pushed(self, tag: Tag) -> Digest:
        """Pushed by the daemon under *tag*; the digest that it says."""
        request = self.work.request
        self.work.told("pushing")
        ended = self.work.run([self.client.program, "push", f"{request.repository}:{tag}"], "the push")
        said = _PUSHED.search("\n".join(ended.tail))
        if said is None:
            raise CommandFailed(
                f"{request.image}: docker did not say what it pushed", tail=ended.tail, log=str(request.log)
            )
        return Digest(said[1])

    def forget(self) -> None:
        """Leave each image under a local name, as cache; nothing of it where space is short."""
        request = self.work.request
        for platform, tag in self.tags.items():
            pushed = f"{request.repository}:{tag}"
            name = f"wholeship/{request.repository.path}:{name_of(platform)}"
            if not request.discard:
                self._quietly("tag", pushed, name)
            self._quietly("rmi", pushed)

    def _quietly(self, *words: str) -> None:
        with contextlib.suppress(CommandFailed, ToolMissing):
            process.ask_program([self.client.program, *words], environment=self.work.environment)

    def _flags(self, platform: Platform, tag: Tag) -> list[str]:
        request = self.work.request
        flags = [
            "--progress=plain",
            f"--file={self.dockerfile or request.dockerfile}",
            f"--platform={platform}",
        ]
        flags += [f"--tag={request.repository}:{tag}"]
        flags += self.work.common_flags()
        flags += pairs("--build-context", request.contexts) if self.client.buildx else []
        flags += cache.cache_references(request.cache_from)
        kept = cache.cache_reference(request.cache.get("ref", ""))
        return flags + ([f"--cache-from={kept}", "--build-arg=BUILDKIT_INLINE_CACHE=1"] if kept else [])


def dressed(registry: Registry, request: BuildRequest, digest: Digest, platform: Platform) -> Manifest:
    """The pushed image as an OCI manifest with the annotations of *request*."""
    where = f"{request.repository}@{digest}"
    manifest = registry.manifest(request.repository, digest)
    if manifest is not None and content_of(manifest, where).is_index:
        # A daemon on containerd's store pushes an index, even over one platform.
        found = [c.digest for c in content_of(manifest, where).children if c.platform == platform]
        manifest = registry.manifest(request.repository, found[0]) if found else None
    if manifest is None:
        raise RegistryUntrusted(f"{where} was pushed for {platform}, and is not there")
    return layout.annotate_manifest(as_oci(jsons.parse_json(manifest.body, what=where)), request.annotations)


def as_oci(content: Mapping[str, object]) -> dict[str, object]:
    """A Docker manifest as the OCI manifest of the same configuration and layers; an OCI one as it is."""
    if content.get("mediaType", OCI_MANIFEST) == OCI_MANIFEST:
        return dict(content)
    config, layers = content["config"], content["layers"]
    assert isinstance(config, dict)
    assert isinstance(layers, list)
    return {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "config": _renamed_part(config),
        "layers": [_renamed_part(layer) for layer in layers],
    }


def _renamed_part(part: Mapping[str, object]) -> dict[str, object]:
    media_type = str(part["mediaType"])
    return {**part, "mediaType": _OCI.get(media_type, media_type)}
