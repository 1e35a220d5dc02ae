"""Texts of workflows in, a report out: read, found, proved, judged. Nothing of the world is touched here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from wholeship.core.wording import listed_few
from wholeship.pipeline.images import Tagged
from wholeship.pipeline.ports import Repository, no_repository
from wholeship.pipeline.publish import Facts
from wholeship.pipeline.run import Instance, Scenario, Unread
from wholeship.pipeline.system import CiSystem, WorkflowRuns
from wholeship.prove import Undecided
from wholeship.verdict import outline
from wholeship.verdict.across import claims, deleted, siblings
from wholeship.verdict.dead import (
    absent,
    dead,
    has_dead_parts,
    lacking,
    left_out,
    may_lack,
    never_happening,
    stuck,
    untaken,
    worth_telling,
)
from wholeship.verdict.options import Options
from wholeship.verdict.report import Unknown, WorkflowReport
from wholeship.verdict.rules import RULES
from wholeship.verdict.study import Absent, Case, Dead, Study, reachable
from wholeship.verdict.suppress import ignored_by, inline
from wholeship.verdict.systems import Memory, system_of
from wholeship.verdict.watched import Watched
from wholeship.verdict.wholeness import (
    Verdict,
    alone,
    asked_of,
    safe_to_follow,
    torn,
    undecided,
    unshared,
    verdicts,
)


def check_one(
    content: str | bytes,
    path: str,
    repository: Repository | Memory = no_repository,
    options: Options | None = None,
) -> WorkflowReport:
    """The report on one file."""
    options = options or Options()
    study = study_of(content, path, repository, options)
    return report_of(study, options)


def study_of(
    content: str | bytes,
    path: str,
    repository: Repository | Memory = no_repository,
    options: Options | None = None,
    wanted: Callable[[Scenario], bool] | None = None,
) -> Study:
    """One workflow read, with what its steps do in each scenario.

    *wanted*: for a reader of facts, who needs these scenarios only, and not what no run reaches.
    """
    options = options or Options()
    memory = repository if isinstance(repository, Memory) else Memory(repository, options)
    system = system_of(path)
    read = memory.of(system)
    found = read.runs(content, path, options.default_branch, wanted)
    cases = tuple(_cases(found, system, options.watched))
    text = content if isinstance(content, str) else content.decode("utf-8", "replace")
    never: tuple[Dead, ...] = ()
    lacks: tuple[Absent, ...] = ()
    asked = wanted is None and found.may_publish
    off = asked and has_dead_parts(cases)
    if off or (asked and may_lack(cases, read.called(text))):
        again = read.runs(content, path, options.default_branch, revive=True)
        revived = [_case(instance, facts, system, options.watched) for instance, facts in again.runs]
        never = dead(cases, [case.facts for case in revived]) if off else ()
        lacks = absent(cases, revived)
    told = {each.image.name for each in lacks}
    lacks += tuple(each for each in left_out(cases) if each.image.name not in told)
    return Study(
        path,
        text.replace("\r\n", "\n"),
        cases,
        options.watched,
        found.problems,
        options.minutes,
        options.disks,
        found.lies,
        found.name,
        never,
        lacks,
        found.root,
        options.previews,
        found.may_publish,
    )


def _cases(found: WorkflowRuns, system: CiSystem, watched: Watched) -> Iterator[Case]:
    for instance, facts in found.runs:
        yield _case(instance, reachable(instance, facts), system, watched)


MOST_PUBLISHES = 1_000
MOST_IMAGES = 150
"""What one scenario can publish, to be asked about: each image is compared with each other. The largest in
public repositories have 338 and 66."""


def _case(instance: Instance, facts: Facts, system: CiSystem, watched: Watched) -> Case:
    """One scenario with what it does; past the limits, nothing of it is known but that."""
    images = {str(each.repository) for publish in facts.publishes for each in publish.references}
    for found, most, what in (
        (len(facts.publishes), MOST_PUBLISHES, "publishes"),
        (len(images), MOST_IMAGES, "images"),
    ):
        if found > most:
            reason = f"{found} {what}; more than {most} are not compared"
            unread = Unread("what is published", reason, facts.publishes[0].place)
            cut = replace(instance, unread=(*instance.unread, unread))
            return Case(cut, Facts(), system, watched, cut=True)
    return Case(instance, facts, system, watched, cut=bool(instance.unread) and not instance.jobs)


def report_of(study: Study, options: Options) -> WorkflowReport:
    """Everything the rules say of *study*, and what is published."""
    asked = [rule for name, rule in RULES.items() if name in options.rules]
    found = [each for rule in asked for each in rule.find(study, rule.severity)]
    kept, answered = inline(study.text, found)
    kept, ignored = ignored_by(options.ignored, kept)
    kept, known = options.baseline.split(kept)
    told = [each for case in study.cases for each in verdicts(case, study.watched)]
    watched = _watched(told)
    whole = _whole(study, told)
    return WorkflowReport(
        path=study.path,
        name=study.name,
        scenarios=tuple(case.name for case in study.cases),
        images=outline.image_names(study),
        watched=watched,
        watched_source=study.watched.source if watched else "",
        whole=whole,
        whole_if_followed=_if_followed(study, told) if whole is None else (),
        claims=claims(study),
        siblings=siblings(study),
        deleted=deleted(study),
        checks=outline.checks(study),
        assumed=_assumed(study),
        publishes=outline.publishes(study),
        findings=tuple(kept),
        suppressed=(*answered, *ignored, *known),
        unknown=_unknown(study, told),
        cut=study.may_publish and any(case.cut for case in study.cases),
        edges=outline.edges(study),
        jobs=outline.jobs(study),
        rights=outline.rights(study),
        groups=outline.concurrency_groups(study),
        text=study.text,
    )


def _assumed(study: Study) -> tuple[str, ...]:
    """What the answers take for granted of this file."""
    said = [each for case in study.cases for each in case.assumed]
    off: dict[str, list[str]] = {}
    for each in study.absent:
        why = f"it is switched off in line {each.place.line}" if each.conditions else each.why
        if each.meant:
            off.setdefault(why, []).append(each.image.name)
    for why, names in off.items():
        said.append(f"{listed_few(names)} {'is' if len(names) == 1 else 'are'} no part of the release: {why}")
    return tuple(dict.fromkeys(said))


def _watched(told: Iterable[Verdict]) -> str:
    """The image that is followed, as far as somebody said so: the same one in every scenario."""
    names = {each.watched.name for each in told if each.declared}
    return names.pop() if len(names) == 1 else ""


def _whole(study: Study, told: Sequence[Verdict]) -> bool | None:
    """Whether no run is half; None also where nothing was asked."""
    asked = asked_of(told)
    answers = [each.whole for each in asked]
    if False in answers or torn(asked):
        return False
    hidden = any(case.facts.hidden for case in study.cases)
    if not answers or None in answers or hidden or study.problems or _never(study):
        return None
    if any(study.watched.follows(each.image) for each in alone(study)):
        return None
    return None if any(any(True for _ in _maybe_one(study, case)) for case in study.cases) else True


def _maybe_one(study: Study, case: Case) -> Iterator[tuple[Tagged, Tagged]]:
    yield from undecided(case)
    yield from unshared(case, study.watched)


def _never(study: Study) -> bool:
    """Whether something that looks like a publish never happens."""
    told = worth_telling(study) or lacking(study) or stuck(study) or untaken(study.cases)
    return bool(told) or any(True for _ in never_happening(study.cases))


def _if_followed(study: Study, told: Sequence[Verdict]) -> tuple[str, ...]:
    """The images that can be followed, where the answer hangs on that alone."""
    asked = asked_of(told)
    if any(each.declared or not each.safe for each in asked) or study.problems:
        return ()
    unread = any(case.facts.hidden or any(True for _ in undecided(case)) for case in study.cases)
    return () if unread else safe_to_follow(asked)


def _unasked(study: Study, told: Iterable[Verdict]) -> Iterator[Unknown]:
    """A followed image of which nothing was asked: no other image is seen to get a tag that it gets."""
    if any(each.declared for each in told):
        return
    for case in study.cases:
        for image in study.watched.among(case.images)[:1]:
            reason = "no other image of this workflow is seen to get its tag: nothing was asked"
            yield Unknown(f"the siblings of {image.name}", reason, image.tags[0].publish.place)
            return


def _unknown(study: Study, told: Sequence[Verdict]) -> tuple[Unknown, ...]:
    found = [
        Unknown(each.what, each.reason, each.place, publishes=True)
        for case in study.cases
        for each in case.instance.unread
    ]
    found += [
        Unknown(each.how, each.reason, each.place, publishes=True)
        for case in study.cases
        for each in case.facts.hidden
    ]
    found += [
        Unknown(
            f"{one.reference.image()} and {other.reference.image()}",
            "whether they get the same tag is only known in the run",
            other.publish.place,
        )
        for case in study.cases
        for one, other in _maybe_one(study, case)
    ]
    found += [
        Unknown(
            f"the release of {listed_few(image.name for image in each.release.images)}",
            each.answer.reason,
            each.answer.place or each.release.tagged(each.watched)[0].publish.place,
        )
        for each in told
        if isinstance(each.answer, Undecided)
    ]
    found += [
        Unknown("a push in a script", "it stands in a branch that no run of this workflow takes", place)
        for place in untaken(study.cases)
    ]
    found += [
        Unknown(each.image.name, f"no run publishes it: {each.why}", each.place) for each in lacking(study)
    ]
    found += _unasked(study, told)
    return tuple(dict.fromkeys(found))
