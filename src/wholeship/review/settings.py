"""What a review is asked to do: a plain value, wherever it was written down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, fields, replace

from wholeship.core.errors import BadInput
from wholeship.core.values import dataclass
from wholeship.review.verdict import Risk

EVIDENCE = "evidence"
CONTEXT = "wholeship/review"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The least and the most the gate lets through, field by field."""

    bug_free_confidence: int = 80
    bugs: int = 0
    slop: int = 15
    simplicity: int = 70
    blockers: int = 0
    tests_adequate: bool = True
    behavior_change_risk: Risk = Risk.MEDIUM

    def changed(self, values: Mapping[str, object]) -> Thresholds:
        """These, with *values* on top; :class:`BadInput` for a field or a value there is none of."""
        return replace(self, **dict(_limit(name, value) for name, value in values.items()))  # type: ignore[arg-type]

    def stricter(self, other: Thresholds) -> Thresholds:
        """The stricter of both, field by field."""
        return Thresholds(
            max(self.bug_free_confidence, other.bug_free_confidence),
            min(self.bugs, other.bugs),
            min(self.slop, other.slop),
            max(self.simplicity, other.simplicity),
            min(self.blockers, other.blockers),
            self.tests_adequate or other.tests_adequate,
            min(self.behavior_change_risk, other.behavior_change_risk, key=lambda risk: risk.rank),
        )


_NAMES = tuple(each.name for each in fields(Thresholds))
_PERCENT = ("bug_free_confidence", "slop", "simplicity")


def _limit(name: str, value: object) -> tuple[str, int | bool | Risk]:
    """The field called *name* and its limit; text is read as the command line writes it."""
    if name == "runtime_change_risk":
        name = "behavior_change_risk"
    return name, _value(name, value)


def _value(name: str, value: object) -> int | bool | Risk:
    if name not in _NAMES:
        raise BadInput(f"there is no threshold {name}", advice=f"known: {', '.join(_NAMES)}")
    if name == "tests_adequate":
        words = {"true": True, "false": False}
        found = value if isinstance(value, bool) else words.get(str(value).lower())
        if found is None:
            raise BadInput(f"tests_adequate is true or false, not {value}")
        return found
    if name == "behavior_change_risk":
        if str(value) not in list(Risk):
            raise BadInput(f"behavior_change_risk is at most none, low, medium or high, not {value}")
        return Risk(str(value))
    text = str(value)
    top = 100 if name in _PERCENT else 1_000_000
    if isinstance(value, bool) or not text.isascii() or not text.isdigit() or int(text) > top:
        raise BadInput(f"{name} is a whole number from 0 to {top}, not {value}")
    return int(text)


@dataclass(frozen=True, slots=True)
class Confinement:
    """Where the suites of an untrusted change run: in a container of *image*, else under bubblewrap.

    ``readable`` are further folders with toolchains.
    """

    image: str = ""
    readable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Suite:
    """A command that is run in a clean worktree of the head; ``timeout`` in seconds."""

    name: str
    command: str
    timeout: float = 1800.0
    environment: tuple[str, ...] = ()
    """Variables it may see beside the harmless ones; never one that holds a token of the code host."""
    network: bool = False
    """Whether it may use the network when the change is not trusted."""
    memory: int = 4096
    """MiB that each of its processes may use when the change is not trusted."""
    confinement: Confinement | None = None
    """None: the change is trusted, and the suite runs as the user."""


@dataclass(frozen=True, slots=True)
class ReviewerSpec:
    """A reviewer: a preset by name, or a command of the user's own. ``timeout`` in seconds.

    ``environment`` names variables it may see beside the harmless ones, ``login`` files below the home
    folder it may read, ``cost`` what one run is taken to cost (US dollars) where it does not say itself.
    """

    name: str
    command: tuple[str, ...] = ()
    timeout: float = 900.0
    model: str = ""
    environment: tuple[str, ...] = ()
    login: tuple[str, ...] = ()
    cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Budget:
    """What external reviewers may use, per repository. Zero: none at all."""

    runs_per_hour: int = 6
    runs_per_day: int = 40
    cost_per_day: float = 20.0
    cost_per_run: float = 5.0
    diff_bytes: int = 400_000


@dataclass(frozen=True, slots=True)
class Settings:
    """One review. ``overridden`` are the thresholds set for this run only, shown wherever the gate is."""

    suites: tuple[Suite, ...] = ()
    reviewers: tuple[ReviewerSpec, ...] = (ReviewerSpec(EVIDENCE),)
    thresholds: Thresholds = Thresholds()
    overridden: Mapping[str, str] = field(default_factory=dict)
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    coverage: tuple[str, ...] = ()
    """Reports that a suite writes, relative to the work tree."""
    measured: tuple[str, ...] = ()
    """Reports of this very commit that were measured elsewhere, as the person who runs the review says."""
    budget: Budget = Budget()
    allow_skip: bool = False
    mutate: int = 0
    """At most so many mutants of the changed lines are tried; 0: none."""
    context: str = CONTEXT
    prompt: str = ""
    """The team's own text for external reviewers, a file of the base; empty: the built-in one."""
    remarks: tuple[str, ...] = ()
    """Where these settings come from, as far as a reader of the verdict must know."""
    lifetime: float = 7 * 24 * 3600.0
    """Seconds for which a verdict is kept."""

    @property
    def reports(self) -> bool:
        """Whether coverage is to be looked at."""
        return bool(self.coverage or self.measured)

    @property
    def models(self) -> tuple[ReviewerSpec, ...]:
        """The reviewers that are not the built-in one."""
        return tuple(each for each in self.reviewers if each.name != EVIDENCE)
