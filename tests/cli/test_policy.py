"""`wholeship policy`, against a registry on the loopback and against lists of tags."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.images import image
from wholeship.adapters.clock import SystemClock
from wholeship.adapters.http import HttpTransport
from wholeship.adapters.registry import RegistryClient
from wholeship.cli.main import main
from wholeship.core.reference import Repository, Tag
from wholeship.gitops.manifests import Manifests, read_manifests
from wholeship.testing.registry import EmbeddedRegistry
from wholeship.testing.server import RegistryServer, serve

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
  filterTags: {{pattern: '{pattern}'}}
  policy: {{alphabetical: {{order: asc}}}}
"""
RELEASE = """\
registry: {host}/shop
images: {{app: {{}}, worker: {{}}}}
watched: app
gates: none
gitops: {{policy: deploy}}
"""
STAMPS = "^[0-9]{8}-[0-9]{6}-[0-9]{6}$"
OLD, NEW = "20200101-000000-000001", "20200102-000000-000002"


@pytest.fixture
def server() -> Iterator[RegistryServer]:
    with serve(EmbeddedRegistry()) as server:
        yield server


@pytest.fixture
def shop(server: RegistryServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A release file, a policy, and a registry with two releases."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    (tmp_path / "Dockerfile").touch()
    (tmp_path / "wholeship.yaml").write_text(RELEASE.format(host=server.host))
    write_policy(tmp_path, server.host, STAMPS)
    publish(server.host, OLD, NEW, "latest")
    return tmp_path


def write_policy(root: Path, host: str, pattern: str) -> None:
    (root / "deploy" / "policy.yaml").write_text(POLICY.format(host=host, pattern=pattern))


def publish(host: str, *tags: str) -> None:
    client = RegistryClient(HttpTransport(), SystemClock())
    app = Repository(host, "shop/app")
    made = image("app")
    made.push(client, app)
    for tag in tags:
        client.bind(app, Tag(tag), made.manifest)


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = main(["policy", "--format", "json", *words])
    said = capsys.readouterr()
    assert said.out, said.err
    return code, json.loads(said.out)


def test_a_release_is_told_what_would_become_of_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the live registry: what is elected now, and that the release's tag would replace it."""
    code, told = asked(capsys)
    view = told["policies"][0]
    assert code == told["exit_code"] == 0
    assert view["now"]["tag"] == NEW
    assert view["fallback"]["tag"] == OLD
    assert view["after"]["elected"]
    assert view["after"]["instead_of"] == NEW
    assert (view["tags"], view["considered"], view["candidates_safe"]) == (3, 2, True)


def test_an_older_tag_is_a_no(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A tag that would never roll out is refused with its reason, and exit code 1."""
    code, told = asked(capsys, "--tag", "20200101-120000-000009")
    assert code == 1
    assert told["policies"][0]["after"]["reason"] == "not-newer"


def test_a_policy_that_follows_latest_by_accident(
    shop: Path, server: RegistryServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without a filter, latest is what runs; that is said in all three formats."""
    write_policy(shop, server.host, "")
    code, told = asked(capsys)
    assert code == 1
    assert told["policies"][0]["now"]["tag"] == "latest"
    assert not told["policies"][0]["candidates_safe"]
    assert main(["policy"]) == 1
    assert "is elected: latest (moving alias)" in capsys.readouterr().out
    assert main(["policy", "--format", "markdown"]) == 1
    assert "is elected: latest (moving alias)" in capsys.readouterr().out


def test_without_a_release_file(
    server: RegistryServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Manifests and an image are enough; so are manifests alone, which may hold several policies."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    write_policy(tmp_path, server.host, STAMPS)
    publish(server.host, OLD)
    code, told = asked(capsys, "--policy", "deploy", "--image", f"{server.host}/shop/app:{NEW}")
    assert code == 0
    assert told["policies"][0]["after"] == {
        **told["policies"][0]["after"], "tag": NEW, "elected": True, "instead_of": OLD,
    }  # fmt: skip
    code, told = asked(capsys, "--policy", "deploy")
    assert (code, told["policies"][0]["now"]["tag"], told["policies"][0]["after"]) == (0, OLD, None)


def test_tags_from_a_file(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list stands in for the registry: one tag to a line, or as registries answer."""
    (shop / "tags").write_text(f"{OLD}\n\n{NEW}\nnightly\n")
    (shop / "tags.json").write_text(json.dumps({"name": "shop/app", "tags": [OLD, NEW, "nightly"]}))
    answers = [asked(capsys, "--tags", name)[1]["policies"][0] for name in ("tags", "tags.json")]
    assert answers[0]["now"] == answers[1]["now"]
    assert (answers[0]["tags"], answers[0]["considered"], answers[0]["source"]) == (3, 2, "tags")


def test_any_tag_may_be_asked_about(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also one that no release could have: the question is what the controller does with it."""
    (shop / "tags").write_text(f"{OLD}\n")
    code, told = asked(capsys, "--tags", "tags", "--tag", "latest")
    assert (code, told["policies"][0]["after"]["elected"]) == (1, False)


def test_a_policy_whose_repository_is_elsewhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its ImageRepository a policy can be asked about a list, but not about a registry."""
    monkeypatch.chdir(tmp_path)
    text = POLICY.format(host="ghcr.io", pattern=STAMPS).partition("---\n")[2]
    (tmp_path / "policy.yaml").write_text(text)
    (tmp_path / "tags").write_text(f"{OLD}\n{NEW}\n")
    code, told = asked(capsys, "--policy", "policy.yaml", "--tags", "tags")
    assert (code, told["policies"][0]["now"]["tag"]) == (0, NEW)
    assert "is not here" in told["remarks"][0]
    code, told = asked(capsys, "--policy", "policy.yaml")
    assert code == 3
    assert "--image" in told["policies"][0]["problem"]


def test_a_list_with_something_else_in_it(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is no tag is refused with its line."""
    (shop / "tags").write_text(f"{OLD}\nno tag at all\n")
    assert main(["policy", "--tags", "tags"]) == 2
    assert "tags:2" in capsys.readouterr().err
    assert main(["policy", "--tags", "absent"]) == 2
    (shop / "tags").write_bytes(b"\xff")
    assert main(["policy", "--tags", "tags"]) == 2
    (shop / "tags").write_text('{"tags": 3}')
    assert main(["policy", "--tags", "tags"]) == 2


def test_a_registry_that_does_not_let_us_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No listing, no answer: exit code 3, and the policy is named all the same."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy").mkdir()
    with serve(EmbeddedRegistry(users={"someone": "else"})) as server:
        write_policy(tmp_path, server.host, STAMPS)
        code, told = asked(capsys, "--policy", "deploy")
    assert code == 3
    assert told["policies"][0]["now"] is None
    assert told["policies"][0]["problem"]


def test_no_policy_anywhere(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder without a policy is said to be one, with what to do."""
    monkeypatch.chdir(tmp_path)
    assert main(["policy"]) == 2
    assert "--policy" in capsys.readouterr().err


MESS = {
    "templates/deployment.yaml": "image: {{ .Values.image }}\n{{- if }}\nkind: ImagePolicy\n",
    "several.yaml": "a: 1\n---\n---\n- b\n---\nkind: List\nitems: [{kind: ConfigMap}]\n",
    "unknown.yaml": "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {name: odd}\n"
    "spec: {imageRepositoryRef: {name: app}, policy: {newest: {}}}\n",
    "refused.yaml": "apiVersion: image.toolkit.fluxcd.io/v1\nkind: ImagePolicy\nmetadata: {name: look}\n"
    "spec: {imageRepositoryRef: {name: app}, filterTags: {pattern: '(?!x)'}, policy: {alphabetical: {}}}\n",
    "kind.yaml": "apiVersion: image.toolkit.fluxcd.io/v2\nkind: ImageSomething\nmetadata: {name: new}\n",
    "evil.yaml": "a: &a [*a]\n",
}


def test_manifests_of_every_kind_of_trouble(
    shop: Path, server: RegistryServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Templates, lists, unknown kinds and refused patterns stand beside a good policy: each is told."""
    for name, text in MESS.items():
        path = shop / "deploy" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    image_flags = ("--policy", "deploy", "--image", f"{server.host}/shop/app")
    assert main(["policy", *image_flags]) == 2  # three follow one image: which one?
    assert "odd" in capsys.readouterr().err
    code, told = asked(capsys, *image_flags, "--name", "app")
    assert (code, told["policies"][0]["now"]["tag"]) == (0, NEW)
    assert any("ImageSomething" in remark for remark in told["remarks"])
    assert any("template" in remark for remark in told["remarks"])
    for name, says in (("odd", "none of semver"), ("look", "invalid regular expression")):
        code, told = asked(capsys, *image_flags, "--name", name)
        assert code == 1
        assert says in told["policies"][0]["now"]["reason"]


def test_a_listing_of_thousands(
    shop: Path, server: RegistryServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five thousand signatures, over many pages, are counted; a few names of them are shown."""
    client = RegistryClient(HttpTransport(), SystemClock())
    app, made = Repository(server.host, "shop/app"), image("app")
    digest = made.push(client, app)
    for number in range(5_000):
        server.registry.rebind("shop/app", f"sha256-{number:064x}", digest)
    write_policy(shop, server.host, "")
    assert main(["policy"]) == 1
    text = capsys.readouterr().out
    assert "5,003" in text
    assert len(text.splitlines()) < 40


def test_files_without_a_policy_are_not_parsed_to_say_that_there_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no file holds a policy, only those that speak of one are read: a repository has thousands."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "service.yaml").write_text("kind: Service\nmetadata: {name: app}\n")
    (tmp_path / "role.yaml").write_text("kind: Role\nrules: [{resources: [ImagePolicy]}]\n")
    read: list[set[str]] = []

    def noted(files: dict[str, str]) -> Manifests:
        read.append({Path(path).name for path in files})
        return read_manifests(files)

    monkeypatch.setattr("wholeship.app.policy.read_manifests", noted)
    assert main(["policy"]) == 2
    assert "there is no policy" in capsys.readouterr().err
    assert read == [{"role.yaml"}]
