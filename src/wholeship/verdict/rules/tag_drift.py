"""Siblings may not get the same tag: it is computed more than once."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.wording import listed_few
from wholeship.pipeline.images import Image, Tagged
from wholeship.pipeline.tags import drifts
from wholeship.texts.template import Hole
from wholeship.verdict.rules.phrases import labelled, on, place_of
from wholeship.verdict.study import Case, Study

RULE = "tag-drift"


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each text that is made at two places or more."""
    found: dict[str, tuple[Case, Hole, list[tuple[Image, Tagged]], list[str]]] = {}
    for case in study.cases:
        for hole, pairs in _drifting(case):
            known = found.setdefault(hole.name, (case, hole, pairs, []))
            known[3].append(case.name)
    for case, hole, pairs, scenarios in found.values():
        yield _finding(case, hole, pairs, on(study, scenarios), severity)


def _drifting(case: Case) -> Iterator[tuple[Hole, list[tuple[Image, Tagged]]]]:
    every = [(image, each) for image in case.images for each in image.tags]
    groups: dict[str, tuple[Hole, dict[object, tuple[Image, Tagged]]]] = {}
    for (one, left), (other, right) in itertools.combinations(every[:200], 2):
        hole = drifts(left.tag, right.tag)
        if hole is None or (one is other and left.reference.repository == right.reference.repository):
            continue
        held = groups.setdefault(hole.name, (hole, {}))[1]
        held[left.publish.spot, left.part] = (one, left)
        held[right.publish.spot, right.part] = (other, right)
    for hole, held in groups.values():
        yield hole, list(held.values())


def _finding(
    case: Case, hole: Hole, pairs: list[tuple[Image, Tagged]], where: str, severity: Severity
) -> Finding:
    names = listed_few(image.name for image, _ in pairs)
    sites = {h.site for _, each in pairs for h in each.tag.holes if h.name == hole.name}
    steps = {site.partition("#")[0] for site in sites}
    many = "in each leg of a matrix" if len({s.partition("/")[0] for s in steps}) < len(steps) else ""
    text = f"{names} may get different tags: `{hole.name}` runs {many or f'{len(sites)} times'}, "
    text += "and can answer something else each time"
    return Finding(
        RULE,
        severity,
        Confidence.CERTAIN,
        text + where,
        labelled(
            *((place_of(case.instance, site, "date"), "runs here") for site in sorted(steps)),
            *((each.publish.place, f"{image.name} is pushed here") for image, each in pairs[:4]),
        ),
        fix=Fix(
            "Compute the tag once, in a job of its own, and hand it on as an output; or make it of what is "
            "the same in the whole run: `github.sha`, `github.run_number`."
        ),
        key=hole.name,
    )
