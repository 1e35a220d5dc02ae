"""The words: what parses, what is refused, and how it prints."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.core.digest import Digest
from wholeship.core.errors import BadInput
from wholeship.core.place import Place
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag

HEX = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_digest_of_nothing() -> None:
    """The digest of no bytes is the well-known one."""
    assert Digest.of(b"") == f"sha256:{HEX}"
    assert Digest.of(b"").short == HEX[:12]


@pytest.mark.parametrize(
    "text",
    ["", HEX, f"sha256:{HEX[:-1]}", f"sha256:{HEX.upper()}", f"sha256:{HEX}\n", f"sha512:{HEX * 2}"],
)
def test_digest_refuses(text: str) -> None:
    """What is not a sha256 digest is not a digest, a trailing newline included."""
    with pytest.raises(BadInput):
        Digest(text)


def test_other_algorithms_are_named() -> None:
    """A sha512 digest is refused by name, so that nobody hunts for a typing mistake."""
    with pytest.raises(BadInput) as caught:
        Digest(f"sha512:{HEX * 2}")
    assert "sha512" in caught.value.advice


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("linux/nope", "for example linux/amd64"),
        ("linux/amd46", "did you mean linux/amd64?"),
        ("linx/arm64", "did you mean linux/arm64?"),
        ("linux/arm64/v7", "write linux/arm64 alone"),
        ("unknown/unknown", "for example"),
    ],
)
def test_a_platform_that_nothing_builds_is_refused(text: str, hint: str) -> None:
    """What is asked for has to exist; what a manifest names is read as it is."""
    Platform.parse(text)
    with pytest.raises(BadInput) as caught:
        Platform.wanted(text)
    assert hint in caught.value.advice


@pytest.mark.parametrize(
    "text", ["linux/amd64", "linux/amd64/v3", "linux/arm/v6", "linux/aarch64", "wasi/wasm"]
)
def test_a_platform_that_is_built_is_wanted_as_it_is_parsed(text: str) -> None:
    """The two readings agree on what exists."""
    assert Platform.wanted(text) == Platform.parse(text)


@pytest.mark.parametrize(
    ("text", "host", "path"),
    [
        ("ghcr.io/acme/app", "ghcr.io", "acme/app"),
        ("localhost:5000/app", "localhost:5000", "app"),
        ("[::1]:5000/a__b/c-d", "[::1]:5000", "a__b/c-d"),
        ("acme/app", "docker.io", "acme/app"),
        ("busybox", "docker.io", "library/busybox"),
        ("index.docker.io/acme/app", "docker.io", "acme/app"),
    ],
)
def test_repository_parses(text: str, host: str, path: str) -> None:
    """A name has a host and a path; without a host it is Docker Hub's, as everywhere."""
    assert Repository.parse(text) == Repository(host, path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Acme/app",
        "ghcr.io/acme/app:1",
        "https://ghcr.io/a",
        "ghcr.io/../x",
        "ghcr.io/a\n",
        "a.b/" + "x" * 300,
    ],
)
def test_repository_refuses(text: str) -> None:
    """Upper case, tags, schemes, dots as parts, newlines and over-long names are refused."""
    with pytest.raises(BadInput):
        Repository.parse(text)


@pytest.mark.parametrize("text", ["", ".a", "-a", "a/b", "1.0+build", "a" * 129, "a\n", "ä"])
def test_tag_refuses(text: str) -> None:
    """What a registry would refuse as a tag is refused here first."""
    with pytest.raises(BadInput):
        Tag(text)


@given(st.from_regex(r"[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}", fullmatch=True))
def test_every_tag_of_the_grammar_is_one(text: str) -> None:
    """All tags of the OCI grammar are accepted, unchanged."""
    assert Tag(text) == text


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/x86_64", "linux/amd64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm", "linux/arm/v7"),
        ("Linux/ARM/v6", "linux/arm/v6"),
    ],
)
def test_platform_is_normalised(text: str, normal: str) -> None:
    """Spellings that mean the same platform are the same platform."""
    assert str(Platform.parse(text)) == normal
    assert Platform.parse(normal) == Platform.parse(text)


@pytest.mark.parametrize("text", ["", "linux", "linux/", "a/b/c/d", "linux/am d64"])
def test_platform_refuses(text: str) -> None:
    """A platform names an operating system and an architecture."""
    with pytest.raises(BadInput):
        Platform.parse(text)


def test_place_prints_as_editors_read_it() -> None:
    """file:line:column, and less where less is known."""
    assert str(Place("a.yml", 3, 7)) == "a.yml:3:7"
    assert str(Place("a.yml")) == "a.yml"
