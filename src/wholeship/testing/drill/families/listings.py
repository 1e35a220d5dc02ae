"""L: readers that are late, disagree, or see a list that is not true."""

from __future__ import annotations

from functools import partial

from wholeship.core.digest import Digest
from wholeship.testing.drill.engine import Case, End, Strikes
from wholeship.testing.drill.families.named import IMAGES, of_row
from wholeship.testing.drill.stage import Setting, Stage
from wholeship.testing.faults import FAULTS, Fault, meanwhile
from wholeship.testing.registry import first_reads, flapping

NOTHING = Digest.of(b"a manifest that was never pushed")
FLAPS = ("new old new", "old new old new", "new new old new", "new old old new old")


def _timely(stage: Stage) -> None:
    stage.embedded.lag = None


def _ghost(image: str, stage: Stage) -> Fault:
    act = partial(stage.rebind, image, stage.plan.tag, NOTHING)
    return meanwhile("L3", f"ghost-{image}", "the tag is listed and does not resolve", act)


def _unlisted(image: str, stage: Stage) -> Fault:
    act = partial(stage.unlist, image)
    return meanwhile("L3", f"unlisted-{image}", "the tag resolves and is not listed", act)


def _list_again(image: str, stage: Stage) -> None:
    stage.embedded.unlist(stage.repository(image), stage.plan.tag, listed=True)


CASES = (
    *(
        Case(
            "L1",
            f"late-{reads}",
            f"the first {reads} reads after a write do not see it",
            Strikes.ONCE,
            setting=Setting(lag=first_reads(reads)),
            between=_timely,
        )
        for reads in (1, 2, 5, 20, 100_000)
    ),
    *(
        Case(
            "L1",
            f"late-{reads}-and-{name}",
            f"the first {reads} reads do not see a write, and: {FAULTS[name].what}",
            setting=Setting(lag=first_reads(reads)),
            fault=FAULTS[name],
            between=_timely,
        )
        for reads in (2, 5)
        for name in ("kill-after", "reset-after")
    ),
    *(
        Case(
            "L2",
            f"flapping-{pattern.replace(' ', '-')}",
            f"reads after a write see: {pattern}",
            Strikes.ONCE,
            setting=Setting(lag=flapping(pattern)),
            between=_timely,
        )
        for pattern in FLAPS
    ),
    *(
        Case(
            "L3",
            f"ghost-{image}",
            f"{image} is listed under the tag, which does not resolve",
            fault=partial(_ghost, image),
            ends=frozenset({End.PUBLISHED, End.TOLD}),
        )
        for image in IMAGES
    ),
    *(
        Case(
            "L3",
            f"unlisted-{image}",
            f"{image} resolves under the tag, and is not listed",
            fault=partial(_unlisted, image),
            between=partial(_list_again, image),
        )
        for image in IMAGES
    ),
    *of_row("L4", Setting(page=2)),
)
