"""The cluster that a release rolls out to: looking at it, and waiting for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from wholeship.core.errors import ClusterError, RegistryError
from wholeship.release.rollout import Rollout, Wanted, follow_rollout, look_at_workloads, wanted_of
from wholeship.release.stages.results import Promoted

if TYPE_CHECKING:
    from wholeship.app.project import Project
    from wholeship.app.target import ClusterChoice
    from wholeship.release.ports import Cluster
    from wholeship.release.ship import Shipped
    from wholeship.release.status import Status


def open_if_waited_for(project: Project, choice: ClusterChoice) -> Cluster | None:
    """The cluster, once it has let us look: what would fail after a release is better found before.

    None when nothing is to be waited for.
    """
    if not choice.wait:
        return None
    cluster = project.world.open_cluster(choice.context, choice.namespace)
    cluster.workloads(set(project.config.repositories.values()))
    return cluster


def wait_for_rollout(
    project: Project, shipped: Shipped, cluster: Cluster | None, deadline: float
) -> Rollout | None:
    """The roll-out of what was *shipped*, waited for; None when it is not out, or there is no cluster.

    A cluster that cannot be asked any more is a ``problem`` of the answer, so that the release's own
    outcome is told all the same.
    """
    if cluster is None or not isinstance(shipped.outcome, Promoted):
        return None
    plan, built = shipped.outcome.plan, shipped.outcome.cleared.built
    repositories = {image.name: image.repository for image in plan.images}
    clock, progress = project.world.clock, project.world.progress
    try:
        wanted = wanted_of(project.registry, repositories, built.manifests)
        return follow_rollout(cluster, str(plan.tag), wanted, clock, deadline=deadline, progress=progress)
    except (ClusterError, RegistryError) as error:
        return Rollout(str(plan.tag), cluster.name, (), problem=error.message)


def rollout_now(project: Project, found: Status | None, choice: ClusterChoice) -> Rollout | None:
    """What runs now of the release *found*; None when there is no such release."""
    cluster = project.world.open_cluster(choice.context, choice.namespace)
    if found is None:
        return None
    try:
        return replace(look_at_workloads(cluster, found.tag, _wanted(project, found)), seconds=0.0)
    except (ClusterError, RegistryError) as error:
        return Rollout(found.tag, cluster.name, (), problem=error.message)


def _wanted(project: Project, found: Status) -> tuple[Wanted, ...]:
    repositories = {one.image: one.repository for one in found.images}
    manifests = {
        one.image: manifest
        for one in found.images
        if one.digest is not None
        and (manifest := project.registry.manifest(one.repository, one.digest)) is not None
    }
    there = {name: repository for name, repository in repositories.items() if name in manifests}
    absent = [Wanted(name, one, frozenset()) for name, one in repositories.items() if name not in there]
    return (*wanted_of(project.registry, there, manifests), *absent)
