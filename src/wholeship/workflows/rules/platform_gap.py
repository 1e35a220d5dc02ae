"""An image lacks a platform that its siblings have, or single-platform builds overwrite each other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.platform import Platform
from wholeship.workflows.facts.images import Image, Release, Tagged
from wholeship.workflows.facts.platforms import made, spelled
from wholeship.workflows.facts.publish import Way
from wholeship.workflows.facts.template import Same
from wholeship.workflows.prove import Happens
from wholeship.workflows.rules.phrases import effect, labelled, on
from wholeship.workflows.study import Case, Study

RULE = "platform-gap"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each image that lacks something, and for each tag that is overwritten."""
    kept: dict[str, tuple[Finding, list[str]]] = {}
    for case in study.cases:
        for found in (*_gaps(case, severity), *_overwritten(case, severity)):
            kept.setdefault(found.key, (found, []))[1].append(case.name)
    for found, scenarios in kept.values():
        where = on(study, scenarios)
        yield Finding(
            found.rule,
            found.severity,
            found.confidence,
            found.message + where,
            found.places,
            fix=found.fix,
            key=found.key,
        )


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
    text = f"{image.name} is not built for {spelled(lacking)}; its siblings are"
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


def _overwritten(case: Case, severity: Severity) -> Iterator[Finding]:
    for image in case.images:
        built = [each for each in image.tags if each.publish.way in (Way.BUILD, Way.BAKE, Way.PUSH)]
        for one, other in itertools.combinations(built[:40], 2):
            left, right = _of(case, one), _of(case, other)
            if left is None or right is None or left == right or one.publish.spot == other.publish.spot:
                continue
            if one.reference.same(other.reference) is Same.YES and _both(case, image, one, other):
                yield _overwrites(image, one, other, left | right, severity)
                break


def _both(case: Case, image: Image, one: Tagged, other: Tagged) -> bool:
    return isinstance(case.prover.together(effect(image, one), effect(image, other)), Happens)


def _overwrites(
    image: Image, one: Tagged, other: Tagged, platforms: frozenset[Platform], severity: Severity
) -> Finding:
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        f"builds for {spelled(platforms)} push one tag of {image.name}: the last one wins",
        labelled((one.publish.place, "pushed here"), (other.publish.place, "and here")),
        fix=Fix(
            "Push each platform by digest and join them: `docker buildx imagetools create -t TAG DIGEST…`."
        ),
        key=f"overwritten {image.name} {one.tag}",
    )
