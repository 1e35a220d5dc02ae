"""buildah: no daemon, works in a container and without privileges."""

from __future__ import annotations

from collections.abc import Mapping

from wholeship.adapters.builders.containers import Containers
from wholeship.adapters.builders.isolation import Isolation

ISOLATIONS = (
    Isolation("as configured"),
    # crun refuses kernels with both kinds of control groups.
    Isolation("runc", environment={"BUILDAH_RUNTIME": "runc"}),
    # Where no container can be made at all.
    Isolation("chroot", environment={"BUILDAH_ISOLATION": "chroot"}),
)


def make(nodes: Mapping[str, str]) -> Containers:
    """The builder; it knows no nodes."""
    return Containers("buildah", ISOLATIONS)
