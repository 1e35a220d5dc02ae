"""What a publish is: the values that the prover and the rules speak about.

``publishes.py`` finds them; ``gates.py`` finds the checks that should stand before them.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import field, replace
from enum import StrEnum

from wholeship.core.finding import Confidence
from wholeship.core.place import Place
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.pipeline.run import Spot
from wholeship.texts.template import Hole, Kind, Same, Template


class Way(StrEnum):
    """How bytes get into the registry."""

    BUILD = "build"  # built by this very step (build-push-action, ``buildx build --push``)
    BAKE = "bake"  # one target of a bake file
    PUSH = "push"  # a local image, built or loaded earlier in the job (``docker push``)
    COPY = "copy"  # bytes that a registry already has (``imagetools create``, ``crane copy``)
    INDEX = "index"  # a list made of images pushed before (``manifest push``)
    ATTACH = "attach"  # something beside an image: signature, attestation, chart
    REMOVE = "remove"  # a tag is deleted


class Atomicity(StrEnum):
    """What is left when the step that publishes does not end well.

    One build pushes its tags one after the other, in the order given (BuildKit, image exporter): any
    prefix can be out. The targets of one bake run push as each finishes: any subset.
    """

    PREFIX = "prefix"
    SUBSET = "subset"


@dataclass(frozen=True, slots=True)
class Reference:
    """``repository:tag``. ``tag`` is None for a push by digest: it makes nothing electable visible."""

    repository: Template
    tag: Template | None
    certain: bool = True
    """False when this tag is only one of the readings of a value, or rests on an unknown condition."""
    choice: str = field(default="", compare=False)
    """What decides which reading it is, where that is known."""

    def __str__(self) -> str:
        return str(self.repository) if self.tag is None else f"{self.repository}:{self.tag}"

    def image(self) -> str:
        """A short name for people: the last part of the repository."""
        text = str(self.repository)
        if self.repository.holes and text.endswith("}"):
            return text
        return text.rpartition("/")[2] or text

    def same(self, other: Reference) -> Same:
        """Whether both name one tag of one repository in one attempt of a run."""
        if self.tag is None or other.tag is None:
            return Same.NO
        answers = {self.repository.compare(other.repository), self.tag.compare(other.tag)}
        if Same.NO in answers:
            return Same.NO
        return Same.MAYBE if Same.MAYBE in answers else Same.YES


ANY_VERSION = Template.of(Hole("a version that only the run knows", frozenset({Kind.OUTPUT})))
"""In place of a tag: what is taken away by its digest or number may have any."""
EVERY_VERSION = Template.of(Hole("every version", frozenset({Kind.OUTPUT})))
"""In place of a tag: a repository is taken away with all that it holds."""
UNTAGGED = Template.of(Hole("every version without a tag", frozenset({Kind.OUTPUT})))
"""In place of a tag: what has none is taken away; the platforms of an index have none of their own."""


@dataclass(frozen=True, slots=True)
class Publish:
    """One command or action that makes tags visible, in one leg of one job of one scenario.

    ``references`` are in the order they are pushed; ``atomicity`` says what may be left of them.
    ``conditional``: the step may run and end well without this publish (an ``if`` inside the script, an
    unknown ``push:`` flag). ``masked``: the step may end well although this publish failed (``|| true``,
    a pipe without ``pipefail``; step-level ``continue-on-error`` is *not* in here, the step has it).
    ``requires``: effects of the same step (their ``order``) that have succeeded whenever this one starts.
    ``platforms`` is None when it could not be read; empty means the builder's own platform.
    ``sources`` are the references or digests that a COPY or INDEX takes its bytes from.
    ``file`` is the script or Makefile that says it, where that is not the workflow itself.
    ``how`` says it in words (``docker/build-push-action``, ``docker push in scripts/push.sh``).
    """

    spot: Spot
    references: tuple[Reference, ...]
    way: Way
    how: str
    place: Place
    atomicity: Atomicity = Atomicity.PREFIX
    platforms: frozenset[Platform] | None = frozenset()
    conditional: bool = False
    masked: bool = False
    loop: bool = False
    requires: Set[int] = frozenset()
    sources: tuple[Template, ...] = ()
    build: Build | None = None
    confidence: Confidence = Confidence.CERTAIN
    file: str = field(default="", compare=False)
    supposed: frozenset[str] = frozenset()
    """What has to be so for its script to get there, in words."""
    unseen: frozenset[str] = frozenset()
    """What has to be so for its step to end well though it has failed, in words."""
    revived: str = field(default="", compare=False)
    """Where parts that no run gets to are read, too: why none does, as far as a script says it."""

    @property
    def tagged(self) -> tuple[Reference, ...]:
        """The references that make a tag visible."""
        return tuple(reference for reference in self.references if reference.tag is not None)

    @property
    def tags(self) -> tuple[str, ...]:
        """All tags that it may push, as texts; empty ones for readings without a tag."""
        return tuple(dict.fromkeys(str(each.tag) for each in self.references if each.tag is not None))

    def at(self, spot: Spot) -> Publish:
        """The same publish at another spot."""
        return replace(self, spot=spot)


@dataclass(frozen=True, slots=True)
class Build:
    """What a build is made from, as far as two builds must agree on it to give the same bytes.

    ``file`` and ``target`` are empty where the defaults hold. ``local`` names the local tags it leaves;
    ``secrets`` are the names of those it is given, which change no bytes. ``packed`` is the tool that puts
    the context together from what it has compiled; ``target`` is then its name for the build, and no stage.
    """

    context: str = ""
    file: str = ""
    target: str = ""
    local: tuple[Template, ...] = ()
    arguments: tuple[str, ...] = ()
    secrets: tuple[str, ...] = field(default=(), compare=False)
    packed: str = ""


@dataclass(frozen=True, slots=True)
class LocalBuild:
    """A build that stays on the runner: what tests run, and what ``docker push`` may send later."""

    spot: Spot
    build: Build
    platforms: frozenset[Platform] | None
    how: str
    place: Place


@dataclass(frozen=True, slots=True)
class HiddenPublish:
    """A step that holds registry credentials and could not be read: it may push any tag of any image.

    ``reason`` says what could not be read; ``credentials`` which ones are in scope; ``name`` what the
    release file would call it, empty where nothing short does.
    """

    spot: Spot
    how: str
    reason: str
    credentials: tuple[str, ...]
    place: Place
    name: str = ""


SOMETIMES = "it does not run every time"
"""Why a check that a script runs only under some condition is not a real one."""


class CheckKind(StrEnum):
    """What a check looks at."""

    TEST = "test"
    SMOKE = "smoke"  # runs the image itself
    SCAN = "scan"
    LINT = "lint"


@dataclass(frozen=True, slots=True)
class Check:
    """A step that can say no to a release.

    ``real`` is False when its failure cannot fail the step (``|| true``, an action's ``exit-code: 0``);
    ``reason`` then says why. Step- and job-level ``continue-on-error`` are for the prover to weigh.
    ``subjects`` are the image references or digests it looks at, as far as they could be read;
    ``builds`` the local builds they come from. ``runs`` is the command without its flags: what makes it the
    same check in another step, job or file.
    """

    spot: Spot
    kind: CheckKind
    how: str
    place: Place
    real: bool = True
    reason: str = ""
    subjects: tuple[Template, ...] = ()
    builds: tuple[LocalBuild, ...] = ()
    runs: str = ""


@dataclass(frozen=True, slots=True)
class Emulation:
    """A step that sets up QEMU; ``condition`` is its ``if`` as written."""

    spot: Spot
    place: Place
    condition: str = ""


@dataclass(frozen=True, slots=True)
class LeftOutPublish:
    """What a command of the workflow could push, and is not told to; ``meant``: on purpose."""

    publish: Publish
    meant: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything found in one scenario of one workflow. ``removals``: tags that are deleted.

    ``skips``: scripts have parts that push, and that they never get to here.
    """

    publishes: tuple[Publish, ...] = ()
    hidden: tuple[HiddenPublish, ...] = ()
    checks: tuple[Check, ...] = ()
    builds: tuple[LocalBuild, ...] = ()
    emulations: tuple[Emulation, ...] = ()
    removals: tuple[Publish, ...] = ()
    untaken: tuple[Place, ...] = ()
    """Lines of scripts that push in a branch which is not taken here."""
    skips: bool = False
    left_out: tuple[LeftOutPublish, ...] = ()
    seen: tuple[Publish, ...] = ()
    """Questions whether a registry has a tag: where one ends well, it is there as if it had been pushed."""
