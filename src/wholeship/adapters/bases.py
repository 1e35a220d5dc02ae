"""What a base image's name means right now: the bytes a build would start from.

A builder takes what its own store has, and asks the registry otherwise; so does this. A name that can be
found in neither place cannot be told, and an image that rests on it is never reused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from wholeship.adapters import process
from wholeship.core.errors import WholeshipError
from wholeship.core.platform import Platform
from wholeship.core.reference import Repository, Tag
from wholeship.release.ports import Registry

Ask = Callable[[str], list[str]]


def _docker(reference: str) -> list[str]:
    from wholeship.adapters.builders import docker_client

    program = docker_client.find().program
    return [program, "image", "inspect", "--format={{.Id}}", "--", reference]


def _podman(reference: str) -> list[str]:
    return [process.program("podman"), "image", "inspect", "--format={{.Id}}", "--", reference]


def _buildah(reference: str) -> list[str]:
    program = process.program("buildah")
    return [program, "inspect", "--type=image", "--format={{.FromImageID}}", "--", reference]


STORES: Mapping[str, Ask] = {"docker": _docker, "podman": _podman, "buildah": _buildah}
"""How each builder's own store is asked for an image's id; buildx's nodes have none to ask."""


def resolve(builder: str, reference: str, platform: Platform, registry: Registry) -> str | None:
    """What *reference* is for *builder*: its digest, or the id in its store; None: it cannot be told."""
    name, _, digest = reference.partition("@")
    if digest:
        return digest
    found = _in_store(builder, reference)
    return found or _in_registry(name, registry)


def _in_store(builder: str, reference: str) -> str | None:
    ask = STORES.get(builder)
    if ask is None or reference.startswith("-"):
        return None
    seen = process.PLAIN | process.ENGINES
    try:
        return process.ask(ask(reference), environment=process.allowed(seen), timeout=20).strip() or None
    except WholeshipError:
        return None


def _in_registry(reference: str, registry: Registry) -> str | None:
    repository, colon, tag = reference.rpartition(":")
    if not colon or "/" in tag:
        repository, tag = reference, "latest"
    try:
        found = registry.manifest(Repository.parse(repository), Tag(tag))
    except WholeshipError:
        return None
    return str(found.digest) if found else None
