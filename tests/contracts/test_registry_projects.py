"""A release where a project has to be made first: a real registry behind a double of Harbor's part of it.

The double answers as Harbor's source does for a project that is not there (401 that names no way to log in),
and has the three questions of its API that are asked. Harbor itself is not run here.
"""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests import real
from tests.engines import needs

UNKNOWN = b'{"errors":[{"code":"UNAUTHORIZED","message":"project shop not found: project shop not found"}]}'
FILE = """\
registry: {host}/shop
images: {{app: {{context: app}}, worker: {{context: worker}}}}
watched: app
gates: none
builder: {{type: buildah}}
"""


@contextmanager
def behind_projects(upstream: str) -> Iterator[tuple[str, set[str]]]:
    """The host of the double before *upstream*, and the projects that it has."""
    projects: set[str] = set()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.body()
            path, _, query = self.path.partition("?")
            if path == "/api/v2.0/ping":
                return self.say(200, b"Pong")
            if path == "/api/v2.0/projects":
                return self.project(body, query)
            project = path.removeprefix("/v2/").partition("/")[0]
            if project and project not in projects:
                return self.say(401, UNKNOWN, ("Www-Authenticate", ""))
            upstream_says = http.client.HTTPConnection(upstream)
            upstream_says.request(self.command, self.path, body or None, dict(self.headers))
            found = upstream_says.getresponse()
            given = found.read()
            skipped = ("content-length", "connection", "transfer-encoding")
            kept = [(name, value) for name, value in found.getheaders() if name.lower() not in skipped]
            self.say(found.status, given, *kept, length=found.getheader("Content-Length"))

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def project(self, body: bytes, query: str) -> None:
            if self.command == "HEAD":
                return self.say(200 if query.removeprefix("project_name=") in projects else 404, b"")
            projects.add(json.loads(body)["project_name"])
            return self.say(201, b"")

        def body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length") or 0))
            del self.headers["Transfer-Encoding"]
            read = b""
            while size := int(self.rfile.readline().split(b";")[0], 16):
                read += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return read

        def say(self, status: int, body: bytes, *headers: tuple[str, str], length: str | None = None) -> None:
            self.send_response(status)
            for name, value in headers:
                self.send_header(name, value)
            self.send_header("Content-Length", length or str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", projects
    finally:
        server.shutdown()
        server.server_close()


def run(project: Path, *words: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "wholeship", *words],
        cwd=project,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    return done.returncode, done.stderr + done.stdout


@pytest.mark.real
def test_a_project_that_is_not_there_is_made(tmp_path: Path, container_store: Path) -> None:
    """The first try says what lacks, plan what would be made; then release makes it, and ships."""
    needs("docker-registry", "buildah")
    for name in ("app", "worker"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "data").write_text(name)
        (tmp_path / name / "Dockerfile").write_text("FROM scratch\nCOPY data /data\n")
    with real.distribution() as upstream, behind_projects(upstream) as (host, projects):
        (tmp_path / "wholeship.yaml").write_text(FILE.format(host=host))
        code, said = run(tmp_path, "release")
        assert code == 3, said
        assert "project shop not found" in said
        assert "registries answer so for what is not there" in said
        assert "--create-repositories" in said
        code, said = run(tmp_path, "plan", "--create-repositories")
        assert code == 0, said
        assert f"would make the private project shop in Harbor at {host}" in said
        assert projects == set()
        code, said = run(tmp_path, "release", "--create-repositories")
        assert code == 0, said
        assert f"made the private project shop in Harbor at {host}" in said
        assert projects == {"shop"}
