"""An image lacks a platform that its siblings have, or single-platform builds overwrite each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.core.wording import listed_few
from wholeship.pipeline.images import Image, Release, Tagged
from wholeship.pipeline.platforms import made, spelled
from wholeship.pipeline.publish import Way
from wholeship.prove import Happens
from wholeship.texts.template import Same
from wholeship.verdict.breakage import effect_of_tag
from wholeship.verdict.rules.phrases import labelled, on
from wholeship.verdict.study import Case, Study

RULE = "platform-gap"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each image that lacks something, and for each tag that is overwritten."""
    kept: dict[str, tuple[Finding, list[str]]] = {}
    lost: dict[tuple[object, ...], tuple[_Lost, list[str]]] = {}
    for case in study.cases:
        for found in _gaps(case, severity):
            kept.setdefault(found.key, (found, []))[1].append(case.name)
        for each in _overwritten(case):
            known, scenarios = lost.setdefault(each.places, (each, []))
            known.images.update(each.images)
            scenarios.append(case.name)
    for found, scenarios in kept.values():
        yield replace(found, message=found.message + on(study, scenarios))
    for each, scenarios in lost.values():
        yield _overwrites(each, on(study, scenarios), severity)


def _of(case: Case, tagged: Tagged) -> frozenset[Platform] | None:
    spot = tagged.publish.spot
    return made(tagged.publish, case.job(spot).leg(spot.leg).runner, case.facts.publishes)


def _all(case: Case, release: Release, image: Image) -> frozenset[Platform] | None:
    found = [_of(case, each) for each in release.tagged(image)]
    known = [each for each in found if each is not None]
    return frozenset(itertools.chain.from_iterable(known)) if known and len(known) == len(found) else None


def _gaps(case: Case, severity: Severity) -> Iterator[Finding]:
    for release in case.releases:
        known = {image.name: _all(case, release, image) for image in release.images}
        every = frozenset(itertools.chain.from_iterable(each for each in known.values() if each))
        for image in release.images:
            mine = known[image.name]
            lacking = every - mine if mine is not None else frozenset()
            if lacking:
                yield _gap(release, image, lacking, severity)


def _gap(release: Release, image: Image, lacking: frozenset[Platform], severity: Severity) -> Finding:
    text = f"{image.name} is not built for {spelled(lacking)}; the other images of the release are"
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        text,
        labelled(*((each.publish.place, "built here") for each in release.tagged(image))),
        fix=Fix(
            "Give the list of platforms once, for example as `env.PLATFORMS`, and use it for every image."
        ),
        key=f"gap {image.name} {spelled(lacking)}",
    )


@dataclass(slots=True)
class _Lost:
    """Two places that push one tag for different platforms; ``images`` are all that they do it to."""

    one: Tagged
    other: Tagged
    platforms: frozenset[Platform]
    images: dict[str, None]

    @property
    def places(self) -> tuple[object, ...]:
        """What tells it from others."""
        return self.one.publish.place, self.other.publish.place, self.platforms


def _overwritten(case: Case) -> Iterator[_Lost]:
    for image in case.images:
        built = [each for each in image.tags if each.publish.way in (Way.BUILD, Way.BAKE, Way.PUSH)]
        for one, other in itertools.combinations(built[:40], 2):
            left, right = _of(case, one), _of(case, other)
            if left is None or right is None or left == right or _alternatives(one, other):
                continue
            if one.reference.same(other.reference) is Same.YES and _both(case, image, one, other):
                yield _Lost(one, other, left | right, {image.name: None})
                break


def _alternatives(one: Tagged, other: Tagged) -> bool:
    """One publish; or two of one step, each under a condition that may be the other's opposite."""
    left, right = one.publish.spot, other.publish.spot
    same = (left.job, left.leg, left.step) == (right.job, right.leg, right.step)
    return left == right or (same and one.publish.conditional and other.publish.conditional)


def _both(case: Case, image: Image, one: Tagged, other: Tagged) -> bool:
    return isinstance(case.prover.together(effect_of_tag(image, one), effect_of_tag(image, other)), Happens)


def _overwrites(lost: _Lost, where: str, severity: Severity) -> Finding:
    tag, names = lost.one.tag, listed_few(lost.images)
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        f"builds for {spelled(lost.platforms)} push one tag of {names}: the last one wins{where}",
        labelled((lost.one.publish.place, "pushed here"), (lost.other.publish.place, "and here")),
        fix=Fix(
            "Push each platform by digest and join them: `docker buildx imagetools create -t TAG DIGEST…`."
        ),
        key=f"overwritten {next(iter(lost.images))} {tag}",
    )
