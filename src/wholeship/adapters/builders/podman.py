"""podman: buildah's library, with a store that it shares with buildah."""

from __future__ import annotations

from collections.abc import Mapping
from signal import SIGHUP

from wholeship.adapters.builders.containers import Containers, Isolation

ISOLATIONS = (
    Isolation("as configured"),
    # crun refuses kernels with both kinds of control groups. podman has a flag for it, and no variable.
    Isolation("runc", before=("--runtime=runc",)),
    Isolation("chroot", environment={"BUILDAH_ISOLATION": "chroot"}),
)


def make(nodes: Mapping[str, str]) -> Containers:
    """The builder; it knows no nodes."""
    # On TERM and INT podman ends at once, and leaves the step running; on HUP the step ends, then the build.
    return Containers("podman", ISOLATIONS, goodbye=SIGHUP)
