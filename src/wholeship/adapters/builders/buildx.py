"""docker buildx: BuildKit wherever it runs (a container, a cluster, other machines, native nodes).

It pushes by digest itself, all platforms as one index. Where its workers cannot see the registry (the
loopback of this machine) or its driver cannot push so (a docker daemon on containerd's store), it writes
an OCI layout, which is pushed from here.
"""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import re
import time
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from threading import Event, Lock
from urllib.parse import urlsplit

from wholeship.adapters.builders import cache, docker_client, host, layout
from wholeship.adapters.builders.work import Work, answer_of, pairs
from wholeship.adapters.registry.challenge import is_loopback
from wholeship.core import jsons
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, CommandFailed, ToolMissing
from wholeship.core.platform import Platform
from wholeship.core.progress import Progress
from wholeship.core.values import dataclass
from wholeship.release.contexts import pinned_in
from wholeship.release.ports import BuildRequest, BuiltImage

OLDEST = (0, 12)
"""The first buildx with ``--annotation`` (its release notes)."""
START = 300.0
"""Seconds that starting a builder may take; it may pull BuildKit."""
REMOTE = ("tcp", "unix", "docker-container", "kube-pod")
"""Addresses of a BuildKit that runs already (buildx documentation, "Remote driver")."""


def make(nodes: Mapping[str, str]) -> Buildx:
    """The builder that is in use, or one of *nodes*, by platform."""
    return Buildx(nodes)


@dataclass(frozen=True, slots=True)
class Instance:
    """A builder instance of buildx. ``name`` empty: the one in use."""

    program: str
    name: str
    driver: str
    platforms: frozenset[Platform]

    def command(self, verb: str) -> list[str]:
        """``docker buildx VERB`` for this instance."""
        return [self.program, "buildx", verb, *([f"--builder={self.name}"] if self.name else [])]


@dataclass
class Buildx:
    """See :class:`wholeship.release.ports.Builder`."""

    nodes: Mapping[str, str]
    name: str = "buildx"
    pushes_by_digest: bool = True
    scans_images: bool = True
    _instance: Instance | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def instance(self) -> Instance:
        """The instance, started; :class:`ToolMissing`."""
        with self._lock:
            if self._instance is None:
                self._instance = _started(docker_client.find_buildx(OLDEST), self.nodes)
            return self._instance

    def check(self) -> None:
        assert self.instance

    def runnable_platforms(self) -> frozenset[Platform]:
        return self.instance.platforms

    def storage(self) -> Path | None:
        local = self.instance.driver in ("docker", "docker-container") and not self.nodes
        return docker_client.data_root(self.instance.program) if local else None

    def build(self, request: BuildRequest, *, progress: Progress, stop: Event) -> BuiltImage:
        job = BuildxJob(self.instance, Work(request, progress, stop))
        storage = self.storage()
        free, began = host.free(storage), time.monotonic()
        with host.scratch(request.image) as folder:
            job.fetch_contexts(folder)
            digest, built = job.sent_from_here(folder) if self._must_export(request) else job.sent(folder)
        return BuiltImage(
            digest,
            pushed_seconds=time.monotonic() - built,
            built_seconds=built - began,
            storage_bytes=max(0, free - host.free(storage)),
        )

    def _must_export(self, request: BuildRequest) -> bool:
        return self.instance.driver == "docker" or _is_here(request.repository.host)


@dataclass
class BuildxJob:
    """One image on its way through BuildKit. Both ways give its digest, and when the build was over."""

    instance: Instance
    work: Work
    contexts: dict[str, str] = field(default_factory=dict)

    def fetch_contexts(self, folder: Path) -> None:
        """Images in a registry that BuildKit's workers may not see are handed over as OCI layouts."""
        for number, (name, context) in enumerate(self.work.request.contexts.items()):
            image = pinned_in(context)
            if image is None or not _is_here(image.repository.host):
                self.contexts[name] = context
                continue
            target = folder / f"context-{number}"
            self.work.told(f"fetching {name}")
            with self.work.reaching() as registry:
                layout.fetch_layout(registry, image, target)
            self.contexts[name] = f"oci-layout://{target}@{image.digest}"

    def sent(self, folder: Path) -> tuple[Digest, float]:
        """Built, and pushed by BuildKit itself."""
        request, metadata = self.work.request, folder / "metadata.json"
        output = {
            "type": "image",
            "name": str(request.repository),
            "push-by-digest": "true",
            "name-canonical": "true",
            "push": "true",
        }
        output |= {"registry.insecure": "true"} if request.insecure else {}
        built = self._build([f"--output={_csv_list(output)}", f"--metadata-file={metadata}"])
        try:
            said = jsons.parse_json(metadata.read_bytes(), what="buildx's metadata")
            digest = Digest(said["containerimage.digest"])
        except (OSError, BadInput, KeyError, TypeError) as error:
            raise CommandFailed(
                f"{request.image}: buildx did not say what it pushed ({error!r})", log=str(request.log)
            ) from None
        return digest, built

    def sent_from_here(self, folder: Path) -> tuple[Digest, float]:
        """Built, written out as an OCI layout, and pushed by digest from this machine."""
        request, target = self.work.request, folder / "layout"
        built = self._build([f"--output={_csv_list({'type': 'oci', 'tar': 'false', 'dest': str(target)})}"])
        tree = layout.read_tree(target)
        with self.work.pushing() as registry:
            digest = layout.push_tree(tree, registry, request.repository, self.work.counted(tree.blobs))
        self.work.noted(f"pushed {request.repository}@{digest}")
        return digest, built

    def _build(self, output: list[str]) -> float:
        """When the last step was over: from then on BuildKit exports, which is a part of the push."""
        command = [*self.instance.command("build"), *self._flags(), *output, str(self.work.request.context)]
        began = [0.0]

        def listen(line: str) -> None:
            if re.match(r"#\d+ exporting to (?:oci )?image", line):
                began[0] = time.monotonic()
            elif re.match(r"#\d+ pushing ", line):
                self.work.told("pushing")

        self.work.run(command, "the build", heard=listen)
        return began[0] or time.monotonic()

    def _flags(self) -> list[str]:
        request = self.work.request
        flags = ["--progress=plain", f"--file={request.dockerfile}"]
        flags += [f"--platform={','.join(str(p) for p in request.platforms)}"]
        flags += self.work.common_flags()
        flags += ["--sbom=true"] if request.sbom else []
        flags += pairs("--build-context", self.contexts)
        # An index is annotated only where there surely is one; asked of a single image, it is an error.
        kinds = ("manifest", "index") if len(request.platforms) > 1 else ("manifest",)
        flags += [f for kind in kinds for f in pairs(f"--annotation={kind}:", request.annotations, glue="")]
        flags += cache.to_read(request.cache_from)
        return flags + cache.for_buildx(request.cache.get("ref", ""))


def _is_here(where: str) -> bool:
    """Whether the registry *where* is on this machine's loopback."""
    return is_loopback(urlsplit(f"//{where}").hostname or "")


def _started(program: str, nodes: Mapping[str, str]) -> Instance:
    name = _created(program, nodes) if nodes else ""
    said = _ask(program, "inspect", "--bootstrap", *([name] if name else []))
    driver = re.search(r"^Driver:\s*(\S+)", said, re.MULTILINE)
    broken = re.search(r"^(?:Error|Status):\s*(.*(?:error|[Cc]annot).*)$", said, re.MULTILINE)
    if driver is None or broken is not None:
        raise ToolMissing(
            f"buildx has no builder that runs: {broken[1] if broken else said[:200]}",
            advice="see docker buildx ls; make one with docker buildx create --use --bootstrap",
        )
    if driver[1] == "docker" and not docker_client.is_on_containerd(program):
        raise ToolMissing(
            "the builder in use is the docker daemon's own, which cannot push by digest",
            advice="make one that can: docker buildx create --use; or take the builder docker",
        )
    found = re.findall(r"^\s*Platforms:\s*(.+)$", said, re.MULTILINE)
    names = {text.strip().rstrip("*") for line in found for text in line.split(",") if text.strip()}
    return Instance(program, name, driver[1], frozenset(Platform.parse(text) for text in names))


def _created(program: str, nodes: Mapping[str, str]) -> str:
    """The builder instance over *nodes*, made when there is none yet."""
    wanted = sorted(nodes.items())
    name = "wholeship-" + hashlib.sha256(repr(wanted).encode()).hexdigest()[:12]
    with contextlib.suppress(ToolMissing):
        _ask(program, "inspect", name)
        return name
    drivers = {_driver(where) for where in nodes.values()}
    if len(drivers) > 1:
        raise BadInput(
            "builder.nodes mixes running BuildKits and docker hosts",
            advice=f"take addresses of one kind: {', '.join(f'{s}://' for s in REMOTE)}; or docker hosts "
            "(ssh://, a docker context)",
        )
    for i, (platform, where) in enumerate(wanted):
        flags = [f"--driver={_driver(where)}", f"--platform={platform}", f"--name={name}"]
        _ask(program, "create", *flags, *(["--append"] if i else []), where)
    return name


def _driver(where: str) -> str:
    return "remote" if urlsplit(where).scheme in REMOTE else "docker-container"


def _ask(program: str, *words: str) -> str:
    try:
        return answer_of([program, "buildx", *words], timeout=START)
    except CommandFailed as error:
        raise ToolMissing(
            f"buildx does not work here: {error.message}",
            advice="see docker buildx ls; make a builder with docker buildx create --use --bootstrap",
        ) from None


def _csv_list(values: Mapping[str, str]) -> str:
    """*values* as buildx takes them in one argument: a line of CSV."""
    line = io.StringIO()
    csv.writer(line).writerow([f"{key}={value}" for key, value in values.items()])
    return line.getvalue().rstrip("\r\n")
