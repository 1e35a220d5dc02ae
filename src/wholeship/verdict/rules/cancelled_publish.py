"""A publishing run can be cancelled half-way by what is written in the workflow."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.wording import listed_few
from wholeship.logic.formula import FALSE, TRUE
from wholeship.pipeline.images import Image, Tagged
from wholeship.pipeline.run import Group
from wholeship.prove import Cause, Cut, Prover
from wholeship.texts.template import Same
from wholeship.verdict.breakage import effect_of_tag
from wholeship.verdict.rules import edits
from wholeship.verdict.rules.phrases import labelled, on
from wholeship.verdict.study import Case, Study

RULE = "cancelled-publish"
PAIRS = 12
"""At most so many pairs of publishes are asked about in one scenario."""


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each place in the file that can cut a run between two images."""
    found: dict[tuple[str, int, str], tuple[Case, Cut, dict[str, None], dict[str, None]]] = {}
    for case in study.cases:
        prover = _with_newer(study, case)
        for (one, first), (other, second) in itertools.islice(_pairs(case), PAIRS):
            for cut in prover.cuts(effect_of_tag(one, first), effect_of_tag(other, second)):
                key = (str(cut.cause), cut.place.line, cut.place.file)
                known = found.setdefault(key, (case, cut, {}, {}))
                known[2].update(dict.fromkeys((one.name, other.name)))
                known[3][case.name] = None
    for _, cut, names, scenarios in found.values():
        yield _finding(study, cut, list(names), on(study, scenarios), severity)


def _with_newer(study: Study, case: Case) -> Prover:
    """The prover of *case* with its group as the newer run has it: that one decides whether it cancels.

    It may be of another event, in the same group.
    """
    mine = case.instance.group
    if mine is None or mine.cancels == TRUE:
        return case.prover
    groups = (other.instance.group for other in study.cases if other is not case)
    if not any(each is not None and each.cancels != FALSE and _one_group(each, mine) for each in groups):
        return case.prover
    return Prover(replace(case.instance, group=replace(mine, cancels=TRUE)), case.prover.semantics)


def _one_group(one: Group, other: Group) -> bool:
    pairs = itertools.product(one.name.options, other.name.options)
    return any(a.compare(b) is not Same.NO for a, b in pairs)


def _pairs(case: Case) -> Iterator[tuple[tuple[Image, Tagged], tuple[Image, Tagged]]]:
    """Two images of one release, or two legs that push parts of one image."""
    for release in case.releases:
        every = [(image, release.tagged(image)[0]) for image in release.images if release.tagged(image)]
        yield from itertools.permutations(every[:4], 2)
    for image in case.images:
        if image.several:
            yield (image, image.tags[0]), (image, image.tags[0])


def _finding(study: Study, cut: Cut, names: list[str], where: str, severity: Severity) -> Finding:
    """A leg that fails makes the run red, and half-release tells what is missing then: a note is enough."""
    what = {
        Cause.RUN_GROUP: "a newer run cancels this one (cancel-in-progress)",
        Cause.JOB_GROUP: f"a newer run cancels {cut.job} (cancel-in-progress)",
        Cause.FAIL_FAST: f"a leg of {cut.job} that fails cancels the others (fail-fast)",
    }[cut.cause]
    left = f"and leaves some of {listed_few(names)} published without the rest"
    if len(names) == 1:
        left = f"and leaves some of the images of {names[0]} published without the rest"
    return Finding(
        RULE,
        Severity.NOTE if cut.cause is Cause.FAIL_FAST else severity,
        Confidence.CERTAIN,
        f"{what} {left}{where}",
        labelled((cut.place, "written here")),
        story=cut.story,
        fix=_fix(study, cut),
        key=f"{cut.cause} {cut.job if cut.cause is not Cause.RUN_GROUP else ''}",
    )


def _fix(study: Study, cut: Cut) -> Fix:
    if cut.cause is Cause.FAIL_FAST:
        return Fix(
            "Push by digest in the legs and give the tags in one job after them; with `fail-fast: false` the "
            "other legs at least finish."
        )
    new = "${{ github.event_name == 'pull_request' }}" if _pull_requests_only_check(study) else "false"
    changed = edits.value(study, cut.place, "cancel-in-progress", "true", new)
    return Fix(f"Set `cancel-in-progress: {new}` where images are published.", changed, safe=bool(changed))


def _pull_requests_only_check(study: Study) -> bool:
    cases = [case for case in study.cases if case.instance.scenario.event == "pull_request"]
    return bool(cases) and not any(case.tagged for case in cases)
