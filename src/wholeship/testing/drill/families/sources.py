"""M: the work tree becomes another between two tries, or under a build: one release is of one commit."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wholeship.core.errors import ExitCode
from wholeship.release.source import Source
from wholeship.testing.drill.engine import Case, End, Strikes, resumed
from wholeship.testing.drill.machine import Machine
from wholeship.testing.drill.observer import visible_to_controller
from wholeship.testing.drill.stage import COMMITS, NEWER, TAG, Stage
from wholeship.testing.faults import FAULTS, Fault, meanwhile

OTHERS = {
    "another-commit": Source(COMMITS[NEWER]),
    "other-files": Source(COMMITS[TAG], "sha256:" + "a" * 64, ("app/pages.py",)),
}
"""What the work tree is at afterwards."""


def _whole_run(stage: Stage) -> int:
    """Requests of a release that nobody disturbs."""
    machine = Machine(stage)
    machine.run()
    return machine.line.count


def _gone_on_with(other: Source, second: str, stage: Stage, step: int) -> Iterator[str]:
    """Killed at *step*, then tried from *other*, on this machine or a *second*: that is refused, whatever was
    done by then, and puts nothing out. Back in its commit the release is finished."""
    Machine(stage, fault=FAULTS["kill-after"], at=step).run()
    before = visible_to_controller(stage.truth, stage.plan)
    stage.tree = other
    ending = Machine(stage, second).run()
    if ending.code is not ExitCode.NO or not ending.refused:
        yield f"M1 continued from another source: {ending.code}: {ending.text[:200]}"
    if visible_to_controller(stage.truth, stage.plan) and not before:
        yield "M1 put out from another source"
    stage.tree = None
    yield from resumed(stage, second)[1]


def _switched(other: Source, stage: Stage) -> Fault:
    def act() -> None:
        stage.tree = other

    return meanwhile("M2", "switched", "the work tree becomes another", act)


def _back(stage: Stage) -> None:
    stage.tree = None


CASES = (
    *(
        Case(
            "M1",
            f"{name}-{second}",
            f"killed, and tried again from {name.replace('-', ' ')} ({second})",
            Strikes.STEPS,
            play=partial(_gone_on_with, other, second),
            length=_whole_run,
        )
        for name, other in OTHERS.items()
        for second in ("here", "elsewhere")
    ),
    *(
        Case(
            "M2",
            f"switched-to-{name}",
            f"the work tree is switched to {name.replace('-', ' ')} during a request",
            fault=partial(_switched, other),
            between=_back,
            ends=frozenset({End.PUBLISHED}),
        )
        for name, other in OTHERS.items()
    ),
)
