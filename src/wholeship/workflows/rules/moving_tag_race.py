"""An alias such as ``latest`` can be moved back, or is written by several jobs of one run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Moment, Severity
from wholeship.workflows.facts.images import Image, Tagged
from wholeship.workflows.facts.tags import Nature, nature
from wholeship.workflows.facts.template import Same
from wholeship.workflows.facts.trigger import RefClass
from wholeship.workflows.prove import Happens
from wholeship.workflows.rules.phrases import effect, labelled, listed, on
from wholeship.workflows.study import Case, Study

RULE = "moving-tag-race"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for all aliases that runs race for, and one for each that jobs of one run race for."""
    moved: dict[str, list[Tagged]] = {}
    scenarios: dict[str, None] = {}
    seen: set[str] = set()
    for case in study.cases:
        for found in _inside_run(study, case):
            if found.key not in seen:
                seen.add(found.key)
                yield found
        for each in _aliases(case):
            moved.setdefault(str(each.tag), []).append(each)
            scenarios[case.name] = None
    if moved:
        yield _between_runs(study, moved, list(scenarios), severity)


def _aliases(case: Case) -> Iterator[Tagged]:
    """Those that any later or earlier run writes too; a pull request's own tag is its own affair."""
    trigger = case.instance.scenario.trigger
    if trigger.ref in (RefClass.PULL, RefClass.QUEUE):
        return
    for each in case.tagged:
        if nature(each.tag, trigger) is Nature.ALIAS and not each.publish.conditional:
            yield each


def _between_runs(
    study: Study, moved: dict[str, list[Tagged]], scenarios: list[str], severity: Severity
) -> Finding:
    tags = listed(f"`{tag}`" for tag in moved)
    every = [each for held in moved.values() for each in held]
    names = listed(each.reference.image() for each in every)
    text = f"an older run that ends last, or is run again, moves {tags} of {names} back{on(study, scenarios)}"
    first = next(iter(moved))
    story = (
        Moment("a push starts a run; a newer push starts another", "older run"),
        Moment(f"the newer run ends first and moves {first}", "newer run", "success"),
        Moment(f"the older run ends last and moves {first} back to the older commit", "older run", "success"),
    )
    places = ((each.publish.place, f"{each.reference.image()}:{each.tag} is moved here") for each in every)
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        text,
        labelled(*places)[:4],
        story=story,
        fix=Fix(
            "Move aliases in a job of their own after the release, in a concurrency group, and only when the "
            "commit is still the newest of its branch (or the version the highest)."
        ),
        key=f"runs {' '.join(sorted(moved))}",
    )


def _inside_run(study: Study, case: Case) -> Iterator[Finding]:
    for image in case.images:
        alike = [held for held in _by_tag(image).values() if len(held) > 1]
        for one, other in (pair for held in alike for pair in itertools.combinations(held[:3], 2)):
            if one.publish.spot == other.publish.spot or one.reference.same(other.reference) is not Same.YES:
                continue
            if _apart(one, other):
                continue
            found = _race(study, case, image, one, other)
            if found is not None:
                yield found


def _by_tag(image: Image) -> dict[str, list[Tagged]]:
    """The places where each reference is written, one for each step and leg."""
    found: dict[str, dict[object, Tagged]] = {}
    for each in image.tags:
        found.setdefault(str(each.reference), {}).setdefault(each.publish.spot, each)
    return {reference: list(held.values()) for reference, held in found.items()}


def _apart(one: Tagged, other: Tagged) -> bool:
    """Builds for different platforms that overwrite each other are platform-gap's affair."""
    left, right = one.publish.platforms, other.publish.platforms
    return bool(left and right and left != right)


def _race(study: Study, case: Case, image: Image, one: Tagged, other: Tagged) -> Finding | None:
    first, second = effect(image, one), effect(image, other)
    if case.prover.ordered(first, second) or case.prover.ordered(second, first):
        return None
    both = case.prover.together(first, second)
    if not isinstance(both, Happens):
        return None
    jobs = listed(dict.fromkeys((_who(case, one), _who(case, other))))
    return Finding(
        RULE,
        Severity.WARNING,
        Confidence.LIKELY if both.doubts else Confidence.CERTAIN,
        f"{image.name}:{one.tag} is written by {jobs} in one run, in no order",
        labelled((one.publish.place, "written here"), (other.publish.place, "and here")),
        story=both.story,
        fix=Fix("Write the tag in one job only, after the others."),
        key=f"run {image.name} {one.tag}",
    )


def _who(case: Case, tagged: Tagged) -> str:
    spot = tagged.publish.spot
    return f"{spot.job} ({spot.leg})" if spot.leg else spot.job
