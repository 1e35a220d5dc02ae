"""Is the release whole in every run? Answers for each set of images that share a tag.

With a followed image the question is about its tag. Where nobody has said which one is followed, each image
is asked: the release is whole only if any of them can be followed, and is not if none can. In between, it
hangs on who is followed, and is said so: that is no yes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wholeship.core.finding import Moment
from wholeship.core.values import dataclass
from wholeship.pipeline.addresses import alike_build
from wholeship.pipeline.images import Image, Release, Tagged
from wholeship.pipeline.overlap import may_be_one
from wholeship.pipeline.publish import Way
from wholeship.pipeline.tags import Nature
from wholeship.prove import Answer, Effect, Happens, Never, Proved, Refuted, Undecided
from wholeship.texts.template import Kind, Same, Template
from wholeship.verdict.breakage import Cause, breakage, effect_of_tag
from wholeship.verdict.study import Case, Study
from wholeship.verdict.watched import NOBODY, Watched

MANY = 80
"""Of more images than this, pairs are not looked at."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``watched`` is the image that the answer is about; ``declared``: somebody said that it is followed.

    ``safe`` are the images that can be followed, where nobody said which one is: those that are out only
    when all others are. The answer is then about one that cannot, if there is one. ``cause``: why, where the
    order is right.
    """

    release: Release
    watched: Image
    declared: bool
    answer: Answer
    missing: tuple[Image, ...] = ()
    safe: tuple[Image, ...] = ()
    cause: Cause | None = None

    @property
    def whole(self) -> bool | None:
        """True, false, or None where it could not be decided, or hangs on who is followed."""
        if isinstance(self.answer, Refuted):
            return None if self.safe else False
        return True if isinstance(self.answer, Proved) else None

    @property
    def moves(self) -> bool:
        """Whether all that keeps it from an answer is that its tag moves."""
        return isinstance(self.answer, Undecided) and self.release.nature is Nature.ALIAS

    @property
    def fine(self) -> tuple[Image, ...]:
        """Every image that is known to be out only when all others are."""
        if self.safe or not isinstance(self.answer, Proved):
            return self.safe
        return (self.watched,)


@dataclass(frozen=True, slots=True)
class Alone:
    """On ``case`` an image gets the release's tag without a sibling that gets it, too, on ``together``."""

    case: Case
    together: Case
    image: Image
    tagged: Tagged
    sibling: Image


def alone(study: Study) -> Iterator[Alone]:
    """Each such pair of images once."""
    told: set[tuple[str, str]] = set()
    for case, together in itertools.permutations(study.cases, 2):
        here = {image.name: image for image in case.images}
        for release in together.releases:
            if release.nature is not Nature.DEPLOY:
                continue
            for there, sibling in itertools.permutations(release.images, 2):
                image = here.get(there.name)
                key = (there.name, sibling.name)
                if image is None or key in told or _may_get(here.get(sibling.name), release.tag):
                    continue
                tagged = next((each for each in image.tags if str(each.stem) == str(release.tag)), None)
                if tagged is not None and case.happens(effect_of_tag(image, tagged)):
                    told.add(key)
                    yield Alone(case, together, image, tagged, sibling)


def _may_get(image: Image | None, tag: Template) -> bool:
    """Whether *image* may get *tag* here."""
    return image is not None and any(
        each.stem.compare(tag) is Same.YES or may_be_one(each.stem, tag) for each in image.tags
    )


def safe_to_follow(told: Iterable[Verdict]) -> tuple[str, ...]:
    """The images, by name, that can be followed in every release that they are in."""
    asked = [each for each in told if not each.declared]
    names = dict.fromkeys(image.name for each in asked for image in each.safe)
    return tuple(
        name
        for name in names
        if all(
            name in (image.name for image in each.safe)
            or name not in (image.name for image in each.release.images)
            for each in asked
        )
    )


def asked_of(told: Sequence[Verdict]) -> Sequence[Verdict]:
    """Those that the answer is made of: of the followed image, where one is followed.

    A moving tag that is only in order says nothing where other tags name the release: but one text that moves
    on one event and names a release on another is followed on both, where an image is.
    """
    asked = [each for each in told if each.declared] or told
    declared = [each for each in asked if each.declared]
    texts = {str(each.release.tag) for each in declared if each.release.nature is Nature.DEPLOY}
    named = [each for each in asked if not each.moves or str(each.release.tag) in texts]
    return named if any(each.release.nature is Nature.DEPLOY for each in named) else asked


def torn(told: Iterable[Verdict]) -> bool:
    """Whether each release has an image that can be followed, but no image can be in all of them."""
    asked = [each for each in told if not each.declared]
    return bool(asked) and all(each.safe for each in asked) and not safe_to_follow(asked)


def verdicts(case: Case, watched: Watched) -> tuple[Verdict, ...]:
    """One for each release of the scenario; the hidden is not in it."""
    if watched not in case.verdicts:
        happening = [release for release in case.releases if _happens(case, release)]
        case.verdicts[watched] = tuple(
            verdict for release in happening for verdict in _verdicts(case, release, watched)
        )
    found: tuple[Verdict, ...] = case.verdicts[watched]
    return found


def undecided(case: Case) -> Iterator[tuple[Tagged, Tagged]]:
    """Two images whose tags may be one, while nothing says so: a release that nobody has answered for."""
    shared = {image.name: set[int]() for image in case.images}
    for number, release in enumerate(case.releases):
        for image in release.images:
            shared[image.name].add(number)
    for one, other in itertools.combinations(case.images[:MANY], 2):
        if not shared[one.name].isdisjoint(shared[other.name]):
            continue
        found = next(
            (pair for pair in itertools.product(one.tags, other.tags) if may_be_one(*_stems(*pair))), None
        )
        if found is not None:
            yield found


def unshared(case: Case, watched: Watched) -> Iterator[tuple[Tagged, Tagged]]:
    """A push of a followed image under a tag that no sibling surely gets, and that one perhaps gets."""
    for image in watched.among(case.images):
        for other in case.images:
            if other is image:
                continue
            surely = {id(each.publish) for each in image.tags if _shares(each, other)}
            for each in image.tags:
                if id(each.publish) in surely or each.stem.literal == "latest":
                    continue
                maybe = next((sibling for sibling in other.tags if _said(each, sibling)), None)
                if maybe is not None:
                    yield each, maybe


def _shares(each: Tagged, other: Image) -> bool:
    return any(each.stem.compare(sibling.stem) is Same.YES for sibling in other.tags)


def _said(one: Tagged, other: Tagged) -> bool:
    """Whether a program's words decide if both tags are one."""
    said = any(Kind.OUTPUT in hole.kinds for hole in (*one.stem.holes, *other.stem.holes))
    return said and one.stem.compare(other.stem) is Same.MAYBE


def _stems(one: Tagged, other: Tagged) -> tuple[Template, Template]:
    return one.stem, other.stem


def _happens(case: Case, release: Release) -> bool:
    return any(
        case.happens(effect_of_tag(image, each)) for image in release.images for each in release.tagged(image)
    )


def _verdicts(case: Case, release: Release, watched: Watched) -> Iterator[Verdict]:
    followed = watched.among(release.images)
    if not followed:
        yield _whoever(case, release)
    for image in followed:
        yield _unless_another(_about(case, release, image, watched), watched)


def _unless_another(verdict: Verdict, watched: Watched) -> Verdict:
    """*verdict*, unknown where an image whose name only the run knows may be the followed one, too."""
    others = [image for image in verdict.release.images if not watched.follows(image)]
    other = next((each for each in others if _may_be(each, verdict.watched)), None)
    if other is None or not isinstance(verdict.answer, Proved):
        return verdict
    place = other.tags[0].publish.place
    return replace(
        verdict,
        answer=Undecided(f"{other.name} may be {verdict.watched.name}: that is known in the run", place),
    )


def _may_be(one: Image, other: Image) -> bool:
    """Whether a repository of *one*, of which only the run knows the end, may be one of *other*."""
    return any(
        _ends_open(mine) and not theirs.holes and mine.compare(theirs) is Same.MAYBE
        for mine in one.repositories
        for theirs in other.repositories
    )


def _ends_open(repository: Template) -> bool:
    _, name = repository.cut("/", last=True)
    return name is not None and name.literal is None


def _whoever(case: Case, release: Release) -> Verdict:
    """The answer where nobody is known to follow one of the images."""
    candidates = _candidates(case, release)
    found = [_about(case, release, image) for image in candidates]
    safe = tuple(each.watched for each in found if isinstance(each.answer, Proved))
    if len(safe) == len(release.images):
        return replace(found[0], safe=safe)
    bad = [each for each in found if not isinstance(each.answer, Proved)]
    if not bad:
        others = (image for image in release.images if image not in safe)
        bad = [_about(case, release, image) for image in sorted(others, key=lambda i: _first(release, i))[:1]]
    refuted = [each for each in bad if isinstance(each.answer, Refuted)]
    undecided = [each for each in bad if isinstance(each.answer, Undecided)]
    told = refuted if safe or not undecided else undecided
    return replace(min(told or bad, key=_telling), safe=safe)


def _candidates(case: Case, release: Release) -> list[Image]:
    """Images that could be the last one, the likeliest first; without any, the one that stands last."""
    legs = [_legs(release, image) for image in release.images]
    every = frozenset(legs)
    last = {mine for mine in every if _may_be_last(case, mine, every)}
    possible = [image for image, mine in zip(release.images, legs, strict=True) if mine in last]
    if not possible:
        return [max(release.images, key=lambda image: _first(release, image))]
    return sorted(possible, key=lambda image: -_depth(case, release, image))


_Legs = frozenset[tuple[str, str]]
"""Where an image is pushed: jobs, with the leg of each."""


def _legs(release: Release, image: Image) -> _Legs:
    return frozenset((each.publish.spot.job, each.publish.spot.leg) for each in release.tagged(image))


def _may_be_last(case: Case, mine: _Legs, every: frozenset[_Legs]) -> bool:
    """Whether each push in *mine* waits for one of each sibling: for its job, or in the same leg."""
    before = [(leg, case.prover.ancestors(leg[0])) for leg in mine]
    for theirs in every - {mine}:
        jobs = {job for job, _ in theirs}
        if not all(leg in theirs or jobs & known for leg, known in before):
            return False
    return True


def _first(release: Release, image: Image) -> int:
    """As they stand in the file: of equally short runs the first is told."""
    return min(each.publish.place.line for each in release.tagged(image))


def _telling(verdict: Verdict) -> tuple[int, int, int]:
    """The shortest run is told; of equal ones that of the image that stands last in the file."""
    line = max(each.publish.place.line for each in verdict.release.tagged(verdict.watched))
    if not isinstance(verdict.answer, Refuted):
        return 0, 0, -line
    return len(verdict.answer.doubts), len(verdict.answer.story), -line


def _depth(case: Case, release: Release, image: Image) -> int:
    """How much comes before an image: the one pushed last is the likeliest to be safe."""
    jobs = [each.publish.spot.job for each in release.tagged(image)]
    return max((len(case.prover.ancestors(job)) for job in jobs), default=0)


def _about(case: Case, release: Release, image: Image, followed: Watched = NOBODY) -> Verdict:
    declared = bool(followed.names)
    if image.several:
        return Verdict(release, image, declared, _family(case, release, image), (image,))
    mine = followed.tags(image, release.tagged(image))
    others = sorted(
        (other for other in release.images if other is not image), key=lambda other: _first(release, other)
    )
    verdict = Verdict(release, image, declared, Proved("there is no sibling"))
    for host in dict.fromkeys(_host(each) for each in mine):
        here = tuple(each for each in mine if _host(each) == host)
        every = {other: _beside(host, release.tagged(other)) for other in others}
        siblings = _in_one_run(case, image, here, every)
        verdict = _worse(verdict, _in_registry(case, verdict, here, siblings))
    return verdict


def _in_one_run(
    case: Case, image: Image, mine: tuple[Tagged, ...], siblings: Mapping[Image, tuple[Tagged, ...]]
) -> Mapping[Image, tuple[Tagged, ...]]:
    """*siblings* without those that are another's other destination, and never published beside *mine*."""
    apart = {
        other
        for other, held in siblings.items()
        if not any(_together(case, image, one, other, each) for one in mine for each in held)
    }
    beside = [image, *(other for other in siblings if other not in apart)]
    return {
        other: held
        for other, held in siblings.items()
        if other not in apart or not any(_one_build(other, each) for each in beside)
    }


def _together(case: Case, image: Image, one: Tagged, other: Image, each: Tagged) -> bool:
    return not isinstance(case.prover.together(effect_of_tag(image, one), effect_of_tag(other, each)), Never)


def _one_build(one: Image, other: Image) -> bool:
    """Whether both are built from the same Dockerfile and stage."""
    left = {each.publish.build for each in one.tags} - {None}
    right = {each.publish.build for each in other.tags} - {None}
    return any(alike_build(a, b) for a in left for b in right if a is not None and b is not None)


def _worse(one: Verdict, other: Verdict) -> Verdict:
    ranks = {Refuted: 0, Undecided: 1, Proved: 2}
    return min(one, other, key=lambda each: ranks[type(each.answer)])


def _in_registry(
    case: Case, verdict: Verdict, mine: tuple[Tagged, ...], siblings: Mapping[Image, tuple[Tagged, ...]]
) -> Verdict:
    """The answer for the tags *mine* of one registry, and the siblings that go there."""
    image, release = verdict.watched, verdict.release
    watched = [effect_of_tag(image, each) for each in mine]
    pushes = {other.name: [effect_of_tag(other, each) for each in held] for other, held in siblings.items()}
    answer = case.prover.whole(watched, pushes)
    if isinstance(answer, Refuted) and case.facts.seen:
        found = {other.name: _seen(case, other, held) for other, held in siblings.items()}
        either = case.prover.whole(watched, {name: [*pushes[name], *found[name]] for name in pushes})
        answer = either if isinstance(either, Proved) else answer
    if isinstance(answer, Refuted):
        return replace(verdict, answer=answer, missing=_missing(case, release, watched, pushes))
    if not isinstance(answer, Proved):
        return replace(verdict, answer=answer)
    broken = breakage(case, image, mine, siblings)
    if broken is not None:
        return replace(verdict, answer=broken.answer, missing=(broken.missing,), cause=broken.cause)
    unsure = _unsure(release)
    return replace(verdict, answer=Undecided(unsure) if unsure else answer)


def _seen(case: Case, other: Image, held: tuple[Tagged, ...]) -> list[Effect]:
    """The questions by which *other* is known to be there under one of its tags, whoever pushed it.

    ``docker manifest inspect`` may have been answered by this machine where a list was made on it.
    """
    pushed = [each.reference for each in held if each.publish.way is not Way.INDEX]
    return [
        Effect.publish(asked, f"{other.name} is there")
        for asked in case.facts.seen
        if any(asked.references[0].same(reference) is Same.YES for reference in pushed)
    ]


def _unsure(release: Release) -> str:
    """Why the right order is no answer; empty where it is one."""
    families = [image for image in release.images if image.several]
    if families:
        return f"how many images {families[0].name} stands for is only known in the run"
    if release.nature is Nature.ALIAS:
        return f"`{release.tag}` moves: while it does, some images are still those of the release before"
    return ""


def _missing(
    case: Case, release: Release, watched: list[Effect], siblings: dict[str, list[Effect]]
) -> tuple[Image, ...]:
    """Every sibling that can be missing, not only the one of the shortest run."""
    absent = {
        name
        for name, effects in siblings.items()
        if any(isinstance(case.prover.requires(one, effects), Refuted) for one in watched)
    }
    return tuple(image for image in release.images if image.name in absent)


def _beside(host: str, sibling: tuple[Tagged, ...]) -> tuple[Tagged, ...]:
    """Where the sibling goes to the registry *host*; everywhere, when it does not."""
    return tuple(each for each in sibling if _host(each) == host) or sibling


def _host(tagged: Tagged) -> str:
    text = str(tagged.reference.repository)
    first, slash, _ = text.partition("/")
    return first if slash and ("." in first or ":" in first or first.startswith("{")) else "docker.io"


def _family(case: Case, release: Release, image: Image) -> Answer:
    """Several images in legs (or rounds of a loop) that are only known in the run: nothing orders them."""
    first = release.tagged(image)[0]
    occurrence = case.prover.possible(effect_of_tag(image, first))
    if not isinstance(occurrence, Happens):
        return occurrence if isinstance(occurrence, Undecided) else Proved("it is never published")
    if all(hole.kinds & {Kind.MATRIX} for hole in first.stem.holes) and first.stem.holes:
        return Undecided("whether its legs get the same tag is only known in the run", first.publish.place)
    looped = first.publish.loop
    who = "a later round of the loop" if looped else "another leg of the matrix"
    last = Moment(f"{who} fails, or is cancelled", "", "failure", first.publish.place)
    doubt = f"if there is {who}, which only the run knows"
    return Refuted((*occurrence.story, last), occurrence.run, (*occurrence.doubts, doubt))
