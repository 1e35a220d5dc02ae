"""One abstract run: a workflow in one scenario, with everything expanded that can be.

This is what the facts are found in and what the prover reasons about. Called workflows and composite
actions are inlined, matrices are legs, every condition is a formula, and what is not known before the run
is an atom: the same atom everywhere in the run, so that two jobs with the same condition go together.

``read`` makes it (source → workflow → instance); ``prove`` asks it; ``facts`` fill in what the steps do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import field
from enum import StrEnum
from typing import NamedTuple

from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.logic.formula import FALSE, TRUE, Formula
from wholeship.pipeline.trigger import Trigger
from wholeship.texts.template import Value


class Result(StrEnum):
    """How a job or a step ended (GitHub docs, "Contexts reference": ``needs`` and ``steps``)."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """The step that does it. ``job`` is the expanded job's id, ``leg`` its matrix combination in words.

    ``step`` is the index in the expanded list of steps of that job (composite actions inlined);
    ``order`` counts the effects inside that step.
    """

    job: str
    leg: str = ""
    step: int = 0
    order: int = 0

    @property
    def site(self) -> str:
        """Where the texts that the step makes come from, as the holes of a template name it."""
        leg = f" ({self.leg})" if self.leg else ""
        return f"{self.job}{leg}/{self.step}"

    def before(self, other: Spot) -> bool:
        """Whether it stands earlier in the same leg of the same job."""
        return (self.job, self.leg) == (other.job, other.leg) and (self.step, self.order) < (
            other.step,
            other.order,
        )


# What the atoms of a condition's formula may be. ``always()`` is TRUE.


class Function(StrEnum):
    """The status functions, as they are where the condition is evaluated."""

    SUCCESS = "success"
    FAILURE = "failure"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Status:
    """``success()``, ``failure()`` or ``cancelled()``, of the job or step whose condition this is in.

    In a job's ``if`` they speak of its ancestors, in a step's of the steps before it (inside a composite
    action: of that action's own steps before it).
    """

    function: Function


@dataclass(frozen=True, slots=True)
class NeedsResult:
    """``needs.<job>.result == <result>``; *job* is an expanded job's id."""

    job: str
    result: Result


@dataclass(frozen=True, slots=True)
class StepResult:
    """``steps.<id>.outcome == <result>``, or ``.conclusion`` (after ``continue-on-error``).

    ``step`` is an index in the same job's expanded steps. A step that has not run yet has no result.
    """

    step: int
    result: Result
    conclusion: bool = False


@dataclass(frozen=True, slots=True)
class StepWrote:
    """A step has written its outputs and variables: surely where it ended well, else perhaps.

    ``step`` is an index in the same job's expanded steps.
    """

    step: int


@dataclass(frozen=True, slots=True)
class JobStatus:
    """``job.status == <result>`` in a step's condition."""

    result: Result


class Tells(NamedTuple):
    """What a text that a step has set an output to tells: which effects of the step had succeeded by then.

    ``early``: it tells that even where the step ended badly afterwards; else only where it ended well.
    ``unset``: the step has ended badly before it set the output.
    """

    effects: frozenset[int] = frozenset()
    early: bool = False
    unset: bool = False


@dataclass(frozen=True, slots=True)
class Data:
    """A truth that is only known in the run: ``inputs.dry_run``, ``vars.ENV == 'prod'``.

    ``text`` is how people would write it. Equal atoms have one value inside a run, unless ``site`` says
    where it is made anew (an output of a step, which a job has only when that step ran). ``ended``: it says
    how that step, or the leg at that site, ended, as another job reads it in an output.
    """

    text: str
    site: str = ""
    ended: StepResult | StepWrote | JobStatus | None = None
    tells: Tells = Tells()


@dataclass(frozen=True, slots=True)
class Action:
    """An action that is not inlined: its name without version in lower case, and its inputs.

    ``places`` says where each input is written. ``workflow``: it is a called workflow of another repository,
    the only step of a job that stands for the call.
    """

    name: str
    version: str
    inputs: Mapping[str, Value]
    places: Mapping[str, Place] = field(default_factory=dict)
    workflow: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """``run:``. ``errexit`` and ``pipefail`` as the shell named (or not) sets them.

    ``text`` is shell text: what is known of each ``${{ }}`` stands in it, for the rest a placeholder (a word
    of letters and digits) that ``known`` maps to its value, as ``shell.interpret`` takes them. Many options
    in one script would multiply if the whole were one Value. ``line``: where in the file row 0 stands.
    """

    text: str
    known: Mapping[str, Value] = field(default_factory=dict)
    line: int = 0
    shell: str = ""
    errexit: bool = True
    pipefail: bool = False
    directory: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step, composite actions taken apart.

    ``condition`` holds the implicit ``success()`` where GitHub adds one. ``tolerated`` is
    ``continue-on-error``. ``scope`` names the composite calls around it, outermost first, as indexes of
    the :class:`Step` that calls (whose ``does`` is None, and which ends when its last inner step has).
    ``background``: it runs beside the following steps until a step that ``waits`` for its index.
    ``environment``: every variable that the step sees, those of the CI included.
    ``refuses``: where it holds as the step starts, that cannot end well (``exit 1``, a test of a needed job's
    result).
    """

    index: int
    name: str
    place: Place
    does: Action | Script | None = None
    id: str = ""
    condition: Formula = TRUE
    condition_text: str = ""
    condition_place: Place | None = None
    tolerated: Formula = FALSE
    scope: tuple[int, ...] = ()
    environment: Mapping[str, Value] = field(default_factory=dict)
    background: bool = False
    waits: frozenset[int] = frozenset()
    cancels: frozenset[int] = frozenset()
    timed: bool = False  # a time limit of its own: it can fail by that
    refuses: Formula = FALSE
    may_refuse: Formula = FALSE
    """Where a program that was not read is asked about it, which can end badly then, or can not."""
    revived: bool = False
    """No run fulfils its condition; it has been read as if one did."""
    supposed: frozenset[str] = frozenset()
    """What has to be so for its texts to be what they are taken for, in words."""
    wanted: Formula = TRUE
    """Where it does not hold, a text is missing without which the step makes no tag visible."""
    handed_after: Set[int] = frozenset()
    """Which of its effects (by ``order``) have succeeded whenever it has written an output or variable."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One combination of a matrix, or the whole job. ``name`` is empty for a job without matrix.

    ``many``: stands for an unknown number of legs (one or more) of a matrix that is data. ``shown``: the
    ``name:`` that GitHub shows it under; None where the job has none.
    """

    name: str
    steps: tuple[Step, ...]
    matrix: Mapping[str, Value] = field(default_factory=dict)
    tolerated: Formula = FALSE
    runner: tuple[str, ...] = ()
    many: bool = False
    shown: Value | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """A concurrency group. ``queue`` is ``single`` or ``max`` (GitHub docs, "Concurrency").

    ``by_leg``: each leg of a matrix has one of its own.
    """

    name: Value
    cancels: Formula
    queue: str
    place: Place
    by_leg: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """One job of the run. ``legs`` is empty for a call of another workflow, whose jobs are ``inner``.

    ``needs`` are expanded ids. ``caller`` is the calling job of an inlined workflow; an inner job starts
    only when the caller's ``needs`` and ``condition`` let it. ``may_wait``: an environment that can hold
    or reject it. ``may_be_empty``: a matrix that can have no leg. ``outputs`` are by name.
    ``permissions``: None when the repository's default is in force. ``secrets``: the names that its texts
    mention, ``*`` where a call hands on all. A caller stands before its inner jobs in ``Instance.jobs``;
    the jobs that need it stand after them. A job that cannot run in this scenario has condition FALSE and no
    legs. A call of another repository's workflow is a job with one leg,
    whose one step is an :class:`Action` with ``workflow`` set.
    """

    id: str
    name: str
    place: Place
    needs: tuple[str, ...] = ()
    needs_places: Mapping[str, Place] = field(default_factory=dict)
    condition: Formula = TRUE
    condition_text: str = ""
    condition_place: Place | None = None
    legs: tuple[Leg, ...] = ()
    fail_fast: Formula = TRUE
    max_parallel: int | None = None
    inner: tuple[str, ...] = ()
    caller: str = ""
    group: Group | None = None
    environment: str = ""
    may_wait: bool = False
    may_be_empty: bool = False
    outputs: Mapping[str, Value] = field(default_factory=dict)
    permissions: Mapping[str, str] | None = None
    secrets: tuple[str, ...] = ()
    minutes: float | None = None
    revived: bool = False
    """No run fulfils its condition; it has been read as if one did."""

    def leg(self, name: str) -> Leg:
        """The leg called *name*."""
        return next(leg for leg in self.legs if leg.name == name)


@dataclass(frozen=True, slots=True)
class Unread:
    """Something that could not be read, where, and why: never silence."""

    what: str
    reason: str
    place: Place
    job: str = ""


@dataclass(frozen=True, slots=True)
class Scenario:
    """The event a run starts on. ``name`` is short and unique in the workflow: ``push``, ``push (tag)``.

    ``inputs`` are those of a manual run or a call, ``defaults`` their defaults; ``paths``: a filter on
    changed files decides whether there is a run at all. ``follows``: it starts after runs of
    these workflows.
    """

    name: str
    event: str
    place: Place
    inputs: Mapping[str, Value] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    trigger: Trigger = field(default_factory=Trigger)
    paths: bool = False
    follows: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Instance:
    """An abstract run. ``axioms`` hold in every concrete run (two values of one input exclude each other).

    ``jobs`` are in an order in which every job stands after those it needs.
    """

    path: str
    scenario: Scenario
    jobs: tuple[Job, ...]
    axioms: tuple[Formula, ...] = ()
    unread: tuple[Unread, ...] = ()
    group: Group | None = None
    rerunnable: bool = True

    def job(self, id: str) -> Job:
        """The job called *id*; ``KeyError`` when there is none."""
        for job in self.jobs:
            if job.id == id:
                return job
        raise KeyError(id)

    def step(self, spot: Spot) -> Step:
        """The step at *spot*."""
        return self.job(spot.job).leg(spot.leg).steps[spot.step]

    def spots(self) -> Iterator[tuple[Job, Leg, Step]]:
        """Every step with the leg and the job it stands in."""
        for job in self.jobs:
            for leg in job.legs:
                for step in leg.steps:
                    yield job, leg, step
