"""What a base image's name means right now: the bytes a build would start from.

A builder takes what its own store has, and asks the registry otherwise; so does this, and where the builder
goes by ``registries.conf`` (mirrors, short names), it does, too. A name that can be
found in neither place cannot be told, and an image that rests on it is never reused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping

from wholeship.adapters import process
from wholeship.adapters.registries_conf import PullSource, read_conf
from wholeship.core.errors import WholeshipError
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag
from wholeship.release.ports import Registry

Ask = Callable[[str], list[str]]
OpenInsecure = Callable[[frozenset[str]], Registry]
"""Gives a client that speaks to these hosts without TLS."""


def _docker(reference: str) -> list[str]:
    from wholeship.adapters.builders import docker_client

    program = docker_client.find_client().program
    return [program, "image", "inspect", "--format={{.Id}}", "--", reference]


def _podman(reference: str) -> list[str]:
    return [process.program_path("podman"), "image", "inspect", "--format={{.Id}}", "--", reference]


def _buildah(reference: str) -> list[str]:
    program = process.program_path("buildah")
    return [program, "inspect", "--type=image", "--format={{.FromImageID}}", "--", reference]


STORES: Mapping[str, Ask] = {"docker": _docker, "podman": _podman, "buildah": _buildah}
"""How each builder's own store is asked for an image's id; buildx's nodes have none to ask."""


BY_CONF = frozenset({"podman", "buildah"})
"""Builders that fetch images by ``registries.conf``."""


def resolve_base(
    builder: str,
    reference: str,
    platform: Platform,
    registry: Registry,
    open_insecure: OpenInsecure | None = None,
) -> str | None:
    """What *reference* is for *builder*: its digest, or the id in its store; None: it cannot be told."""
    name, _, digest = reference.partition("@")
    if digest:
        return digest
    found = _in_store(builder, reference)
    return found or _in_registry(builder, name, registry, open_insecure)


def _in_store(builder: str, reference: str) -> str | None:
    ask = STORES.get(builder)
    if ask is None or reference.startswith("-"):
        return None
    seen = process.PLAIN | process.ENGINES
    try:
        return (
            process.ask_program(
                ask(reference), environment=process.allowed_environment(seen), timeout=20
            ).strip()
            or None
        )
    except WholeshipError:
        return None


def _in_registry(
    builder: str, reference: str, registry: Registry, open_insecure: OpenInsecure | None
) -> str | None:
    """The digest at the first place that has it. A place that does not answer may be the one that answers
    the builder, so that nothing can be told then."""
    name, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        name, tag = reference, "latest"
    try:
        for repository, asked in places_of(builder, name, registry, open_insecure):
            found = asked.manifest(repository, Tag(tag))
            if found is not None:
                return str(found.digest)
    except WholeshipError:
        pass
    return None


def places_of(
    builder: str,
    name: str,
    registry: Registry,
    open_insecure: OpenInsecure | None = None,
    *,
    by_digest: bool = False,
) -> Iterator[tuple[Repository, Registry]]:
    """Where *builder* fetches the image *name* from, in the order of its tries, and who is asked there.

    Raises ``WholeshipError`` where it may not be fetched, or means nothing.
    """
    sources: tuple[PullSource, ...] = (PullSource(Repository.parse(name)),)
    if builder in BY_CONF:
        sources = read_conf(os.environ).sources(name, by_digest=by_digest)
    for source in sources:
        asked = registry
        if source.insecure and open_insecure is not None:
            asked = open_insecure(frozenset({source.repository.host}))
        yield source.repository, asked
