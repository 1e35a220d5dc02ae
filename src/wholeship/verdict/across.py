"""One release in two workflow files: siblings that two workflows publish under one tag on one event.

Nothing orders the runs of two files, and a run that follows another one is not asked what that has published.
So neither file's answer speaks for the release: it is unknown, and says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from wholeship.core.values import dataclass
from wholeship.core.wording import counted, listed_few
from wholeship.pipeline.tags import Nature, nature
from wholeship.pipeline.trigger import RefClass
from wholeship.texts.template import Hole, Kind, Template
from wholeship.verdict.breakage import Taking, has_parts, taken
from wholeship.verdict.report import Claim, Held, Unknown, WorkflowReport

if TYPE_CHECKING:
    from wholeship.verdict.study import Case, Study

_ONE_RUN = frozenset(("push", "release"))
"""Events that start every workflow that waits for them, at once."""
_SHARED = frozenset((Kind.COMMIT, Kind.REF, Kind.FILE, Kind.VARIABLE, Kind.EVENT))
"""What texts of two runs on one event have in common."""


def claims(study: Study) -> tuple[Claim, ...]:
    """The tags of releases that *study* gives and that another workflow can give, too."""
    return tuple(dict.fromkeys(claim for case in study.cases for claim in _claims(case)))


def _claims(case: Case) -> Iterator[Claim]:
    scenario = case.instance.scenario
    if scenario.event not in _ONE_RUN and not scenario.follows:
        return
    for image in case.images:
        for each in image.tags:
            kinds = {kind for hole in each.stem.holes for kind in hole.kinds}
            if nature(each.tag, scenario.trigger) is not Nature.DEPLOY or not kinds <= _SHARED:
                continue
            yield Claim(
                "" if scenario.follows else scenario.event,
                str(scenario.trigger.ref),
                scenario.follows,
                scenario.paths,
                image.name,
                str(each.reference.repository),
                _tag(each.stem),
                each.publish.place,
            )


def _tag(stem: Template) -> str:
    """The commit of the run that is followed is that run's own."""
    return "".join(
        "{commit}"
        if isinstance(part, Hole) and part.kinds == {Kind.COMMIT} and "," not in part.name
        else str(part)
        for part in stem.parts
    )


@dataclass(frozen=True, slots=True)
class _Stranger:
    """A sibling in another file. ``after``: one of the two runs follows the other."""

    claim: Claim
    path: str
    after: bool


def siblings(study: Study) -> tuple[Held, ...]:
    """The tags of releases that the followed image (whichever, where none is) is out with."""
    found = (
        Held(case.name, image.name, each.reference, each.publish.place, has_parts(each.publish))
        for case in study.cases
        for release in case.releases
        if release.nature is Nature.DEPLOY
        for image in release.images
        if not study.watched.follows(image)
        for each in release.tagged(image)
    )
    return tuple(dict.fromkeys(found))


def deleted(study: Study) -> tuple[Held, ...]:
    """What *study* takes out of a registry."""
    found = (
        Held(case.name, reference.image(), reference, removal.place)
        for case in study.cases
        for removal in case.facts.removals
        for reference in removal.references
    )
    return tuple(dict.fromkeys(found))


def across(reports: Sequence[WorkflowReport]) -> tuple[WorkflowReport, ...]:
    """*reports*, those without their answer whose release another of them publishes, or deletes, too."""
    asked = (_asked(report, list(_strangers(report, reports))) for report in reports)
    return tuple(_cleaned(report, list(_takers(report, reports))) for report in asked)


def _takers(report: WorkflowReport, reports: Sequence[WorkflowReport]) -> Iterator[tuple[str, Held, str]]:
    """What other runs may delete of the release, where, and why that is not known."""
    own = {held.scenario for held in report.siblings}
    for other in reports:
        for gone in other.deleted:
            if other.path == report.path and gone.scenario in own:
                continue  # in a run that releases: the prover is asked
            for held in report.siblings:
                taking = taken(gone.reference, held.reference, parts=held.parts)
                if taking is not Taking.NOT:
                    yield other.path, replace(gone, image=held.image), taking.value.format(held.reference)


def _cleaned(report: WorkflowReport, takers: Sequence[tuple[str, Held, str]]) -> WorkflowReport:
    """*report*, unknown where another run may delete a sibling: nothing says when it does."""
    if report.whole is not True or not takers:
        return report
    found = {
        (path, gone.place): Unknown(f"{gone.image} in {path}", f"{why}, by another run", gone.place)
        for path, gone, why in takers
    }
    return replace(report, whole=None, unknown=(*report.unknown, *found.values()))


def _strangers(report: WorkflowReport, reports: Sequence[WorkflowReport]) -> Iterator[_Stranger]:
    for other in reports:
        if other is report:
            continue
        for mine in report.claims:
            for theirs in other.claims:
                if mine.tag != theirs.tag or _one_image(mine, theirs):
                    continue
                after = report.name in theirs.follows or other.name in mine.follows
                if after or _one_event(mine, theirs):
                    yield _Stranger(theirs, other.path, after)


def _one_image(one: Claim, other: Claim) -> bool:
    return one.repository == other.repository or one.image == other.image


def _one_event(one: Claim, other: Claim) -> bool:
    refs = {one.ref, other.ref}
    apart = len(refs) == 2 and str(RefClass.TAG) in refs and str(RefClass.ANY) not in refs
    return bool(one.event) and one.event == other.event and not apart


def _asked(report: WorkflowReport, strangers: Sequence[_Stranger]) -> WorkflowReport:
    apart = [each for each in strangers if each.claim.paths or any(mine.paths for mine in report.claims)]
    beside = [each for each in strangers if each not in apart]
    if apart:
        report = replace(report, assumed=(*report.assumed, _apart(apart)))
    if not beside:
        return report
    unknown = dict.fromkeys(
        Unknown(f"{each.claim.image} in {each.path}", _why(each), each.claim.place) for each in beside
    )
    known = report.unknown
    if report.whole is not False:
        report = replace(report, whole=None, whole_if_followed=())
    return replace(report, unknown=(*unknown, *(each for each in known if each not in unknown)))


def _apart(strangers: Sequence[_Stranger]) -> str:
    """What is assumed of images with the same tag that other workflows publish for other files."""
    images = listed_few(each.claim.image for each in strangers)
    files = list(dict.fromkeys(each.path for each in strangers))
    where = files[0] if len(files) == 1 else counted(len(files), "other workflow")
    return (
        f"it is a release of its own: {images} of {where} can get the same tag, but a change of some files "
        "starts only one of the two"
    )


def _why(stranger: _Stranger) -> str:
    if stranger.after:
        return "it gets the same tag in another run, one after the other, whatever that published"
    return (
        "it gets the same tag on the same event, in no order with this workflow: publish them in one workflow"
    )
