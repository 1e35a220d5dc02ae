"""Manifests that follow images, found by their words, so that nothing else is parsed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from wholeship.app.world import World
from wholeship.gitops.marks import may_follow_images

MANIFESTS = 4000
"""Most files that are looked at for a policy, where no release file names one."""
_SKIPPED = frozenset({"node_modules", "vendor", "__pycache__", "fixtures", "testdata"})
_SUFFIXES = (".yml", ".yaml")


def search_manifests(world: World, root: Path) -> Iterator[tuple[str, str]]:
    """Those below *root*: the path from there, and the text."""
    count = 0
    for here, folders, names in os.walk(root):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and n not in _SKIPPED)
        for name in names:
            if not name.endswith(_SUFFIXES):
                continue
            count += 1
            if count > MANIFESTS:
                return
            path = Path(here, name)
            content = None if path.is_symlink() else world.read_file(path)
            if content is not None and may_follow_images(content):
                yield str(path.relative_to(root)), content.decode("utf-8", "replace")
