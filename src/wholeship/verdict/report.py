"""What `check` found: values that the formats print and that two revisions are compared by."""

from __future__ import annotations

from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Severity
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.pipeline.publish import Reference


@dataclass(frozen=True, slots=True)
class Gate:
    """A check: its kind and what it runs on what, which is what it *is*; ``shown`` is for people."""

    kind: str
    runs: str
    shown: str

    @property
    def key(self) -> tuple[str, str]:
        """What it is, whatever its job, step and file are called."""
        return self.kind, self.runs


@dataclass(frozen=True, slots=True)
class PublishLine:
    """One image getting its tags in one step of one scenario.

    ``platforms`` is None where they could not be read. ``after``: images that are surely out before it;
    ``gates``: checks (as ``job: check``) that have surely passed before it; ``behind`` are the same by what
    they are.
    """

    scenario: str
    job: str
    step: str
    image: str
    repository: str
    tags: tuple[str, ...]
    deploy: bool
    platforms: tuple[str, ...] | None
    way: str
    after: tuple[str, ...]
    gates: tuple[str, ...]
    needs: tuple[str, ...]
    place: Place
    behind: tuple[Gate, ...] = ()

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is, across revisions: the image in a scenario."""
        return self.scenario, self.image, self.repository


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A finding that somebody has answered: in the file, with a reason, or in the baseline.

    ``entry``: by this entry of the release file.
    """

    finding: Finding
    reason: str
    where: str
    entry: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that could not be read or decided, and why. ``publishes``: any image may be pushed there."""

    what: str
    reason: str
    place: Place
    publishes: bool = False


@dataclass(frozen=True, slots=True)
class Claim:
    """A release's tag that a workflow gives an image on an event; ``follows``: in runs after these workflows.

    ``paths``: only for changes of some files.
    """

    event: str
    ref: str
    follows: tuple[str, ...]
    paths: bool
    image: str
    repository: str
    tag: str
    place: Place


@dataclass(frozen=True, slots=True)
class Held:
    """A release's tag, or what is deleted, on one event. ``parts``: it may be a list of platforms."""

    scenario: str
    image: str
    reference: Reference
    place: Place
    parts: bool = False


@dataclass(frozen=True, slots=True)
class Edge:
    """``job`` waits for ``need``. ``critical``: a publish waits for another through it."""

    job: str
    need: str
    critical: bool = False


@dataclass(frozen=True, slots=True)
class WorkflowReport:
    """One file. ``whole``: no run is half; None where that is not known or there is nothing to say it of,
    or where it hangs on who is followed: then ``whole_if_followed`` are the images that may be.

    ``rights`` and ``groups`` are lines for people, by job (an empty name is the workflow): what the token
    may write, and the concurrency group with what it does to a running and a waiting run.
    ``crash``: a bug of ours on this file; the others are checked all the same. ``assumed`` is what the answer
    takes for granted of this very file, in sentences.
    """

    path: str
    name: str = ""
    scenarios: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    watched: str = ""
    watched_source: str = ""
    whole: bool | None = None
    publishes: tuple[PublishLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    suppressed: tuple[Suppressed, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    edges: tuple[Edge, ...] = ()
    jobs: tuple[str, ...] = ()
    rights: tuple[tuple[str, str], ...] = ()
    groups: tuple[tuple[str, str], ...] = ()
    text: str = ""
    crash: str = ""
    cut: bool = False
    """It is too large to be read, or publishes too much: what ``unknown`` says of that is not all."""
    whole_if_followed: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    siblings: tuple[Held, ...] = ()
    deleted: tuple[Held, ...] = ()
    checks: tuple[Gate, ...] = ()

    @property
    def quiet(self) -> bool:
        """Whether there is nothing to tell: no publish, no finding, nothing that is too large to be read."""
        nothing = not self.publishes and not self.findings and not self.suppressed
        return nothing and not self.crash and not self.cut


@dataclass(frozen=True, slots=True)
class Report:
    """Every file, in order. ``failing``: findings of this severity or worse mean "no".

    ``asks_wholeness``: whether the releases are whole was asked, so that not knowing it is no yes.
    ``unpublished`` are followed images (as ``followed_source`` says) that none of the files publishes;
    ``idle`` are entries of the release file that ignore nothing here.
    """

    workflows: tuple[WorkflowReport, ...] = ()
    failing: Severity = Severity.WARNING
    stale: tuple[str, ...] = ()
    unpublished: tuple[str, ...] = ()
    followed_source: str = ""
    idle: tuple[str, ...] = ()
    asks_wholeness: bool = True

    @property
    def findings(self) -> Iterator[Finding]:
        """Every finding, file by file."""
        for workflow in self.workflows:
            yield from workflow.findings

    @property
    def failures(self) -> tuple[Finding, ...]:
        """Those that make the answer "no"."""
        return tuple(each for each in self.findings if each.severity.rank <= self.failing.rank)

    @property
    def undecided(self) -> bool:
        """Whether something could not be found out."""
        return any(each.confidence is Confidence.UNKNOWN for each in self.findings)
