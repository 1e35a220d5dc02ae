"""The builders, in order of preference, and how one is chosen."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
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
ONE_CLIENT = ("buildx", "docker")
"""Those that only ask docker's client: at the same time. Others may have to run a step to find out how they
work here, which is worth it only where these do not."""


def choose_builder(name: str, *, nodes: Nodes | None = None) -> Builder:
    """The builder *name*; for ``auto``, the first that answers.

    Raises :class:`ToolMissing` when ``auto`` finds none; a builder that was named is checked when it is
    needed, by :meth:`Builder.check`.
    """
    if name != "auto":
        make = BUILDERS.get(name)
        if make is None:
            raise BadInput(f"there is no builder {name}", advice=f"known: auto, {', '.join(BUILDERS)}")
        return make(nodes or {})
    found = {each: make(nodes or {}) for each, make in BUILDERS.items()}
    asked = {each: _asked_builder(found[each]) for each in ONE_CLIENT if each in found}
    reasons = []
    for each, builder in found.items():
        try:
            return (asked.get(each) or _asked_builder(builder)).result()
        except ToolMissing as error:
            reasons.append(f"{each}: {error.message}")
    raise ToolMissing(
        f"no builder was found ({'; '.join(reasons)})",
        advice="install one, for example: apt-get install buildah; or start the docker daemon",
    )


def _asked_builder(builder: Builder) -> Future[Builder]:
    """*builder*, once it has answered that it works here.

    Nobody waits for one that is less preferred than one that works, not at the end of the process either.
    """
    answer: Future[Builder] = Future()

    def ask() -> None:
        try:
            builder.check()
        except BaseException as error:  # whoever waits for the answer raises it
            answer.set_exception(error)
        else:
            answer.set_result(builder)

    threading.Thread(target=ask, name=f"ask {builder.name}", daemon=True).start()
    return answer
