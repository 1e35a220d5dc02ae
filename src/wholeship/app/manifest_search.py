"""Manifests that follow images, found by their words, so that nothing else is parsed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from wholeship.app.check_ground import manifests_below
from wholeship.app.world import World


def search_manifests(world: World, root: Path) -> Iterator[tuple[str, str]]:
    """Those below *root*: the path from there, and the text."""
    for path, content in manifests_below(str(root), lambda path: world.read_file(Path(path))):
        yield path, content.decode("utf-8", "replace")
