"""G: images that go to two registries; a copy is a sibling, wherever it is."""

from __future__ import annotations

from functools import partial

from wholeship.testing.drill.engine import Case, End, Strikes
from wholeship.testing.drill.families.named import met_by
from wholeship.testing.drill.stage import (
    MIRROR,
    OLD,
    Setting,
    Stage,
    plan_for,
    released_bytes,
    without_aliases,
)
from wholeship.testing.faults import Fault, meanwhile
from wholeship.testing.registry import Manner

BOTH = Setting(mirrored=("app", "worker", "embeddings"))
SIBLINGS = Setting(mirrored=("worker", "embeddings"))
ONCE = Setting(manner=Manner.ECR, mirrored=("app", "worker", "embeddings"))


def _by_another(image: str, stage: Stage) -> Fault:
    copy = f"{image} ({MIRROR})"
    other = released_bytes(plan_for(OLD))[image].digest
    act = partial(stage.rebind, copy, stage.plan.tag, other)
    return meanwhile("G2", f"beaten-{image}", "a copy's tag is bound to something else", act)


CASES = (
    *met_by(
        "G1",
        (
            ("both", "every image goes to two registries", BOTH, None, False),
            ("both-elsewhere", "the same, and another machine goes on", BOTH, None, True),
            ("siblings", "what nobody follows goes to two registries", SIBLINGS, None, False),
            ("once", "two registries, and tags are written once", ONCE, without_aliases, False),
        ),
    ),
    *(
        Case(
            "G2",
            f"beaten-{image}",
            f"somebody binds the tag of the copy of {image} to something else right before a write",
            Strikes.WRITES,
            setting=BOTH,
            before=without_aliases,
            fault=partial(_by_another, image),
            ends=frozenset({End.PUBLISHED, End.REFUSED, End.TOLD}),
        )
        for image in ("app", "worker")
    ),
)
