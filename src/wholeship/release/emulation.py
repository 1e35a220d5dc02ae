"""Which builds for a foreign platform run programs of it; those that only copy need no emulation."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from wholeship.core.platform import Platform
from wholeship.release.inputs.dockerfile import runs_for_target
from wholeship.release.plan import PlannedImage


def run_elsewhere(image: PlannedImage, root: Path, native: Collection[Platform]) -> list[Platform]:
    """Platforms of *image* that are not *native*, and whose programs its build runs.

    The Dockerfile is read below *root*; one that cannot be read is taken to run something.
    """
    foreign = [platform for platform in image.platforms if platform not in native]
    if not foreign:
        return []
    try:
        text = (root / image.dockerfile).read_text("utf-8")
    except (OSError, ValueError):
        return foreign
    return foreign if runs_for_target(text, image.target or "", str(Platform.here())) else []
