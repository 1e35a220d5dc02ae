"""The cache of the release file, said to each builder in its own words."""

from __future__ import annotations

import pytest

from wholeship.adapters.builders import cache


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("", []),
        (
            "ghcr.io/acme/cache:app",
            [
                "--cache-to=type=registry,ref=ghcr.io/acme/cache:app,mode=max",
                "--cache-from=type=registry,ref=ghcr.io/acme/cache:app",
            ],
        ),
        (
            "type=registry,ref=ghcr.io/acme/cache:app,mode=min,compression=zstd",
            [
                "--cache-to=type=registry,ref=ghcr.io/acme/cache:app,mode=min,compression=zstd",
                "--cache-from=type=registry,ref=ghcr.io/acme/cache:app",
            ],
        ),
        (
            "type=gha,scope=app,mode=max",
            ["--cache-to=type=gha,scope=app,mode=max", "--cache-from=type=gha,scope=app"],
        ),
        (
            "type=local,dest=/var/cache/app",
            ["--cache-to=type=local,dest=/var/cache/app", "--cache-from=type=local,src=/var/cache/app"],
        ),
    ],
)
def test_buildx_reads_where_it_writes(text: str, flags: list[str]) -> None:
    """What is written is given as it stands; what is read is the same place, without how to write."""
    assert cache.for_buildx(text) == flags


@pytest.mark.parametrize(
    ("text", "image", "repository"),
    [
        ("", "", ""),
        ("ghcr.io/acme/cache:app", "ghcr.io/acme/cache:app", "ghcr.io/acme/cache"),
        ("127.0.0.1:5000/cache", "127.0.0.1:5000/cache", "127.0.0.1:5000/cache"),
        (
            "type=registry,ref=127.0.0.1:5000/cache:1,mode=max",
            "127.0.0.1:5000/cache:1",
            "127.0.0.1:5000/cache",
        ),
        ("type=gha,scope=app", "", ""),
    ],
)
def test_others_take_a_cache_in_a_registry_only(text: str, image: str, repository: str) -> None:
    """docker reads an image, buildah and podman a repository; any other kind of cache is not theirs."""
    assert cache.cache_reference(text) == image
    assert cache.cache_repository(text) == repository
