"""The whole release path over real registries, as they are configured out there; the table in
docs/registries.md is what came of it.

Each combination is released as a newcomer would; where that stops, the cure that is named is carried out and
the same release goes on. GOLDEN=write writes the rows that could be run anew.
"""

from __future__ import annotations

import getpass
import http.server
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests import real
from tests.engines import needs
from tests.token_server import token_service
from wholeship.core.errors import CommandFailed

PAGE = Path(__file__).parents[2] / "docs" / "registries.md"
WHOLESHIP = [sys.executable, "-m", "wholeship"]
USER, PASSWORD = "ci", "secret"
HTPASSWD = f"{USER}:$2b$05$j/o7L6r4U/X7PBRQR0f/xeIkneaElSYr7CMslw8TAzc15PedaujL6\n"
FILE = """\
registry: {host}/shop
images: {{app: {{context: app}}, worker: {{context: worker}}}}
watched: app
gates: none
builder: {{type: {builder}}}
"""


NAMED_CRANE = os.environ.get("WHOLESHIP_CRANE", "")
"""Read here: tests do not see such variables."""
PROGRAMS: Mapping[str, str] = {
    "docker-registry 2.8 (Debian)": "docker-registry",
    "distribution 3": os.environ.get("WHOLESHIP_REGISTRY_3", "registry-3"),
}
CRANE = "go-containerregistry (`crane registry serve`)"
OCIMEM = "cuelabs ociregistry (in memory)"
GITEA = "Gitea 1.26"
NAMED_OCIMEM = os.environ.get("WHOLESHIP_OCIMEM", "")
NAMED_GITEA = os.environ.get("WHOLESHIP_GITEA", "")
"""A folder with the program ``gitea``, and ``options``, ``public`` and ``templates`` of its source."""
BUILDERS = ("buildah", "podman", "docker", "buildx")


@dataclass
class Shop:
    """A project, its registry, and what happens around both."""

    root: Path
    program: str
    stack: ExitStack
    builder: str = "buildah"
    host: str = ""
    port: int = field(default_factory=real.free_port)
    running: ExitStack = field(default_factory=ExitStack)

    def serve(self, *sections: str, http: str = "", storage: str = "delete: {enabled: true}") -> None:
        """The registry with these settings; one that runs is stopped, and its data stays."""
        self.running.close()
        self.running = self.stack.enter_context(ExitStack())
        data = f"storage: {{filesystem: {{rootdirectory: {self.root}/data}}, {storage}}}"
        own = f"http: {{addr: 127.0.0.1:{self.port}{http and ', ' + http}}}"
        log = "log: {level: error, accesslog: {disabled: true}}"
        text = "\n".join(("version: 0.1", log, data, own, *sections, ""))
        self.running.enter_context(real.serving(self.program, text, self.port))
        self.host = self.host or f"127.0.0.1:{self.port}"

    def run(self, *words: str) -> tuple[int, Any, str]:
        """The exit code, the answer and what was said."""
        done = self._ran([*words, "--format", "json"])
        return done.returncode, json.loads(done.stdout) if done.stdout else {}, done.stderr + done.stdout

    def text(self, *words: str) -> tuple[int, str]:
        """The exit code, and all that a person reads."""
        done = self._ran([*words])
        return done.returncode, done.stderr + done.stdout

    def _ran(self, words: list[str]) -> subprocess.CompletedProcess[str]:
        where = self.root / "project"
        return subprocess.run(
            [*WHOLESHIP, *words], cwd=where, capture_output=True, text=True, timeout=240, check=False
        )

    def login(self) -> None:
        """As the cure has it, by the builder's own command."""
        programs = {"buildah": ["buildah", "--tls-verify=false"], "podman": ["podman", "--tls-verify=false"]}
        program, *flags = programs.get(self.builder, ["docker"])
        words = [program, "login", *flags, "-u", USER, "-p", PASSWORD, self.host]
        subprocess.run(words, check=True, capture_output=True)


Start = Callable[[Shop], None]


@dataclass(frozen=True)
class Configured:
    """A way to configure a registry; ``stops`` are words that the first try says, and ``cure`` ends it."""

    start: Start
    stops: str = ""
    cure: Start | None = None
    told: str = ""
    undeletable: bool = False
    newer: bool = False
    """Older registries do not start with it."""


def with_password(shop: Shop) -> None:
    (shop.root / "htpasswd").write_text(HTPASSWD)
    shop.serve(f"auth: {{htpasswd: {{realm: tests, path: {shop.root}/htpasswd}}}}")


def with_tokens(shop: Shop) -> None:
    service = shop.stack.enter_context(token_service(shop.root, USER, PASSWORD))
    shop.serve(service.settings)


def read_only(shop: Shop) -> None:
    shop.serve(storage="delete: {enabled: true}, maintenance: {readonly: {enabled: true}}")


def with_client_certificates(shop: Shop) -> None:
    authority = "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.crt -days 2 -subj /CN=ca"
    openssl(shop, f"{authority} -addext basicConstraints=critical,CA:true")
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\n"
    (shop.root / "names").write_text(names)
    for who in ("server", "client"):
        openssl(shop, f"req -newkey rsa:2048 -nodes -keyout {who}.key -out {who}.csr -subj /CN={who}")
        signed = f"x509 -req -in {who}.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -out {who}.crt"
        openssl(shop, f"{signed} -extfile names")
    own = f"certificate: {shop.root}/server.crt, key: {shop.root}/server.key"
    shop.serve(http=f"tls: {{{own}, clientcas: [{shop.root}/ca.crt]}}")


def openssl(shop: Shop, words: str) -> None:
    subprocess.run(["openssl", *words.split()], check=True, capture_output=True, cwd=shop.root)


def put_certificates(shop: Shop) -> None:
    folder = Path(os.environ["HOME"]) / ".config/containers/certs.d" / shop.host
    folder.mkdir(parents=True)
    for name, kept in (("ca.crt", "ca.crt"), ("client.crt", "client.cert"), ("client.key", "client.key")):
        shutil.copy(shop.root / name, folder / kept)


def redirecting(shop: Shop) -> None:
    """Downloads come from another address than the registry's."""
    (shop.root / "data").mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    handler = partial(Quiet, directory=str(shop.root / "data"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    shop.stack.callback(server.server_close)
    shop.stack.callback(server.shutdown)
    base = f"http://127.0.0.1:{server.server_address[1]}/"
    shop.serve(f"middleware: {{storage: [{{name: redirect, options: {{baseurl: '{base}'}}}}]}}")


PAGED = "pages of at most 5 tags"
CONFIGURED: Mapping[str, Configured] = {
    "as it comes, deletes on": Configured(Shop.serve),
    "deletes off": Configured(lambda shop: shop.serve(storage="delete: {enabled: false}"), undeletable=True),
    PAGED: Configured(lambda shop: shop.serve("tags: {maxtags: 5}"), newer=True),
    "htpasswd": Configured(with_password, "docker login", Shop.login, "log in (`buildah login HOST`)"),
    "tokens": Configured(with_tokens, "docker login", Shop.login, "log in (`buildah login HOST`)"),
    "read-only (maintenance)": Configured(
        read_only, "read-only", Shop.serve, "make it writable, or name another registry"
    ),
    "TLS, client certificates": Configured(
        with_client_certificates, "certs.d", put_certificates, "put them into `certs.d/HOST`"
    ),
    "downloads redirected": Configured(redirecting, newer=True),
}
NONE = {(PAGED, "docker-registry 2.8 (Debian)")}
"""What a registry passes over without a word, and so is not configured."""
ROWS = [
    *(row for row in itertools.product(PROGRAMS, CONFIGURED, ["buildah"]) if row[1:2] + row[:1] not in NONE),
    *itertools.product(PROGRAMS, ["as it comes, deletes on"], BUILDERS[1:]),
    *itertools.product([CRANE], ["as it comes"], BUILDERS),
    *itertools.product([GITEA], ["packages of a user"], ["buildah", "docker", "buildx"]),
    (OCIMEM, "as it comes", "buildah"),
]
"""Registry, configuration, builder."""


@contextmanager
def crane(root: Path) -> Iterator[str]:
    """The registry of go-containerregistry, which keeps nothing on disk but blobs."""
    program = NAMED_CRANE or shutil.which("crane")
    if not program:
        pytest.skip("no crane: name one with WHOLESHIP_CRANE")
    port = real.free_port()
    words = [program, "registry", "serve", f"--address=127.0.0.1:{port}"]
    with real.listening(words, port, root / "crane.log"):
        yield f"127.0.0.1:{port}"


@contextmanager
def ocimem(root: Path) -> Iterator[str]:
    """A server around cuelabs' registry in memory; it takes the address to listen on."""
    program = NAMED_OCIMEM or shutil.which("ocimem")
    if not program:
        pytest.skip("no ocimem: name one with WHOLESHIP_OCIMEM")
    port = real.free_port()
    with real.listening([program, f"127.0.0.1:{port}"], port, root / "ocimem.log"):
        yield f"127.0.0.1:{port}"


@contextmanager
def gitea(root: Path) -> Iterator[str]:
    """Gitea with an administrator and the user ``shop``, whose packages the images become."""
    if not NAMED_GITEA:
        pytest.skip("no Gitea: name a folder with WHOLESHIP_GITEA")
    place, port = root / "gitea", real.free_port()
    place.mkdir()
    (place / "app.ini").write_text(
        "I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true\nRUN_MODE = prod\n"
        f"RUN_USER = {getpass.getuser()}\nWORK_PATH = {place}\n"
        f"[server]\nHTTP_ADDR = 127.0.0.1\nHTTP_PORT = {port}\nROOT_URL = http://127.0.0.1:{port}/\n"
        f"STATIC_ROOT_PATH = {NAMED_GITEA}\nDISABLE_SSH = true\n"
        f"[database]\nDB_TYPE = sqlite3\nPATH = {place}/gitea.db\n"
        "[security]\nINSTALL_LOCK = true\nSECRET_KEY = tests\n"
        f"MIN_PASSWORD_LENGTH = 6\nPASSWORD_COMPLEXITY = off\n[log]\nLEVEL = error\n"
    )
    program = [f"{NAMED_GITEA}/gitea", f"--config={place}/app.ini", f"--work-path={place}"]
    subprocess.run([*program, "migrate"], check=True, capture_output=True)
    for name, flag in ((USER, "--admin"), ("shop", "")):
        user = [f"--username={name}", f"--password={PASSWORD}", f"--email={name}@example.invalid"]
        words = [*program, "admin", "user", "create", *user, "--must-change-password=false", flag]
        subprocess.run([word for word in words if word], check=True, capture_output=True)
    with real.listening([*program, "web"], port, root / "gitea.log"):
        yield f"127.0.0.1:{port}"


OTHERS: Mapping[str, tuple[Callable[[Path], AbstractContextManager[str]], Configured]] = {
    CRANE: (crane, Configured(Shop.serve)),
    OCIMEM: (ocimem, Configured(Shop.serve)),
    GITEA: (gitea, Configured(Shop.serve, "docker login", Shop.login, "log in (`docker login HOST`)")),
}
"""Registries with a program of their own, and how the first try on each ends."""


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """Two images that are only copied, in a repository with one commit; logins stay in its folder."""
    project = tmp_path / "project"
    for name in ("app", "worker"):
        (project / name).mkdir(parents=True)
        (project / name / "data").write_text(name)
        (project / name / "Dockerfile").write_text("FROM scratch\nCOPY data /data\n")
    (tmp_path / "auth.json").write_text("{}")
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(tmp_path / "auth.json"))
    with ExitStack() as stack:
        yield Shop(tmp_path, "", stack)


@pytest.mark.real
@pytest.mark.extended
@pytest.mark.parametrize(("registry", "configured", "builder"), ROWS)
def test_a_release_on_a_real_registry(
    registry: str,
    configured: str,
    builder: str,
    shop: Shop,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What stops names its cure, and the cure ends it; then all of the path works."""
    needs("git", "openssl")
    prepare_builder(builder, request, monkeypatch)
    shop.builder = builder
    how = CONFIGURED.get(configured, Configured(Shop.serve))
    if registry in OTHERS:
        serving, how = OTHERS[registry]
        shop.host = shop.stack.enter_context(serving(shop.root))
    else:
        shop.program = PROGRAMS[registry]
        needs(shop.program)
        if "certificates" in configured:
            shop.host = f"localhost:{shop.port}"
        try:
            how.start(shop)
        except CommandFailed as error:
            if not how.newer:
                raise
            pytest.skip(f"{registry} does not know this: {error.message}")
    write_project(shop)
    first = released_after_cure(shop, how) if how.stops else ""
    codes = whole_path(shop, how, registry)
    written_down((registry, configured, builder), first, codes)


def prepare_builder(builder: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if builder == "buildx":
        for name, value in request.getfixturevalue("buildx_daemon").variables.items():
            monkeypatch.setenv(name, value)
        return
    needs(builder)
    request.getfixturevalue("docker_daemon" if builder == "docker" else "container_store")


def write_project(shop: Shop) -> None:
    project = shop.root / "project"
    (project / "wholeship.yaml").write_text(FILE.format(host=shop.host, builder=shop.builder))
    (project / ".gitignore").write_text(".wholeship\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "one"]):
        subprocess.run(["git", *words], cwd=project, check=True)


def released_after_cure(shop: Shop, how: Configured) -> str:
    """The exit code of the first try; its words name the cure, nothing is visible, and the cure works."""
    code, _, said = shop.run("release")
    assert code in (1, 2, 3), said
    assert how.stops in said, said
    assert how.cure is not None
    how.cure(shop)
    return f"{code}; {how.told}"


def whole_path(shop: Shop, how: Configured, registry: str) -> list[int]:
    """A release, what is said of it, another one of which half is reused, and its withdrawal."""
    code, told, said = shop.run("release")
    assert code == 0, said
    codes, tag = [code], told["tag"]
    for words in (("status", tag), ("verify", "--tag", tag)):
        code, _, said = shop.run(*words)
        assert code == 0, said
        codes.append(code)
    (shop.root / "project" / "app" / "data").write_text("changed")
    subprocess.run(["git", "commit", "-qam", "two"], cwd=shop.root / "project", check=True)
    code, again, said = shop.run("release")
    assert code == 0, said
    assert [image["image"] for image in again["images"] if image["reused_from"]] == ["worker"]
    code, said = shop.text("withdraw", again["tag"], "--delete")
    undeletable = how.undeletable or "2.8" in registry
    assert code == (1 if undeletable else 0), said
    codes += [0, code]
    if undeletable:  # distribution 2 deletes manifests, no tags
        assert f"wholeship withdraw {again['tag']}" in said, said
        code, _, said = shop.run("withdraw", again["tag"])
        assert code == 0, said
    return codes


# -- the table -----------------------------------------------------------------------------------------

BEGIN, END = "<!-- matrix: begin -->\n", "<!-- matrix: end -->\n"
HEAD = (
    "| registry | configured | builder | the first try, and the cure | release | status | verify | "
    "another release | `withdraw --delete` |\n|---|---|---|---|---|---|---|---|---|\n"
)


def rows_of_page() -> dict[tuple[str, ...], str]:
    """The rows that stand in the page, by registry, configuration and builder."""
    inside = PAGE.read_text(encoding="utf-8").partition(BEGIN)[2].partition(END)[0]
    lines = [line for line in inside.splitlines() if line.startswith("| ")][1:]
    return {tuple(cell.strip() for cell in line.split("|")[1:4]): line for line in lines}


def written_down(key: tuple[str, str, str], first: str, codes: list[int]) -> None:
    row = f"| {' | '.join((*key, first or '–', *map(str, codes)))} |"
    print(row)
    if os.environ.get("GOLDEN") == "write":
        rows = {**rows_of_page(), key: row}
        text = PAGE.read_text(encoding="utf-8")
        kept = "".join(f"{rows[each]}\n" for each in ROWS if each in rows)
        PAGE.write_text(text.partition(BEGIN)[0] + BEGIN + HEAD + kept + END + text.partition(END)[2])
    assert rows_of_page()[key] == row


def test_the_table_is_the_matrix() -> None:
    """Every row of the page is a combination that the test runs, in its order, and ends well."""
    rows = rows_of_page()
    assert list(rows) == [each for each in ROWS if each in rows]
    for line in rows.values():
        assert re.search(r"\| 0 \| 0 \| 0 \| 0 \| [01] \|$", line), line
