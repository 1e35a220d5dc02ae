"""What a Dockerfile takes from outside its context."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wholeship.release.inputs.dockerfile import instructions, outside_inputs, runs_for_target, with_images


def test_bases_are_found_with_their_arguments() -> None:
    """Every image that goes in is named once, after substitution; stages of the file are not images."""
    text = """\
# syntax=docker/dockerfile:1
ARG BASE=python:3.13-slim
ARG DISTRO=bookworm
FROM --platform=$BUILDPLATFORM golang:1.24-${DISTRO} AS Build
COPY . .
FROM ${BASE}
COPY --from=build /out /out
COPY --from=ghcr.io/acme/assets:1 / /
RUN --mount=type=bind,from=busybox:1,target=/b \\
    # a comment inside
    true
COPY --from=0 /x /x
FROM scratch
"""
    found = outside_inputs(text, {"BASE": "localhost/base:1"})
    assert found.bases == (
        "golang:1.24-bookworm",
        "localhost/base:1",
        "ghcr.io/acme/assets:1",
        "busybox:1",
    )
    assert found.unknown == ()


def test_what_cannot_be_known_is_said() -> None:
    """A download without a checksum, and a base that rests on an unset variable, are unknown."""
    text = "ARG BASE\nFROM ${BASE}\nADD https://example.com/x.tgz /\n"
    found = outside_inputs(text, {})
    assert found.unknown == (
        "FROM ${BASE}: nobody sets BASE",
        "ADD downloads https://example.com/x.tgz",
    )
    pinned = "FROM scratch\nADD --checksum=sha256:aa https://example.com/x.tgz /\n"
    assert outside_inputs(pinned, {}).unknown == ()


def test_defaults_in_references() -> None:
    """``${NAME:-default}`` and ``${NAME:+other}`` are filled as Docker fills them."""
    text = "ARG TAG\nFROM alpine:${TAG:-3.20}\nFROM alpine:${TAG:+edge}x\n"
    assert outside_inputs(text, {}).bases == ("alpine:3.20", "alpine:x")
    assert outside_inputs(text, {"TAG": "1"}).bases == ("alpine:1", "alpine:edgex")


def test_here_documents_are_no_instructions() -> None:
    """Lines of a here-document are passed over, and ``# escape`` changes the continuation."""
    text = "FROM scratch\nRUN <<EOF\nFROM evil\nEOF\nCOPY a b\n"
    assert [name for name, _ in instructions(text)] == ["FROM", "RUN", "COPY"]
    windows = "# escape=`\nFROM a `\n  AS b\n"
    assert list(instructions(windows)) == [("FROM", "a  AS b")]


def test_images_are_put_in_by_digest() -> None:
    """Wherever the file takes one of the names, and nowhere else: no comment, here-document or stage."""
    text = """\
# syntax=docker/dockerfile:1
ARG BASE=base
FROM --platform=$BUILDPLATFORM ${BASE} AS made
FROM \\
  base
COPY --from=base --chown=1:1 /base /base
COPY --from=made /x /x
RUN --mount=type=bind,from=base,target=/b \\
    # FROM base
    cat /b
RUN <<EOF
FROM base
EOF
FROM made AS base
"""
    changed = text
    for before, after in (("${BASE} AS", "r/b@sha256:1 AS"), ("  base\n", "  r/b@sha256:1\n")):
        changed = changed.replace(before, after)
    changed = changed.replace("from=base", "from=r/b@sha256:1")
    assert with_images(text, {}, {"base": "r/b@sha256:1"}) == changed


NAMES = st.sampled_from(["base", "ghcr.io/acme/base:1", "other", "made"])
LINES = st.one_of(
    st.builds("FROM {}\n".format, NAMES),
    st.builds("FROM {} AS made\n".format, NAMES),
    st.builds("COPY --from={} /a /a\n".format, NAMES),
    st.builds("RUN --mount=type=bind,from={},target=/x true\n".format, NAMES),
    st.just("RUN <<E\nFROM base\nE\n"),
    st.just("COPY . .\n"),
)


@given(
    st.lists(LINES, max_size=8),
    st.dictionaries(st.sampled_from(["base", "other"]), NAMES.map("r/{}:2".format)),
)
def test_what_is_put_in_is_what_is_taken(lines: list[str], images: dict[str, str]) -> None:
    """A changed file takes from outside what the file took, but for the names that were put in."""
    text = "FROM scratch\n" + "".join(lines)
    wanted = tuple(dict.fromkeys(images.get(name, name) for name in outside_inputs(text, {}).bases))
    assert outside_inputs(with_images(text, {}, images), {}).bases == wanted


CROSS = "FROM {} golang AS build\nRUN x\nFROM scratch\nCOPY --from=build /a /\n"
MOUNT = (
    "FROM alpine AS t\nRUN x\nFROM --platform=$BUILDPLATFORM b\nRUN --mount=type=bind,from=t,target=/t x\n"
)


@pytest.mark.parametrize(
    ("text", "target", "runs"),
    [
        ("FROM scratch\nCOPY a /a\n", "", False),
        ("FROM scratch\nCOPY a /a\nRUN true\n", "", True),
        (CROSS.format("--platform=$BUILDPLATFORM"), "", False),
        (CROSS.format("--platform=${BUILDPLATFORM}"), "", False),
        (CROSS.format("--platform=linux/amd64"), "", False),
        (CROSS.format("--platform=linux/amd64").replace("=build", "=0"), "", False),
        (CROSS.format("").replace("=build", "=Build"), "", True),
        (CROSS.format("--platform=$TARGETPLATFORM"), "", True),
        (CROSS.format("--platform=linux/arm64"), "", True),
        ("FROM alpine AS base\nRUN x\nFROM base\nCOPY a /a\n", "", True),
        ("FROM alpine AS base\nRUN x\nFROM scratch\nCOPY a /a\n", "", False),
        ("FROM alpine AS test\nRUN x\nFROM scratch AS image\nCOPY a /a\nFROM test\n", "image", False),
        ("FROM alpine AS test\nRUN x\nFROM scratch AS image\nCOPY a /a\n", "test", True),
        (MOUNT, "", True),
        ("FROM scratch\nCOPY a /a\n", "nobody", True),
        ("", "", True),
    ],
)
def test_what_only_copies_runs_nothing(text: str, target: str, runs: bool) -> None:
    """Emulation is needed where a step runs on the platform built for; where that is not known, too."""
    assert runs_for_target(text, target, "linux/amd64") is runs
