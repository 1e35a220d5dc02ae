"""E: a whole release goes to the next environment, by its digests; what it comes from is not touched."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from wholeship.core.digest import Digest
from wholeship.core.reference import Repository, Tag
from wholeship.release.environments import bring
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.ship import Shipped, begin, finish
from wholeship.release.stages.results import Candidate, Refused
from wholeship.release.stages.underway import require_given
from wholeship.testing.drill.engine import Case
from wholeship.testing.drill.families.named import STEP_FAULTS
from wholeship.testing.drill.machine import Machine
from wholeship.testing.drill.stage import HOST, TAG, Stage, plan_for, publish_old, released_bytes
from wholeship.testing.faults import FAULTS

NAME = "production"


def _there(prefix: str, stage: Stage) -> None:
    """The release is out; what the stage is about from now on is its way to production."""
    publish_old(stage.client(), stage.plan)
    here = stage.plan
    images = tuple(
        replace(image, repository=Repository.parse(f"{prefix}/{image.name}")) for image in here.images
    )
    stage.ships = released_bytes(here)
    stage.plan = replace(
        here,
        tag=Tag(f"prod-{here.tag}"),
        images=images,
        tag_pattern=f"prod-{here.tag_pattern}",
        alias_patterns=(),
        aliases=(),
        environment=NAME,
        promoted_from=str(here.tag),
    )
    stage.observer.turn_to(stage.plan, stage.ships)


def _recorded(plan: Plan) -> Record:
    """The record of the release that goes there."""
    made = released_bytes(plan)
    candidates = {
        image.name: Candidate(
            image.name,
            Digest(made[image.name].digest),
            made[image.name].manifest.media_type,
            1,
            image.platforms,
            revision=plan.revision,
        )
        for image in plan.images
    }
    return Record(plan, candidates)


def going_on(machine: Machine) -> Shipped:
    """`promote --to production`, or on with it."""
    settings, plan = machine.stage_settings(), machine.stage.plan
    began = begin(settings.ports, plan)
    if isinstance(began, Refused):
        return Shipped(Record(plan, {}), began)
    brought = bring(settings.ports, _recorded(plan_for(TAG)), began)
    if isinstance(brought, Refused):
        return Shipped(began, brought)
    gating = replace(require_given(settings.gating), source=None)
    return finish(brought, replace(settings, gating=gating))


CASES = tuple(
    Case(
        "E1",
        f"{kind}-{name}",
        f"{what}: {FAULTS[name].what}",
        before=partial(_there, prefix),
        fault=FAULTS[name],
        elsewhere=elsewhere,
        act=going_on,
        again=going_on,
    )
    for kind, what, prefix, elsewhere in (
        ("same", "to another tag of the same repositories", f"{HOST}/shop", False),
        ("other", "to repositories of its own", f"{HOST}/production", False),
        ("other-elsewhere", "the same, and another machine goes on", f"{HOST}/production", True),
    )
    for name in STEP_FAULTS
)
