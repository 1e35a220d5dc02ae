"""The builders by name, as a release file and a command line name them."""

from __future__ import annotations

from typing import Literal, get_args

Builder = Literal["auto", "buildx", "docker", "podman", "buildah"]
BUILDERS: tuple[str, ...] = get_args(Builder)
"""``auto``, and every builder there is."""
