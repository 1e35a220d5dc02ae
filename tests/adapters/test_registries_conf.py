"""`registries.conf`: images of others are looked for where buildah, podman and skopeo look."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.engines import needs
from tests.json_server import answering
from wholeship.adapters import bases, registries_conf
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registries_conf import read_conf
from wholeship.adapters.registry import RegistryClient
from wholeship.adapters.registry.client import Patience
from wholeship.core.errors import BadInput, Unfinished
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag
from wholeship.testing.images import image
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import serve

CASES = {
    "nothing said": ("", "A/x/img"),
    "a mirror, then itself": (
        """[[registry]]
location = "A"
insecure = true
[[registry.mirror]]
location = "B/cache"
insecure = true
""",
        "A/x/img",
    ),
    "two mirrors in order": (
        """[[registry]]
location = "A/x"
insecure = true
mirror = [{location = "C", insecure = true}, {location = "B/y", insecure = true}]
""",
        "A/x/img",
    ),
    "moved": (
        '[[registry]]\nprefix = "orig.example/x"\nlocation = "B/moved"\ninsecure = true\n',
        "orig.example/x/img",
    ),
    "the longest prefix counts": (
        """[[registry]]
prefix = "orig.example"
location = "A"
insecure = true
[[registry]]
prefix = "orig.example/x"
location = "B"
insecure = true
[[registry]]
prefix = "orig.example/xx"
location = "C"
insecure = true
""",
        "orig.example/x/img",
    ),
    "mirrors by digest alone": (
        """[[registry]]
location = "A"
insecure = true
mirror-by-digest-only = true
[[registry.mirror]]
location = "B"
insecure = true
""",
        "A/x/img",
    ),
    "any host of a domain": (
        """[[registry]]
prefix = "*.corp.example"
location = "B/corp"
insecure = true
""",
        "eu.corp.example/x/img",
    ),
    "a short name": (
        'unqualified-search-registries = ["A"]\n[[registry]]\nlocation = "A"\ninsecure = true\n',
        "img",
    ),
    "a short name by its alias": (
        (
            'unqualified-search-registries = ["A"]\n[aliases]\n"img" = "B/x/img"\n'
            '[[registry]]\nlocation = "B"\ninsecure = true\n'
        ),
        "img",
    ),
    "an alias leads to a mirror": (
        (
            '[aliases]\n"img" = "orig.example/x/img"\n[[registry]]\nprefix = "orig.example"\nlocation = "A"\n'
            'insecure = true\n[[registry.mirror]]\nlocation = "C/m"\ninsecure = true\n'
        ),
        "img",
    ),
}
"""What a file says, and a name; ``A``, ``B`` and ``C`` are registries."""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home without any settings, and a system without any."""
    own = tmp_path / "home"
    (own / ".config/containers").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(own))
    monkeypatch.setattr(registries_conf, "SYSTEM", tmp_path / "etc")
    monkeypatch.delenv("CONTAINERS_REGISTRIES_CONF", raising=False)
    return own


def written(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch, **hosts: str) -> Path:
    """*text* as the file that the builders are told of, with *hosts* in the place of letters."""
    for letter, host in hosts.items():
        text = text.replace(f'"{letter}', f'"{host}')
    file = folder / "registries.conf"
    file.write_text(text)
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(file))
    return file


def places(name: str) -> list[str]:
    """Where *name* is looked for."""
    return [str(source.repository) for source in read_conf(os.environ).sources(name)]


EXPECTED = {
    "nothing said": ["a.example/x/img"],
    "a mirror, then itself": ["b.example/cache/x/img", "a.example/x/img"],
    "two mirrors in order": ["c.example/img", "b.example/y/img", "a.example/x/img"],
    "moved": ["b.example/moved/img"],
    "the longest prefix counts": ["b.example/img"],
    "mirrors by digest alone": ["a.example/x/img"],
    "any host of a domain": ["b.example/corp/x/img"],
    "a short name": ["a.example/img"],
    "a short name by its alias": ["b.example/x/img"],
    "an alias leads to a mirror": ["c.example/m/x/img", "a.example/x/img"],
}


@pytest.mark.parametrize("case", CASES)
def test_where_an_image_is_looked_for(
    case: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mirrors in their order, then the registry, as the longest prefix says."""
    text, name = CASES[case]
    written(text, tmp_path, monkeypatch, A="a.example", B="b.example", C="c.example")
    assert places(name.replace("A/", "a.example/")) == EXPECTED[case]


REFUSED = {
    "blocked": ('[[registry]]\nlocation = "a.example"\nblocked = true\n', "a.example/x"),
    "a short name that nobody explains": ("", "img"),
    "a short name that could be two": (
        'unqualified-search-registries = ["a.example", "b.example"]\nshort-name-mode = "enforcing"\n',
        "img",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_may_not_be_fetched(
    case: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has no place at all, and so nothing is known of it."""
    text, name = REFUSED[case]
    written(text, tmp_path, monkeypatch)
    with pytest.raises(Unfinished):
        places(name)


@pytest.mark.parametrize(
    "text", ["registry = 1\n", "[[registry]]\n", '[[registry]]\nprefix="a"\n', "[registries.search]\n", "="]
)
def test_a_file_that_means_nothing_is_told(
    text: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its name."""
    file = written(text, tmp_path, monkeypatch)
    with pytest.raises(BadInput, match=str(file)):
        places("a.example/x")


def test_files_in_their_order(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's file and folder, then the user's folder; the user's file stands for the system's."""

    def moved(file: Path, to: str) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'[[registry]]\nprefix = "a.example"\nlocation = "{to}.example"\n')

    system, own = tmp_path / "etc", home / ".config/containers"
    for file, to in (
        (system / "registries.conf", "one"),
        (system / "registries.conf.d/10-x.conf", "two"),
        (system / "registries.conf.d/20-x.conf", "three"),
        (own / "registries.conf.d/05-x.conf", "four"),
    ):
        moved(file, to)
        assert places("a.example/x") == [f"{to}.example/x"]
    (own / "registries.conf.d/05-x.conf").unlink()
    moved(own / "registries.conf", "five")
    assert places("a.example/x") == ["five.example/x"]
    moved(tmp_path / "given", "six")
    monkeypatch.setenv("CONTAINERS_REGISTRIES_CONF", str(tmp_path / "given"))
    (system / "registries.conf.d/10-x.conf").unlink()
    (system / "registries.conf.d/20-x.conf").unlink()
    assert places("a.example/x") == ["six.example/x"]


def test_a_base_is_what_the_mirror_has(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For buildah and podman; docker does not go by that file. A mirror that does not answer leaves it
    unknown, though the registry behind it would."""
    monkeypatch.setattr(bases, "_in_store", lambda builder, reference: None)
    with serve(EmbeddedRegistry()) as origin, serve(EmbeddedRegistry()) as mirror:
        client = RegistryClient(HttpTransport(), SystemClock())
        digests = {}
        for host, word in ((origin.host, "new"), (mirror.host, "old")):
            repository = Repository(host, "base")
            digests[word] = image(word).push(client, repository)
            manifest = client.manifest(repository, digests[word])
            assert manifest is not None
            client.bind(repository, Tag("1"), manifest)
        text = f"""[[registry]]
location = "{origin.host}"
[[registry.mirror]]
location = "MIRROR"
insecure = true
"""
        name, here = f"{origin.host}/base:1", Platform.here()
        written(text, tmp_path, monkeypatch, MIRROR=mirror.host)
        for builder, word in (("podman", "old"), ("buildah", "old"), ("docker", "new"), ("buildx", "new")):
            assert bases.resolve_base(builder, name, here, client) == str(digests[word]), builder
        written(text, tmp_path, monkeypatch, MIRROR="127.0.0.1:1")
        quick = RegistryClient(HttpTransport(), SystemClock(), patience=Patience(attempts=1, timeout=5))
        assert bases.resolve_base("podman", name, here, quick) is None


# -- beside the tools themselves ---------------------------------------------------------------------


@contextmanager
def listening(asked: list[str]) -> Iterator[str]:
    """A registry that has nothing; *asked* gets the repositories that somebody wanted a tag of."""

    def nothing_there(request: BaseHTTPRequestHandler) -> tuple[int, Any]:
        if "/manifests/" in request.path:
            repository = request.path.removeprefix("/v2/").rpartition("/manifests/")[0]
            asked.append(f"{request.headers['Host']}/{repository}")
        return (200, {}) if request.path == "/v2/" else (404, {"errors": [{"code": "MANIFEST_UNKNOWN"}]})

    with answering(nothing_there) as host:
        yield host


@pytest.mark.real
@pytest.mark.parametrize("tool", ["buildah", "podman", "skopeo"])
@pytest.mark.parametrize("case", [case for case in CASES if case != "nothing said"])
def test_the_tools_ask_at_the_same_places(
    tool: str, case: str, home: Path, container_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the same order, where none of them has the image. skopeo knows no short names, and no variable."""
    needs(tool)
    text, name = CASES[case]
    if tool == "skopeo" and "/" not in name:
        pytest.skip("skopeo takes a short name for one of Docker Hub's")
    asked: list[str] = []
    with ExitStack() as stack:
        hosts = {letter: stack.enter_context(listening(asked)) for letter in "ABC"}
        file = written(text, tmp_path, monkeypatch, **hosts)
        full = name.replace("A/", f"{hosts['A']}/")
        if tool == "skopeo":
            file.rename(home / ".config/containers/registries.conf")
            monkeypatch.delenv("CONTAINERS_REGISTRIES_CONF")
        words = ["inspect", f"docker://{full}:1"] if tool == "skopeo" else ["pull", f"{full}:1"]
        done = subprocess.run([tool, *words], capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert list(dict.fromkeys(asked)) == places(full), done.stderr


def test_a_digest_is_had_from_more_mirrors_than_a_tag(tmp_path: Path) -> None:
    """One that serves digests alone is asked for what is pinned, before the registry itself."""
    (tmp_path / "registries.conf").write_text(
        '[[registry]]\nlocation = "a.example"\nmirror-by-digest-only = true\n'
        '[[registry.mirror]]\nlocation = "b.example"\n'
    )
    conf = read_conf({"CONTAINERS_REGISTRIES_CONF": str(tmp_path / "registries.conf"), "HOME": str(tmp_path)})
    assert [one.repository.host for one in conf.sources("a.example/x/img")] == ["a.example"]
    pinned = conf.sources("a.example/x/img", by_digest=True)
    assert [one.repository.host for one in pinned] == ["b.example", "a.example"]
