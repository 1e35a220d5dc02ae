"""One workflow, read and understood: what the rules look at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from wholeship.core.errors import Problem
from wholeship.core.place import Place
from wholeship.core.values import dataclass
from wholeship.core.wording import listed_few
from wholeship.core.yamls import Node
from wholeship.logic.formula import FALSE
from wholeship.pipeline.images import Image, Release, Tagged, images, provisional, releases
from wholeship.pipeline.publish import Check, Facts, HiddenPublish, Publish
from wholeship.pipeline.run import Instance, Job, Spot, Step
from wholeship.pipeline.system import CiSystem
from wholeship.pipeline.tags import Nature, is_given
from wholeship.prove import Effect, Never, Prover
from wholeship.texts.template import Kind, Template
from wholeship.verdict.watched import NOBODY, Watched


@dataclass(frozen=True)
class Case:
    """One scenario of the workflow. ``cut``: it is too large, and nothing of what it publishes is known."""

    instance: Instance
    facts: Facts
    system: CiSystem
    watched: Watched = NOBODY
    cut: bool = False

    @property
    def name(self) -> str:
        """The scenario's."""
        return self.instance.scenario.name

    @cached_property
    def prover(self) -> Prover:
        """Made when something is asked."""
        return Prover(self.instance, self.system.status)

    @cached_property
    def images(self) -> tuple[Image, ...]:
        """Every image that can get a tag in this scenario."""
        trigger = self.instance.scenario.trigger
        return images(self.facts, trigger, self.watched.follows_tag, self.watched.holds)

    @cached_property
    def assumed(self) -> tuple[str, ...]:
        """What the answers take for granted of this scenario, in sentences."""
        trigger = self.instance.scenario.trigger
        every = [str(each) for each in provisional(self.facts, trigger)]
        left_out = [str(each) for each in provisional(self.facts, trigger, self.watched.follows_tag)]
        kept = [each for each in every if each not in left_out]
        said = []
        if left_out:
            said.append(f"no controller follows the candidate {listed_few(left_out, 'or')}")
        typed = [
            str(each.tag) for each in self.releases if is_given(each.tag) and each.nature is Nature.DEPLOY
        ]
        if typed:
            said.append(
                f"nobody gives two runs the same text, or one that moves, for {listed_few(typed, 'or')}"
            )
        said += [f"no environment has another text for {name}" for name in sorted(self._told_by_environment)]
        if kept:
            said.append(f"what {self.watched.source} elects is no candidate: {listed_few(kept)}")
        return tuple(said)

    @property
    def _told_by_environment(self) -> set[str]:
        """Settings in the tags of a release whose jobs do not all have the same environment, or none."""
        found: set[str] = set()
        for one in self.releases:
            jobs = {each.publish.spot.job for image in one.images for each in one.tagged(image)}
            if len({self.instance.job(job).environment for job in jobs}) > 1:
                found |= {hole.name for hole in one.tag.holes if Kind.VARIABLE in hole.kinds}
        return found

    @cached_property
    def releases(self) -> tuple[Release, ...]:
        """Images that share a tag."""
        return releases(self.images, self.instance.scenario.trigger)

    @cached_property
    def tagged(self) -> tuple[Tagged, ...]:
        """Every tag that can become visible, in the order of the workflow."""
        return tuple(each for image in self.images for each in image.tags)

    @cached_property
    def publishing(self) -> tuple[Publish, ...]:
        """Every publish that makes such a tag visible, once."""
        return tuple({each.publish.spot: each.publish for each in self.tagged}.values())

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """One check for each step and kind: what holds of one leg of a matrix holds of the others."""
        kept: dict[tuple[str, int, str], Check] = {}
        for check in self.facts.checks:
            key = (check.spot.job, check.spot.step, check.kind.value)
            known = kept.get(key)
            if known is None or (known.real and not check.real):
                kept[key] = check
        return tuple(kept.values())

    def happens(self, effect: Effect) -> bool:
        """Whether it can happen at all."""
        if effect not in self._happening:
            self._happening[effect] = not isinstance(self.prover.possible(effect), Never)
        return self._happening[effect]

    @cached_property
    def verdicts(self) -> dict[Watched, Any]:
        """Answers of ``wholeness`` by who is followed, so that each is worked out once."""
        return {}

    @cached_property
    def _happening(self) -> dict[Effect, bool]:
        return {}

    def step(self, spot: Spot) -> Step:
        """The step at *spot*."""
        return self.instance.step(spot)

    def job(self, spot: Spot) -> Job:
        """The job at *spot*."""
        return self.instance.job(spot.job)

    def checks_out(self, spot: Spot) -> bool:
        """Whether the job at *spot* works on the commit of the event."""
        return self.system.checks_out(self.job(spot).leg(spot.leg).steps)

    def name_of(self, image: Image) -> str:
        """*image*, for a sentence."""
        return f"each {image.name}" if image.several else image.name


Minutes = Callable[["Study", str, str], float | None]
"""Minutes that a job's wait for another costs on the critical path; None when nobody knows."""

DiskRisks = Callable[["Study"], Iterable[tuple[str, str, float, float]]]
"""Jobs whose forecast peak does not fit: scenario, job, peak and guaranteed GB."""


@dataclass(frozen=True, slots=True)
class Dead:
    """A publish that no run reaches. ``condition`` is what keeps it, as written, at ``place``."""

    publish: Publish
    condition: str
    place: Place
    meant: bool = False  # somebody has switched it off on purpose


@dataclass(frozen=True, slots=True)
class Absent:
    """An image that would get the tag of a release, and that no run publishes.

    ``why`` says it in words, and ``place`` where that stands.
    """

    image: Image
    publish: Publish
    why: str
    place: Place
    meant: bool = False  # somebody has switched it off on purpose
    conditions: bool = False  # conditions of the workflow keep it, not what a script does


@dataclass(frozen=True)
class Study:
    """The whole file. ``problems`` is what GitHub would refuse, or what reads other than it runs.

    ``dead`` are publishes that no run reaches; ``absent`` are images that would belong to a release, and that
    no run publishes; ``previews`` are tags that nobody follows. ``root`` are the
    file's nodes, None when it could not be read. ``may_publish``: something in it speaks of images.
    """

    path: str
    text: str
    cases: tuple[Case, ...]
    watched: Watched = NOBODY
    problems: tuple[Problem, ...] = ()
    minutes: Minutes | None = None
    disks: DiskRisks | None = None
    lies: tuple[Problem, ...] = ()
    name: str = ""
    dead: tuple[Dead, ...] = ()
    absent: tuple[Absent, ...] = ()
    root: Node | None = None
    previews: tuple[str, ...] = ()
    may_publish: bool = True

    def is_preview(self, tag: Template) -> bool:
        """Whether *tag*, whatever the run makes of it, is one that nobody follows."""
        return any(_surely_fits(tag, pattern) for pattern in self.previews)

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The text by line."""
        return tuple(self.text.split("\n"))

    def at(self, place: Place) -> str:
        """The text from the start to the end of *place*; empty where the end is not known."""
        if not place.end_line or place.file != self.path:
            return ""
        rows = list(self.lines[place.line - 1 : place.end_line])
        rows[-1] = rows[-1][: place.end_column - 1]
        rows[0] = rows[0][place.column - 1 :]
        return "\n".join(rows)


def _surely_fits(tag: Template, pattern: str) -> bool:
    """Whether every text of *tag* fits *pattern*, with at most one ``*`` in it."""
    head, star, tail = pattern.partition("*")
    if not star:
        return tag.literal == pattern
    known = tag.literal
    if known is not None:
        return len(known) >= len(head) + len(tail) and known.startswith(head) and known.endswith(tail)
    return tag.head.startswith(head) and tag.tail.endswith(tail)


def reachable(instance: Instance, facts: Facts) -> Facts:
    """*facts* without those of jobs that this scenario never starts."""
    off = {job.id for job in instance.jobs if job.condition == FALSE}
    for job in instance.jobs:
        if job.caller in off:
            off.add(job.id)
    by_spot: Mapping[str, bool] = dict.fromkeys(off, True)

    def on(each: Publish | HiddenPublish | Check) -> bool:
        return each.spot.job not in by_spot

    return Facts(
        tuple(filter(on, facts.publishes)),
        tuple(filter(on, facts.hidden)),
        tuple(filter(on, facts.checks)),
        tuple(each for each in facts.builds if each.spot.job not in off),
        tuple(each for each in facts.emulations if each.spot.job not in off),
        tuple(filter(on, facts.removals)),
        facts.untaken,
        facts.skips,
        tuple(each for each in facts.left_out if on(each.publish)),
        tuple(filter(on, facts.seen)),
    )
