"""The builders, in order of preference, and how one is chosen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from wholeship.adapters.builders import buildah, buildx, docker, podman
from wholeship.core.errors import BadInput, ToolMissing

if TYPE_CHECKING:
    from wholeship.release.ports import Builder

Nodes = Mapping[str, str]

BUILDERS: Mapping[str, Callable[[Nodes], Builder]] = {
    "buildx": buildx.make,
    "docker": docker.make,
    "podman": podman.make,
    "buildah": buildah.make,
}
"""Every builder by name. ``auto`` takes the first that is installed and answers."""


def choose(name: str, *, nodes: Nodes | None = None) -> Builder:
    """The builder *name*; for ``auto``, the first that answers.

    Raises :class:`ToolMissing` when ``auto`` finds none; a builder that was named is checked when it is
    needed, by :meth:`Builder.check`.
    """
    if name != "auto":
        make = BUILDERS.get(name)
        if make is None:
            raise BadInput(f"there is no builder {name}", advice=f"known: auto, {', '.join(BUILDERS)}")
        return make(nodes or {})
    reasons = []
    for each, make in BUILDERS.items():
        builder = make(nodes or {})
        try:
            builder.check()
        except ToolMissing as error:
            reasons.append(f"{each}: {error.message}")
        else:
            return builder
    raise ToolMissing(
        f"no builder was found ({'; '.join(reasons)})",
        advice="install one, for example: apt-get install buildah; or start the docker daemon",
    )
