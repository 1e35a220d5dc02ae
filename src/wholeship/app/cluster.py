"""The cluster that a release rolls out to: its flags, and the waiting."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from wholeship.core.errors import ClusterError, ExitCode, RegistryError

if TYPE_CHECKING:
    from wholeship.app.world import Stand
    from wholeship.release.ports import Cluster
    from wholeship.release.rollout import Rollout, Wanted
    from wholeship.release.ship import Shipped
    from wholeship.release.status import Status

DEADLINE = "15m"
"""How long is waited when nobody says. Deployments give up after 10 minutes by default."""


def flags(parser: argparse.ArgumentParser) -> None:
    """Which cluster, and which part of it."""
    add = parser.add_argument
    add("--context", metavar="NAME", help="the kubeconfig's context (default: the current one)")
    add(
        "--namespace",
        metavar="NAME",
        help="look only there (default: the context's namespace; * for all of them)",
    )


def waiting(parser: argparse.ArgumentParser, group: argparse._MutuallyExclusiveGroup | None = None) -> None:
    """``--wait`` (in *group*, with what excludes it), and for which cluster."""
    (group or parser).add_argument(
        "--wait",
        nargs="?",
        const=DEADLINE,
        metavar="DURATION",
        help=f"then wait until the cluster runs it (default: {DEADLINE})",
    )
    flags(parser)


def cluster_of(args: argparse.Namespace) -> Cluster:
    """The cluster that *args* name."""
    from wholeship.adapters.kubernetes import KubernetesCluster

    return KubernetesCluster(args.context or "", args.namespace or "")


def seconds_of(text: str) -> float:
    """The deadline that *text* spells."""
    from wholeship.release.config import duration

    return duration(text)


def ready(here: Stand) -> Cluster:
    """The cluster, once it has let us look: what would fail after a release is better found before."""
    cluster = cluster_of(here.args)
    cluster.workloads({image.repository for image in here.config.images.values()})
    return cluster


def waited(here: Stand, shipped: Shipped, cluster: Cluster, deadline: float) -> Rollout | None:
    """The roll-out of what was *shipped*, waited for; None when it is not out.

    A cluster that cannot be asked any more is a ``problem`` of the answer, so that the release's own
    outcome is told all the same.
    """
    from wholeship.release.rollout import Rollout, follow, wanted_of
    from wholeship.release.stages.results import Promoted

    if not isinstance(shipped.outcome, Promoted):
        return None
    plan, built = shipped.outcome.plan, shipped.outcome.cleared.built
    repositories = {image.name: image.repository for image in plan.images}
    try:
        wanted = wanted_of(here.registry, repositories, built.manifests)
        return follow(cluster, str(plan.tag), wanted, here.clock, deadline=deadline, progress=here.progress)
    except (ClusterError, RegistryError) as error:
        return Rollout(str(plan.tag), cluster.name, (), problem=error.message)


def seen(here: Stand, found: Status | None) -> Rollout | None:
    """What runs now of the release *found*; None when there is no such release."""
    from wholeship.release.rollout import Rollout, look

    cluster = cluster_of(here.args)
    if found is None:
        return None
    try:
        return replace(look(cluster, found.tag, _wanted(here, found)), seconds=0.0)
    except (ClusterError, RegistryError) as error:
        return Rollout(found.tag, cluster.name, (), problem=error.message)


def _wanted(here: Stand, found: Status) -> tuple[Wanted, ...]:
    from wholeship.release.rollout import Wanted, wanted_of

    repositories = {one.image: one.repository for one in found.images}
    manifests = {
        one.image: manifest
        for one in found.images
        if one.digest is not None
        and (manifest := here.registry.manifest(one.repository, one.digest)) is not None
    }
    there = {name: repository for name, repository in repositories.items() if name in manifests}
    absent = [Wanted(name, one, frozenset()) for name, one in repositories.items() if name not in there]
    return (*wanted_of(here.registry, there, manifests), *absent)


def exit_code_of_rollout(rollout: Rollout) -> ExitCode:
    """Everywhere: yes. Something in the way: no. Late, or not to be found out: not finished."""
    if rollout.done:
        return ExitCode.YES
    return ExitCode.NO if rollout.stuck else ExitCode.UNFINISHED
