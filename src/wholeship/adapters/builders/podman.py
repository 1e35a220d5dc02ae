"""podman: buildah's library, with a store that it shares with buildah."""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.adapters.builders.containers import Containers
from wholeship.adapters.builders.isolation import Isolation

ISOLATIONS = (
    Isolation("as configured"),
    # crun refuses kernels with both kinds of control groups. podman has a flag for it, and no variable.
    Isolation("runc", before=("--runtime=runc",)),
    Isolation("chroot", environment={"BUILDAH_ISOLATION": "chroot"}),
)


def make(nodes: Mapping[str, str]) -> Containers:
    """The builder; it knows no nodes."""
    return Containers("podman", ISOLATIONS)
