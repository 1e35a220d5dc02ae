"""What single files say: Dockerfiles and Compose files."""

from __future__ import annotations

import pytest

from wholeship.core.reference import split_image
from wholeship.release.init import dockerfiles, services
from wholeship.release.init.names import image_name


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Dockerfile", ""),
        ("docker/app/Dockerfile", "app"),
        ("docker/Dockerfile", ""),
        ("services/api/Dockerfile", "api"),
        ("Dockerfile.worker", "worker"),
        ("docker/web.Dockerfile", "web"),
        ("deploy/docker/mail/Containerfile", "mail"),
    ],
)
def test_the_name_comes_from_where_it_stands(path: str, name: str) -> None:
    """The suffix, or the folder that says most."""
    assert dockerfiles.name_of(path) == name


@pytest.mark.parametrize(
    "path", ["Dockerfile.dockerignore", "dockerfile.md", "MyDockerfile", "Dockerfile.j2"]
)
def test_what_is_no_dockerfile(path: str) -> None:
    """Ignore files, notes and templates are not taken."""
    assert not dockerfiles.is_dockerfile(path)


@pytest.mark.parametrize(
    ("path", "text", "context"),
    [
        ("docker/app/Dockerfile", "FROM x\nCOPY core core\n", "."),
        ("api/Dockerfile", "FROM x\nCOPY src/ .\n", "api"),
        ("api/Dockerfile", "FROM x\nCOPY --chown=1:1 --from=b /x /y\n", "api"),
        ("api/Dockerfile", 'FROM x\nCOPY ["src", "/src"]\n', "api"),
        ("api/Dockerfile", "FROM x\nCOPY core \\\n  api/src ./\n", "."),
        ("api/Dockerfile", "FROM x\nCOPY . .\n", "api"),
        ("api/Dockerfile", "FROM x\nCOPY src/*.py /\n", "api"),
        ("docker/app/Dockerfile", "FROM x\nCOPY made-later /\n", "."),
        ("docker/app/Dockerfile", "FROM x\nADD https://example.com/x /\n", "docker/app"),
        ("docker/app/Dockerfile", "", "docker/app"),
    ],
)
def test_the_context_is_where_its_files_are(path: str, text: str, context: str) -> None:
    """The innermost folder that has all that is copied."""
    files = (path, "core/x.py", "api/src/main.py")
    (seen,) = dockerfiles.images_of_dockerfiles(files, {path: text}.get)
    assert seen.context == context


def test_an_argument_without_default_is_told() -> None:
    """A base image that has to be given is something to look at."""
    (seen,) = dockerfiles.images_of_dockerfiles(
        ("Dockerfile",),
        {"Dockerfile": "ARG TARGETARCH\nARG BASE\nARG B=1\nFROM ${BASE}-$TARGETARCH\nARG C\n"}.get,
    )
    assert seen.left == ("it asks for the build argument BASE, which has no default",)


def test_compose_services_that_are_built() -> None:
    """Only services with a build; paths from the file's folder; variables by their defaults."""
    text = """\
services:
  db: {image: postgres}
  a: {build: ./a}
  b:
    image: "${REG:-ghcr.io/acme}/b:${TAG}"
    platform: linux/arm64
    build: {context: .., dockerfile: x/Dockerfile, args: [ONE=1, TWO], target: "${T}"}
  c: {build: "https://example.com/repo.git"}
  d: {build: {context: ., dockerfile_inline: "FROM x"}}
  e: {build: {context: "$$HOME"}}
"""
    seen, told = services.services_in(["dev/compose.yaml"], {"dev/compose.yaml": text}.get)
    assert told == ()
    assert [s.name for s in seen] == ["a", "b", "e"]
    a, b, e = seen
    assert (a.context, a.dockerfile) == ("dev/a", "dev/a/Dockerfile")
    assert (b.context, b.dockerfile, b.target) == (".", "x/Dockerfile", "")
    assert (b.repository, b.platforms, dict(b.args)) == ("ghcr.io/acme/b", ("linux/arm64",), {"ONE": "1"})
    assert b.left == (
        "the build argument TWO, whose value comes from the environment",
        "the target {T} (it is only known in a run)",
    )
    assert e.context == "dev/$HOME"


@pytest.mark.parametrize(
    "text", ["", "services: 3", "a: [", "services: {a: 3}", "services: {a: {build: [1]}}"]
)
def test_odd_compose_files_are_no_failure(text: str) -> None:
    """What cannot be read gives nothing, and is told where it is broken."""
    seen, _ = services.services_in(["compose.yaml"], {"compose.yaml": text}.get)
    assert seen == ()


def test_a_compose_file_knows_its_settings_and_merges() -> None:
    """Variables come from the .env beside it; merge keys do not make it unreadable."""
    text = """\
x-base: &base {restart: always}
services:
  a: {<<: *base, image: "${HOST}/a:${TAG:-x}", build: {context: ., dockerfile: "${FILE}"}}
  b: {build: {context: ., dockerfile: "${NOT_SAID}"}}
"""
    settings = "# a comment\nHOST=ghcr.io/acme\nexport FILE='a.Dockerfile' # where\nTAG=\n"
    (seen,), _ = services.services_in(["compose.yaml"], {"compose.yaml": text, ".env": settings}.get)
    assert (seen.repository, seen.dockerfile) == ("ghcr.io/acme/a", "a.Dockerfile")


@pytest.mark.parametrize(
    ("text", "name"),
    [("App", "app"), ("a__b", "a-b"), ("a_b", "a_b"), ("..", "image"), ("ünï", "n"), ("a b/c", "a-b-c")],
)
def test_names_are_made_fit(text: str, name: str) -> None:
    """Lower case, and one separator at a time."""
    assert image_name(text) == name


def test_images_are_taken_apart() -> None:
    """A port is no tag."""
    assert split_image("localhost:5000/a") == ("localhost:5000/a", "")
    assert split_image("a/b:1@sha256:00") == ("a/b", "1")
