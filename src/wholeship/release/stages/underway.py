"""A release between two stages, and what a stage is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TypeVar

from wholeship.core.errors import Bug
from wholeship.core.progress import Task
from wholeship.core.values import dataclass
from wholeship.release.plan import Plan
from wholeship.release.record import Record
from wholeship.release.stages.results import Cleared, Drifted, Failed, Held, Promoted, Refused, Verified
from wholeship.release.stages.settings import StageSettings

Given = TypeVar("Given")


@dataclass(frozen=True, slots=True)
class Underway:
    """How far a release is: what its record holds, and what each stage left for those that come after it.

    ``done`` has the names of the stages whose results are here. ``ended`` is the stage's "no": nothing runs
    after it. ``news``: promotion wrote something, or noted it. ``seconds`` are by stage.
    """

    record: Record
    done: frozenset[str] = frozenset()
    cleared: Cleared | None = None
    promoted: Promoted | None = None
    news: bool = False
    proof: Verified | Drifted | None = None
    ended: Failed | Refused | Held | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)

    @property
    def plan(self) -> Plan:
        """The plan that is carried out."""
        return self.record.plan


StageStep = Callable[[Underway, StageSettings], Underway]
"""From what a stage takes to what it leaves."""


def as_recorded(state: Underway, settings: StageSettings) -> Underway:
    """What a stage left, where the record has it all."""
    return state


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage. ``needs`` names the stage whose result it takes; empty: it is the first.

    ``run`` carries it out, and says no through ``Underway.ended``. ``recall`` gives what it left from the
    record alone, checked anew, with nothing run: for a slice of the release that begins after it. The time
    that it takes is kept, unless it is not ``timed``. ``tasks`` are the lines that it will show.
    """

    name: str
    needs: str
    run: StageStep
    recall: StageStep = as_recorded
    timed: bool = True
    tasks: Callable[[Plan], tuple[Task, ...]] = field(default=lambda _plan: ())


def require_given(value: Given | None) -> Given:
    """*value*, which the stages before, or who runs them, have to give."""
    if value is None:
        raise Bug("a stage was run without what it needs")
    return value
