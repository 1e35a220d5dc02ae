"""What breaks a release whose order is right.

The siblings are pushed before the followed image, and still somebody can see it without them: the tag is made
twice, a re-run makes another one, a sibling's tag is written again or deleted, or lacks a platform.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum

from wholeship.core.finding import Moment
from wholeship.core.platform import Platform
from wholeship.core.values import dataclass
from wholeship.pipeline.images import Image, Tagged
from wholeship.pipeline.overlap import may_be_one
from wholeship.pipeline.platforms import joined_parts, made, spelled
from wholeship.pipeline.publish import ANY_VERSION, EVERY_VERSION, UNTAGGED, Publish, Reference, Way
from wholeship.pipeline.tags import Resolution, drifts, resolution
from wholeship.prove import Answer, Effect, Happens, Proved, Refuted, Run, Undecided
from wholeship.texts.template import RULES, SCRIPT, Kind, Same
from wholeship.verdict.study import Case


class Cause(StrEnum):
    """Why, where it is not the order. ``told``: another rule has it as a finding of its own."""

    DRIFT = "drift"
    ATTEMPT = "attempt"
    LATER = "later write"
    PLATFORM = "platform"
    PERHAPS = "perhaps"

    @property
    def told(self) -> bool:
        """Whether tag-drift or platform-gap tell of it."""
        return self in (Cause.DRIFT, Cause.PLATFORM)


@dataclass(frozen=True, slots=True)
class Breakage:
    """``missing`` is the sibling that is not there as it should be."""

    cause: Cause
    answer: Answer
    missing: Image


_Question = Callable[[Case, Image, Sequence[Tagged], Image, Sequence[Tagged]], Answer | None]


def breakage(
    case: Case, image: Image, mine: Sequence[Tagged], siblings: Mapping[Image, Sequence[Tagged]]
) -> Breakage | None:
    """The first thing found; refuted before undecided."""
    questions: tuple[tuple[Cause, _Question], ...] = (
        (Cause.LATER, _later),
        (Cause.ATTEMPT, _attempt),
        (Cause.DRIFT, _drift),
        (Cause.PLATFORM, _platform),
        (Cause.PERHAPS, _perhaps),
    )
    found = [
        Breakage(cause, answer, other)
        for cause, question in questions
        for other, theirs in siblings.items()
        if (answer := question(case, image, mine, other, theirs)) is not None
    ]
    return min(found, key=lambda each: not isinstance(each.answer, Refuted), default=None)


def effect_of_tag(image: Image, tagged: Tagged) -> Effect:
    """The tag becoming visible, as the prover is asked about it."""
    return Effect.publish(tagged.publish, f"{image.name} is pushed", tagged.part)


# The tag is made twice


def _drift(
    _case: Case, image: Image, mine: Sequence[Tagged], other: Image, theirs: Sequence[Tagged]
) -> Answer | None:
    for each in mine:
        if any(each.stem.compare(sibling.stem) is Same.YES for sibling in theirs):
            continue
        hole = next((h for sibling in theirs if (h := drifts(each.stem, sibling.stem))), None)
        if hole is None:
            reason = f"whether {image.name} and {other.name} get the same tag is only known in the run"
            return Undecided(reason, each.publish.place)
        fine = resolution(hole.name) is Resolution.SECOND
        story = (
            Moment(f"`{hole.name}` runs for {other.name}", theirs[0].publish.spot.job, "success"),
            Moment(f"`{hole.name}` runs again for {image.name}, and answers something else", "", "success"),
            Moment(f"{image.name} is out under a tag that {other.name} does not have", "", "success"),
        )
        return Refuted(story, Run(), () if fine else ("the clock has moved on between the two",))
    return None


# The sibling may have another tag


def _perhaps(
    _case: Case, image: Image, mine: Sequence[Tagged], other: Image, theirs: Sequence[Tagged]
) -> Answer | None:
    for each in mine:
        if not any(_surely(each, sibling) for sibling in theirs):
            tags = " or ".join(f"`{tag}`" for tag in theirs[0].publish.tags)
            reason = f"{other.name} gets {tags}, and which one is only known in the run"
            return Undecided(reason, theirs[0].publish.place)
    return None


def _surely(each: Tagged, sibling: Tagged) -> bool:
    """Whether the sibling has the tag whenever the image has: always, or one reading makes both."""
    if sibling.reference.certain:
        return True
    mine, theirs = each.reference, sibling.reference
    by_rules = mine.choice.startswith(RULES)  # they may be written with another prefix, or suffix
    if mine.certain or not (by_rules or set(each.publish.tags) == set(sibling.publish.tags)):
        return False
    if mine.choice.startswith(SCRIPT) and not _one_step(each.publish, sibling.publish):
        return False
    return bool(mine.choice) and mine.choice == theirs.choice


def _one_step(one: Publish, other: Publish) -> bool:
    here, there = one.spot, other.spot
    return (here.job, here.leg, here.step) == (there.job, there.leg, there.step)


# A re-run makes another tag


def _attempt(
    case: Case, image: Image, mine: Sequence[Tagged], other: Image, theirs: Sequence[Tagged]
) -> Answer | None:
    for each in mine:
        if not any(Kind.ATTEMPT in hole.kinds and not hole.site for hole in each.stem.holes):
            continue
        left = [
            case.prover.mixed(effect_of_tag(other, sibling), effect_of_tag(image, each)) for sibling in theirs
        ]
        happens = [one for one in left if isinstance(one, Happens)]
        if happens and len(happens) == len(left):
            last = Moment(
                f"its tag has another attempt in it than that of {other.name}, which is not pushed again",
                each.publish.spot.job,
                "success",
                each.publish.place,
            )
            return Refuted((*happens[0].story, last), happens[0].run, happens[0].doubts)
    return None


# A sibling's tag is written again, or deleted


def _later(
    case: Case, image: Image, mine: Sequence[Tagged], other: Image, theirs: Sequence[Tagged]
) -> Answer | None:
    found = (
        _after_write(case, write, (image, each), (other, theirs))
        for write in _writes(case, theirs)
        for each in mine
    )
    told = [answer for answer in found if answer is not None]
    return min(told, key=lambda answer: not isinstance(answer, Refuted), default=None)


def _after_write(
    case: Case, write: _Write, out: tuple[Image, Tagged], sibling: tuple[Image, Sequence[Tagged]]
) -> Answer | None:
    """The answer where *write* follows upon the sibling's push, and the followed tag is out."""
    (image, each), (other, theirs) = out, sibling
    effect, again, when = effect_of_tag(image, each), write.effect, ""
    if case.prover.ordered(again, effect):
        if write.what != _DELETED:
            return None
        if _renewed(case, again, other, theirs):
            if not (case.instance.rerunnable and _lasts(each)):
                return None
            when = "when the run is run again, "
    both = case.prover.together(again, effect)
    if not isinstance(both, Happens) or (write.what == _DELETED and _gone_before(case, each, effect, again)):
        return None
    if write.unknown:
        return Undecided(write.unknown, again.place)
    text = f"{other.name}, which is out already, {when}is {write.what} while {image.name} is out"
    last = Moment(text, again.spot.job, "success", again.place)
    return Refuted((*both.story, last), both.run, (*both.doubts, *write.doubts))


def _gone_before(case: Case, tagged: Tagged, effect: Effect, again: Effect) -> bool:
    """Whether the followed tag has surely been deleted, after its push, when *again* starts."""
    return any(
        case.prover.ordered(effect, own) and isinstance(case.prover.requires(again, own), Proved)
        for removal in case.facts.removals
        for part, reference in enumerate(removal.references)
        if reference.same(tagged.reference) is Same.YES
        for own in (Effect.publish(removal, f"{reference.image()} is deleted", part),)
    )


def _lasts(tagged: Tagged) -> bool:
    """Whether a second attempt of the run makes the same tag."""
    return not any(Kind.ATTEMPT in hole.kinds or hole.site for hole in tagged.stem.holes)


_DELETED = "deleted"


def _renewed(case: Case, removal: Effect, other: Image, theirs: Sequence[Tagged]) -> bool:
    """Whether the sibling is pushed after *removal*, which then took away what an earlier run had left."""
    return any(case.prover.ordered(removal, effect_of_tag(other, each)) for each in theirs)


@dataclass(frozen=True, slots=True)
class _Write:
    """Something else becomes of the sibling's tag; ``unknown`` says why nobody can tell whether it does."""

    effect: Effect
    what: str
    unknown: str = ""
    doubts: tuple[str, ...] = ()


def _writes(case: Case, theirs: Sequence[Tagged]) -> Iterator[_Write]:
    """Every other write to the sibling's tag, with other bytes; and what deletes it, or may."""
    if len(theirs) > 1:
        for each in theirs:
            if not any(_same_bytes(each.publish, one.publish) for one in theirs if one is not each):
                yield _Write(Effect.publish(each.publish, part=each.part), "pushed again")
    names = {each.reference: has_parts(each.publish) for each in reversed(theirs)}
    for removal in case.facts.removals:
        for part, reference in enumerate(removal.references):
            for name, parts in names.items():
                yield from _removed(removal, part, reference, name, parts)


def _removed(removal: Publish, part: int, gone: Reference, name: Reference, parts: bool) -> Iterator[_Write]:
    """What *gone*, which is taken away, does to the tag *name*."""
    taking = taken(gone, name, parts=parts)
    effect = Effect.publish(removal, f"{gone.image()} is deleted", part)
    if taking is Taking.SURELY:
        same = gone.repository.compare(name.repository) is Same.YES
        doubts = () if same else ("if it is deleted in the registry that it was pushed to",)
        yield _Write(effect, _DELETED, doubts=doubts)
    elif taking is not Taking.NOT:
        yield _Write(effect, _DELETED, unknown=taking.value.format(name))


class Taking(StrEnum):
    """What becomes of a tag when something is deleted; the value says why that is not known."""

    NOT = ""
    SURELY = "`{}` is deleted"
    PERHAPS = "whether `{}` is among what is deleted is only known in the run"
    PARTS = (
        "`{}` may be a list of platforms, which have no tag of their own: versions without one are deleted"
    )


def taken(gone: Reference, name: Reference, *, parts: bool) -> Taking:
    """Whether *gone*, which is deleted, is the tag *name*; *parts*: it may be a list of platforms."""
    same = gone.repository.compare(name.repository)
    if same is Same.NO or gone.tag is None or name.tag is None:
        return Taking.NOT
    if gone.tag == UNTAGGED:
        return Taking.PARTS if parts else Taking.NOT
    sure = gone.tag == EVERY_VERSION or gone.tag.compare(name.tag) is Same.YES
    if sure and (same is Same.YES or _one_name(gone, name)):
        return Taking.SURELY
    perhaps = sure or gone.tag == ANY_VERSION or may_be_one(gone.tag, name.tag)
    return Taking.PERHAPS if perhaps else Taking.NOT


def has_parts(publish: Publish) -> bool:
    """Whether a tag may be a list: of platforms, or of an image and what buildx says of it (provenance)."""
    return publish.way is not Way.PUSH or publish.platforms is None or len(publish.platforms) > 1


def _one_name(one: Reference, other: Reference) -> bool:
    """Whether the last parts of both repositories are written out, and one."""
    left, right = one.repository.tail.rpartition("/"), other.repository.tail.rpartition("/")
    return bool(left[1] and left[2]) and left[2] == right[2]


def _same_bytes(one: Publish, other: Publish) -> bool:
    if one.way is Way.COPY and other.way is Way.COPY:
        return bool(one.sources) and one.sources == other.sources
    here, there = one.spot, other.spot
    again = one.build == other.build if one.build is not None else one.how[:3] == other.how[:3] == "ko "
    if again and (here.job, here.leg) == (there.job, there.leg) and one.way is other.way is Way.BUILD:
        return (
            True  # built again from the same, on the same machine, out of its cache; ko builds reproducibly
        )
    if one.way is not Way.PUSH or other.way is not Way.PUSH or (here.job, here.leg) != (there.job, there.leg):
        return False
    return one.build == other.build if one.build is not None else one.sources == other.sources


# A platform is missing


def _platform(
    case: Case, image: Image, mine: Sequence[Tagged], other: Image, theirs: Sequence[Tagged]
) -> Answer | None:
    for each in (*mine, *theirs):
        if _may_lack_a_part(case, each):
            reason = f"which of the builds by digest `{each.tag}` is joined from is only known in the run"
            return Undecided(reason, each.publish.place)
    wanted = [_platforms(case, each) for each in mine]
    held = [_platforms(case, each) for each in theirs]
    if None in wanted or None in held or not held:
        return None
    every = frozenset(itertools.chain.from_iterable(each for each in wanted if each))
    # Whichever of several writes is the last one, it has to be enough.
    lacking = every - frozenset.intersection(*(each for each in held if each is not None))
    if not lacking:
        return None
    text = f"{image.name} is out for {spelled(lacking)}, and {other.name} is not"
    return Refuted((Moment(text, "", "success", theirs[0].publish.place),), Run())


def _may_lack_a_part(case: Case, tagged: Tagged) -> bool:
    """Whether a tag is joined from digests that nobody has said, though one of the builds may have failed."""
    parts = joined_parts(tagged.publish, case.facts.publishes)
    joins = Effect.publish(tagged.publish, "", tagged.part)
    asked = (
        case.prover.requires(joins, Effect.publish(part, f"{part.how} pushes by digest")) for part in parts
    )
    return not all(isinstance(answer, Proved) for answer in asked)


def _platforms(case: Case, tagged: Tagged) -> frozenset[Platform] | None:
    spot = tagged.publish.spot
    return made(tagged.publish, case.job(spot).leg(spot.leg).runner, case.facts.publishes)
