"""An alias such as ``latest`` can be moved back, or is written by several jobs of one run."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import field

from wholeship.core.finding import Confidence, Finding, Fix, Moment, Severity
from wholeship.core.values import dataclass
from wholeship.core.wording import listed_few
from wholeship.pipeline.images import Image, Tagged
from wholeship.pipeline.tags import Nature, nature
from wholeship.pipeline.trigger import RefClass
from wholeship.prove import Happens
from wholeship.texts.template import Kind, Same
from wholeship.verdict.breakage import effect_of_tag
from wholeship.verdict.rules.phrases import labelled, on
from wholeship.verdict.study import Case, Study

RULE = "moving-tag-race"
_UNIQUE = frozenset((Kind.COMMIT, Kind.CLOCK, Kind.RUN_ID, Kind.RUN_NUMBER, Kind.RANDOM, Kind.ATTEMPT))
_APART = frozenset(("schedule", "workflow_dispatch"))
"""Events whose runs do not come close to each other."""


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for all aliases that runs race for, and one for each that jobs of one run race for."""
    moved: dict[bool, dict[str, list[Tagged]]] = {}
    scenarios: dict[bool, dict[str, None]] = {}
    inside: dict[tuple[str, ...], _Race] = {}
    for case in study.cases:
        for race in _inside_run(case):
            inside.setdefault(race.jobs, race).images.setdefault(race.written, None)
        for each in _aliases(case):
            preview = study.is_preview(each.tag)
            moved.setdefault(preview, {}).setdefault(str(each.tag), []).append(each)
            scenarios.setdefault(preview, {})[case.name] = None
    for race in inside.values():
        yield _race(race)
    for preview, held in sorted(moved.items()):
        weight = Severity.NOTE if preview else severity
        yield _between_runs(study, held, list(scenarios[preview]), weight)


def _aliases(case: Case) -> Iterator[Tagged]:
    """Those that any later or earlier run writes too; a pull request's own tag is its own affair.

    Runs that a clock or a person starts are far apart; those that wait in one line for each other keep their
    order, unless one is run again.
    """
    trigger = case.instance.scenario.trigger
    if trigger.ref in (RefClass.PULL, RefClass.QUEUE) or trigger.event in _APART:
        return
    for each in case.tagged:
        if nature(each.tag, trigger) is not Nature.ALIAS or each.publish.conditional or _own(each):
            continue
        if not _in_line(case, each):
            yield each


def _own(each: Tagged) -> bool:
    """A repository of this run alone, or a tag that is not there."""
    kinds = {kind for hole in each.reference.repository.holes for kind in hole.kinds}
    return bool(kinds & _UNIQUE) or each.tag.literal == ""


def _in_line(case: Case, each: Tagged) -> bool:
    """Whether all runs that write the alias wait in one group, from their start."""
    group = case.instance.group
    if group is None:
        return False
    held = {
        (kind, hole.name) for option in group.name.options for hole in option.holes for kind in hole.kinds
    }
    trigger = case.instance.scenario.trigger
    own_ref = any(Kind.REF in hole.kinds for hole in each.tag.holes) and trigger.ref is not RefClass.TAG
    one_ref = trigger.ref is RefClass.DEFAULT or own_ref
    return all(
        kind is Kind.VARIABLE
        or (kind is Kind.REF and one_ref)
        or (kind is Kind.EVENT and name.startswith("github.repository"))
        for kind, name in held
    )


def _between_runs(
    study: Study, moved: dict[str, list[Tagged]], scenarios: list[str], severity: Severity
) -> Finding:
    tags = listed_few(f"`{tag}`" for tag in moved)
    every = [each for held in moved.values() for each in held]
    names = listed_few(each.reference.image() for each in every)
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


@dataclass(slots=True)
class _Race:
    """Two jobs, or legs of one, that write the same tags; ``images`` are all that they do it to."""

    jobs: tuple[str, ...]
    written: str
    one: Tagged
    other: Tagged
    answer: Happens
    images: dict[str, None] = field(default_factory=dict)


def _inside_run(case: Case) -> Iterator[_Race]:
    for image in case.images:
        alike = [held for held in _by_tag(image).values() if len(held) > 1]
        for one, other in (pair for held in alike for pair in itertools.combinations(held[:3], 2)):
            if _one_after_the_other(case, one, other) or one.reference.same(other.reference) is not Same.YES:
                continue
            if _apart(one, other) or not (_told(one) and _told(other)):
                continue
            found = _raced(case, image, one, other)
            if found is not None:
                yield found


def _told(tagged: Tagged) -> bool:
    """Whether it is known well enough which tag is written to say that two are the same."""
    named = (*tagged.reference.repository.holes, *tagged.tag.holes)
    guessed = any(Kind.OUTPUT in hole.kinds and not hole.site for hole in named)
    return tagged.reference.certain and tagged.tag.literal != "" and not guessed


def _one_after_the_other(case: Case, one: Tagged, other: Tagged) -> bool:
    """Steps of one job follow each other."""
    left, right = one.publish.spot, other.publish.spot
    background = any(case.step(spot).background for spot in (left, right))
    return (left.job, left.leg) == (right.job, right.leg) and not background


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


def _raced(case: Case, image: Image, one: Tagged, other: Tagged) -> _Race | None:
    first, second = effect_of_tag(image, one), effect_of_tag(image, other)
    if case.prover.ordered(first, second) or case.prover.ordered(second, first):
        return None
    both = case.prover.together(first, second)
    if not isinstance(both, Happens):
        return None
    jobs = tuple(dict.fromkeys((_who(case, one), _who(case, other))))
    return _Race(jobs, f"{image.name}:{one.tag}", one, other, both)


def _race(race: _Race) -> Finding:
    return Finding(
        RULE,
        Severity.WARNING,
        Confidence.LIKELY if race.answer.doubts else Confidence.CERTAIN,
        f"{listed_few(race.images)} {'is' if len(race.images) == 1 else 'are'} written by"
        f" {listed_few(race.jobs)} in one run, in no order",
        labelled((race.one.publish.place, "written here"), (race.other.publish.place, "and here")),
        story=race.answer.story,
        fix=Fix("Write the tag in one job only, after the others."),
        key=f"run {next(iter(race.images))}",
    )


def _who(case: Case, tagged: Tagged) -> str:
    spot = tagged.publish.spot
    return f"{spot.job} ({spot.leg})" if spot.leg else spot.job
