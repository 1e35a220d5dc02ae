"""F: several followed images; each gets its tag when all that nobody follows is there, in their order."""

from __future__ import annotations

from functools import partial

from wholeship.testing.drill.engine import Case, End, Strikes
from wholeship.testing.drill.families.named import met_by
from wholeship.testing.drill.stage import OLD, Setting, Stage, plan_for, released_bytes, without_aliases
from wholeship.testing.faults import Fault, meanwhile
from wholeship.testing.registry import Manner

TWO = Setting(also_watched=("worker",))
ONCE = Setting(manner=Manner.ECR, also_watched=("worker",))
ALL = Setting(also_watched=("embeddings", "worker"))


def _by_another(image: str, stage: Stage) -> Fault:
    other = released_bytes(plan_for(OLD))[image].digest
    act = partial(stage.rebind, image, stage.plan.tag, other)
    return meanwhile("F2", f"beaten-{image}", "the tag is bound to something else", act)


CASES = (
    *met_by(
        "F1",
        (
            ("two", "two of three images are followed", TWO, None, False),
            ("two-elsewhere", "two are followed, another machine goes on", TWO, None, True),
            ("once", "two are followed, and tags are written once", ONCE, without_aliases, False),
            ("all", "every image is followed", ALL, None, False),
        ),
    ),
    *(
        Case(
            "F2",
            f"beaten-{image}",
            f"two are followed, and somebody binds the tag of {image} to something else right before a write",
            Strikes.WRITES,
            setting=TWO,
            before=without_aliases,
            fault=partial(_by_another, image),
            ends=frozenset({End.PUBLISHED, End.REFUSED, End.TOLD}),
        )
        for image in ("app", "worker", "embeddings")
    ),
)
