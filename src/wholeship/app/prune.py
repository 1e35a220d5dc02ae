"""`wholeship prune`: what old releases left in the registry, named, and deleted when that is wanted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from datetime import timedelta

from wholeship.app.project import Project, open_project
from wholeship.app.stages import elector_of
from wholeship.app.status import release_members
from wholeship.app.target import ReleaseTarget
from wholeship.app.world import World
from wholeship.core.values import dataclass
from wholeship.release.order import PatternElector
from wholeship.release.prune import Pruned, PruneSettings, Pruning, Shelves, find_prunable, prune


@dataclass(frozen=True, slots=True)
class PruneQuestion:
    """How many releases are kept, and how old (days) the others have to be; ``delete``: not only said."""

    target: ReleaseTarget = field(default_factory=ReleaseTarget)
    keep: int = 20
    older_than: int = 0
    delete: bool = False


@dataclass(frozen=True, slots=True)
class PruneAnswer:
    """What would go; and what went, where that was asked."""

    pruning: Pruning
    pruned: Pruned | None = None


def prune_releases(question: PruneQuestion, world: World) -> PruneAnswer:
    """Find what nobody needs; delete it when that was asked."""
    project = open_project(world, question.target)
    shelves = Shelves(
        project.registry,
        release_members(project),
        project.config.followed,
        project.config.tag,
        project.home,
    )
    age = timedelta(days=question.older_than) if question.older_than else None
    settings = PruneSettings(question.keep, age, _named_in(project))
    elector = elector_of(project) or PatternElector(project.config.tag)
    pruning = find_prunable(shelves, elector, settings, world.clock.now())
    if not question.delete or pruning.nothing:
        return PruneAnswer(pruning)
    with world.stoppable():
        return PruneAnswer(pruning, prune(shelves, pruning, world.clock, world.progress))


def _named_in(project: Project) -> Callable[[str], str]:
    """Where the manifests of the release name a tag: what they deploy is in use."""
    place = project.config.raw.gitops.policy
    if place is None:
        return lambda tag: ""
    texts = project.world.read_manifests(place, project.config.root)
    return lambda tag: next((name for name, text in texts.items() if tag in text), "")
