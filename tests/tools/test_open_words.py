"""Words that only the run fills in: where one may be an option, a command or a target, a push may hide."""

from __future__ import annotations

import pytest

from wholeship.pipeline.effects import Opaque
from wholeship.texts.template import Hole, Kind, Template
from wholeship.tools import effects_of
from wholeship.tools.world import World

OPEN = Template.of(Hole.of(Kind.OUTPUT, "cat flags"))
COMMIT = Template.of(Hole.of(Kind.COMMIT, "github.sha"))


def told(line: str, filled: Template = OPEN) -> list[str]:
    """What is said of *line*, where ``?`` is a word of the run."""
    words = [filled if word == "?" else Template.of(word) for word in line.split()]
    return [each.reason for each in effects_of(words, World()) if isinstance(each, Opaque)]


MAY_PUSH = (
    "docker ? a/b:1",
    "docker buildx ?",
    "docker compose -f x.yml ?",
    "docker manifest ?",
    "docker buildx build ? -t a/b:1 .",
    "docker build ?",
    "docker buildx build ? --push .",
    "docker buildx build --output ? .",
    "crane ?",
    "crane copy ?",
    "skopeo copy ?",
    "oras cp ?",
    "regctl image copy ?",
    "/kaniko/executor ?",
    "pack build ?",
    "podman ?",
)
STAYS_HERE = (
    "docker build -t x ?",
    "docker run --rm ?",
    "docker rm ?",
    "docker inspect ?",
    "docker pull ?",
    "docker tag ? ?",
    "docker buildx inspect ?",
    "docker compose -f ? up -d",
    "docker manifest inspect ?",
    "crane digest ?",
    "skopeo inspect ?",
    "regctl image digest ?",
    "podman build ? .",
    "/kaniko/executor --no-push ?",
)


@pytest.mark.parametrize("line", MAY_PUSH)
def test_what_the_run_fills_in_may_push(line: str) -> None:
    """An option, a command or a target that only the run knows is told, never taken for nothing."""
    assert told(line)


@pytest.mark.parametrize("line", STAYS_HERE)
def test_a_name_that_the_run_fills_in_pushes_nothing(line: str) -> None:
    """Where only a name, a context or a file stands, the program does what its command says."""
    assert told(line) == []


@pytest.mark.parametrize("line", ["docker buildx build -t a/b:1 ? .", "docker build ? ."])
def test_a_commit_is_no_option(line: str) -> None:
    """A commit, a branch or a number never turns out to be an option."""
    assert told(line, COMMIT) == []
