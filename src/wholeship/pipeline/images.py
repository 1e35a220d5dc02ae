"""The images of one run: which repositories hold the same image, and which images are one release."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from wholeship.core.patterns import lazy_pattern
from wholeship.core.values import dataclass
from wholeship.pipeline.addresses import (
    PLAIN,
    Address,
    Named,
    addresses,
    for_one_platform,
    none_named,
    same_images,
)
from wholeship.pipeline.candidates import Followed, candidates, nothing_followed
from wholeship.pipeline.effects import read_reference
from wholeship.pipeline.publish import Facts, Publish, Reference, Way
from wholeship.pipeline.spellings import normal_text
from wholeship.pipeline.tags import Nature, made_alike, nature
from wholeship.pipeline.trigger import Trigger
from wholeship.texts.template import Kind, Same, Template


@dataclass(frozen=True, slots=True)
class Tagged:
    """One tag that becomes visible: reference number ``part`` of ``publish``.

    ``stem`` is the tag in its normal spelling, without what tells its image from others in the repository.
    """

    publish: Publish
    part: int
    stem: Template

    @property
    def reference(self) -> Reference:
        """``repository:tag``."""
        return self.publish.references[self.part]

    @property
    def tag(self) -> Template:
        """The tag alone."""
        tag = self.reference.tag
        assert tag is not None
        return tag


@dataclass(frozen=True, slots=True)
class Image:
    """One image, under every repository it goes to. ``tags`` are in the order of the workflow.

    ``variant``: only a part of the tag tells it from another image.
    """

    name: str
    repositories: tuple[Template, ...]
    tags: tuple[Tagged, ...]
    variant: bool = False

    def __hash__(self) -> int:
        # Enough to tell images apart; that of every tag with its publish took longer than most questions.
        return hash(self.name)

    @property
    def several(self) -> bool:
        """Whether the name stands for several images: a matrix or a loop that is data."""
        if any(_varies(repository) for repository in self.repositories):
            return True
        return any(_varies(each.tag) and not for_one_platform(each.tag) for each in self.tags)

    def at(self, tag: Template) -> tuple[Tagged, ...]:
        """Where this image gets the release *tag*: surely the same text, or else one of the same shape."""
        sure = tuple(each for each in self.tags if each.stem.compare(tag) is Same.YES)
        return sure or tuple(each for each in self.tags if made_alike(tag, each.stem))


def images(
    facts: Facts, trigger: Trigger, followed: Followed = nothing_followed, named: Named = none_named
) -> tuple[Image, ...]:
    """Every image that gets a tag of its own, in the order of the workflow.

    Repositories that one build is pushed to, that are copied from each other, or that have one name in two
    registries, hold the same image; one repository holds several where a part of the tag tells them apart.
    Candidates (``pipeline.candidates``) are left out, unless *followed* says that somebody follows them.
    """
    publishes = _of_images(facts)
    held = addresses(publishes)
    groups = same_images(publishes, held, named)
    left_out = candidates(publishes, trigger, followed)
    found: dict[Address, list[tuple[Address, Tagged]]] = {}
    for at, part in visible_tags(publishes):
        if (at, part) not in left_out:
            address, tag = held[at][part], publishes[at].references[part].tag
            assert tag is not None
            tagged = Tagged(publishes[at], part, normal_text(tag, trigger.commit))
            found.setdefault(groups.first(address), []).append((address, tagged))
    return tuple(_named(list(found.values())))


def _of_images(facts: Facts) -> list[Publish]:
    """Those that write an image; what is put beside one does, where it takes the tag of an image."""
    plain = [each for each in facts.publishes if each.way is not Way.ATTACH]
    named = {reference for each in plain for reference in each.references if reference.tag is not None}
    return [
        each
        for each in facts.publishes
        if each.way is not Way.ATTACH or not named.isdisjoint(each.references)
    ]


def provisional(
    facts: Facts, trigger: Trigger, followed: Followed = nothing_followed
) -> tuple[Reference, ...]:
    """The candidates that :func:`images` leaves out; not the parts of a list of platforms."""
    publishes = _of_images(facts)
    left_out = candidates(publishes, trigger, followed)
    found = (publishes[at].references[part] for at, part in sorted(left_out))
    return tuple(each for each in found if each.tag is not None and not for_one_platform(each.tag))


def _named(found: Sequence[Sequence[tuple[Address, Tagged]]]) -> Iterator[Image]:
    """The images, each with a name of its own: as much of the end of its repository as tells it apart."""
    shared = Counter(r for each in found for r in {address.repository for address, _ in each})
    said = [_said(each, shared) for each in found]
    short = Counter(end + words for repository, words in said for end in _ends(repository))
    taken: set[str] = set()
    for each, (repository, words) in zip(found, said, strict=True):
        ends = (end + words for end in _ends(repository))
        name = next((each for each in ends if short[each] == 1), str(repository) + words)
        while name in taken:
            name += "'"
        taken.add(name)
        repositories = tuple(dict.fromkeys(address.repository for address, _ in each))
        variant = all(shared[every] > 1 for every in repositories)
        yield Image(name, repositories, tuple(_stemmed(each, shared)), variant)


def _ends(repository: Template) -> list[str]:
    """Its names, from the last part to all of it: ``app``, ``acme/app``, ``ghcr.io/acme/app``."""
    last, text = _last(repository), str(repository)
    if not text.endswith(f"/{last}"):
        return [last]
    parts = text.removesuffix(f"/{last}").split("/")
    return [last, *("/".join((*parts[at:], last)) for at in range(len(parts) - 1, -1, -1))]


def _said(held: Sequence[tuple[Address, Tagged]], shared: Mapping[Template, int]) -> tuple[Template, str]:
    """The repository that an image is called by, and the part of its tags; one that it has alone, best."""
    every = [address for address, _ in held]
    own = next((each for each in every if shared[each.repository] == 1), None)
    if own is not None:
        return own.repository, ""
    words = every[0].affix.words
    return every[0].repository, f" ({words})" if words else ""


def _stemmed(held: Sequence[tuple[Address, Tagged]], shared: Mapping[Template, int]) -> Iterator[Tagged]:
    plain = {address.repository for address, _ in held if address.affix == PLAIN}
    for address, tagged in held:
        strip = shared[address.repository] > 1 and address.repository not in plain
        yield replace(tagged, stem=address.affix.strip(tagged.stem)) if strip else tagged


_HERE = lazy_pattern(
    r"(?:(?:[\w-]+\.)?localhost|127\.[\d.]+|0\.0\.0\.0|\[::1\]|host\.docker\.internal|kind-registry)(?::\d*)?/"
    r"|[a-z][\w-]*:\d+/"  # a name without a dot: a service of the job, a container beside it
    r"|(?:[\w-]+\.)+(?:local|test|internal):\d+/|(?:[\w-]+\.)+test/"
    r"|(?:10\.\d+|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d+\.\d+:\d+/"
    r"|ocidir://|oci:|dir:"
)


def _stays_here(repository: Template) -> bool:
    """A registry or a folder on the runner itself, or beside it: no consumer sees it.

    Told by its address: this machine's, a private one or a name of the job's network, with a port.
    """
    return _HERE.match(repository.head) is not None


def visible_tags(publishes: Sequence[Publish]) -> Iterator[tuple[int, int]]:
    """Every tag of an image that is meant for consumers: number of the publish, and of the reference."""
    lists = any(each.way in (Way.COPY, Way.INDEX) for each in publishes)
    for at, publish in enumerate(publishes):
        for part, each in enumerate(publish.references):
            if each.tag is None or _stays_here(each.repository):
                continue
            if lists and publish.way not in (Way.COPY, Way.INDEX) and for_one_platform(each.tag):
                continue
            yield at, part


@dataclass(frozen=True, slots=True)
class Release:
    """Images that share a tag. ``nature`` says whether the tag names one release or moves."""

    tag: Template
    nature: Nature
    images: tuple[Image, ...]

    def tagged(self, image: Image) -> tuple[Tagged, ...]:
        """Where *image* gets the tag."""
        return image.at(self.tag)


def releases(every: Sequence[Image], trigger: Trigger) -> tuple[Release, ...]:
    """Sets of two images or more under one tag; those by a deploy tag first, each set of images once."""
    found: list[Release] = []
    for wanted in (Nature.DEPLOY, Nature.ALIAS):
        for tag in _tags(every, trigger, wanted):
            members = tuple(
                image for image in every if any(not _mirrors(each, wanted) for each in image.at(tag))
            )
            several = len(members) > 1 or any(image.several for image in members)
            if several and not any(set(members) <= set(other.images) for other in found):
                found.append(Release(tag, wanted, members))
    return tuple(found)


def _mirrors(tagged: Tagged, wanted: Nature) -> bool:
    """A moving tag that is copied as it is from elsewhere (``ubuntu:latest``): each image's own affair."""
    publish = tagged.publish
    if wanted is not Nature.ALIAS or publish.way is not Way.COPY or len(publish.sources) != 1:
        return False
    source = read_reference(publish.sources[0])
    return source.tag is not None and source.tag.compare(tagged.tag) is Same.YES


def _tags(every: Iterable[Image], trigger: Trigger, wanted: Nature) -> Iterator[Template]:
    seen = dict.fromkeys(each.stem for image in every for each in image.tags if each.reference.certain)
    yield from (tag for tag in seen if nature(tag, trigger) is wanted)
    unsure = dict.fromkeys(each.stem for image in every for each in image.tags if not each.reference.certain)
    yield from (tag for tag in unsure if tag not in seen and nature(tag, trigger) is wanted)


def _last(repository: Template) -> str:
    return Reference(repository, None).image()


def _varies(repository: Template) -> bool:
    return any(hole.kinds & {Kind.MATRIX} or "each of " in hole.name for hole in repository.holes)
