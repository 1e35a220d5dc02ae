"""Repositories that a registry wants made before a push, made where that was asked for."""

from __future__ import annotations

from collections.abc import Iterable

from wholeship.core.clock import Clock
from wholeship.core.errors import RegistryDenied, RepositoryMissing
from wholeship.core.progress import Progress
from wholeship.core.reference import Repository
from wholeship.release.observe import Looks, each_at_once
from wholeship.release.ports import Registry, RepositoryMaker

MADE = 30.0
"""Seconds until a registry has to take pushes to what it has made."""


def make_lacking(
    maker: RepositoryMaker,
    registry: Registry,
    repositories: Iterable[Repository],
    clock: Clock,
    progress: Progress,
) -> None:
    """Make what a push to *repositories* needs and does not find, each thing once, and aloud.

    Only what refuses a push is asked about; what is refused for another reason stays so, and nothing is said
    of it here. Raises what making it raises.
    """
    refused = _refusing(registry, dict.fromkeys(repositories))
    found = each_at_once(lambda repository: (repository, maker.lacking(repository)), refused)
    lacking = {repository: making for repository, making in found if making is not None}
    for making in {one.what: one for one in lacking.values()}.values():
        making.make()
        progress.said(f"made {making.what}")
    looks = Looks(clock, progress, "what was made", MADE)
    while lacking and _refusing(registry, lacking) and looks.again("it takes no push yet"):
        pass


def _refusing(registry: Registry, repositories: Iterable[Repository]) -> list[Repository]:
    """Those of *repositories* that let nobody push, or not us, or are not there."""

    def refuses(repository: Repository) -> bool:
        try:
            registry.probe_push(repository)
        except (RepositoryMissing, RegistryDenied):
            return True
        return False

    asked = list(repositories)
    return [one for one, no in zip(asked, each_at_once(refuses, asked), strict=True) if no]
