"""Environments: a whole release, by its digests, under the tag of the next environment; nothing is built.

Each has a policy, and a registry or a tag pattern of its own. What goes there is a release like any other: it
has a record, it is gated on its digests, its followed images are written last, and every command knows it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec

from wholeship.core.errors import BadInput
from wholeship.core.reference import Repository, Tag
from wholeship.core.values import dataclass
from wholeship.core.wording import did_you_mean
from wholeship.release.attestation.travel import copy_beside, find_beside
from wholeship.release.copying import copy_image
from wholeship.release.electable import revealing_proof
from wholeship.release.plan import Plan
from wholeship.release.record import Record, built_entry
from wholeship.release.stages.settings import PromoteSettings

if TYPE_CHECKING:
    from wholeship.core.digest import Digest
    from wholeship.release.config import ReleaseConfig
    from wholeship.release.ports import Ports, Registry
    from wholeship.release.stages.results import Refused


@dataclass(frozen=True, slots=True)
class Route:
    """Where an image goes from, and to."""

    image: str
    source: Repository
    target: Repository


def in_environment(config: ReleaseConfig, name: str) -> ReleaseConfig:
    """*config* as it is in the environment *name*: its repositories, tag pattern, policy and gates.

    Raises :class:`BadInput` where there is no such environment.
    """
    found = config.environments.get(name)
    if found is None:
        known = ", ".join(config.environments) or "the release file has none (environments:)"
        advice = did_you_mean(name, config.environments, f"known: {known}")
        raise BadInput(f"there is no environment {name}", advice=advice)
    images = config.images
    if found.registry is not None:
        images = {
            key: replace(i, repository=found.repositories[key], mirrors={}) for key, i in images.items()
        }
    gitops = msgspec.structs.replace(config.raw.gitops, policy=found.policy, name=found.policy_name)
    return replace(
        config,
        images=images,
        tag=found.tag.replace("{tag}", config.tag),
        aliases={},
        gates=found.gates,
        gates_declined=not found.gates,
        raw=msgspec.structs.replace(config.raw, gitops=gitops),
        environment=name,
    )


def plan_in(there: ReleaseConfig, plan: Plan) -> Plan:
    """The plan that gives the release of *plan* its tag in the environment that *there* is of."""
    pattern = there.environments[there.environment].tag
    known = there.repositories
    images = tuple(replace(i, repository=known[i.name]) for i in plan.images if i.name in known)
    lacking = [image.name for image in plan.built_images if image.name not in known]
    if lacking:
        raise BadInput(
            f"{plan.tag} has {', '.join(lacking)}, which the release file does not know any more",
            advice="promote it with the release file of its commit",
        )
    return replace(
        plan,
        tag=Tag(pattern.replace("{tag}", plan.tag)),
        images=images,
        gates=there.gates,
        tag_pattern=there.tag,
        alias_patterns=(),
        aliases=(),
        environment=there.environment,
        promoted_from=plan.tag,
    )


def routes(plan: Plan, there: Plan) -> tuple[Route, ...]:
    """What has to be copied for *there*, which is *plan* in another environment."""
    return tuple(
        Route(image.name, plan.image(image.name).repository, image.repository) for image in there.images
    )


def bring(
    ports: Ports, record: Record, began: Record, promoting: Callable[[], PromoteSettings] = PromoteSettings
) -> Record | Refused:
    """*began* with the candidates of *record*, which its own repositories hold by then: copied where they are
    others, with what lies beside them, never built. Raises the ``RegistryError`` family; what was copied by
    then is not copied again."""
    for route in routes(record.plan, began.plan):
        candidate = record.candidates[route.image]
        if route.source != route.target:
            copy_image(ports.registry, route.source, route.target, candidate.digest)
            refused = _bring_beside(ports.registry, began.plan, route, candidate.digest, promoting)
            if refused is not None:
                return refused
        if began.candidates.get(route.image) != candidate:
            ports.journal.append(built_entry(candidate))
            began = began.with_candidate(candidate)
    return began


def _bring_beside(
    registry: Registry, plan: Plan, route: Route, digest: Digest, promoting: Callable[[], PromoteSettings]
) -> Refused | None:
    """Copy what others signed of the image; or why the controller there must not see it."""
    beside = find_beside(registry, route.source, route.target, digest)
    if beside.tags and route.image in plan.followed:
        elector, visible = promoting().elector_for(route.image), registry.tags(route.target)
        refused = revealing_proof(plan, elector, visible, beside.tags) if elector is not None else None
        if refused is not None:
            return refused
    copy_beside(registry, beside)
    return None
