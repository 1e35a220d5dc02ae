"""One suite for every builder: what ``release.ports.Builder`` promises, seen in a registry."""

from __future__ import annotations

import gzip
import io
import json
import re
import tarfile
import threading
import time
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copy
from threading import Event
from typing import Any

import pytest

from tests.contracts.conftest import QUICK
from tests.engines import Buildx as BuildxKit
from tests.engines import eventually, needs, needs_busybox, running, said
from wholeship.adapters.builders import choose_builder, layout
from wholeship.adapters.builders.buildx import Buildx
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput, CommandFailed, Stopped, ToolMissing
from wholeship.core.platform import Platform
from wholeship.core.progress import Silent, Task
from wholeship.core.reference import Repository, Tag
from wholeship.release.depth import inspect
from wholeship.release.ports import Builder, BuildRequest, BuiltImage, Manifest
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

HERE = Platform.here()
OTHER = Platform("linux", "arm64" if HERE.architecture != "arm64" else "amd64")
CANDIDATE = Tag("wholeship-candidate-20260528-182833-000001")
ANNOTATIONS = {
    "org.opencontainers.image.revision": "5f3a9c1e7b2d4860a1b2c3d4e5f60718293a4b5c",
    "org.opencontainers.image.title": 'odd, but "legal" = text',
}
EMPTY = "FROM scratch\nCOPY busybox /bin/busybox\n"


def run(script: str, *mounts: str) -> str:
    """A step that runs *script*; ``@`` is busybox."""
    words = ["/bin/busybox", "sh", "-c", script.replace("@", "/bin/busybox ")]
    return " ".join(["RUN", *(f"--mount={mount}" for mount in mounts), json.dumps(words)]) + "\n"


SMALL = (
    "FROM scratch AS base\nCOPY busybox /bin/busybox\nARG WORD=none\n"
    + run("echo $WORD > /word")
    + "FROM base AS other\n"
    + run("echo other > /target")
    + "FROM base\n"
    + run("echo last > /target")
    + 'ENTRYPOINT ["/bin/busybox"]\n'
)
BUILDX = ("buildx-remote", "buildx-remote-layout", "buildx-daemon")
"""BuildKit pushes itself; it writes a layout that we push; so does a docker daemon on containerd's store."""
ALIKE = [pytest.param(name, marks=pytest.mark.extended) for name in ("podman", *BUILDX)]
REAL = ["buildah", "docker", *ALIKE]
"""podman builds with buildah's library: what it has of its own is in the tests for every builder."""


@dataclass
class Notes(Silent):
    """Keeps what a builder told of its progress."""

    told: list[str] = field(default_factory=list)

    def advanced(self, task: Task, note: str) -> None:
        self.told.append(f"{task.stage} {task.name}: {note}")


@dataclass
class Site:
    """A builder and the registry it pushes to."""

    builder: Builder
    registry: RegistryClient
    host: str
    root: Path

    def request(self, text: str = SMALL, *, name: str = "app", **more: Any) -> BuildRequest:
        context = self.root / "context"
        context.mkdir(exist_ok=True)
        if not (context / "busybox").exists():
            copy(needs_busybox(), context / "busybox")
        dockerfile = context / f"Dockerfile.{name}"
        dockerfile.write_text(text)
        given: dict[str, Any] = {"platforms": (HERE,), "annotations": ANNOTATIONS, "insecure": True, **more}
        log = self.root / "logs" / f"build-{name}.log"
        repository = Repository(self.host, f"shop/{name}")
        return BuildRequest(name, repository, context, dockerfile, log=log, candidate_tag=CANDIDATE, **given)

    def build(self, request: BuildRequest, progress: Silent | None = None) -> BuiltImage:
        return self.builder.build(request, progress=progress or Silent(), stop=Event())

    def manifest(self, request: BuildRequest, made: BuiltImage) -> Manifest:
        found = self.registry.manifest(request.repository, made.digest)
        assert found is not None
        return found

    def config(self, request: BuildRequest, made: BuiltImage) -> dict[str, Any]:
        content = json.loads(self.manifest(request, made).body)
        if "manifests" in content:  # buildx wraps a single image too, for its provenance
            content = json.loads(self._get(request, content["manifests"][0]["digest"]))
        return dict(json.loads(self._blob(request, content["config"]["digest"])))

    def files(self, request: BuildRequest, made: BuiltImage) -> dict[str, str]:
        """The small files of the image, by name."""
        content = json.loads(self.manifest(request, made).body)
        if "manifests" in content:
            content = json.loads(self._get(request, content["manifests"][0]["digest"]))
        found: dict[str, str] = {}
        for layer in content["layers"]:
            body = self._blob(request, layer["digest"])
            plain = gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body
            with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
                for member in tar:
                    file = tar.extractfile(member) if member.isreg() and member.size < 1000 else None
                    if file is not None:
                        found[member.name.removeprefix("./")] = file.read().decode(errors="replace")
        return found

    def layers(self, request: BuildRequest, made: BuiltImage) -> dict[str, str]:
        """Each layer of the image by the digest of what it unpacks to; both are looked at, byte by byte."""
        content = json.loads(self.manifest(request, made).body)
        found = {}
        for layer in content["layers"]:
            body = self._blob(request, layer["digest"])
            assert len(body) == layer["size"]
            found[str(Digest.of(gzip.decompress(body)))] = str(layer["digest"])
        assert list(found) == self.config(request, made)["rootfs"]["diff_ids"]
        return found

    def _get(self, request: BuildRequest, digest: str) -> bytes:
        found = self.registry.manifest(request.repository, Digest(digest))
        assert found is not None
        return found.body

    def _blob(self, request: BuildRequest, digest: str) -> bytes:
        found = self.registry.blob(request.repository, Digest(digest), limit=1 << 26)
        assert found is not None
        return found


@pytest.fixture(scope="session")
def known() -> dict[str, Builder]:
    """Each real builder, made once: finding out how it works here takes a while."""
    return {}


@pytest.fixture
def make(
    request: pytest.FixtureRequest, known: dict[str, Builder], monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], Builder]:
    """Makes a real builder ready, or skips by the name of what it lacks."""

    def ready(name: str) -> Builder:
        needs(name if not name.startswith("buildx") else "docker")
        if name.startswith("buildx"):
            fixture = "buildx_daemon" if name == "buildx-daemon" else "buildx_remote"
            for key, value in request.getfixturevalue(fixture).variables.items():
                monkeypatch.setenv(key, value)
            if name == "buildx-remote":  # it reaches this machine's loopback, unlike most
                monkeypatch.setattr(Buildx, "_must_export", lambda builder, asked: False)
        else:
            request.getfixturevalue("docker_daemon" if name == "docker" else "container_store")
        if name not in known:
            known[name] = choose_builder(name.partition("-")[0])
            known[name].check()
        return known[name]

    return ready


@pytest.fixture
def real(request: pytest.FixtureRequest, make: Callable[[str], Builder], tmp_path: Path) -> Iterator[Site]:
    """One real builder after the other."""
    yield from _site(lambda client: make(request.param), tmp_path)


@pytest.fixture
def site(request: pytest.FixtureRequest, make: Callable[[str], Builder], tmp_path: Path) -> Iterator[Site]:
    """One builder after the other, the one in memory too."""
    name = request.param
    yield from _site(lambda client: MemoryBuilder(client) if name == "memory" else make(name), tmp_path)


def _site(make: Callable[[RegistryClient], Builder], root: Path) -> Generator[Site, None, None]:
    with serve(EmbeddedRegistry()) as server:
        client = RegistryClient(HttpTransport(), SystemClock(), patience=QUICK)
        yield Site(make(client), client, server.host, root)


def _marked(builder: Any) -> Any:
    marks = [pytest.mark.real, *getattr(builder, "marks", ())]
    return pytest.param(*getattr(builder, "values", (builder,)), marks=marks)


EVERY = ["buildah", "podman", "docker", *ALIKE[1:]]
every = pytest.mark.parametrize("site", ["memory", *map(_marked, EVERY)], indirect=True)
only_real = pytest.mark.parametrize("real", list(map(_marked, REAL)), indirect=True)


@every
def test_what_was_built_is_in_the_registry_by_digest(site: Site) -> None:
    """The digest that comes back is there, whole, for the platform, with the annotations, under no tag."""
    request = site.request()
    made = site.build(request)
    found = inspect(site.registry, request.repository, site.manifest(request, made))
    assert found.platforms == (HERE,)
    assert found.flaws == ()
    assert {key: found.annotations.get(key) for key in ANNOTATIONS} == ANNOTATIONS
    assert site.registry.tags(request.repository) == ()
    assert made.built_seconds > 0
    assert request.log.stat().st_size > 0


@every
def test_several_platforms_are_one_index(site: Site) -> None:
    """An image for two platforms is one index over both, annotated as each of its images is."""
    request = site.request(EMPTY, platforms=(HERE, OTHER))
    made = site.build(request)
    manifest = site.manifest(request, made)
    found = inspect(site.registry, request.repository, manifest)
    assert set(found.platforms) == {HERE, OTHER}
    assert found.flaws == ()
    content = json.loads(manifest.body)
    assert {key: content["annotations"].get(key) for key in ANNOTATIONS} == ANNOTATIONS
    for entry in content["manifests"][:2]:
        child = json.loads(site._get(request, entry["digest"]))
        assert {key: child["annotations"].get(key) for key in ANNOTATIONS} == ANNOTATIONS
    assert site.registry.tags(request.repository) == ()


@every
def test_labels_are_in_the_configuration(site: Site) -> None:
    """Labels of the request are labels of the image."""
    request = site.request(EMPTY, labels={"team": "a b=c"})
    assert site.config(request, site.build(request))["config"]["Labels"]["team"] == "a b=c"


@every
def test_a_stop_is_heard(site: Site) -> None:
    """A build that is told to stop ends soon, with Stopped; nothing of it runs on or is left behind."""
    mark = str(time.time_ns())
    if isinstance(site.builder, MemoryBuilder):
        site.builder.seconds = 60
    request = site.request(EMPTY + run(f"echo at work; @sleep {mark}"))
    stop, notes = Event(), Notes()
    watch = threading.Thread(target=_stop_at_work, args=(request.log, mark, stop))
    watch.start()
    with pytest.raises(Stopped):
        site.builder.build(request, progress=notes, stop=stop)
    watch.join()
    assert eventually(lambda: not running(mark))
    if site.builder.name in ("buildah", "podman"):
        assert said("buildah", "containers", "--all", "--quiet") == ""
    assert site.registry.tags(request.repository) == ()


def _stop_at_work(log: Path, mark: str, stop: Event) -> None:
    eventually(lambda: running(f"sleep\0{mark}") or (log.exists() and "building app" in log.read_text()), 20)
    stop.set()


@every
def test_a_failing_step_is_named(site: Site) -> None:
    """A failure says which image, which step, the last words, and where the log is; nothing is pushed."""
    if isinstance(site.builder, MemoryBuilder):
        site.builder.failing = {"app"}
    request = site.request(EMPTY + run("echo the step said no; exit 3"))
    with pytest.raises(CommandFailed, match=r"app: the build failed at step .*\(exit code") as caught:
        site.build(request)
    assert any("the step said no" in line for line in caught.value.tail)
    assert caught.value.log == str(request.log)
    assert "the step said no" in request.log.read_text()
    assert site.registry.tags(request.repository) == ()


@only_real
def test_arguments_and_target_decide_what_is_built(real: Site) -> None:
    """Build arguments and the target stage arrive; without a target it is the last stage."""
    asked = real.request(args={"WORD": "two words"}, target="other")
    files = real.files(asked, real.build(asked))
    assert (files["word"], files["target"]) == ("two words\n", "other\n")
    plain = real.request(name="worker")
    files = real.files(plain, real.build(plain))
    assert (files["word"], files["target"]) == ("none\n", "last\n")


def _based(site: Site) -> tuple[str, str]:
    """A base of the release in the registry, as a context; and the line that it holds."""
    words = f"base {time.time_ns()}"
    request = site.request(EMPTY + run(f"echo {words} > /from"), name="base")
    return f"docker-image://{request.repository}@{site.build(request).digest}", words + "\n"


@only_real
def test_an_image_is_built_from_another_by_digest(real: Site) -> None:
    """A named context that is an image stands in for its name wherever a Dockerfile takes one, be it a word
    or a whole reference, and is exactly the bytes that were named."""
    base, words = _based(real)
    text = (
        "ARG BASE=ghcr.io/acme/base:latest\nFROM ${BASE} AS first\n"
        + run("@cp /from /first")
        + "FROM base\nCOPY --from=ghcr.io/acme/base:latest /from /copied\nCOPY --from=first /first /first\n"
        + run("@cp /mnt/from /mounted", "type=bind,from=base,target=/mnt")
    )
    request = real.request(text, contexts={"base": base, "ghcr.io/acme/base:latest": base})
    files = real.files(request, real.build(request))
    assert {files[name] for name in ("from", "copied", "first", "mounted")} == {words}


@only_real
def test_a_folder_can_be_a_context(real: Site) -> None:
    """A named context that is a folder of this machine arrives; a docker without named contexts says so."""
    shared = real.root / "shared"
    shared.mkdir()
    (shared / "words").write_text("from the folder\n")
    request = real.request(EMPTY + "COPY --from=shared words /words\n", contexts={"shared": str(shared)})
    if real.builder.name == "docker" and not real.builder.client.buildx:  # type: ignore[attr-defined]
        with pytest.raises(ToolMissing, match="takes only images as named contexts, not shared"):
            real.build(request)
        return
    assert real.files(request, real.build(request))["words"] == "from the folder\n"


@only_real
def test_addresses_of_other_hosts_arrive(real: Site) -> None:
    """A step finds the hosts that the request names."""
    request = real.request(
        EMPTY + run("@cp /etc/hosts /known"), extra_hosts={"packages.acme": "192.0.2.7"}, no_cache=True
    )
    assert re.search(r"192\.0\.2\.7\s+packages\.acme", real.files(request, real.build(request))["known"])


@only_real
def test_no_cache_builds_anew(real: Site) -> None:
    """With no_cache, a step runs that a build before has run just so; without, it does not."""
    step = EMPTY + run("@cat /proc/uptime > /when")
    first, again = (real.request(step, no_cache=flag) for flag in (False, False))
    when = real.files(first, real.build(first))["when"]
    assert real.files(again, real.build(again))["when"] == when
    anew = real.request(step, no_cache=True)
    assert real.files(anew, real.build(anew))["when"] != when


@only_real
def test_a_secret_is_seen_by_its_step_only(
    real: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A secret from a file or a variable reaches the step, and neither the image nor the log."""
    (tmp_path / "token.txt").write_text("a-secret-from-a-file\n")
    monkeypatch.setenv("SOME_TOKEN", "a-secret-from-a-variable")
    script = "@cat /run/secrets/file /run/secrets/variable; @wc -c < /run/secrets/variable > /size"
    request = real.request(
        EMPTY + run(f"{script}; : {time.time_ns()}", "type=secret,id=file", "type=secret,id=variable"),
        secrets=("id=file,src=token.txt", "id=variable,env=SOME_TOKEN"),
        root=tmp_path,
    )
    made = real.build(request)
    files = real.files(request, made)
    assert files["size"].strip() == str(len("a-secret-from-a-variable"))
    said = request.log.read_text() + json.dumps(real.config(request, made)) + "".join(files.values())
    # No value that a digest could hold by chance.
    assert "a-secret-from" not in said
    assert "***" in request.log.read_text()


@only_real
def test_a_secret_that_is_not_there_is_said_before_the_build(real: Site) -> None:
    """A secret without its file or variable is bad input, named, and nothing is built."""
    request = real.request(secrets=("id=token,env=NOT_SET_ANYWHERE",))
    with pytest.raises(BadInput, match="the secret token should be in the variable NOT_SET_ANYWHERE"):
        real.build(request)
    assert not request.log.exists()


@only_real
def test_what_is_missing_is_named(real: Site) -> None:
    """A base image that is nowhere, and a file that is not in the context, are named, with advice."""
    request = real.request("FROM localhost/wholeship-test/not-there:1\n")
    with pytest.raises(CommandFailed) as caught:
        real.build(request)
    assert "not-there" in " ".join(caught.value.tail)
    assert "base image is neither on this machine" in caught.value.advice
    request = real.request("FROM scratch\nCOPY no-such-file /\n")
    with pytest.raises(CommandFailed) as caught:
        real.build(request)
    assert "no-such-file" in " ".join(caught.value.tail)


@only_real
def test_images_are_built_side_by_side(real: Site) -> None:
    """Builds that share their first layers run at the same time in one store, each with its own content."""
    requests = [real.request(SMALL, name=f"part{i}", args={"WORD": f"word {i}"}) for i in range(3)]
    with ThreadPoolExecutor(3) as pool:
        made = list(pool.map(real.build, requests))
    for i, (request, image) in enumerate(zip(requests, made, strict=True)):
        assert real.files(request, image)["word"] == f"word {i}\n"


@only_real
def test_an_unchanged_build_is_taken_from_the_cache(real: Site) -> None:
    """Built again from the same context, no step runs, and the layers are the same bytes."""
    request = real.request(EMPTY + run("@head -c9 /dev/urandom > /random"))
    first, second = real.build(request), real.build(replace(request, annotations={}))
    assert real.config(request, first)["rootfs"] == real.config(request, second)["rootfs"]
    assert "org.opencontainers.image.title" not in real.manifest(request, second).body.decode()


@only_real
def test_progress_names_the_steps(real: Site) -> None:
    """Progress tells which step runs, and that it is pushing."""
    notes = Notes()
    request = real.request(args={"WORD": str(time.time_ns())})
    real.build(request, notes)
    assert any("step" in note and "RUN" in note for note in notes.told)
    assert any("pushing" in note for note in notes.told)


@only_real
def test_debians_registry_takes_it(real: Site, distribution: str) -> None:
    """The same on distribution: one platform, and several as an index, by digest."""
    real.host = distribution
    for platforms in ((HERE,), (HERE, OTHER)):
        request = real.request(EMPTY, platforms=platforms)
        made = real.build(request)
        found = inspect(real.registry, request.repository, real.manifest(request, made))
        assert set(found.platforms) == set(platforms)
        assert found.flaws == ()


@pytest.mark.real
@pytest.mark.extended
def test_nodes_become_a_builder_of_their_own(
    buildx_remote: BuildxKit, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Named nodes are made into one instance, once, and it is what builds."""
    for key, value in buildx_remote.variables.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv("BUILDX_BUILDER")
    nodes = {str(HERE): buildx_remote.address}
    names = set()
    for _ in range(2):
        with closing(_site(lambda client: choose_builder("buildx", nodes=nodes), tmp_path)) as sites:
            site = next(sites)
            assert HERE in site.builder.runnable_platforms()
            request = site.request(EMPTY)
            assert site.manifest(request, site.build(request))
        names |= {word for word in said("docker", "buildx", "ls").split() if word.startswith("wholeship-")}
    assert len({name.rstrip("0*") for name in names}) == 1
    with pytest.raises(BadInput, match="mixes"):
        choose_builder("buildx", nodes={**nodes, str(OTHER): "ssh://far"}).check()


# -- what the registry has already ---------------------------------------------------------------------


@pytest.fixture
def sends(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of every blob that is handed to the client to be sent."""
    sizes: list[int] = []
    upload = RegistryClient.upload

    def counted(client: RegistryClient, repository: Repository, content: bytes) -> Digest:
        sizes.append(len(content))
        return upload(client, repository, content)

    monkeypatch.setattr(RegistryClient, "upload", counted)
    return sizes


@pytest.mark.parametrize("real", ["buildah", "podman"], indirect=True)
@pytest.mark.real
def test_layers_that_are_there_are_not_made_again(real: Site, sends: list[int]) -> None:
    """With an earlier image named, only what is new is sent, and the image is whole, layer by layer."""
    first = real.request(EMPTY + run("echo one > /word"))
    made = real.build(first)
    before = real.layers(first, made)
    sends.clear()
    second = real.request(EMPTY + run("echo two > /word"), earlier=made.digest)
    again = real.build(second)
    after = real.layers(second, again)
    assert set(before.items()) & set(after.items()) == {next(iter(before.items()))}
    assert len(after) == len(before)
    assert real.files(second, again)["word"] == "two\n"
    assert max(sends) < 10_000  # the configuration and the last layer; busybox is a megabyte


@pytest.mark.parametrize("real", ["buildah"], indirect=True)
@pytest.mark.real
@pytest.mark.parametrize("lost", ["image", "layer"])
def test_what_is_lost_is_made_again(real: Site, lost: str, sends: list[int]) -> None:
    """An earlier image that was collected, or lacks a layer by now, helps nobody, and harms nobody."""
    first = real.request(EMPTY)
    made = real.build(first)
    (layer,) = real.layers(first, made).values()
    gone = made.digest if lost == "image" else Digest(layer)
    kind = "manifests" if lost == "image" else "blobs"
    client = real.registry
    client._call("DELETE", first.repository, f"{kind}/{gone}")
    sends.clear()
    second = real.request(EMPTY + run("echo two > /word"), earlier=made.digest)
    assert set(real.layers(second, real.build(second)).values())
    assert max(sends) > 10_000


@pytest.mark.parametrize("real", ["buildah"], indirect=True)
@pytest.mark.real
def test_a_layer_that_is_lost_meanwhile_is_sent_after_all(
    real: Site, sends: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was there when it was asked for, and is gone when the manifest stands: nobody could pull that."""
    first = real.request(EMPTY)
    made = real.build(first)
    (layer,) = real.layers(first, made).values()
    push = layout.push

    def losing(*words: Any) -> Digest:
        digest = push(*words)
        real.registry._call("DELETE", first.repository, f"blobs/{layer}")
        monkeypatch.setattr(layout, "push", push)
        return digest

    monkeypatch.setattr(layout, "push", losing)
    sends.clear()
    second = real.request(EMPTY + run("echo two > /word"), earlier=made.digest)
    again = real.build(second)
    assert len(real.layers(second, again)) == 2
    assert max(sends) > 10_000
