"""Some run makes the watched tag visible while a sibling does not have it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from wholeship.core.finding import Confidence, Finding, Fix, Severity
from wholeship.core.values import dataclass
from wholeship.core.wording import listed_few
from wholeship.pipeline.images import Image
from wholeship.pipeline.publish import Atomicity, Way
from wholeship.pipeline.tags import Nature
from wholeship.prove import Proved, Refuted, Undecided
from wholeship.texts.template import Kind, Same
from wholeship.verdict.rules import edits
from wholeship.verdict.rules.phrases import jobs_of, labelled, on
from wholeship.verdict.study import Case, Study
from wholeship.verdict.wholeness import Alone, Verdict, alone, torn, verdicts

RULE = "half-release"
_RUNTIME = frozenset((Kind.OUTPUT, Kind.INPUT))
_NAMING = _RUNTIME | {Kind.FILE}


@dataclass(slots=True)
class _ToldVerdict:
    """One answer that holds in several scenarios."""

    case: Case
    verdict: Verdict
    scenarios: list[str] = field(default_factory=list)
    torn: bool = False
    preview: bool = False

    @property
    def hangs(self) -> bool:
        """Whether an image can be followed without harm."""
        return bool(self.verdict.safe) and not self.torn


def find(study: Study, severity: Severity) -> Iterator[Finding]:
    """One finding for each set of images; the shortest run of all scenarios.

    A note where it hangs on who is followed, and one image can be, and for tags that nobody follows.
    """
    told: dict[tuple[object, ...], _ToldVerdict] = {}
    every = {case.name: verdicts(case, study.watched) for case in study.cases}
    nobody = torn(verdict for held in every.values() for verdict in held)
    for case in study.cases:
        for verdict in every[case.name]:
            if isinstance(verdict.answer, Proved) or _told_elsewhere(verdict):
                continue
            preview = study.is_preview(
                verdict.release.tag
            )  # another tag of the same images is another matter
            key = (preview, verdict.watched.name, *(image.name for image in verdict.release.images))
            known = told.setdefault(key, _ToldVerdict(case, verdict, preview=preview))
            known.scenarios.append(case.name)
            if _shorter(verdict, known.verdict):
                known.case, known.verdict = case, verdict
    for each in told.values():
        yield _finding(study, replace(each, torn=nobody), severity)
    yield from _alone(study)


def _alone(study: Study) -> Iterator[Finding]:
    """An image that one event publishes without its sibling: perhaps so meant, and no whole release."""
    found: dict[str, list[Alone]] = {}
    for each in alone(study):
        found.setdefault(each.image.name, []).append(each)
    for name, held in found.items():
        first = held[0]
        others = listed_few(each.sibling.name for each in held)
        yield Finding(
            RULE,
            Severity.NOTE,
            Confidence.LIKELY,
            f"{name} without {others} on {first.case.name}; on {first.together.name} they share a tag",
            labelled((first.tagged.publish.place, f"{name} is pushed here")),
            fix=Fix(f"Publish {others} on {first.case.name}, too, or give {name} another tag there."),
            key=f"{name} alone",
        )


def _told_elsewhere(verdict: Verdict) -> bool:
    """Whether another rule says it, or nothing is wrong but that nobody can know."""
    if verdict.cause is not None and isinstance(verdict.answer, Refuted) and verdict.cause.told:
        return True
    return verdict.moves


def _shorter(one: Verdict, other: Verdict) -> bool:
    """Whether *one* is to be told of both: the worse one, and of equally bad ones the shorter run."""
    if isinstance(one.answer, Refuted) and isinstance(other.answer, Refuted):
        mildness = [(bool(each.safe), each.release.nature is Nature.ALIAS) for each in (one, other)]
        if mildness[0] != mildness[1]:
            return mildness[0] < mildness[1]
    if isinstance(one.answer, Refuted) and isinstance(other.answer, Refuted):
        return len(one.answer.story) < len(other.answer.story)
    return isinstance(one.answer, Refuted) and not isinstance(other.answer, Refuted)


def _finding(study: Study, told: _ToldVerdict, severity: Severity) -> Finding:
    verdict = told.verdict
    mine = verdict.release.tagged(verdict.watched)
    others = [image for image in verdict.release.images if image is not verdict.watched]
    missing = verdict.missing or tuple(others)
    places = labelled(
        (mine[0].publish.place, f"{verdict.watched.name} is pushed here"),
        *(
            (verdict.release.tagged(image)[0].publish.place, f"{image.name} is pushed here")
            for image in missing
        ),
    )
    key = f"{verdict.watched.name} {' '.join(sorted(image.name for image in others))}"
    if told.preview:
        key += " preview"
    if isinstance(verdict.answer, Undecided):
        text = (
            f"whether {_out(verdict)} while {_absent(missing)} could not be decided: {verdict.answer.reason}"
        )
        unknown = Severity.NOTE if told.preview else Severity.WARNING
        return Finding(RULE, unknown, Confidence.UNKNOWN, text, places, key=key)
    assert isinstance(verdict.answer, Refuted)
    doubts = verdict.answer.doubts
    text = f"{_out(verdict)} while {_absent(missing)}{on(study, told.scenarios)}"
    if told.hangs:
        safe = listed_few((image.name for image in verdict.safe), "or")
        text += f"; none of them is known to be followed, and {safe} is out only when the others are"
    elif not verdict.declared and len(others) > 1:
        sharing = listed_few(image.name for image in verdict.release.images)
        text = f"{sharing} share a tag, and none is last: {text}"
    if doubts:
        text += f"; {doubts[0]}" if doubts[0].startswith(verdict.watched.name) else f" ({doubts[0]})"
    elif _vague(verdict):
        text += ", if these are different images: their names are only known in the run"
    if _supposed(verdict):
        text += f", if {_told_tag(verdict)} is the same in each"
    if told.preview:
        text += f"; {_told_tag(verdict)} is a preview that nobody follows"
    return Finding(
        RULE,
        Severity.NOTE if told.hangs or told.preview else _severity(study, verdict, severity),
        Confidence.LIKELY if doubts or _vague(verdict) or _supposed(verdict) else Confidence.CERTAIN,
        text,
        places,
        story=verdict.answer.story,
        fix=_say_who(verdict) if told.hangs else _fix(study, told.case, verdict, missing),
        key=key,
    )


def _vague(verdict: Verdict) -> bool:
    """Whether what the images are called is only known in the run: they may be one."""
    named = (repository for image in verdict.release.images for repository in image.repositories)
    return any(hole.kinds & _NAMING for repository in named for hole in repository.holes)


def _told_tag(verdict: Verdict) -> str:
    """The tag as it is made."""
    return f"`{verdict.release.tag}`"


def _supposed(verdict: Verdict) -> bool:
    """Whether that they get the same tag is only likely: the same program makes it in several places."""
    tags = [verdict.release.tagged(image)[0].tag for image in verdict.release.images]
    runtime = any(hole.kinds & _RUNTIME and hole.site for tag in tags for hole in tag.holes)
    return runtime and any(tag.compare(tags[0]) is not Same.YES for tag in tags)


def _severity(study: Study, verdict: Verdict, severity: Severity) -> Severity:
    """Moving tags out of step hurt less; so do images that no controller is known to follow."""
    if verdict.declared:
        return severity
    if _vague(verdict):
        return Severity.WARNING
    if all(image.variant for image in verdict.release.images):
        return (
            Severity.WARNING
        )  # told apart by a part of the tag only: they may be meant to be out one by one
    return Severity.WARNING if verdict.release.nature is Nature.ALIAS or study.watched.names else severity


def _out(verdict: Verdict) -> str:
    which = "each " if verdict.watched.several else ""
    tag = f":{verdict.release.tag}" if verdict.release.tag.literal else ""
    followed = " (which is followed)" if verdict.declared else ""
    return f"{which}{verdict.watched.name}{tag}{followed} can be visible"


def _absent(missing: Iterable[Image]) -> str:
    names = [image.name for image in missing]
    if any(image.several for image in missing):
        return "the others are not"
    return f"{listed_few(names)} {'is' if len(names) == 1 else 'are'} not"


def _say_who(verdict: Verdict) -> Fix:
    name = verdict.safe[-1].name
    return Fix(f"Say which image the controller follows: --watched {name}, or `watched:` in wholeship.yaml.")


def _inside(case: Case, verdict: Verdict, job: str) -> str:
    """What to do where all images are published by one job."""
    if len(case.instance.job(job).legs) > 1:
        return (
            "Legs of a matrix have no order: push by digest in the legs (push-by-digest=true), and give "
            f"all tags in one job after them, {verdict.watched.name} last."
        )
    return _one_run(verdict) or (
        f"Push {verdict.watched.name} in the last step of {job}, and let each push before it fail its step."
    )


def _one_run(verdict: Verdict) -> str:
    """What to do where one bake or skaffold run pushes them all, each as it is finished; else nothing."""
    name = verdict.watched.name
    mine = verdict.release.tagged(verdict.watched)[0].publish
    every = [tagged.publish for image in verdict.release.images for tagged in verdict.release.tagged(image)]
    steps = {(each.spot.job, each.spot.step) for each in every}
    if mine.atomicity is not Atomicity.SUBSET or len(steps) > 1:
        return ""
    if mine.way is Way.BAKE:
        return (
            "One bake run gives each target its tag as soon as that target is built. Run bake twice with "
            f"--push: first with every other target, then with the target of {name}."
        )
    return (
        "skaffold pushes each image as soon as it is built. Run it twice: first with --build-image for each "
        f"other image, then with --build-image for {name}."
    )


def _fix(study: Study, case: Case, verdict: Verdict, missing: tuple[Image, ...]) -> Fix:
    jobs = jobs_of(verdict.release.tagged(verdict.watched))
    wanted = [job for image in missing for job in jobs_of(verdict.release.tagged(image))]
    better = "Safest: push by digest in parallel, then give all tags in one last job."
    if len(jobs) != 1 or verdict.watched.several:
        return Fix(f"Give the tags in one job that needs every build, in one order. {better}")
    job = jobs[0]
    if set(wanted) == {job}:
        return Fix(_inside(case, verdict, job))
    known = case.prover.ancestors(job)
    new = [each for each in dict.fromkeys(wanted) if each != job and each not in known]
    if not new:
        where = "the condition of its job (always(), !cancelled()) or a step that may fail unseen"
        return Fix(f"{job} waits for them, not for their success: look at {where}. {better}")
    possible = not any(job in case.prover.ancestors(each) for each in new)
    advice = f"Let {job} need {listed_few(new)}. {better}"
    if not possible or any("/" in each for each in (job, *new)):
        return Fix(better)
    return Fix(advice, edits.add_needs(study, case.instance.job(job), new), safe=True)
