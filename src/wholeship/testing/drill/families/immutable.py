"""I: registries that refuse a second write of a tag, whatever its content, each in its own words."""

from __future__ import annotations

from functools import partial

from wholeship.testing.drill.engine import Case, End, Strikes
from wholeship.testing.drill.families.named import IMAGES, SIBLINGS, beaten
from wholeship.testing.drill.stage import OLD, Setting, Stage, plan_for, released_bytes, without_aliases
from wholeship.testing.faults import FAULTS, Fault, meanwhile
from wholeship.testing.registry import Manner

MANNERS = (Manner.ECR, Manner.HARBOR, Manner.FORBIDDEN, Manner.CONFLICT)


def _bound_before(image: str, stage: Stage) -> None:
    """Somebody has bound the deploy tag of *image* already, to something else."""
    without_aliases(stage)
    made = released_bytes(plan_for(OLD))[image]
    stage.rebind(image, stage.plan.tag, made.digest)


def _bound_meanwhile(image: str, stage: Stage) -> Fault:
    """Somebody binds it to the very content, as another try of the same release does."""

    def act() -> None:
        stage.images[image].push(stage.client(), stage.repository(image))
        stage.rebind(image, stage.plan.tag, stage.images[image].digest)

    return meanwhile("I1", f"same-{image}", "the tag is bound to the very content", act)


CASES = (
    *(
        beaten(
            "I1",
            f"{manner.value}-beaten-{image}",
            f"{manner.value}: somebody binds the tag of {image}",
            image,
            Setting(manner=manner),
        )
        for manner in MANNERS
        for image in IMAGES
    ),
    *(
        Case(
            "I1",
            f"{manner.value}-{name}",
            f"{manner.value}: {FAULTS[name].what}",
            setting=Setting(manner=manner),
            before=without_aliases,
            fault=FAULTS[name],
        )
        for manner in MANNERS
        for name in ("kill-before", "kill-after", "reset-after", "reset-and-blind", "gateway-502-after")
    ),
    *(
        Case(
            "I1",
            f"{manner.value}-same-{image}",
            f"{manner.value}: the tag of {image} is bound to the very content meanwhile",
            setting=Setting(manner=manner),
            before=without_aliases,
            fault=partial(_bound_meanwhile, image),
            ends=frozenset({End.PUBLISHED, End.REFUSED}),
        )
        for manner in MANNERS
        for image in SIBLINGS
    ),
    *(
        Case(
            "I1",
            f"{manner.value}-other-{image}",
            f"{manner.value}: the tag of {image} has other content",
            Strikes.ONCE,
            setting=Setting(manner=manner),
            before=partial(_bound_before, image),
            ends=frozenset({End.REFUSED}),
        )
        for manner in MANNERS
        for image in SIBLINGS
    ),
)
