"""D: no room, no writable folder, no home: known before anything is bound to a tag."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from wholeship.core.errors import ExitCode
from wholeship.testing.drill.disk import ERRORS, DiskFault, FaultyDisk, Mishap
from wholeship.testing.drill.engine import Case, Strikes, agrees, resumed
from wholeship.testing.drill.machine import Machine
from wholeship.testing.drill.stage import Stage
from wholeship.testing.faults import FOREVER


def _from_the_start(error: int) -> DiskFault:
    return DiskFault(Mishap.FAILS, error, FOREVER)


def _play(error: int, stage: Stage, step: int) -> Iterator[str]:
    """A disk that takes nothing, from the first call on: not one tag is written."""
    machine = Machine(stage, disk=FaultyDisk(_from_the_start(error)))
    ending = machine.run()
    yield from agrees(stage, ending, machine)
    if ending.code is not ExitCode.UNFINISHED:
        yield f"D1 it ended with {ending.code}: {ending.text[:200]}"
    if stage.observer.writes:
        yield f"D1 it wrote {stage.observer.writes[0]} all the same"
    if str(stage.folder) not in ending.text:
        yield f"D1 which disk is not said: {ending.text[:200]}"
    yield from resumed(stage, "here")[1]


def _homeless(stage: Stage, step: int) -> Iterator[str]:
    """Without HOME and with nothing in the environment but the credentials."""
    stage.environment = {k: v for k, v in stage.environment.items() if k.startswith("WHOLESHIP_")}
    yield from resumed(stage, "here")[1]


CASES = (
    *(
        Case(
            "D1",
            f"{name}-from-the-start",
            f"a disk that is {name} takes nothing",
            Strikes.ONCE,
            play=partial(_play, error),
        )
        for name, error in ERRORS.items()
    ),
    Case("D1", "no-home", "HOME is not set", Strikes.ONCE, play=_homeless),
    *(
        Case(
            "D1",
            f"{name}-from-here",
            f"from here on the disk is {name}; then it is not",
            Strikes.DISK,
            disk=_from_the_start(error),
        )
        for name, error in ERRORS.items()
    ),
)
