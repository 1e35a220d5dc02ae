"""What a Dockerfile takes from outside its context."""

from __future__ import annotations

from wholeship.release.inputs.dockerfile import instructions, outside


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
    found = outside(text, {"BASE": "localhost/base:1"})
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
    found = outside(text, {})
    assert found.unknown == (
        "FROM ${BASE}: nobody sets BASE",
        "ADD downloads https://example.com/x.tgz",
    )
    pinned = "FROM scratch\nADD --checksum=sha256:aa https://example.com/x.tgz /\n"
    assert outside(pinned, {}).unknown == ()


def test_defaults_in_references() -> None:
    """``${NAME:-default}`` and ``${NAME:+other}`` are filled as Docker fills them."""
    text = "ARG TAG\nFROM alpine:${TAG:-3.20}\nFROM alpine:${TAG:+edge}x\n"
    assert outside(text, {}).bases == ("alpine:3.20", "alpine:x")
    assert outside(text, {"TAG": "1"}).bases == ("alpine:1", "alpine:edgex")


def test_here_documents_are_no_instructions() -> None:
    """Lines of a here-document are passed over, and ``# escape`` changes the continuation."""
    text = "FROM scratch\nRUN <<EOF\nFROM evil\nEOF\nCOPY a b\n"
    assert [name for name, _ in instructions(text)] == ["FROM", "RUN", "COPY"]
    windows = "# escape=`\nFROM a `\n  AS b\n"
    assert list(instructions(windows)) == [("FROM", "a  AS b")]
