"""A shop to release from the command line: a registry and a cluster on the loopback, a small builder."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.app.world import World
from wholeship.cli.main import main
from wholeship.core.digest import Digest
from wholeship.core.progress import Progress
from wholeship.core.reference import Repository
from wholeship.testing.builder import MemoryBuilder
from wholeship.testing.cluster import EmbeddedCluster
from wholeship.testing.images import image as small_image
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve
from wholeship.testing.signing import MemorySigner, MemoryVerifier

RELEASE = """\
registry: {host}/shop
images: {{app: {{}}, worker: {{}}}}
watched: app
gates: none
gitops: {{policy: policy.yaml}}
"""
POLICY = """\
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImageRepository
metadata: {{name: app}}
spec: {{image: {host}/shop/app}}
---
apiVersion: image.toolkit.fluxcd.io/v1
kind: ImagePolicy
metadata: {{name: app}}
spec:
  imageRepositoryRef: {{name: app}}
  filterTags: {{pattern: '^[0-9]{{8}}-[0-9]{{6}}-[0-9]{{6}}$'}}
  policy: {{alphabetical: {{order: asc}}}}
"""


@dataclass
class Shop:
    """The shop's folder, registry and builder."""

    root: Path
    registry: EmbeddedRegistry
    host: str
    client: RegistryClient
    builder: MemoryBuilder
    signer: MemorySigner = field(default_factory=MemorySigner)

    def main(self, words: Sequence[str]) -> int:
        """The exit code of a command in a world that builds with the small builder."""
        return main(words, self.world)

    def world(self, progress: Progress) -> World:
        """The real world, with the small builder, and a signer that needs no key."""
        return replace(
            World(progress),
            choose_builder=lambda config: self.builder,
            open_signer=lambda terms, root: self.signer,
            open_verifier=lambda terms, root: MemoryVerifier(),
        )

    def repository(self, image: str) -> Repository:
        return Repository(self.host, f"shop/{image}")

    def stranger(self, image: str) -> Digest:
        """Another image in the repository of *image*, as somebody else would push it."""
        return small_image(f"a stranger's {image}").push(self.client, self.repository(image))

    def deploy_tags(self) -> list[str]:
        """The deploy tags that are out, oldest first."""
        return [tag for tag in self.registry.listed("shop/app") if tag[0] == "2"]


@contextmanager
def opened(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """The shop for the time of the block, with its folder as the current one."""
    with serve(EmbeddedRegistry()) as server:
        (root / "Dockerfile").touch()
        (root / "wholeship.yaml").write_text(RELEASE.format(host=server.host))
        (root / "policy.yaml").write_text(POLICY.format(host=server.host))
        client = RegistryClient(HttpTransport(), SystemClock())
        builder = MemoryBuilder(client)
        monkeypatch.chdir(root)
        yield Shop(root, server.registry, server.host, client, builder)


def rolled(cluster: EmbeddedCluster, shop: Shop, tag: str, *, broken: str = "") -> None:
    """What Flux, the Deployment controller and the nodes would do once *tag* is out.

    *broken* names an image whose pods cannot be pulled.
    """
    for image in ("app", "worker"):
        reference = f"{shop.repository(image)}:{tag}"
        spec = {
            "replicas": 1,
            "selector": {"matchLabels": {"app": image}},
            "template": {
                "metadata": {"labels": {"app": image}},
                "spec": {"containers": [{"name": "main", "image": reference}]},
            },
        }
        content = {"metadata": {"name": image, "labels": {"app": image}}, "spec": spec}
        made = cluster.create("deployments", "shop", content)
        up = 0 if image == broken else 1
        made["status"] = {
            "observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": up,
        }  # fmt: skip
        cluster.replace("deployments", "shop", image, made, "status")
        pod = {
            "metadata": {"name": f"{image}-1", "labels": {"app": image}},
            "spec": {"containers": [{"name": "main", "image": reference}]},
        }
        kept = cluster.create("pods", "shop", pod)
        digest = shop.registry.tag(f"shop/{image}", tag)
        state = {"waiting": {"reason": "ImagePullBackOff", "message": "manifest unknown"}}
        kept["status"] = {
            "phase": "Running" if up else "Pending",
            "containerStatuses": [
                {
                    "name": "main", "ready": bool(up), "restartCount": 0, "image": reference,
                    "imageID": f"{shop.repository(image)}@{digest}" if up else "",
                    "state": {"running": {"startedAt": "2026-01-01T00:00:00Z"}} if up else state,
                }
            ],
        }  # fmt: skip
        cluster.replace("pods", "shop", f"{image}-1", kept, "status")


def when_out(shop: Shop, then: Callable[[str], None], *, seconds: float = 30) -> threading.Thread:
    """A thread that calls *then* with the first deploy tag that comes out."""
    before, end = set(shop.deploy_tags()), threading.Event()

    def run() -> None:
        for _ in range(int(seconds * 50)):
            fresh = set(shop.deploy_tags()) - before
            if fresh:
                then(min(fresh))
                return
            end.wait(0.02)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


@dataclass
class Chat:
    """A webhook that remembers what it is told."""

    url: str = ""
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200


@contextmanager
def chatting() -> Iterator[Chat]:
    """A webhook on the loopback."""
    chat = Chat()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            chat.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(chat.status)
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    chat.url = f"http://127.0.0.1:{server.server_address[1]}/services/T000/B000/verysecretpath"
    try:
        yield chat
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
