"""What a hostile registry says, and what the program keeps: no secret, and nothing that steers a terminal."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.testing.drill.test_real import FILE, Site
from tests.testing.proxy import proxied
from wholeship.core.http import Request, Response
from wholeship.testing.drill.engine import contents
from wholeship.testing.registry import EmbeddedRegistry, Login
from wholeship.testing.registry.shelf import refused_answer
from wholeship.testing.server import RegistryServer, serve
from wholeship.testing.storage import Spool

PASSWORD = "s3cret-drill-password"
BASIC = base64.b64encode(f"ci:{PASSWORD}".encode()).decode()
ESCAPES = "\x1b[2J\x1b]0;title\x07\u202eevil\u200b\n::set-output name=tag::evil\n##[add-path]/tmp"


class Hostile(EmbeddedRegistry):
    """Refuses the deploy tag, and says all it knows about who asked, with control characters."""

    heard: str = ""

    def answer(self, request: Request, spool: Spool | None = None) -> Response:
        if request.method == "PUT" and "/manifests/2" in request.url:
            self.heard = request.headers.get("Authorization", "")
            return refused_answer(403, "DENIED", f"{ESCAPES} {self.heard} {PASSWORD} {BASIC}")
        return super().answer(request, spool)


@pytest.fixture(params=["friendly", "hostile"])
def server(request: pytest.FixtureRequest) -> Iterator[RegistryServer]:
    kind = Hostile if request.param == "hostile" else EmbeddedRegistry
    with serve(kind()) as server:
        yield server


def told(site: Site, *words: str) -> subprocess.CompletedProcess[str]:
    """The program with credentials; while it runs, its own and its children's command lines are read."""
    environment = {
        **os.environ,
        "WHOLESHIP_REGISTRY_USERNAME": "ci",
        "WHOLESHIP_REGISTRY_PASSWORD": PASSWORD,
        "GITHUB_ACTIONS": "true",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "wholeship", *words],
        cwd=site.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
    )
    seen = [Path(f"/proc/{process.pid}/cmdline").read_text()]
    output, complaint = process.communicate(timeout=60)
    assert PASSWORD not in "".join(seen)
    return subprocess.CompletedProcess(words, process.returncode, output, complaint)


def test_no_secret_leaves_and_no_escape_arrives(tmp_path: Path, server: RegistryServer) -> None:
    """Neither in what is printed, nor in the journal, the record, or a log; the terminal is left alone."""
    with proxied(server.host) as proxy:
        site = Site(tmp_path, server.host, proxy, "shop")
        server.registry.login = Login({"ci": PASSWORD})
        runs = [
            told(site, "promote", "--tag", site.plan.tag, "--verbose"),
            told(site, "status", site.plan.tag, "--format", "json"),
            told(site, "repair", site.plan.tag),
        ]
    hostile = isinstance(server.registry, Hostile)
    assert runs[0].returncode == (3 if hostile else 0), runs[0].stderr
    secrets = [PASSWORD, BASIC, *server.registry.login.granted]
    if isinstance(server.registry, Hostile):
        assert server.registry.heard.startswith("Bearer "), "the registry was never asked with a token"
        secrets.append(server.registry.heard.removeprefix("Bearer "))
    texts = [run.stdout + run.stderr for run in runs]
    texts += [p.read_text(errors="replace") for p in tmp_path.rglob("*") if p.is_file()]
    texts += [body.decode("utf-8", "replace") for body in contents(server.registry)]
    for secret in secrets:
        assert not any(secret in text for text in texts), "a secret was shown"
    for run in runs:
        assert not any(mark in run.stdout + run.stderr for mark in ("\x1b", "\u202e", "\u200b", "\x07"))
        assert not any(line.startswith(("::set-output", "##[add-path")) for line in run.stderr.splitlines())


def test_the_release_file_names_no_secret() -> None:
    """The file of these tests has none, so that what was found above was found elsewhere."""
    assert PASSWORD not in FILE
