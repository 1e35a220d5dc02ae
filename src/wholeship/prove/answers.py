"""What the prover is asked about, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from dataclasses import field, replace
from enum import StrEnum
from typing import Self

from wholeship.core.finding import Moment
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.pipeline.publish import Atomicity, Check, HiddenPublish, Publish
from wholeship.pipeline.run import Data, Result, Spot


@dataclass(frozen=True, slots=True)
class Effect:
    """Something a step does, with all that decides whether it surely has, or surely has not, happened.

    It *may* have happened as soon as its step has started: a failed or cancelled step undoes nothing. It
    *surely* has when its step ended well, unless it is ``conditional`` (the step can end well without it)
    or ``masked`` (the step can end well although it failed). ``requires``: ``order`` of effects of the same
    step that have succeeded whenever this one starts. ``part``: which of the tags of one publish, in the
    order they are pushed. ``perhaps``: that tag is only one of what the publish may push.
    ``supposed``: what has to be so for it to happen, in words; ``unseen``: for its failure to go unseen.
    ``what`` is the sentence for the story: "app is pushed".
    """

    spot: Spot
    what: str = ""
    place: Place | None = None
    part: int = 0
    conditional: bool = False
    masked: bool = False
    requires: Set[int] = field(default=frozenset(), hash=False)  # equal ones are told apart well enough
    atomicity: Atomicity = Atomicity.PREFIX
    perhaps: bool = False
    supposed: frozenset[str] = frozenset()
    unseen: frozenset[str] = frozenset()

    @classmethod
    def publish(cls, publish: Publish, what: str = "", part: int = 0) -> Effect:
        """Tag number *part* of *publish* becomes visible."""
        named = what or f"{_subjects(publish)} is pushed"
        return cls(
            publish.spot,
            named,
            publish.place,
            part,
            publish.conditional,
            publish.masked,
            publish.requires,
            publish.atomicity,
            not all(each.certain for each in publish.references[part : part + 1]),
            publish.supposed,
            publish.unseen,
        )

    @classmethod
    def hidden(cls, hidden: HiddenPublish, what: str = "") -> Effect:
        """Whatever a step does that could not be read: it may happen, and never surely has."""
        return cls(hidden.spot, what or f"{hidden.how} may push anything", hidden.place, conditional=True)

    @classmethod
    def check(cls, check: Check, what: str = "") -> Effect:
        """*check* passes. One whose failure cannot fail the step never surely has."""
        return cls(check.spot, what or f"{check.how} passes", check.place, masked=not check.real)

    def of(self, part: int) -> Effect:
        """The same publish, tag number *part*."""
        return replace(self, part=part)


def _subjects(publish: Publish) -> str:
    return ", ".join(dict.fromkeys(each.image() for each in publish.tagged)) or "an image"


@dataclass(frozen=True, slots=True)
class Run:
    """A run that the prover found, as facts; what it does not name went well or does not matter.

    ``results`` are what dependants see of each job. ``steps`` says how a step ended, by job, leg (its name
    may be empty) and index, of the legs that the question was about; a step that did not run is absent.
    ``started`` are those of these legs that a runner took. ``unfinished`` are effects still under way, or
    not yet begun, at the instant of the last effect told. ``again``: the jobs that ran a second time, with
    the others left as they were. ``cancelled``: jobs whose condition was evaluated in a cancelled run.
    """

    data: Mapping[Data, bool] = field(default_factory=dict)
    data_again: Mapping[Data, bool] = field(default_factory=dict)
    results: Mapping[str, Result] = field(default_factory=dict)
    steps: Mapping[tuple[str, str, int], Result] = field(default_factory=dict)
    started: frozenset[tuple[str, str]] = frozenset()
    unfinished: tuple[Spot, ...] = ()
    again: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Proved:
    """In every run. ``how`` says why in a few words."""

    how: str = ""


Telling = tuple[tuple[Moment, ...], Run, tuple[str, ...]]


class _Shown:
    """A run, told when somebody asks for it: most answers are only looked at for what they are."""

    __slots__ = ("_tell", "_told")

    def __init__(self, story: tuple[Moment, ...], run: Run, doubts: tuple[str, ...] = ()) -> None:
        self._told: Telling | None = (story, run, doubts)
        self._tell: Callable[[], Telling] | None = None

    @classmethod
    def later(cls, tell: Callable[[], Telling]) -> Self:
        """The answer whose run *tell* finds."""
        shown = cls.__new__(cls)
        shown._tell, shown._told = tell, None
        return shown

    def told(self) -> Telling:
        """Story, run and doubts."""
        if self._told is None:
            assert self._tell is not None
            self._told, self._tell = self._tell(), None
        return self._told

    @property
    def story(self) -> tuple[Moment, ...]:
        """The run step by step."""
        return self.told()[0]

    @property
    def run(self) -> Run:
        """The run as facts."""
        return self.told()[1]

    @property
    def doubts(self) -> tuple[str, ...]:
        """What in the run rests on a reading that could be wrong: then it is likely, not certain."""
        return self.told()[2]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shown) and type(self) is type(other) and self.told() == other.told()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self.told()!r}"


class Refuted(_Shown):
    """Not in the run that ``story`` tells, the shortest there is.

    ``doubts`` is empty when nothing in the run rests on a reading that could be wrong; otherwise it says
    what does ("app is pushed only if …"): such a finding is likely, not certain.
    """

    __slots__ = ()


class Happens(_Shown):
    """It can happen, and ``story`` is how."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Undecided:
    """Neither shown nor refuted, because of something that could not be read at ``place``."""

    reason: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Never:
    """There is no such run."""


Answer = Proved | Refuted | Undecided
Occurrence = Happens | Never | Undecided


class Cause(StrEnum):
    """What written in the workflow can cut a run, besides people and lost runners."""

    RUN_GROUP = "run group"  # cancel-in-progress of the workflow
    JOB_GROUP = "job group"  # cancel-in-progress of the job, or of the call it is in
    FAIL_FAST = "fail-fast"  # another leg of the same matrix fails


@dataclass(frozen=True, slots=True)
class Cut:
    """How a run can be cut half-way. ``place`` is where that is written."""

    cause: Cause
    job: str
    place: Place
    story: tuple[Moment, ...]
