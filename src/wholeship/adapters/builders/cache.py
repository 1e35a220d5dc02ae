"""Where layers are kept between builds: one spelling in the release file, three ways to say it.

The spelling is buildx's ``--cache-to`` (Docker documentation, "Cache storage backends"); a plain reference
means a registry.
"""

from __future__ import annotations

from collections.abc import Iterable

from wholeship.core.reference import split_image

_SOURCE = frozenset(["type", "ref", "src", "scope", "name", "bucket", "region", "url"])
"""Keys of ``--cache-from``; the others say how to write."""


def for_buildx(text: str) -> list[str]:
    """Flags to read from and write to the cache *text*; none for an empty one."""
    if not text:
        return []
    parts = _parts(text)
    written = text if "type" in parts else f"type=registry,ref={parts['ref']},mode=max"
    kept = {("src" if key == "dest" else key): value for key, value in _parts(written).items()}
    read = ",".join(f"{key}={value}" for key, value in kept.items() if key in _SOURCE)
    return [f"--cache-to={written}", f"--cache-from={read}"]


def cache_reference(text: str) -> str:
    """The image of the cache *text*; empty where it is not in a registry."""
    parts = _parts(text)
    return parts.get("ref", "") if parts.get("type", "registry") == "registry" else ""


def cache_repository(text: str) -> str:
    """The repository of the cache *text*, without a tag: buildah and podman name layers themselves."""
    return split_image(cache_reference(text))[0]


def _parts(text: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in text.split(",")) if "=" in text else {"ref": text}


def to_read(texts: Iterable[str]) -> list[str]:
    """Flags of buildx to also read from the caches *texts*."""
    return [
        f"--cache-from={text if 'type' in _parts(text) else f'type=registry,ref={text}'}" for text in texts
    ]


def repositories(texts: Iterable[str]) -> list[str]:
    """Flags of buildah and podman to also read from those of the caches *texts* that are in a registry."""
    return [f"--cache-from={name}" for name in map(cache_repository, texts) if name]


def cache_references(texts: Iterable[str]) -> list[str]:
    """Flags of docker to also read from those of the caches *texts* that are in a registry."""
    return [f"--cache-from={name}" for name in map(cache_reference, texts) if name]
