"""T: wall clocks that are wrong, step back, or come to the end of time. Only waiting uses a clock."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial

from wholeship.testing.drill.engine import Case
from wholeship.testing.drill.stage import Stage
from wholeship.testing.faults import FAULTS, Fault, meanwhile

DAY = 86_400.0
STEPS = {
    "day-back": -DAY,
    "day-on": DAY,
    "summer-time": 3600.0,
    "winter-time": -3600.0,
    "minute-back": -60.0,
}
MOMENTS = {
    "1970": datetime(1970, 1, 1, tzinfo=UTC),
    "2038": datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC),
    "9999": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
}


def _steps_by(name: str, seconds: float, stage: Stage) -> Fault:
    return meanwhile("T1", name, "the wall clock steps", partial(stage.told_clock.jump, seconds))


def _is_set(name: str, moment: datetime, stage: Stage) -> Fault:
    return meanwhile("T1", name, "the wall clock is set", partial(stage.told_clock.set, moment))


def _throttled_in_9999(stage: Stage) -> Fault:
    stage.told_clock.set(MOMENTS["9999"])
    return FAULTS["throttled-past"]


CASES = (
    *(
        Case("T1", name, f"the wall clock steps by {seconds:+.0f} s", fault=partial(_steps_by, name, seconds))
        for name, seconds in STEPS.items()
    ),
    *(
        Case("T1", f"set-{name}", f"the wall clock says {name}", fault=partial(_is_set, name, moment))
        for name, moment in MOMENTS.items()
    ),
    Case("T1", "wait-in-9999", "asked to wait at the end of time", fault=_throttled_in_9999),
)
