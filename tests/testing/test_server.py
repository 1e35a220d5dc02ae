"""The registry over real sockets: streams, broken requests, restarts, and other people's programs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.contracts.images import image
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.errors import RegistryUnreachable
from wholeship.core.http import Headers, Request
from wholeship.core.reference import Repository, Tag
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve
from wholeship.testing.storage import FolderBlobs, MemoryBlobs

SMALL = image("app")
T = Tag("20260528-182833-000042")
QUICK = Patience(attempts=2, jitter=lambda: 0.01)


def speaking() -> RegistryClient:
    return RegistryClient(HttpTransport(), SystemClock(), patience=QUICK)


@pytest.mark.parametrize("on_disk", [True, False])
def test_blobs_stream_in_and_out(tmp_path: Path, on_disk: bool) -> None:
    """A chunked upload in pieces, then the whole and a part of it, arrive as they were sent."""
    piece = os.urandom(1 << 20)
    whole = piece * 5
    digest = "sha256:" + hashlib.sha256(whole).hexdigest()
    registry = EmbeddedRegistry(blobs=FolderBlobs(tmp_path) if on_disk else MemoryBlobs())
    transport = HttpTransport()
    with serve(registry) as server:
        root = f"http://{server.host}"
        started = transport.send(Request("POST", f"{root}/v2/a/b/blobs/uploads/"), limit=100, timeout=10)
        session = root + started.headers["Location"]
        for number, part in enumerate((piece, piece * 3)):
            start = number * len(piece)
            headers = Headers({"Content-Range": f"{start}-{start + len(part) - 1}"})
            sent = transport.send(Request("PATCH", session, headers, part), limit=100, timeout=10)
            assert (sent.status, sent.headers["Range"]) == (202, f"0-{start + len(part) - 1}")
        wrong = Headers({"Content-Range": "7-8"})
        assert transport.send(Request("PATCH", session, wrong, b"xx"), limit=100, timeout=10).status == 416
        done = transport.send(
            Request("PUT", f"{session}?digest={digest}", Headers(), piece), limit=100, timeout=10
        )
        assert (done.status, done.headers["Docker-Content-Digest"]) == (201, digest)
        blob = f"{root}/v2/a/b/blobs/{digest}"
        assert transport.send(Request("GET", blob), limit=len(whole), timeout=10).body == whole
        part_of_it = Headers({"Range": "bytes=1048570-1048580"})
        got = transport.send(Request("GET", blob, part_of_it), limit=100, timeout=10)
        assert (got.status, got.body) == (206, whole[1048570:1048581])
        head = transport.send(Request("HEAD", blob), limit=0, timeout=10)
        assert head.headers["Content-Length"] == str(len(whole))


def test_a_request_that_breaks_off_has_no_effect() -> None:
    """Half a manifest and a closed connection: the registry never hears of it."""
    registry = EmbeddedRegistry()
    with serve(registry) as server:
        SMALL.push(speaking(), Repository(server.host, "acme/app"))
        before = registry.requests
        with socket.create_connection(("127.0.0.1", int(server.host.split(":")[1]))) as raw:
            head = f"PUT /v2/acme/app/manifests/{T} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n"
            raw.sendall(head.encode() + b"{" * 100)
            raw.shutdown(socket.SHUT_WR)
            assert raw.recv(100) == b""
        assert registry.requests == before
        assert registry.tag("acme/app", T) is None


def test_a_stopped_server_hangs_up_and_another_can_take_its_place(tmp_path: Path) -> None:
    """Kept connections are broken too; on the same port and folder all is as it was."""
    with serve(EmbeddedRegistry(blobs=FolderBlobs(tmp_path))) as server:
        client, app = speaking(), Repository(server.host, "acme/app")
        SMALL.push(client, app)
        client.bind(app, T, SMALL.manifest)
        port = int(server.host.split(":")[1])
    with pytest.raises(RegistryUnreachable):
        client.manifest(app, T)
    with serve(EmbeddedRegistry(blobs=FolderBlobs(tmp_path)), port=port):
        assert client.manifest(app, T) == SMALL.manifest


def test_many_clients_at_once() -> None:
    """Thirty-two threads with their own tags: every write is there, every read is right."""
    registry = EmbeddedRegistry()
    with serve(registry) as server:
        client, app = speaking(), Repository(server.host, "acme/app")
        SMALL.push(client, app)
        wrong: list[str] = []

        def work(number: int) -> None:
            for turn in range(5):
                tag = Tag(f"t{number}-{turn}")
                client.bind(app, tag, SMALL.manifest)
                if client.manifest(app, tag) != SMALL.manifest:
                    wrong.append(tag)

        threads = [threading.Thread(target=work, args=(n,)) for n in range(32)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []
        assert len(client.tags(app)) == 160


# -- other people's programs ---------------------------------------------------------------------------


def tool(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.skip(f"no {name}: apt-get install {name}")
    return found


def run(*argv: str | Path, **more: str) -> str:
    environment = {**os.environ, "STORAGE_DRIVER": "vfs", **more}
    done = subprocess.run(
        [str(a) for a in argv], capture_output=True, text=True, env=environment, check=False
    )
    assert done.returncode == 0, f"{argv}: {done.stderr[-2000:]}"
    return done.stdout


@pytest.fixture
def built(tmp_path: Path) -> Iterator[tuple[str | Path, ...]]:
    """An image from scratch in a store of its own, and the options that name the store."""
    if os.geteuid() != 0:
        pytest.skip("a container store of its own needs root here")
    buildah = tool("buildah")
    context = tmp_path / "context"
    context.mkdir()
    (context / "file").write_bytes(os.urandom(3 << 20))
    (context / "Dockerfile").write_text("FROM scratch\nCOPY file /file\n")
    # podman takes no --runroot of more than 50 characters.
    with TemporaryDirectory(prefix="run") as short:
        store = ("--root", tmp_path / "root", "--runroot", short)
        run(buildah, *store, "bud", "-q", "-t", "localhost/made", context)
        yield store


@pytest.mark.real
def test_buildah_pushes_and_pulls(tmp_path: Path, built: tuple[str | Path, ...]) -> None:
    """What buildah says it pushed is what the registry has, and it can be pulled by digest."""
    registry = EmbeddedRegistry(blobs=FolderBlobs(tmp_path / "registry"))
    with serve(registry) as server:
        name = f"{server.host}/acme/made"
        file = tmp_path / "digest"
        run(
            "buildah",
            *built,
            "push",
            "--tls-verify=false",
            "--digestfile",
            file,
            "localhost/made",
            f"docker://{name}:v1",
        )
        assert registry.tag("acme/made", "v1") == file.read_text()
        run("buildah", *built, "rmi", "--all", "--force")
        run("buildah", *built, "pull", "-q", "--tls-verify=false", f"{name}@{file.read_text()}")


@pytest.mark.real
def test_podman_pushes_and_pulls(tmp_path: Path, built: tuple[str | Path, ...]) -> None:
    """podman does so too."""
    podman = tool("podman")
    with serve(EmbeddedRegistry(blobs=FolderBlobs(tmp_path / "registry"))) as server:
        name = f"{server.host}/acme/made:v1"
        run(podman, *built, "push", "-q", "--tls-verify=false", "localhost/made", name)
        run(podman, *built, "rmi", "--all", "--force")
        run(podman, *built, "pull", "-q", "--tls-verify=false", name)


@pytest.mark.real
def test_skopeo_copies_lists_and_deletes(tmp_path: Path, built: tuple[str | Path, ...]) -> None:
    """skopeo mounts blobs between repositories, lists tags, inspects and deletes."""
    skopeo = tool("skopeo")
    registry = EmbeddedRegistry(blobs=FolderBlobs(tmp_path / "registry"))
    with serve(registry) as server:
        one, two = f"docker://{server.host}/acme/one", f"docker://{server.host}/acme/two"
        run("buildah", *built, "push", "--tls-verify=false", "localhost/made", f"{one}:v1")
        both = ("--src-tls-verify=false", "--dest-tls-verify=false")
        run(skopeo, "copy", *both, "--preserve-digests", f"{one}:v1", f"{two}:v2")
        assert registry.tag("acme/two", "v2") == registry.tag("acme/one", "v1")
        assert json.loads(run(skopeo, "list-tags", "--tls-verify=false", two))["Tags"] == ["v2"]
        seen = json.loads(run(skopeo, "inspect", "--tls-verify=false", f"{two}:v2"))
        assert seen["Digest"] == registry.tag("acme/two", "v2")
        run(skopeo, "delete", "--tls-verify=false", f"{two}:v2")
        assert registry.tag("acme/two", "v2") is None


@pytest.mark.real
def test_skopeo_logs_in(tmp_path: Path, built: tuple[str | Path, ...]) -> None:
    """The token service is one that other clients understand."""
    skopeo = tool("skopeo")
    registry = EmbeddedRegistry(users={"ci": "secret-1"})
    with serve(registry) as server:
        source = tmp_path / "layout"
        run("buildah", *built, "push", "localhost/made", f"oci:{source}:v1")
        target = f"docker://{server.host}/acme/made:v1"
        run(
            skopeo,
            "copy",
            "--dest-tls-verify=false",
            "--dest-creds",
            "ci:secret-1",
            f"oci:{source}:v1",
            target,
        )
        assert registry.tag("acme/made", "v1") is not None
